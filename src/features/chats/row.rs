//! One chat in the list: open, rename in place, put away, delete.

use std::sync::Arc;

use leptos::{
    ev::{FocusEvent, KeyboardEvent, SubmitEvent},
    html,
    prelude::*,
    task::spawn_local,
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use wasm_bindgen::JsCast;

use super::{
    Chats, OpenChat,
    api::{archive_chat, delete_chat, rename_chat, restore_chat},
};
use crate::{
    domain::{
        chat::{ChatSummary, Sharing},
        error::AppError,
        id::ChatId,
        limits::TITLE_CHARS,
    },
    features::signed_out::heed,
    texts::{chats as texts, sharing},
    ui::{
        handler::{effect, handler},
        icon::{Icon, Shape},
        key::is_composing,
        toast::Toasts,
    },
};

/// What a row shows of its chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    title: String,
    /// That it is shared, and by whom if by another; none if nobody else sees it.
    shared: Option<String>,
    /// Whether it is the reader's own, to do with as they like.
    mine: bool,
}

impl Line {
    pub(super) fn of(chat: &ChatSummary) -> Self {
        let by = chat.creator.as_ref().map_or_else(|| sharing::SHARED.to_owned(), |who| sharing::listed_by(&who.name));
        let shared = (chat.sharing != Sharing::Private).then_some(by);
        Self { title: chat.title.clone(), shared, mine: chat.is_mine() }
    }
}

/// One chat in the list.
#[component]
pub(super) fn ChatRow(chat: ChatId, line: Memo<Line>) -> impl IntoView {
    let title = Memo::new(move |_| line.with(|line| line.title.clone()));
    let mine = Memo::new(move |_| line.with(|line| line.mine));
    let path = format!("/chats/{chat}");
    let location = use_location().pathname;
    let href = path.clone();
    let current = Memo::new(move |_| location.get() == path);
    let renaming = RwSignal::new(false);
    let row = NodeRef::<html::Li>::new();
    let link = NodeRef::<html::A>::new();
    // Whether the link takes the focus when it is there again.
    let back = StoredValue::new(false);
    // A title that could not be saved.
    let typed = StoredValue::new(None);
    effect(move || {
        if let Some(link) = link.get().filter(|_| back.get_value()) {
            back.set_value(false);
            let _ = link.focus();
        }
    });
    view! {
        <li class="chat-row" data-current=move || current.get().to_string() node_ref=row>
            {move || {
                if renaming.get() {
                    view! { <Rename chat title=title.get_untracked() renaming back typed /> }.into_any()
                } else {
                    view! {
                        <a href=href.clone() aria-current=move || current.get().then_some("page") node_ref=link>
                            <SharedMark line />
                            {title}
                            {move || line.with(|line| line.shared.clone()).map(hidden)}
                        </a>
                        {move || mine.get().then(|| view! { <RowMenu chat title renaming row /> }.into_any())}
                    }
                    .into_any()
                }
            }}
        </li>
    }
}

/// A sign that others see the chat; what follows the title says so in words.
#[component]
fn SharedMark(line: Memo<Line>) -> impl IntoView {
    let shared = Memo::new(move |_| line.with(|line| line.shared.is_some()));
    view! {
        {move || {
            shared.get().then(|| view! { <span class="shared-mark"><Icon shape=Shape::People /></span> }.into_any())
        }}
    }
}

fn hidden(words: String) -> AnyView {
    view! { <span class="visually-hidden">{words}</span> }.into_any()
}

#[component]
fn RowMenu(chat: ChatId, title: Memo<String>, renaming: RwSignal<bool>, row: NodeRef<html::Li>) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let name = Memo::new(move |_| texts::actions_for(&title.get()));
    let actions = Actions::new(chat);
    let on_keydown = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" if open.get_untracked() => {
            event.prevent_default();
            event.stop_propagation();
            open.set(false);
            focus_button(button);
        }
        "ArrowDown" | "ArrowUp" if open.get_untracked() => {
            event.prevent_default();
            move_focus(row, event.key() == "ArrowDown");
        }
        _ => {}
    };
    let on_focusout = move |event: FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        // A row that has the focus while it is taken out of the page loses it when its signals are gone already.
        let stays = row.try_get_untracked().flatten().is_some_and(|row| row.contains(to.as_ref()));
        if !stays {
            open.try_set(false);
        }
    };
    effect(move || {
        if open.get() {
            request_animation_frame(move || move_focus(row, true));
        }
    });
    view! {
        <button
            class="icon-button scripted"
            type="button"
            aria-label=name
            aria-haspopup="menu"
            aria-expanded=move || open.get().to_string()
            node_ref=button
            on:click=handler(move |_| open.update(|open| *open = !*open))
            on:keydown=handler(on_keydown)
            on:focusout=handler(on_focusout)
        >
            <Icon shape=Shape::More />
        </button>
        <div class="menu-holder" on:keydown=handler(on_keydown) on:focusout=handler(on_focusout)>
            {move || {
                let actions = actions.clone();
                open.get().then(|| view! { <Menu name actions renaming open button /> }.into_any())
            }}
        </div>
    }
}

#[component]
fn Menu(
    name: Memo<String>,
    actions: Actions,
    renaming: RwSignal<bool>,
    open: RwSignal<bool>,
    button: NodeRef<html::Button>,
) -> impl IntoView {
    let (archive, delete) = (actions.clone(), actions);
    view! {
        <div role="menu" class="menu" aria-label=name>
            <button role="menuitem" type="button" tabindex="-1" on:click=handler(move |_| renaming.set(true))>
                <Icon shape=Shape::Pen />
                {texts::RENAME}
            </button>
            <button
                role="menuitem"
                type="button"
                tabindex="-1"
                on:click=handler(move |_| {
                    open.set(false);
                    focus_button(button);
                    archive.archive();
                })
            >
                <Icon shape=Shape::Archive />
                {texts::ARCHIVE}
            </button>
            <button
                role="menuitem"
                type="button"
                tabindex="-1"
                class="danger"
                on:click=handler(move |_| {
                    open.set(false);
                    focus_button(button);
                    delete.delete();
                })
            >
                <Icon shape=Shape::Bin />
                {texts::DELETE}
            </button>
        </div>
    }
}

fn focus_button(button: NodeRef<html::Button>) {
    if let Some(button) = button.get_untracked() {
        let _ = button.focus();
    }
}

/// Moves the focus among the menu's items, round and round.
fn move_focus(row: NodeRef<html::Li>, down: bool) {
    let Some(row) = row.try_get_untracked().flatten() else { return };
    let Ok(items) = row.query_selector_all("[role=menuitem]") else { return };
    let items: Vec<web_sys::HtmlElement> =
        (0..items.length()).filter_map(|index| items.get(index)).filter_map(|node| node.dyn_into().ok()).collect();
    let focused = document().active_element();
    let at = items.iter().position(|item| Some(item.as_ref()) == focused.as_ref());
    let to = match (at, down) {
        (None, true) => 0,
        (Some(at), true) => (at + 1) % items.len().max(1),
        (None | Some(0), false) => items.len().saturating_sub(1),
        (Some(at), false) => at - 1,
    };
    if let Some(item) = items.get(to) {
        let _ = item.focus();
    }
}

/// The title, to be changed where it stands.
#[component]
fn Rename(
    chat: ChatId,
    title: String,
    renaming: RwSignal<bool>,
    back: StoredValue<bool>,
    typed: StoredValue<Option<String>>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let actions = Actions::new(chat);
    effect(move || {
        if let Some(input) = input.get() {
            let _ = input.focus();
            input.select();
        }
    });
    let before = title.clone();
    let save = move || {
        // Enter saves, and the field that then goes loses the focus: once is enough.
        if !renaming.try_get_untracked().unwrap_or(false) {
            return;
        }
        let title = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        renaming.set(false);
        if !title.trim().is_empty() && title.trim() != before {
            actions.rename(title.clone(), move || {
                // What was typed is there again.
                typed.try_set_value(Some(title));
                renaming.try_set(true);
            });
        }
    };
    let on_submit = {
        let save = save.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            back.set_value(true);
            save();
        }
    };
    view! {
        <form
            class="rename"
            on:submit=handler(on_submit)
            on:keydown=handler(move |event: KeyboardEvent| {
                if event.key() == "Escape" && !is_composing(&event) {
                    event.prevent_default();
                    event.stop_propagation();
                    back.set_value(true);
                    renaming.set(false);
                }
            })
        >
            <input
                aria-label=texts::TITLE
                value=typed.try_update_value(Option::take).flatten().unwrap_or(title)
                maxlength=TITLE_CHARS.to_string()
                autocomplete="off"
                node_ref=input
                on:blur=handler(move |_| save())
            />
        </form>
    }
}

/// What can be done to a chat, each with its word and its way back.
#[derive(Clone)]
pub(super) struct Actions {
    chat: ChatId,
    chats: Chats,
    open: OpenChat,
    toasts: Toasts,
    // Not a callback, which would end with the row: the list may be made anew before the server has answered.
    leave: Arc<dyn Fn() + Send + Sync>,
}

impl Actions {
    pub(super) fn new(chat: ChatId) -> Self {
        let path = format!("/chats/{chat}");
        let location = use_location().pathname;
        let navigate = use_navigate();
        // Whoever deletes the chat that is open goes on with a new one.
        let leave = Arc::new(move || {
            if location.try_get_untracked().as_ref() == Some(&path) {
                navigate("/chats/new", NavigateOptions::default());
            }
        });
        Self { chat, chats: expect_context(), open: expect_context(), toasts: expect_context(), leave }
    }

    fn rename(&self, title: String, refused: impl FnOnce() + 'static) {
        self.try_to(rename_chat(self.chat, title), |_| {}, refused);
    }

    fn archive(&self) {
        self.run(archive_chat(self.chat, true), |done| {
            (done.leave)();
            let back = done.clone();
            done.toasts.say(texts::CHAT_ARCHIVED, Some(Callback::new(move |()| back.unarchive())));
        });
    }

    pub(super) fn unarchive(&self) {
        self.run(archive_chat(self.chat, false), |_| {});
    }

    pub(super) fn delete(&self) {
        let (chat, open) = (self.chat, self.open);
        // Word of the change may come before the answer.
        let was_open = open.close(chat);
        let deleting = async move {
            let deleted = delete_chat(chat).await;
            if was_open && deleted.is_err() {
                open.open_again(chat);
            }
            deleted
        };
        self.run(deleting, |done| {
            (done.leave)();
            let back = done.clone();
            done.toasts.say(texts::CHAT_DELETED, Some(Callback::new(move |()| back.restore())));
        });
    }

    fn restore(&self) {
        self.run(restore_chat(self.chat), |_| {});
    }

    fn run(&self, request: impl Future<Output = Result<(), AppError>> + 'static, then: impl FnOnce(&Self) + 'static) {
        self.try_to(request, then, || {});
    }

    fn try_to(
        &self,
        request: impl Future<Output = Result<(), AppError>> + 'static,
        then: impl FnOnce(&Self) + 'static,
        refused: impl FnOnce() + 'static,
    ) {
        let this = self.clone();
        spawn_local(async move {
            match request.await {
                Ok(()) => then(&this),
                Err(error) => {
                    heed(&error);
                    this.toasts.fail(error.to_string());
                    refused();
                }
            }
            this.chats.refresh();
        });
    }
}
