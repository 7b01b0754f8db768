//! The view follows the stream only while it is at the bottom: a reader who scrolled up is never moved.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};

use super::{api::older_messages, conversation::Conversation};
use crate::{
    texts::chat as texts,
    ui::{
        handler::{effect, handler},
        icon::{Icon, Shape},
    },
};

/// How near to the bottom still counts as there, in CSS pixels: about two lines.
const NEAR_BOTTOM: i32 = 48;
/// By how much heights and places that browsers round may differ, in CSS pixels.
const ROUNDING: i32 = 1;
/// How near to the top older messages are loaded, in CSS pixels: about a screen.
const NEAR_TOP: i32 = 800;

/// Where the reader is in the conversation.
#[derive(Clone, Copy)]
pub(super) struct Scroll {
    /// What scrolls.
    pub scroller: NodeRef<html::Div>,
    /// What grows in it.
    pub conversation: NodeRef<html::Div>,
    follows: RwSignal<bool>,
    near_top: RwSignal<bool>,
    last_top: StoredValue<i32>,
}

impl Scroll {
    pub(super) fn new() -> Self {
        let scroll = Self {
            scroller: NodeRef::new(),
            conversation: NodeRef::new(),
            follows: RwSignal::new(true),
            near_top: RwSignal::new(false),
            last_top: StoredValue::new(0),
        };
        effect(move || scroll.listen());
        effect(move || scroll.watch_size());
        scroll
    }

    /// Goes to the newest message and stays with it.
    pub(super) fn to_latest(self) {
        self.follows.set(true);
        if let Some(scroller) = self.scroller.get_untracked() {
            self.put(&scroller, scroller.scroll_height());
        }
    }

    /// Puts the view somewhere. A reader who scrolls before the browser has told of it goes up from there.
    fn put(self, scroller: &Element, top: i32) {
        scroller.set_scroll_top(top);
        self.last_top.try_set_value(scroller.scroll_top());
    }

    fn listen(self) {
        let Some(scroller) = self.scroller.get() else { return };
        let target = scroller.clone();
        let on_scroll = Closure::<dyn FnMut()>::new(move || self.scrolled(&target));
        let listener = on_scroll.as_ref().unchecked_ref();
        if scroller.add_event_listener_with_callback("scroll", listener).is_err() {
            return;
        }
        // Who went up before the page was alive stays there: the first script had put them at the bottom.
        let put: Option<i32> = scroller.get_attribute("data-put").and_then(|top| top.parse().ok());
        if put.is_some_and(|put| scroller.scroll_top() < put - NEAR_BOTTOM) {
            self.follows.set(false);
        }
        // The closure lives until the page goes; wrapped, since clean-ups may be called from any thread's owner.
        let kept = send_wrapper::SendWrapper::new((scroller, on_scroll));
        on_cleanup(move || {
            let (scroller, on_scroll) = kept.take();
            let _ = scroller.remove_event_listener_with_callback("scroll", on_scroll.as_ref().unchecked_ref());
        });
    }

    fn scrolled(self, scroller: &Element) {
        let top = scroller.scroll_top();
        let went_up = self.last_top.try_with_value(|last| top < *last).unwrap_or(false);
        self.last_top.try_update_value(|last| *last = top);
        let from_bottom = scroller.scroll_height() - top - scroller.client_height();
        if self.near_top.try_get_untracked() != Some(top < NEAR_TOP) {
            self.near_top.try_set(top < NEAR_TOP);
        }
        // Only the reader goes up: text that grows below leaves the top where it was, and what shrinks leaves the view at the
        // bottom. The first pixels count: whatever grows meanwhile would end a movement that has just begun.
        let leaves = went_up && from_bottom > ROUNDING;
        let follows = self.follows.try_get_untracked().unwrap_or(true);
        if leaves && follows {
            self.follows.try_set(false);
        } else if !leaves && !follows && from_bottom < NEAR_BOTTOM {
            self.follows.try_set(true);
        }
    }

    /// Goes along with whatever grows: text, code that got its colours, the box in which one writes.
    fn watch_size(self) {
        let (Some(scroller), Some(conversation)) = (self.scroller.get(), self.conversation.get()) else { return };
        let target = scroller.clone();
        let on_resize = Closure::<dyn FnMut()>::new(move || {
            if self.follows.try_get_untracked() == Some(true) {
                self.put(&target, target.scroll_height());
            }
        });
        let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else { return };
        observer.observe(&conversation);
        observer.observe(&scroller);
        let kept = send_wrapper::SendWrapper::new((observer, on_resize));
        on_cleanup(move || kept.take().0.disconnect());
    }

    /// What stands above the first message: when it comes near, older messages are loaded. It is a button, for
    /// those who do not scroll that far.
    pub(super) fn older_mark(self, conversation: Conversation) -> impl IntoView {
        let loading = RwSignal::new(false);
        let load = move || {
            if !loading.get_untracked() {
                loading.set(true);
                self.load_older(conversation.clone(), loading);
            }
        };
        let near = load.clone();
        effect(move || {
            if self.near_top.get() {
                near();
            }
        });
        view! {
            <p class="older">
                <button class="button" disabled=loading on:click=handler(move |_| load())>
                    {texts::OLDER}
                </button>
            </p>
        }
    }

    fn load_older(self, conversation: Conversation, loading: RwSignal<bool>) {
        let Some(first) = conversation.messages.with_untracked(|all| all.first().map(|shown| shown.id)) else { return };
        spawn_local(async move {
            match older_messages(first).await {
                Ok(older) => {
                    let before = self.first_article_top();
                    conversation.prepend(older);
                    // As soon as the new ones are in the page, and again before it is drawn, what was in view goes
                    // back to where it was.
                    leptos::task::tick().await;
                    self.put_back(before.as_ref());
                    request_animation_frame(move || self.put_back(before.as_ref()));
                }
                Err(error) => conversation.problem.set(Some(error)),
            }
            loading.try_set(false);
        });
    }

    fn first_article_top(self) -> Option<(send_wrapper::SendWrapper<Element>, f64)> {
        let article = self.conversation.get_untracked()?.query_selector("article").ok().flatten()?;
        let top = article.get_bounding_client_rect().top();
        Some((send_wrapper::SendWrapper::new(article), top))
    }

    fn put_back(self, before: Option<&(send_wrapper::SendWrapper<Element>, f64)>) {
        let (Some((article, top)), Some(scroller)) = (before, self.scroller.try_get_untracked().flatten()) else {
            return;
        };
        let moved = article.get_bounding_client_rect().top() - *top;
        self.put(&scroller, scroller.scroll_top() + moved.round() as i32);
    }
}

/// The way back to the newest message, for a reader who scrolled up.
#[component]
pub(super) fn JumpToLatest(scroll: Scroll) -> impl IntoView {
    view! {
        <button class="button jump" hidden=move || scroll.follows.get() on:click=handler(move |_| scroll.to_latest())>
            <Icon shape=Shape::Down />
            {texts::LATEST}
        </button>
    }
}
