//! What the browser keeps for this site. Where it keeps nothing (a private window, a full disk) things work
//! as if nothing had been kept.

use leptos::prelude::*;

fn local() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// What is kept under a key.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    local()?.get_item(key).ok().flatten()
}

/// Keeps a text under a key; an empty one is forgotten.
pub fn set(key: &str, text: &str) {
    let Some(storage) = local() else { return };
    // A full store is the reader's to clear; the page goes on without it.
    let _ = if text.is_empty() { storage.remove_item(key) } else { storage.set_item(key, text) };
}
