//! A field of a form, with its label.

use leptos::prelude::*;

/// One line of text.
#[component]
pub fn Field(
    /// What is asked for.
    label: &'static str,
    /// Its name in the form.
    name: &'static str,
    /// What kind of text it is, as HTML says it.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// What is there already.
    #[prop(optional, into)]
    value: String,
    /// Whether it may be left out.
    #[prop(optional)]
    optional: bool,
    /// The fewest characters.
    #[prop(optional)]
    min: usize,
    /// The most characters.
    #[prop(optional)]
    max: usize,
    /// What one should know.
    #[prop(optional)]
    hint: &'static str,
) -> impl IntoView {
    let hint_id = format!("{name}-hint");
    let described_by = (!hint.is_empty()).then(|| hint_id.clone());
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                type=kind
                name=name
                autocomplete=autocomplete
                value=value
                required=!optional
                minlength=(min > 0).then_some(min)
                maxlength=(max > 0).then_some(max)
                aria-describedby=described_by
            />
        </label>
        {(!hint.is_empty()).then(|| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
    }
    .into_any()
}
