//! Parlance: a self-hosted AI chat for teams. `ARCHITECTURE.md` says how it is put together.

// Views nest types deeply; the default of 128 is not enough for the compiler to see through a page.
#![recursion_limit = "256"]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test that panics fails, which is what it is for"
    )
)]

pub mod app;
pub mod domain;
pub mod features;
pub mod texts;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod server;

/// Brings the page that the server rendered to life. Called by the loader script, once.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
