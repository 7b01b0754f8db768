//! The way in that leads over an OpenID provider.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::api::BeginOidc;
use crate::{texts::oidc as texts, ui::form::Form};

/// The button that leads to the provider.
#[component]
pub fn ProviderForm(
    /// What people call the provider.
    name: String,
    /// Where to go after it.
    #[prop(optional, into)]
    next: String,
    /// The secret of the invitation that the person has.
    #[prop(optional, into)]
    invitation: String,
) -> impl IntoView {
    view! {
        <Form action=BeginOidc::PATH label=texts::ELSEWHERE>
            <input type="hidden" name="next" value=next />
            <input type="hidden" name="invitation" value=invitation />
            <button class="button" type="submit">{texts::sign_in_with(&name)}</button>
        </Form>
    }
    .into_any()
}
