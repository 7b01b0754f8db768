//! A conversation with everything around it.

use std::collections::HashMap;

use futures::future::AbortHandle;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, KeyboardEvent};

use super::{
    announce::Announcer,
    composer::Composer,
    conversation::Conversation,
    elsewhere::Elsewhere,
    follow::follow,
    message::{MessageView, Preparing},
    problem::Problem,
    reader::ReadOnly,
    scroll::{JumpToLatest, Scroll},
    send,
    share::Shared,
    shown::Shown,
    spent::SpentInChat,
    welcome::Welcome,
};
use crate::{
    domain::{id::MessageId, markdown::escape, message::Role, tool::ToolCall},
    features::{
        asking::Asking,
        budgets::BudgetNotice,
        catalogue::ContextView,
        chats::OpenChat,
        connection::{Connection, ConnectionNotice},
        layout::DrawerToggle,
        model::DemoNoticeOfChat,
        tools::{FirstTools, ToolsPanel, WaitingCalls},
    },
    texts::{chat as texts, chats, frame},
    ui::{
        handler::{effect, handler},
        key::is_composing,
    },
};

/// A chat, or the page on which one begins.
#[component]
pub(super) fn ChatView(
    /// What is shown.
    conversation: Conversation,
    /// Whether the chat does not exist before the first message is sent.
    begins: bool,
) -> impl IntoView {
    let scroll = Scroll::new();
    // A chat that begins goes on to a page of its own, which follows.
    if !begins {
        follow_running(&conversation);
    }
    stop_on_escape(&conversation);

    let title = RwSignal::from(conversation.title.clone());
    let messages = RwSignal::from(conversation.messages.clone());
    let context = RwSignal::from(conversation.context.clone());
    let budgets = RwSignal::from(conversation.budgets.clone());
    let is_empty = Memo::new(move |_| messages.with(Vec::is_empty));
    // The framework asks for it after the page is made, on any thread: only a signal of nobody's is still there then.
    let lasting_title = conversation.title.clone();
    let page_title = move || match lasting_title.get() {
        title if title.is_empty() => frame::title(chats::NEW),
        // The framework writes the title into the document as it is; in the browser it is set as text.
        title if cfg!(feature = "ssr") => frame::title(&escape(&title)),
        title => frame::title(&title),
    };
    let shown = conversation.clone();
    let (written, writes) = (conversation.clone(), conversation.writes());
    view! {
        <Title text=page_title />
        <header class="chat-header">
            <DrawerToggle />
            {move || {
                let title = title.get();
                (!title.is_empty()).then(|| view! { <h1>{title}</h1> }.into_any())
            }}
            {(!begins).then(|| view! { <Shared conversation=conversation.clone() /> }.into_any())}
            <Asking conversation=conversation.clone() begins />
        </header>
        <DemoNoticeOfChat conversation=conversation.clone() />
        <ContextView context />
        <div class="scroller" tabindex="0" node_ref=scroll.scroller>
            {move || {
                if is_empty.get() && begins {
                    view! { <Welcome conversation=shown.clone() /> }.into_any()
                } else {
                    view! { <Messages conversation=shown.clone() scroll /> }.into_any()
                }
            }}
        </div>
        <Announcer conversation=conversation.clone() />
        <WaitingCalls calls=newest_calls(&conversation) />
        <JumpToLatest scroll />
        <div class="dock">
            <ConnectionNotice />
            <Elsewhere conversation=conversation.clone() />
            <Problem conversation=conversation.clone() begins />
            <BudgetNotice budgets />
            {move || {
                if writes.get() {
                    let tools = if begins {
                        view! { <FirstTools conversation=written.clone() /> }.into_any()
                    } else {
                        view! { <ToolsPanel conversation=written.clone() /> }.into_any()
                    };
                    view! {
                        {tools}
                        <Composer conversation=written.clone() begins scroll />
                    }
                    .into_any()
                } else {
                    view! { <ReadOnly /> }.into_any()
                }
            }}
            <SpentInChat conversation=conversation.clone() />
        </div>
    }
}

/// The calls of the newest reply.
fn newest_calls(conversation: &Conversation) -> Signal<Vec<ToolCall>> {
    let messages = conversation.messages.clone();
    Signal::derive(move || {
        let is_reply = |shown: &&Shown| shown.role == Role::Assistant;
        let last = messages.with(|all| all.iter().rev().find(is_reply).map(|shown| shown.tool_calls.clone()));
        last.map(|calls| calls.get()).unwrap_or_default()
    })
}

#[component]
fn Messages(conversation: Conversation, scroll: Scroll) -> impl IntoView {
    let messages = RwSignal::from(conversation.messages.clone());
    let sending = RwSignal::from(conversation.sending.clone());
    let awaits_reply = RwSignal::from(conversation.awaits_reply.clone());
    let ends_with_question = move || messages.with(|all| all.last().is_some_and(|last| last.role == Role::User));
    let waiting = move || sending.get() && (awaits_reply.get() || ends_with_question());
    let older = conversation.clone();
    view! {
        // The headings within replies begin below this one.
        <h2 class="visually-hidden">{texts::CONVERSATION}</h2>
        <div
            role="log"
            aria-label=texts::CONVERSATION
            aria-live="polite"
            class="conversation"
            node_ref=scroll.conversation
            on:click=handler(super::code::copy_clicked)
        >
            {move || older.has_older.get().then(|| scroll.older_mark(older.clone()).into_any())}
            <For
                each=move || messages.get()
                key=|shown| shown.id
                children=move |shown| view! { <MessageView shown conversation=conversation.clone() /> }
            />
            {move || waiting().then(|| view! { <Preparing /> }.into_any())}
        </div>
    }
}

/// Follows the running reply as long as somebody looks: a page in the background holds no connection, of
/// which a browser allows six to a server.
fn follow_running(conversation: &Conversation) {
    let visible = crate::ui::visible::visible();
    let following: StoredValue<HashMap<MessageId, AbortHandle>> = StoredValue::default();
    let stop_all = move || {
        following.update_value(|following| following.drain().for_each(|(_, handle)| handle.abort()));
    };
    let connection = expect_context::<Connection>();
    let conversation = conversation.clone();
    effect(move || {
        if !visible.get() {
            stop_all();
            return;
        }
        let Some(shown) = conversation.running() else { return };
        let known = following.with_value(|following| following.contains_key(&shown.id));
        if !known {
            let handle = follow(Shown::clone(&shown), connection);
            following.update_value(|following| {
                following.insert(shown.id, handle);
            });
        }
    });
    on_cleanup(stop_all);
}

/// Shows what happens to this chat in other tabs and on other machines.
pub(super) fn refresh_on_change(conversation: &Conversation) {
    let Some(open) = use_context::<OpenChat>() else { return };
    let version = open.open(conversation.chat);
    let conversation = conversation.clone();
    let mut before = None;
    effect(move || {
        let now = version.get();
        if before.replace(now).is_some_and(|before| before != now) {
            let conversation = conversation.clone();
            spawn_local(async move { send::refresh(&conversation).await });
        }
    });
}

fn stop_on_escape(conversation: &Conversation) {
    let (conversation, writes) = (conversation.clone(), conversation.writes());
    effect(move || {
        let conversation = conversation.clone();
        let listening = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            if event.key() != "Escape"
                || !writes.get_untracked()
                || event.default_prevented()
                || is_composing(&event)
                || clears_field(&event)
            {
                return;
            }
            if let Some(running) = untrack(|| conversation.running()) {
                send::stop(conversation.clone(), running.id);
            }
        });
        on_cleanup(move || listening.remove());
    });
}

/// Whether the key clears a search field: that is all it does there.
fn clears_field(event: &KeyboardEvent) -> bool {
    let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    field.is_some_and(|field| field.type_() == "search" && !field.value().is_empty())
}
