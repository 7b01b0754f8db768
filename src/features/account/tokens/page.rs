//! The page of one's API tokens: make one, see when each was used, revoke it.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::api::{CreateToken, RevokeToken, fresh_token, list_tokens};
use crate::{
    domain::{credential::Scope, limits::NAME_CHARS, moment::utc, token::Token},
    features::{account::Myself, chat::copy_and_say, loaded::load, settings::SettingsPage},
    texts::tokens as texts,
    ui::{
        field::Field,
        form::{Done, Form},
        handler::handler,
        rows::Rows,
    },
};

/// `/account/tokens`.
#[component]
pub fn TokensPage() -> impl IntoView {
    let rows = Rows::here();
    let tokens = load(|| (), |()| list_tokens());
    let fresh = load(|| (), |()| fresh_token());
    let done = Done::new(move |()| tokens.refetch());
    view! {
        <SettingsPage heading=texts::HEADING>
            <p>{texts::LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    fresh.await.ok().flatten().map(|secret| view! { <Fresh secret /> }).into_any()
                })}
            </Transition>
            <section>
                <h2>{texts::LIST}</h2>
                <Transition>
                    {move || Suspend::new(async move {
                        match tokens.await {
                            Ok(tokens) if tokens.is_empty() => view! { <p class="empty">{texts::NONE}</p> }.into_any(),
                            Ok(tokens) => {
                                let row = move |token: Token| view! { <Row token done /> }.into_any();
                                view! { <ul class="rows">{rows.of(tokens, row)}</ul> }.into_any()
                            }
                            Err(error) => view! { <p class="empty" role="alert">{error.to_string()}</p> }.into_any(),
                        }
                    })}
                </Transition>
            </section>
            <Create />
        </SettingsPage>
    }
}

/// The token that was just made, this once.
#[component]
fn Fresh(secret: String) -> impl IntoView {
    let copied = secret.clone();
    let copy = handler(move |_| copy_and_say(copied.clone()));
    view! {
        <section role="status">
            <h2>{texts::FRESH}</h2>
            <p>{texts::FRESH_HINT}</p>
            <label class="field">
                <span>{texts::FRESH_LABEL}</span>
                <input type="text" readonly value=secret autocomplete="off" spellcheck="false" />
            </label>
            <p>
                <button class="button scripted" type="button" on:click=copy>{texts::COPY}</button>
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn Row(token: Token, done: Done) -> impl IntoView {
    let about = texts::about(scope_name(token.scope), &token.workspace_name, &utc(token.created_at));
    let used = token.used_at.map(utc);
    view! {
        <li>
            <div class="what">
                <strong>{token.name.clone()}</strong>
                <p class="about">{about}</p>
                <p class="about">{texts::used(used.as_deref())}</p>
            </div>
            <Form action=RevokeToken::PATH label=texts::REVOKE_FORM class="" done=done>
                <input type="hidden" name="token" value=token.id.to_string() />
                <button class="button danger" type="submit" aria-label=format!("{} {}", texts::REVOKE, token.name)>
                    {texts::REVOKE}
                </button>
            </Form>
        </li>
    }
    .into_any()
}

/// Another one.
#[component]
fn Create() -> impl IntoView {
    let myself = expect_context::<Myself>();
    view! {
        <section>
            <h2>{texts::CREATE}</h2>
            <Transition>
                {move || Suspend::new(async move {
                    let workspace = myself.me.await.ok().and_then(|me| Some(me.membership()?.name.clone()));
                    workspace.map(|name| view! { <p class="about">{texts::bound_to(&name)}</p> }).into_any()
                })}
            </Transition>
            <Form action=CreateToken::PATH label=texts::CREATE>
                <Field label=texts::NAME name="name" max=NAME_CHARS hint=texts::NAME_HINT />
                <label class="field">
                    <span>{texts::SCOPE}</span>
                    <select name="scope">
                        {Scope::ALL
                            .iter()
                            .map(|scope| view! { <option value=scope.as_str()>{scope_name(*scope)}</option> })
                            .collect_view()}
                    </select>
                </label>
                <button class="button primary" type="submit">{texts::CREATE}</button>
            </Form>
        </section>
    }
    .into_any()
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => texts::SCOPE_READ,
        Scope::Write => texts::SCOPE_WRITE,
    }
}
