//! Making an account on a server that is open to all.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{ProviderForm, api::ways_in, frame::Card};
use crate::{
    domain::limits::{EMAIL_CHARS, NAME_CHARS},
    features::{loaded::load, workspace::invitations_api::SignUp},
    texts::{access::BY_INVITATION, entry as texts, invitations::SIGN_UP_LEAD},
    ui::{field::Field, form::Form, new_password::NewPassword},
};

/// `/sign-up`: makes a person with a workspace of their own.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let ways = load(|| (), |()| ways_in());
    view! {
        <Card heading=texts::MAKE_ACCOUNT>
            <Suspense>
                {move || Suspend::new(async move {
                    match ways.await {
                        Ok(ways) if ways.open_sign_up => {
                            let elsewhere = ways.provider.map(|name| view! { <ProviderForm name /> });
                            view! {
                                <SignUpForm />
                                {elsewhere}
                            }
                            .into_any()
                        },
                        Ok(_) => view! { <p class="lead">{BY_INVITATION}</p> }.into_any(),
                        Err(error) => view! { <p class="notice problem" role="alert">{error.to_string()}</p> }.into_any(),
                    }
                })}
            </Suspense>
            <p class="aside">
                <a href="/sign-in">{texts::SIGN_IN}</a>
            </p>
        </Card>
    }
}

#[component]
fn SignUpForm() -> impl IntoView {
    view! {
        <p class="lead">{SIGN_UP_LEAD}</p>
        <Form action=SignUp::PATH label=texts::MAKE_ACCOUNT>
            <Field label=texts::YOUR_NAME name="name" autocomplete="name" max=NAME_CHARS />
            <Field label=texts::EMAIL name="email" kind="email" autocomplete="username" max=EMAIL_CHARS />
            <NewPassword label=texts::PASSWORD />
            <Field label=texts::WORKSPACE name="workspace" autocomplete="organization" max=NAME_CHARS />
            <button class="button primary" type="submit">{texts::MAKE_ACCOUNT}</button>
        </Form>
    }
    .into_any()
}
