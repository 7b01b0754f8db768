//! The page of an invitation, for whoever has its link.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;

use super::{ProviderForm, api::ways_in, frame::Card};
use crate::{
    domain::{
        error::AppError,
        invitation::{Guest, Invitation, JOIN_PAGE},
        limits::{EMAIL_CHARS, NAME_CHARS},
    },
    features::{
        loaded::load,
        workspace::invitations_api::{AcceptInvitation, Join, invitation},
    },
    texts::{entry, invitations as texts},
    ui::{field::Field, form::Form, new_password::NewPassword},
};

/// `/join/SECRET`: who invites to what, and the way in.
#[component]
pub fn JoinPage() -> impl IntoView {
    let params = use_params_map();
    let secret = move || params.with(|params| params.get_str("secret").unwrap_or_default().to_owned());
    let found = load(secret, invitation);
    let ways = load(|| (), |()| ways_in());
    view! {
        <Card heading=texts::JOIN_HEADING>
            <Suspense>
                {move || Suspend::new(async move {
                    let (found, provider) = (found.await, ways.await.ok().and_then(|ways| ways.provider));
                    match found {
                        Ok(invitation) => view! { <Open invitation provider secret=secret() /> }.into_any(),
                        Err(error) => closed(&error),
                    }
                })}
            </Suspense>
        </Card>
    }
}

#[component]
fn Open(invitation: Invitation, provider: Option<String>, secret: String) -> impl IntoView {
    let Invitation { workspace, role, invited_by, email, guest, .. } = invitation;
    let way_in = match guest {
        Some(guest) => way_of(guest, &workspace, secret),
        None => view! { <NewHere email=email.unwrap_or_default() provider secret /> }.into_any(),
    };
    view! {
        <p class="lead">{texts::invites(&invited_by, &workspace, role)}</p>
        {way_in}
    }
    .into_any()
}

/// For somebody who has signed in.
fn way_of(guest: Guest, workspace: &str, secret: String) -> AnyView {
    let how = if guest.is_member {
        view! {
            <p>{texts::MEMBER_HERE}</p>
            <p class="aside">
                <a href="/">{texts::TO_CHATS}</a>
            </p>
        }
        .into_any()
    } else {
        let label = texts::join_as(workspace);
        view! {
            <Form action=AcceptInvitation::PATH label=label.clone()>
                <input type="hidden" name="secret" value=secret />
                <button class="button primary" type="submit">{label}</button>
            </Form>
        }
        .into_any()
    };
    view! {
        <p>{texts::signed_in_as(&guest.name)}</p>
        {how}
    }
    .into_any()
}

/// For somebody who has not.
#[component]
fn NewHere(email: String, provider: Option<String>, secret: String) -> impl IntoView {
    let sign_in = format!("/sign-in?next={JOIN_PAGE}{secret}");
    let elsewhere = provider.map(|name| view! { <ProviderForm name invitation=secret.clone() /> });
    view! {
        <Form action=Join::PATH label=texts::JOIN>
            <input type="hidden" name="secret" value=secret />
            <Field label=entry::YOUR_NAME name="name" autocomplete="name" max=NAME_CHARS />
            <Field label=entry::EMAIL name="email" kind="email" autocomplete="username" value=email max=EMAIL_CHARS />
            <NewPassword label=entry::PASSWORD />
            <button class="button primary" type="submit">{texts::JOIN}</button>
        </Form>
        {elsewhere}
        <p class="aside">
            <a href=sign_in>{texts::HAVE_ACCOUNT}</a>
        </p>
    }
    .into_any()
}

/// Why an invitation lets nobody in.
fn closed(error: &AppError) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::features::layout::answer_with(error);
    let why = match error {
        AppError::NotFound => texts::NO_INVITATION.to_owned(),
        other => other.to_string(),
    };
    view! {
        <p class="notice problem" role="alert">{why}</p>
        <p class="aside">
            <a href="/sign-in">{entry::SIGN_IN}</a>
        </p>
    }
    .into_any()
}
