//! Choosing a new password by a link.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;

use super::api::{ResetPassword, check_reset};
use crate::{
    features::{entry::Card, loaded::load},
    texts::recovery as texts,
    ui::{form::Form, new_password::NewPassword},
};

/// `/reset/:secret`.
#[component]
pub fn ResetPage() -> impl IntoView {
    let params = use_params_map();
    let secret = move || params.with(|params| params.get("secret").unwrap_or_default());
    let good = load(secret, check_reset);
    view! {
        <Card heading=texts::RESET_PASSWORD>
            <Suspense>
                {move || Suspend::new(async move {
                    match good.await {
                        Ok(()) => view! { <Choose secret=secret() /> }.into_any(),
                        Err(error) => view! {
                            <p class="notice problem" role="alert">{error.to_string()}</p>
                            <p class="aside"><a href="/forgot">{texts::NEW_LINK}</a></p>
                        }
                        .into_any(),
                    }
                })}
            </Suspense>
        </Card>
    }
    .into_any()
}

#[component]
fn Choose(secret: String) -> impl IntoView {
    view! {
        <p class="lead">{texts::NEW_LEAD}</p>
        <Form action=ResetPassword::PATH label=texts::RESET_PASSWORD>
            <input type="hidden" name="secret" value=secret />
            <NewPassword label=texts::NEW_PASSWORD />
            <button class="button primary" type="submit">{texts::SET_PASSWORD}</button>
        </Form>
    }
    .into_any()
}
