//! The chats that were put away.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{Chats, api::list_chats, row::Actions};
use crate::{
    domain::chat::ChatSummary,
    features::{layout::DrawerToggle, loaded::load, model::DemoNotice},
    texts::{chats as texts, frame},
    ui::handler::handler,
};

/// `/chats/archived`.
#[component]
pub fn ArchivedPage() -> impl IntoView {
    let chats = expect_context::<Chats>();
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
                            let rows = list.chats.into_iter().map(|chat| view! { <ArchivedRow chat /> }).collect_view();
                            view! { <ul class="archive">{rows}</ul> }.into_any()
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

#[component]
fn ArchivedRow(chat: ChatSummary) -> impl IntoView {
    let mine = chat.is_mine();
    view! {
        <li>
            <a href=format!("/chats/{}", chat.id)>{chat.title.clone()}</a>
            {mine.then(|| view! { <ArchivedActions chat /> }.into_any())}
        </li>
    }
}

/// What its creator may do.
#[component]
fn ArchivedActions(chat: ChatSummary) -> impl IntoView {
    let actions = Actions::new(chat.id);
    let (restore, delete) = (actions.clone(), actions);
    view! {
            <button
                class="button scripted"
                type="button"
                aria-label=texts::to_chat(texts::RESTORE, &chat.title)
                on:click=handler(move |_| restore.unarchive())
            >
                {texts::RESTORE}
            </button>
            <button
                class="button danger scripted"
                type="button"
                aria-label=texts::to_chat(texts::DELETE, &chat.title)
                on:click=handler(move |_| delete.delete())
            >
                {texts::DELETE}
            </button>
    }
}
