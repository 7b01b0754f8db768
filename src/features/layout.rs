//! The frame of every page: the list of chats at the side (a drawer on narrow screens), the page beside it.

use leptos::{ev::KeyboardEvent, html, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::Outlet,
    hooks::{use_location, use_navigate},
};

use super::{
    account::Myself,
    chat::Handover,
    chats::{Chats, OpenChat, Sidebar, follow_changes},
    connection::Connection,
    model::{Answering, DemoNotice},
    preferences::{Shortcuts, ShortcutsDialog},
};
use crate::{
    texts::{chats, frame as texts, sharing},
    ui::{
        handler::{effect, handler},
        icon::{Icon, Shape},
        key::is_command,
        paint::after_paint,
        toast::{ToastView, Toasts},
    },
};

/// Whether the drawer with the list is open. On wide screens it always is and nobody asks.
#[derive(Clone, Copy, Debug)]
pub struct Drawer(RwSignal<bool>);

impl Default for Drawer {
    fn default() -> Self {
        Self(RwSignal::new(false))
    }
}

impl Drawer {
    /// Whether it is open.
    pub fn is_open(self) -> bool {
        self.0.get()
    }

    fn open(self) {
        // Elsewhere the list is there already, and the page beside it must not be shut off.
        self.0.set(is_narrow());
    }

    /// Closes it.
    pub fn close(self) {
        self.0.set(false);
    }
}

/// Whether the list is a drawer: the width at which the styles make it one.
fn is_narrow() -> bool {
    window().match_media("(max-width: 760px)").ok().flatten().is_some_and(|query| query.matches())
}

/// The frame.
#[component]
pub fn Layout() -> impl IntoView {
    let toasts = Toasts::default();
    let drawer = Drawer::default();
    let chats = Chats::load();
    let search = NodeRef::<html::Input>::new();
    provide_context(toasts);
    provide_context(drawer);
    provide_context(chats);
    provide_context(Answering::load());
    provide_context(Myself::load());
    provide_context(OpenChat::default());
    provide_context(Connection::default());
    provide_context(Handover::default());
    provide_context(Shortcuts::default());
    follow_changes();
    come_alive();
    close_on_navigation(drawer);
    commands(drawer, search);

    view! {
        <a class="skip-link" href="#main" rel="external">{texts::SKIP}</a>
        <div class="app" data-drawer=move || if drawer.0.get() { "open" } else { "closed" }>
            <Sidebar search />
            <button
                class="drawer-scrim"
                type="button"
                aria-label=texts::CLOSE_SIDEBAR
                hidden=move || !drawer.0.get()
                on:click=handler(move |_| drawer.close())
            ></button>
            <main id="main" class="main" tabindex="-1" inert=move || drawer.0.get()>
                <Outlet />
            </main>
            <ToastView toasts />
            <ShortcutsDialog />
        </div>
    }
    .into_any()
}

/// Opens the drawer; there only on narrow screens.
#[component]
pub fn DrawerToggle() -> impl IntoView {
    let drawer = expect_context::<Drawer>();
    let toggle = NodeRef::<html::Button>::new();
    let mut was_open = false;
    effect(move || {
        let is_open = drawer.0.get();
        // The focus goes back to where it came from.
        if was_open
            && !is_open
            && let Some(toggle) = toggle.get_untracked()
        {
            let _ = toggle.focus();
        }
        was_open = is_open;
    });
    view! {
        <button
            class="icon-button drawer-toggle scripted"
            type="button"
            aria-label=texts::OPEN_SIDEBAR
            aria-controls="sidebar"
            aria-expanded=move || drawer.0.get().to_string()
            node_ref=toggle
            on:click=handler(move |_| drawer.open())
        >
            <Icon shape=Shape::Menu />
        </button>
    }
}

/// Nothing is here.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    set_status(http::StatusCode::NOT_FOUND);
    view! {
        <Title text=texts::title(texts::NOT_FOUND) />
        <header class="chat-header">
            <DrawerToggle />
        </header>
        <DemoNotice />
        <section class="welcome">
            <h1>{texts::NOTHING_HERE}</h1>
            <p>{sharing::NOT_HERE}</p>
            <p>
                <a class="button" href="/chats/new">{chats::NEW}</a>
            </p>
        </section>
    }
}

/// Gives the page a status other than 200.
#[cfg(feature = "ssr")]
fn set_status(status: http::StatusCode) {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
    }
}

/// Gives the page the status of what stands in the place of its content, and says when to ask again, if that is known.
#[cfg(feature = "ssr")]
pub fn answer_with(error: &crate::domain::error::AppError) {
    set_status(error.status());
    if let Some(seconds) = error.retry_after()
        && let Some(response) = use_context::<leptos_axum::ResponseOptions>()
    {
        response.insert_header(http::header::RETRY_AFTER, http::HeaderValue::from(seconds));
    }
}

/// Marks the page as alive: what needs a script is shown from now on.
pub(super) fn come_alive() {
    effect(move || {
        // In the next frame: the page within comes alive after its frame.
        request_animation_frame(|| {
            if let Some(root) = document().document_element() {
                let _ = root.class_list().add_1("js");
            }
        });
    });
}

fn close_on_navigation(drawer: Drawer) {
    let location = use_location();
    effect(move || {
        location.pathname.track();
        drawer.close();
    });
    effect(move || {
        let listening = window_event_listener(leptos::ev::resize, move |_| {
            if drawer.0.get_untracked() && !is_narrow() {
                drawer.close();
            }
        });
        on_cleanup(move || listening.remove());
    });
}

/// The keys that work everywhere.
fn commands(drawer: Drawer, search: NodeRef<html::Input>) {
    let navigate = use_navigate();
    let shortcuts = expect_context::<Shortcuts>();
    effect(move || {
        let navigate = navigate.clone();
        let listening = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            let key = event.key().to_lowercase();
            match key.as_str() {
                "k" if is_command(&event) && !event.shift_key() => {
                    event.prevent_default();
                    drawer.open();
                    after_paint(move || {
                        if let Some(search) = search.try_get_untracked().flatten() {
                            let _ = search.focus();
                        }
                    });
                }
                "o" if is_command(&event) && event.shift_key() => {
                    event.prevent_default();
                    navigate("/chats/new", NavigateOptions::default());
                }
                "escape" if drawer.0.get_untracked() => {
                    event.prevent_default();
                    drawer.close();
                }
                "?" if !is_typing(&event) => {
                    event.prevent_default();
                    shortcuts.open();
                }
                _ => {}
            }
        });
        on_cleanup(move || listening.remove());
    });
}

/// Whether the key goes into a text.
fn is_typing(event: &KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA"))
}
