//! A field of a form that takes one of several, or any, with its label.

use leptos::prelude::*;

/// The choice.
#[component]
pub fn Select(
    /// What is asked for.
    label: &'static str,
    /// Its name in the form.
    name: &'static str,
    /// What it says where none is chosen.
    any: &'static str,
    /// What there is to choose: the value of each, and what it is called.
    options: Vec<(String, String)>,
    /// The value of what is chosen; empty if nothing is.
    chosen: String,
) -> impl IntoView {
    let option = |(value, name): (String, String)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{name}</option> }.into_any()
    };
    let options: Vec<AnyView> = options.into_iter().map(option).collect();
    view! {
        <label class="field">
            <span>{label}</span>
            <select name=name>
                <option value="">{any}</option>
                {options}
            </select>
        </label>
    }
    .into_any()
}
