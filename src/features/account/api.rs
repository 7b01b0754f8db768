//! The server functions of one's own account.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{
    error::AppError,
    form::Form,
    id::SessionId,
    person::{Device, Me, Theme},
    upload::{FromUpload, Parts, Upload, UploadError},
};
#[cfg(feature = "ssr")]
use crate::{
    domain::audit::AuditAction,
    features::edge,
    server::access::{origin, policy::OnAccount},
};

/// Who is asking, and which workspaces they are in.
///
/// # Errors
/// `SignedOut`.
#[server(endpoint = "who_am_i", input = Form)]
pub async fn who_am_i() -> Result<Me, AppError> {
    edge::personally(OnAccount::Read, async |server, person| {
        let account = server.store.account(person.id).await?;
        let mut workspaces = server.store.memberships(person.id).await?;
        workspaces.retain(|membership| person.reaches(membership.workspace));
        Ok(Me {
            person: account.person,
            email: account.email,
            theme: account.theme,
            workspaces,
            workspace: person.workspace,
            signed_in: person.session().is_some(),
            has_password: account.password.is_some(),
        })
    })
    .await
}

/// Saves one's name, and one's theme if it is given.
///
/// # Errors
/// `Invalid` if the name is empty or too long.
#[server(endpoint = "save_profile", input = Form)]
pub async fn save_profile(name: String, theme: Option<Theme>) -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| {
        super::change::save_profile(server, &person, &name, theme).await
    })
    .await
}

/// Shows another picture of oneself: a form with the file `picture`, PNG, JPEG or WebP.
///
/// # Errors
/// `Invalid` if it is none of them, broken or too large.
#[server(endpoint = "set_avatar", input = Upload, input_derive = (Clone,))]
pub async fn set_avatar(picture: Vec<u8>) -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| {
        super::change::set_avatar(server, &person, picture).await
    })
    .await
}

impl FromUpload for SetAvatar {
    fn from_upload(parts: &mut Parts) -> Result<Self, UploadError> {
        Ok(Self { picture: parts.file("picture")? })
    }
}

/// Shows no picture of oneself any more.
///
/// # Errors
/// None of its own.
#[server(endpoint = "remove_avatar", input = Form)]
pub async fn remove_avatar() -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| super::change::remove_avatar(server, &person).await)
        .await
}

/// Changes one's password, and signs one out everywhere but here.
///
/// # Errors
/// `Invalid` if the current one is wrong, or the new one too short, too long or too common; `TooMany`.
#[server(endpoint = "change_password", input = Form)]
pub async fn change_password(current: String, password: String) -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| {
        super::password::change(server, &person, current, password).await
    })
    .await
}

/// The devices on which one is signed in, the last used first.
///
/// # Errors
/// `Forbidden` for a token.
#[server(endpoint = "my_devices", input = Form)]
pub async fn my_devices() -> Result<Vec<Device>, AppError> {
    edge::personally(OnAccount::Change, async |server, person| {
        Ok(server.store.devices(person.id, person.session()).await?)
    })
    .await
}

/// Signs one out on a device. Twice is as good as once.
///
/// # Errors
/// `Forbidden` for a token.
#[server(endpoint = "end_session", input = Form)]
pub async fn end_session(session: SessionId) -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| {
        Ok(server.store.end_session(person.id, session, AuditAction::SessionEnded, origin()).await?)
    })
    .await
}

/// Signs one out on all devices but this one.
///
/// # Errors
/// `Forbidden` for a token.
#[server(endpoint = "end_other_sessions", input = Form)]
pub async fn end_other_sessions() -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| {
        Ok(server.store.end_other_sessions(person.id, person.session(), origin()).await?)
    })
    .await
}
