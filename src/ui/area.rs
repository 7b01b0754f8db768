//! A field of a form for many lines, with its label.

use leptos::prelude::*;

use crate::domain::markdown::escape;

/// Text of many lines, which may be left out.
#[component]
pub fn Area(
    /// What is asked for.
    label: &'static str,
    /// Its name in the form.
    name: &'static str,
    /// What is there already.
    #[prop(optional, into)]
    value: String,
    /// The most characters.
    max: usize,
    /// How many lines it shows.
    rows: u32,
    /// What one should know.
    hint: &'static str,
) -> impl IntoView {
    let hint_id = format!("{name}-hint");
    view! {
        <label class="field">
            <span>{label}</span>
            <textarea
                name=name
                rows=rows
                maxlength=max
                autocomplete="off"
                aria-describedby=hint_id.clone()
                prop:defaultValue=value
            >
                {at_first(&value)}
            </textarea>
        </label>
        <p class="field-hint" id=hint_id>{hint}</p>
    }
    .into_any()
}

/// What a page brings in a `textarea` whose `defaultValue` is the same text. In the browser the framework looks at the child of
/// a field that came with the page never again: the property alone says what it shows from then on, and what a reset brings
/// back. A child beside it would be there a second time.
#[must_use]
pub fn at_first(text: &str) -> String {
    if cfg!(feature = "ssr") { escape(text) } else { String::new() }
}

/// A text as the child of a `textarea`: the framework writes it into a page as it is, where it could end the field and go on
/// with tags of its own; in the browser it sets it as text.
#[must_use]
pub fn inside(text: String) -> String {
    if cfg!(feature = "ssr") { escape(&text) } else { text }
}
