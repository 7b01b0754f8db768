//! The frame of the pages before the sign-in: a card on an empty page.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;

use super::insecure::InsecureNotice;
use crate::{features::layout::come_alive, texts::frame as texts, ui::mark::Mark};

/// The frame.
#[component]
pub fn EntryFrame() -> impl IntoView {
    come_alive();
    view! {
        <main id="main" class="entry">
            <Outlet />
        </main>
    }
    .into_any()
}

/// The card.
#[component]
pub(in crate::features) fn Card(
    /// What the page is for.
    heading: &'static str,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=texts::title(heading) />
        <section class="card">
            <p class="brand">
                <Mark />
                {texts::PARLANCE}
            </p>
            <h1>{heading}</h1>
            <InsecureNotice />
            {children()}
        </section>
    }
    .into_any()
}
