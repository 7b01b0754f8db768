//! The pages of a chat and of a new one.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    api::load_chat,
    conversation::Conversation,
    reader::ViewerPage,
    send::{Handover, refresh_soon},
    view::{ChatView, refresh_on_change},
};
use crate::{
    domain::{budget::BudgetState, error::AppError, id::ChatId, member::MemberRole},
    features::{
        account::Myself,
        asking::Offered,
        budgets::api::budgets_left,
        catalogue::Choosing,
        chats::Chats,
        layout::{DrawerToggle, NotFound},
        loaded::load,
        model::DemoNotice,
        tools::Tooling,
    },
    texts::{chat as texts, frame},
    ui::handler::effect,
};

/// `/` and `/chats/new`: a chat begins with its first message. Viewers begin none.
#[component]
pub fn NewChatPage() -> impl IntoView {
    let myself = expect_context::<Myself>();
    provide_context(Choosing::load());
    let chats = expect_context::<Chats>();
    provide_context(Offered::load(move || chats.shown()));
    provide_context(Tooling::of_new(move || chats.shown()));
    let budgets = load(|| (), move |()| async move { budgets_left(chats.shown().await).await });
    let conversation = Conversation::new(ChatId::new());
    view! {
        <Transition>
            {move || {
                let conversation = conversation.clone();
                Suspend::new(async move {
                    let role = myself.me.await.ok().and_then(|me| me.membership().map(|membership| membership.role));
                    if role == Some(MemberRole::Viewer) {
                        view! { <ViewerPage /> }.into_any()
                    } else {
                        conversation.budgets.set(BudgetState::told(budgets.await.unwrap_or_default()));
                        view! { <ChatView conversation begins=true /> }.into_any()
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

/// `/chats/{id}`.
#[component]
pub fn ChatPage() -> impl IntoView {
    let params = use_params_map();
    let chat = Memo::new(move |_| params.with(|params| params.get_str("id").and_then(|id| id.parse::<ChatId>().ok())));
    view! {
        {move || match chat.get() {
            Some(chat) => view! { <OneChat chat /> }.into_any(),
            None => view! { <NotFound /> }.into_any(),
        }}
    }
    .into_any()
}

#[component]
fn OneChat(chat: ChatId) -> impl IntoView {
    provide_context(Tooling::of(chat));
    // A chat that was just begun is known already.
    if let Some(conversation) = use_context::<Handover>().and_then(|handover| handover.take(chat)) {
        let chats = expect_context::<Chats>();
        provide_context(Offered::load(move || chats.shown()));
        let begun = conversation.clone();
        // What the server alone knows, and what happened before word of it was listened for here: the reply may have ended.
        effect(move || refresh_soon(&begun));
        return view! { <Begun conversation /> }.into_any();
    }
    let page = load(|| (), move |()| load_chat(chat));
    provide_context(Offered::load(move || async move { page.await.ok().map(|page| page.workspace) }));
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Begun conversation=Conversation::from_page(page) /> }.into_any(),
                    Err(AppError::NotFound) => view! { <NotFound /> }.into_any(),
                    Err(error) => view! { <Unavailable error /> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// A chat that exists, until somebody deletes it, and again if the deletion is taken back.
#[component]
fn Begun(conversation: Conversation) -> impl IntoView {
    refresh_on_change(&conversation);
    view! {
        {move || {
            if conversation.gone.get() {
                view! { <NotFound /> }.into_any()
            } else {
                view! { <ChatView conversation=conversation.clone() begins=false /> }.into_any()
            }
        }}
    }
}

/// The chat may be there, but cannot be read now.
#[component]
fn Unavailable(error: AppError) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::features::layout::answer_with(&error);
    view! {
        <Title text=frame::title(texts::NOT_AVAILABLE) />
        <header class="chat-header">
            <DrawerToggle />
        </header>
        <DemoNotice />
        <section class="welcome">
            <h1>{texts::CANNOT_BE_SHOWN}</h1>
            <p role="alert">{error.to_string()}</p>
            <p><a class="button" href="" rel="external">{frame::TRY_AGAIN}</a></p>
        </section>
    }
}
