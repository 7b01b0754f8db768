//! An expert's picture, or the letters that stand for it.

use leptos::prelude::*;

use crate::domain::{catalogue::ExpertSummary, member::initials};

/// The picture. It says nothing to a screen reader: the name is beside it.
pub(super) fn face(expert: &ExpertSummary) -> AnyView {
    match expert.portrait {
        Some(image) => {
            view! { <img class="face" src=format!("/images/{image}") alt="" width="40" height="40" /> }.into_any()
        }
        None => view! { <span class="face" aria-hidden="true">{initials(&expert.name)}</span> }.into_any(),
    }
}
