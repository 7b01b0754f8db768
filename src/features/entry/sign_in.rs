//! Signing in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use server_fn::ServerFn;

use super::{
    api::{SignIn, ways_in},
    frame::Card,
    provider::ProviderForm,
};
use crate::{
    domain::{
        entry::OidcProblem,
        limits::{EMAIL_CHARS, PASSWORD_MAX},
        local_path::local_path,
    },
    features::loaded::load,
    texts::{entry as texts, oidc, recovery},
    ui::{field::Field, form::Form},
};

/// Asks for address and password, or leads to the OpenID provider.
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let next = query.with_untracked(|query| query.get_str("next").and_then(local_path).map(str::to_owned));
    let problem = query.with_untracked(|query| query.get_str("oidc").and_then(OidcProblem::from_word));
    let ways = load(|| (), |()| ways_in());
    let then = next.clone().unwrap_or_default();
    let is_reset = query.with_untracked(|query| query.get_str("done") == Some("reset"));
    view! {
        <Card heading=texts::SIGN_IN>
            {problem.map(|problem| view! { <p class="notice problem" role="alert">{oidc::sentence(problem)}</p> })}
            {is_reset.then(|| view! { <p class="notice" role="status">{recovery::DONE}</p> }.into_any())}
            <Form action=SignIn::PATH label=texts::SIGN_IN>
                <input type="hidden" name="next" value=next.unwrap_or_default() />
                <Field label=texts::EMAIL name="email" kind="email" autocomplete="username" max=EMAIL_CHARS />
                <Field label=texts::PASSWORD name="password" kind="password" autocomplete="current-password" max=PASSWORD_MAX />
                <button class="button primary" type="submit">{texts::SIGN_IN}</button>
            </Form>
            <p class="aside"><a href="/forgot">{recovery::FORGOT}</a></p>
            <Suspense>
                {move || {
                    let then = then.clone();
                    Suspend::new(async move {
                        let Ok(ways) = ways.await else { return ().into_any() };
                        view! {
                            {ways.provider.map(|name| view! { <ProviderForm name=name next=then /> })}
                            {ways
                                .open_sign_up
                                .then(|| {
                                    view! { <p class="aside"><a href="/sign-up">{texts::MAKE_ACCOUNT}</a></p> }.into_any()
                                })}
                        }
                            .into_any()
                    })
                }}
            </Suspense>
        </Card>
    }
}
