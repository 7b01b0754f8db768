//! Changes what others see of a person, and how they see the pages.

use leptos_axum::redirect;

use crate::{
    domain::{error::AppError, person::Theme},
    features::entry::begin::checked_name,
    server::{access::Person, images, state::AppState},
};

pub(super) async fn save_profile(
    server: &AppState,
    person: &Person,
    name: &str,
    theme: Option<Theme>,
) -> Result<(), AppError> {
    let name = checked_name(name)?;
    let theme = match theme {
        Some(theme) => theme,
        None => server.store.account(person.id).await?.theme,
    };
    server.store.save_profile(person.id, &name, theme).await?;
    redirect("/account?saved=profile");
    Ok(())
}

pub(super) async fn set_avatar(server: &AppState, person: &Person, sent: Vec<u8>) -> Result<(), AppError> {
    let picture = images::picture(sent).await?;
    server.store.set_avatar(person.id, Some((picture.media_type, &picture.data))).await?;
    redirect("/account?saved=picture");
    Ok(())
}

pub(super) async fn remove_avatar(server: &AppState, person: &Person) -> Result<(), AppError> {
    server.store.set_avatar(person.id, None).await?;
    redirect("/account?saved=picture");
    Ok(())
}
