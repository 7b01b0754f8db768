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
    follow::follow,
    message::{MessageView, Preparing},
    problem::Problem,
    scroll::{JumpToLatest, Scroll},
    send,
    shown::Shown,
    welcome::Welcome,
};
use crate::{
    domain::{id::MessageId, markdown::escape, message::Role},
    features::{
        chats::OpenChat,
        connection::{Connection, ConnectionNotice},
        layout::DrawerToggle,
        model::{DemoNotice, ModelName},
    },
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
    let is_empty = Memo::new(move |_| messages.with(Vec::is_empty));
    let page_title = move || match title.get() {
        title if title.is_empty() => "New chat · Parlance".to_owned(),
        // The framework writes the title into the document as it is; in the browser it is set as text.
        title if cfg!(feature = "ssr") => format!("{} · Parlance", escape(&title)),
        title => format!("{title} · Parlance"),
    };
    let shown = conversation.clone();
    view! {
        <Title text=page_title />
        <header class="chat-header">
            <DrawerToggle />
            {move || {
                let title = title.get();
                (!title.is_empty()).then(|| view! { <h1>{title}</h1> }.into_any())
            }}
            <ModelName />
        </header>
        <DemoNotice />
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
        <JumpToLatest scroll />
        <div class="dock">
            <ConnectionNotice />
            <Problem conversation=conversation.clone() />
            <Composer conversation begins scroll />
        </div>
    }
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
        <h2 class="visually-hidden">"Conversation"</h2>
        <div
            role="log"
            aria-label="Conversation"
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
    let conversation = conversation.clone();
    effect(move || {
        let conversation = conversation.clone();
        let listening = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            if event.key() != "Escape" || event.default_prevented() || is_composing(&event) || clears_field(&event) {
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
