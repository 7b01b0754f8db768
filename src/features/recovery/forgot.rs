//! Asking for a link to choose a new password.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use server_fn::ServerFn;

use super::api::ForgotPassword;
use crate::{
    domain::limits::EMAIL_CHARS,
    features::{
        entry::{Card, api::ways_in},
        loaded::load,
    },
    texts::recovery as texts,
    ui::{field::Field, form::Form},
};

/// `/forgot`.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let query = use_query_map();
    let asked = move || query.with(|query| query.get_str("asked").is_some());
    let ways = load(|| (), |()| ways_in());
    view! {
        <Card heading=texts::RESET_PASSWORD>
            <Suspense>
                {move || Suspend::new(async move {
                    let mails = ways.await.is_ok_and(|ways| ways.mails);
                    if asked() {
                        view! { <p class="notice" role="status">{texts::ASKED}</p> }.into_any()
                    } else if mails {
                        view! { <Ask /> }.into_any()
                    } else {
                        view! { <p class="lead">{texts::ASK_WHOM}</p> }.into_any()
                    }
                })}
            </Suspense>
            <p class="aside"><a href="/sign-in">{texts::BACK}</a></p>
        </Card>
    }
    .into_any()
}

#[component]
fn Ask() -> impl IntoView {
    view! {
        <p class="lead">{texts::LEAD}</p>
        <Form action=ForgotPassword::PATH label=texts::RESET_PASSWORD>
            <Field label=texts::EMAIL name="email" kind="email" autocomplete="username" max=EMAIL_CHARS />
            <button class="button primary" type="submit">{texts::SEND_LINK}</button>
        </Form>
    }
    .into_any()
}
