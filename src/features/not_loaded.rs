//! What stands in place of something that could not be loaded.

use leptos::prelude::*;

use crate::{domain::error::AppError, texts::frame::TRY_AGAIN};

/// Why, and a way to try again. The page gets the status that fits.
#[component]
pub fn NotLoaded(error: AppError) -> impl IntoView {
    #[cfg(feature = "ssr")]
    super::layout::answer_with(&error);
    view! {
        <p class="notice problem" role="alert">{error.to_string()}</p>
        <p>
            <a class="button" href="" rel="external">{TRY_AGAIN}</a>
        </p>
    }
    .into_any()
}
