//! A person's picture, or the letters that stand for it.

use leptos::prelude::*;

use crate::domain::member::{PersonSummary, initials};

/// The picture. It says nothing to a screen reader: the name is beside it.
#[component]
pub fn Avatar(
    /// Whose.
    person: PersonSummary,
) -> impl IntoView {
    match person.avatar {
        Some(image) => {
            view! { <img class="avatar" src=format!("/images/{image}") alt="" width="24" height="24" /> }.into_any()
        }
        None => view! { <span class="avatar" aria-hidden="true">{initials(&person.name)}</span> }.into_any(),
    }
}
