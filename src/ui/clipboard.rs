//! The clipboard.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

/// Copies a text and says then whether it worked. Browsers allow it on secure pages only: https and loopback.
pub fn copy(text: String, done: impl FnOnce(bool) + 'static) {
    let window = window();
    if !window.is_secure_context() {
        done(false);
        return;
    }
    let writing = window.navigator().clipboard().write_text(&text);
    spawn_local(async move { done(JsFuture::from(writing).await.is_ok()) });
}
