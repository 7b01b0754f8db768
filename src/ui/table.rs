//! A table, with what its columns are called.

use leptos::prelude::*;

/// The table. On a narrow screen it is wider than the page, and scrolls within it.
#[component]
pub fn Table(
    /// What is in it.
    label: &'static str,
    /// What its columns are called.
    #[prop(into)]
    columns: Vec<&'static str>,
    /// Its rows.
    rows: AnyView,
    /// How it looks.
    #[prop(default = "table")]
    class: &'static str,
) -> impl IntoView {
    let columns: Vec<AnyView> =
        columns.into_iter().map(|name| view! { <th scope="col">{name}</th> }.into_any()).collect();
    view! {
        <div class=class role="region" aria-label=label tabindex="0">
            <table>
                <thead>
                    <tr>{columns}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
