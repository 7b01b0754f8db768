//! What a living page does when it learns that nobody is signed in any more.

use leptos::prelude::*;

use crate::domain::error::AppError;

/// Leaves for the sign-in if an answer says that nobody is signed in any more, to come back to where one is. What is typed
/// in a chat is kept as a draft meanwhile.
pub fn heed(error: &AppError) {
    // The server sends pages there itself, before it renders any.
    if *error != AppError::SignedOut || cfg!(feature = "ssr") {
        return;
    }
    let location = window().location();
    let part = |part: Result<String, _>| part.unwrap_or_default();
    let here = format!("{}{}", part(location.pathname()), part(location.search()));
    // It fails only for an address that is none.
    let _ = location.assign(&format!("/sign-in?next={}", js_sys::encode_uri_component(&here)));
}

/// Whether asking for a stream again is of no use: what it tells of is not there for whoever asks, or not any more. Leaves
/// for the sign-in if that is why.
pub fn is_final(error: &AppError) -> bool {
    heed(error);
    matches!(error, AppError::SignedOut | AppError::NotFound | AppError::Forbidden { .. } | AppError::Invalid { .. })
}
