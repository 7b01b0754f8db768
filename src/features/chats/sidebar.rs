//! The list of chats at the side.

use std::collections::HashMap;

use leptos::{html, prelude::*};
use leptos_router::{components::A, hooks::use_location};

use super::{
    Chats,
    days::{Days, by_day},
    row::{ChatRow, Line},
};
use crate::{
    domain::{chat::ChatSummary, error::AppError, id::ChatId},
    features::{
        account::AccountMenu,
        layout::Drawer,
        preferences::{ShortcutsButton, ThemeButton},
        workspace::WorkspaceMenu,
    },
    texts::{chats as texts, frame, keys},
    ui::{
        handler::{effect, handler},
        icon::{Icon, Shape},
        key::command,
        mark::Mark,
        paint::after_paint,
        settled::settled,
    },
};

/// The sidebar.
#[component]
pub fn Sidebar(
    /// Where chats are searched: a key leads there.
    search: NodeRef<html::Input>,
) -> impl IntoView {
    let drawer = expect_context::<Drawer>();
    let close = NodeRef::<html::Button>::new();
    effect(move || {
        if drawer.is_open() {
            after_paint(move || focus_unless(close, search));
        }
    });
    let wanted = RwSignal::new(String::new());
    let (new_key, search_key) = (command(keys::SHIFT_O), command(keys::K));
    let path = use_location().pathname;
    view! {
        <aside class="sidebar" id="sidebar">
            <div class="sidebar-head">
                <a class="brand" href="/">
                    <Mark />
                    {frame::PARLANCE}
                </a>
                <button
                    class="icon-button sidebar-close scripted"
                    type="button"
                    aria-label=frame::CLOSE_SIDEBAR
                    node_ref=close
                    on:click=handler(move |_| drawer.close())
                >
                    <Icon shape=Shape::Close />
                </button>
            </div>
            <a class="button new-chat" href="/chats/new">
                <Icon shape=Shape::Plus />
                {texts::NEW}
                <kbd class="scripted" aria-hidden="true">{new_key}</kbd>
            </a>
            <label class="search scripted">
                <span class="visually-hidden">{texts::SEARCH_CHATS}</span>
                <input
                    type="search"
                    placeholder=texts::SEARCH
                    autocomplete="off"
                    node_ref=search
                    on:input=handler(move |event| wanted.set(event_target_value(&event)))
                />
                <Icon shape=Shape::Search />
                <kbd aria-hidden="true">{search_key}</kbd>
            </label>
            <nav aria-label=texts::CHATS>
                <ChatNav wanted />
            </nav>
            <div class="sidebar-foot">
                <A href="/chats/archived" attr:aria-current=move || (path.get() == "/chats/archived").then_some("page")>
                    <Icon shape=Shape::Archive />
                    {texts::ARCHIVED}
                </A>
                <ThemeButton />
                <ShortcutsButton />
            </div>
            <div class="sidebar-who">
                <WorkspaceMenu />
                <AccountMenu />
            </div>
        </aside>
    }
}

/// Gives the focus to a button, unless a field has it already.
fn focus_unless(button: NodeRef<html::Button>, field: NodeRef<html::Input>) {
    let focused = document().active_element();
    let has_it = field.try_get_untracked().flatten().is_some_and(|field| focused.as_ref() == Some(field.as_ref()));
    if let Some(button) = button.try_get_untracked().flatten().filter(|_| !has_it) {
        let _ = button.focus();
    }
}

#[component]
fn ChatNav(wanted: RwSignal<String>) -> impl IntoView {
    view! {
        <Transition>
            <Listed wanted />
        </Transition>
    }
}

/// What is known of each chat.
type Known = HashMap<ChatId, ChatSummary>;

/// The list. It changes in place when it comes anew, so that nobody is disturbed who renames a chat or goes
/// through the list with keys.
#[component]
fn Listed(wanted: RwSignal<String>) -> impl IntoView {
    let chats = expect_context::<Chats>();
    // The reader's clock is not the server's: known once the page is alive.
    let offset = RwSignal::new(0_i64);
    effect(move || offset.set(clock_offset()));
    let list = chats.list;
    let known = settled(move || list.with(Option::is_some));
    let problem = settled(move || list.with(|list| list.as_ref().and_then(|list| list.as_ref().err().cloned())));
    view! {
        {move || {
            if !known.get() {
                return ().into_any();
            }
            match problem.get() {
                Some(AppError::NotFound) => {
                    view! {
                        <p class="empty" role="alert">{frame::NOT_IN_WORKSPACE}</p>
                        <a class="button" href="/" rel="external">{frame::GO_ON}</a>
                    }
                    .into_any()
                }
                Some(error) => {
                    let again = handler(move |_| chats.refresh());
                    view! {
                        <p class="empty" role="alert">{error.to_string()}</p>
                        <button class="button scripted" type="button" on:click=again>{frame::TRY_AGAIN}</button>
                    }
                    .into_any()
                }
                None => {
                    let days = Memo::new(move |_| {
                        list.with(|list| match list {
                            Some(Ok(list)) => by_day(matching(&list.chats, &wanted.read()), list.now, offset.get()),
                            _ => Vec::new(),
                        })
                    });
                    let lines = Memo::new(move |_| {
                        list.with(|list| match list {
                            Some(Ok(list)) => list.chats.iter().map(|chat| (chat.id, chat.clone())).collect(),
                            _ => Known::new(),
                        })
                    });
                    view! { <ByDay days lines wanted /> }.into_any()
                }
            }
        }}
    }
}

#[component]
fn ByDay(days: Memo<Vec<Days>>, lines: Memo<Known>, wanted: RwSignal<String>) -> impl IntoView {
    let names = move || days.with(|days| days.iter().map(|day| day.name).collect::<Vec<_>>());
    view! {
        {move || {
            days.with(Vec::is_empty).then(|| {
                let text = if wanted.read().is_empty() { texts::NONE } else { texts::NONE_FOUND };
                view! { <p class="empty">{text}</p> }.into_any()
            })
        }}
        <For each=names key=|name| *name children=move |name| view! { <Day name days lines /> } />
    }
}

#[component]
fn Day(name: &'static str, days: Memo<Vec<Days>>, lines: Memo<Known>) -> impl IntoView {
    let ids = |day: &Days| day.chats.iter().map(|chat| chat.id).collect::<Vec<_>>();
    let chats = move || days.with(|days| days.iter().find(|day| day.name == name).map(ids)).unwrap_or_default();
    view! {
        <section>
            <h2>{name}</h2>
            <ul>
                // A chat with another title is the same row: whoever has it in focus stays there.
                <For
                    each=chats
                    key=|chat| *chat
                    children=move |chat| {
                        let line = Memo::new(move |_| lines.with(|lines| lines.get(&chat).map(Line::of).unwrap_or_default()));
                        view! { <ChatRow chat line /> }
                    }
                />
            </ul>
        </section>
    }
}

/// The chats whose title has every word that is searched for.
fn matching(chats: &[ChatSummary], wanted: &str) -> Vec<ChatSummary> {
    let words: Vec<String> = wanted.split_whitespace().map(str::to_lowercase).collect();
    let has_all = |chat: &&ChatSummary| {
        let title = chat.title.to_lowercase();
        words.iter().all(|word| title.contains(word))
    };
    chats.iter().filter(has_all).cloned().collect()
}

/// What the reader's clock is ahead of UTC, in microseconds.
fn clock_offset() -> i64 {
    let minutes = js_sys::Date::new_0().get_timezone_offset();
    -(minutes as i64) * 60 * 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_in_the_title_in_any_order_and_case() {
        let chat = |title: &str| ChatSummary {
            id: ChatId::new(),
            title: title.into(),
            archived: false,
            sharing: crate::domain::chat::Sharing::Private,
            creator: None,
            active_at: 0,
        };
        let chats = [chat("Rolling out Passkeys"), chat("Passwords"), chat("Größe")];
        let found = |wanted: &str| matching(&chats, wanted).into_iter().map(|chat| chat.title).collect::<Vec<_>>();
        assert_eq!(found("pass out"), ["Rolling out Passkeys"]);
        assert_eq!(found(" GRÖ"), ["Größe"]);
        assert_eq!(found("").len(), 3);
    }
}
