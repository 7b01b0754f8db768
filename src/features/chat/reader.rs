//! What stands for those who only read where others write.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    features::{layout::DrawerToggle, model::DemoNotice},
    texts::{frame, sharing as texts},
};

/// In the place of the composer.
#[component]
pub(super) fn ReadOnly() -> impl IntoView {
    view! {
        <p class="notice read-only" role="note">
            <span>{texts::MAY_READ}</span>
            <a href="/chats/new">{texts::START_OWN}</a>
        </p>
    }
}

/// In the place of a new chat, for viewers.
#[component]
pub(super) fn ViewerPage() -> impl IntoView {
    view! {
        <Title text=frame::PARLANCE />
        <header class="chat-header">
            <DrawerToggle />
        </header>
        <DemoNotice />
        <section class="welcome">
            <h1>{texts::VIEWER_HEADING}</h1>
            <p>{texts::VIEWER_ABOUT}</p>
        </section>
    }
}
