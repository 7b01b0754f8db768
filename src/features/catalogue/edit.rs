//! Changes products and experts.

use leptos_axum::redirect;

use crate::{
    domain::{
        actor::Actor,
        catalogue::{Expert, ExpertSummary, Misfit, Product},
        error::AppError,
        id::{ExpertId, ProductId},
        settings::Settings,
    },
    features::asking::edit::check_open,
    server::{access::policy::InWorkspace, images, state::AppState},
    texts::catalogue as texts,
};

/// The page of all products.
pub(super) const PRODUCTS: &str = "/workspace/products";
/// The page of all experts.
pub(super) const EXPERTS: &str = "/workspace/experts";

/// What one has to be allowed to list them: what is archived is for those who can restore it.
pub(super) fn to_list(archived: bool) -> InWorkspace {
    if archived { InWorkspace::Curate } else { InWorkspace::Look }
}

pub(super) fn blank_product(actor: &Actor) -> Product {
    Product {
        id: ProductId::new(),
        workspace: actor.workspace,
        name: String::new(),
        description: String::new(),
        facts: String::new(),
        archived: false,
    }
}

pub(super) fn blank_expert(actor: &Actor) -> Expert {
    let (name, title) = (String::new(), String::new());
    let summary = ExpertSummary { id: ExpertId::new(), name, title, portrait: None, model: None, archived: false };
    Expert { summary, workspace: actor.workspace, instructions: String::new() }
}

pub(super) async fn save_product(server: &AppState, actor: &Actor, product: Product) -> Result<(), AppError> {
    server.store.save_product(actor, product.cleaned().map_err(unfit)?).await?;
    redirect(PRODUCTS);
    Ok(())
}

pub(super) async fn save_expert(server: &AppState, actor: &Actor, expert: Expert) -> Result<(), AppError> {
    let expert = expert.cleaned().map_err(unfit)?;
    let model = expert.summary.model.clone();
    check_open(server, actor, &Settings { model, ..Settings::default() }).await?;
    server.store.save_expert(actor, expert).await?;
    redirect(EXPERTS);
    Ok(())
}

pub(super) async fn set_portrait(
    server: &AppState,
    actor: &Actor,
    expert: ExpertId,
    sent: Vec<u8>,
) -> Result<(), AppError> {
    let picture = images::picture(sent).await?;
    Ok(server.store.set_portrait(actor, expert, Some((picture.media_type, &picture.data))).await?)
}

fn unfit(misfit: Misfit) -> AppError {
    AppError::invalid(texts::misfit(misfit))
}
