//! The mark.

use leptos::prelude::*;

/// An opening quotation mark in two voices.
#[component]
pub fn Mark() -> impl IntoView {
    const STROKE: &str =
        "a4.6 4.6 0 1 1-9.2 0c0-4.6 2.3-8.2 6.6-9.6.8-.2 1.2.7.6 1.2-1.6 1.2-2.6 2.5-2.9 3.8 2.8 0 4.9 1.9 4.9 4.6z";
    view! {
        <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d=format!("M10.7 14.5{STROKE}")></path>
            <path opacity=".55" d=format!("M22.5 14.5{STROKE}")></path>
        </svg>
    }
}
