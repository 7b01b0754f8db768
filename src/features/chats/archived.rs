//! The chats that were put away.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{Chats, api::list_chats, row::Actions};
use crate::{
    domain::chat::ChatSummary,
    features::{layout::DrawerToggle, loaded::load, model::DemoNotice},
    ui::handler::handler,
};

/// `/chats/archived`.
#[component]
pub fn ArchivedPage() -> impl IntoView {
    let chats = expect_context::<Chats>();
    let list = load(move || chats.version.get(), move |_| async move { list_chats(chats.shown().await, true).await });
    view! {
        <Title text="Archived · Parlance" />
        <header class="chat-header">
            <DrawerToggle />
            <h1>"Archived"</h1>
        </header>
        <DemoNotice />
        <div class="scroller" tabindex="0">
            <Transition>
                {move || Suspend::new(async move {
                    match list.await {
                        Ok(list) if list.chats.is_empty() => {
                            view! { <p class="empty">"Nothing is archived. Archive a chat to take it out of the list without deleting it."</p> }
                                .into_any()
                        }
                        Ok(list) => {
                            let rows = list.chats.into_iter().map(|chat| view! { <ArchivedRow chat /> }).collect_view();
                            view! { <ul class="archive">{rows}</ul> }.into_any()
                        }
                        Err(error) => {
                            let again = handler(move |_| list.refetch());
                            view! {
                                <p class="empty" role="alert">{error.to_string()}</p>
                                <button class="button scripted" type="button" on:click=again>"Try again"</button>
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
                aria-label=format!("Restore {}", chat.title)
                on:click=handler(move |_| restore.unarchive())
            >
                "Restore"
            </button>
            <button
                class="button danger scripted"
                type="button"
                aria-label=format!("Delete {}", chat.title)
                on:click=handler(move |_| delete.delete())
            >
                "Delete"
            </button>
    }
}
