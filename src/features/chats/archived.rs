//! The chats that were put away.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{Chats, api::list_chats, row::Actions};
use crate::{
    domain::{chat::ChatSummary, id::ChatId},
    features::{layout::DrawerToggle, loaded::load, model::DemoNotice},
    texts::{chats as texts, frame},
    ui::{handler::handler, rows::Rows},
};

/// `/chats/archived`.
#[component]
pub fn ArchivedPage() -> impl IntoView {
    let chats = expect_context::<Chats>();
    let rows = Rows::here();
    let list = load(move || chats.version.get(), move |_| async move { list_chats(chats.shown().await, true).await });
    view! {
        <Title text=frame::title(texts::ARCHIVED) />
        <header class="chat-header">
            <DrawerToggle />
            <h1>{texts::ARCHIVED}</h1>
        </header>
        <DemoNotice />
        <div class="scroller" tabindex="0">
            <Transition>
                {move || Suspend::new(async move {
                    match list.await {
                        Ok(list) if list.chats.is_empty() => view! { <p class="empty">{texts::NONE_ARCHIVED}</p> }.into_any(),
                        Ok(list) => {
                            let chats = list.chats.into_iter().map(Archived::from).collect();
                            view! { <ul class="archive">{rows.of(chats, row)}</ul> }.into_any()
                        }
                        Err(error) => {
                            let again = handler(move |_| list.refetch());
                            view! {
                                <p class="empty" role="alert">{error.to_string()}</p>
                                <button class="button scripted" type="button" on:click=again>{frame::TRY_AGAIN}</button>
                            }
                            .into_any()
                        }
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

/// What is shown of a chat: whatever else changes, its row stays.
#[derive(Debug)]
struct Archived {
    id: ChatId,
    title: String,
    mine: bool,
}

impl From<ChatSummary> for Archived {
    fn from(chat: ChatSummary) -> Self {
        Self { id: chat.id, mine: chat.is_mine(), title: chat.title }
    }
}

fn row(chat: Archived) -> AnyView {
    let Archived { id, title, mine } = chat;
    view! {
        <li>
            <a href=format!("/chats/{id}")>{title.clone()}</a>
            {mine.then(|| view! { <ArchivedActions id title /> }.into_any())}
        </li>
    }
    .into_any()
}

/// What its creator may do.
#[component]
fn ArchivedActions(id: ChatId, title: String) -> impl IntoView {
    let actions = Actions::new(id);
    let (restore, delete) = (actions.clone(), actions);
    view! {
            <button
                class="button scripted"
                type="button"
                aria-label=texts::to_chat(texts::RESTORE, &title)
                on:click=handler(move |_| restore.unarchive())
            >
                {texts::RESTORE}
            </button>
            <button
                class="button danger scripted"
                type="button"
                aria-label=texts::to_chat(texts::DELETE, &title)
                on:click=handler(move |_| delete.delete())
            >
                {texts::DELETE}
            </button>
    }
}
