//! Takes what somebody says of how models are asked.

use crate::{
    domain::{actor::Actor, asking::Offer, error::AppError, model::ModelRef, settings::Settings},
    server::{replies::Terms, state::AppState},
    texts::asking as texts,
};

/// The settings with a model as a form names it, checked.
///
/// # Errors
/// `Invalid` if something does not fit.
pub(in crate::features) fn chosen(settings: Settings, model: Option<String>) -> Result<Settings, AppError> {
    let named = model.map(|text| {
        let Ok(named) = text.parse::<ModelRef>();
        named.cleaned().ok_or_else(|| AppError::invalid(texts::NO_MODEL))
    });
    let model = named.transpose()?;
    checked(Settings { model, ..settings })
}

/// The settings as they are kept.
///
/// # Errors
/// `Invalid` if one does not fit.
pub(super) fn checked(settings: Settings) -> Result<Settings, AppError> {
    settings.cleaned().map_err(|misfit| AppError::invalid(texts::misfit(misfit)))
}

/// Refuses a model that cannot be asked: one that is gone, one that is switched off, one of another workspace.
///
/// # Errors
/// `ModelGone`.
pub(in crate::features) async fn check_open(
    server: &AppState,
    actor: &Actor,
    settings: &Settings,
) -> Result<(), AppError> {
    if settings.model.is_none() {
        return Ok(());
    }
    let catalogue = server.providers.catalogue(actor.workspace).await?;
    Terms::settle(settings.clone(), &catalogue, server.providers.default_model()).map(drop)
}

/// What the actor's workspace offers.
///
/// # Errors
/// If the database fails.
pub(in crate::features) async fn offer(server: &AppState, actor: &Actor) -> Result<Offer, AppError> {
    let providers = &server.providers;
    let catalogue = providers.catalogue(actor.workspace).await?;
    let defaults = server.store.workspace_settings(actor).await?;
    Ok(Offer::of(actor.workspace, &catalogue, defaults, providers.default_model(), providers.demo()))
}
