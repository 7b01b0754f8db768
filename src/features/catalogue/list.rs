//! The pages of all products and of all experts: those that can be chosen, and those in the archive.

use std::fmt::Debug;

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    api::{RestoreExpert, RestoreProduct, list_experts, list_products},
    face::face,
};
use crate::{
    domain::{
        catalogue::{ExpertSummary, ProductSummary},
        error::AppError,
        id::WorkspaceId,
    },
    features::{account::Myself, loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::catalogue as texts,
    ui::{
        form::{Done, Form},
        rows::Rows,
    },
};

/// `/workspace/products`.
#[component]
pub fn ProductsPage() -> impl IntoView {
    let myself = expect_context::<Myself>();
    let rows = Rows::here();
    let products = load(
        || (),
        move |()| async move {
            let workspace = myself.me.await?.workspace;
            list_products(workspace, true).await.map(|all| (workspace, all))
        },
    );
    let done = Done::new(move |()| products.refetch());
    view! {
        <SettingsPage heading=texts::PRODUCTS>
            <p>{texts::PRODUCTS_LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    let all = products.await.map(|(workspace, all)| {
                        all.into_iter().map(|product| (product.archived, (workspace, product))).collect()
                    });
                    let row = move |(workspace, product)| product_row(workspace, product, done);
                    shelves(all, rows, row, texts::NO_PRODUCTS)
                })}
            </Transition>
            <p><a class="button primary" href="/workspace/products/new">{texts::ADD_PRODUCT}</a></p>
        </SettingsPage>
    }
    .into_any()
}

/// `/workspace/experts`.
#[component]
pub fn ExpertsPage() -> impl IntoView {
    let myself = expect_context::<Myself>();
    let rows = Rows::here();
    let experts = load(
        || (),
        move |()| async move {
            let workspace = myself.me.await?.workspace;
            list_experts(workspace, true).await.map(|all| (workspace, all))
        },
    );
    let done = Done::new(move |()| experts.refetch());
    view! {
        <SettingsPage heading=texts::EXPERTS>
            <p>{texts::EXPERTS_LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    let all = experts.await.map(|(workspace, all)| {
                        all.into_iter().map(|expert| (expert.archived, (workspace, expert))).collect()
                    });
                    let row = move |(workspace, expert)| expert_row(workspace, expert, done);
                    shelves(all, rows, row, texts::NO_EXPERTS)
                })}
            </Transition>
            <p><a class="button primary" href="/workspace/experts/new">{texts::ADD_EXPERT}</a></p>
        </SettingsPage>
    }
    .into_any()
}

fn product_row(workspace: Option<WorkspaceId>, product: ProductSummary, done: Done) -> AnyView {
    let ProductSummary { id, name, archived } = product;
    let (action, field) = (RestoreProduct::PATH, "product");
    let back = Restore { action, workspace, field, id: id.to_string(), name: name.clone() };
    view! {
        <li>
            <a class="what" href=format!("/workspace/products/{id}")>{name}</a>
            {archived.then(|| restore(back, done))}
        </li>
    }
    .into_any()
}

fn expert_row(workspace: Option<WorkspaceId>, expert: ExpertSummary, done: Done) -> AnyView {
    let (id, archived) = (expert.id, expert.archived);
    let (action, field, name) = (RestoreExpert::PATH, "expert", expert.name.clone());
    let back = Restore { action, workspace, field, id: id.to_string(), name };
    view! {
        <li>
            {face(&expert)}
            <div class="what">
                <a href=format!("/workspace/experts/{id}")>{expert.name.clone()}</a>
                <p class="about">{expert.title.clone()}</p>
            </div>
            {archived.then(|| restore(back, done))}
        </li>
    }
    .into_any()
}

/// How something is taken out of the archive.
struct Restore {
    action: &'static str,
    /// The one whose list this is: another tab may have switched the session's meanwhile.
    workspace: Option<WorkspaceId>,
    field: &'static str,
    id: String,
    name: String,
}

fn restore(back: Restore, done: Done) -> AnyView {
    let Restore { action, workspace, field, id, name } = back;
    let workspace = workspace.map(|workspace| workspace.to_string());
    view! {
        <Form action=action label=texts::RESTORE class="" done=done>
            <input type="hidden" name="workspace" value=workspace />
            <input type="hidden" name=field value=id />
            <button class="button" type="submit" aria-label=texts::to_item(texts::RESTORE, &name)>{texts::RESTORE}</button>
        </Form>
    }
    .into_any()
}

/// What can be chosen, and below it what is in the archive.
fn shelves<T: Debug + Send + 'static>(
    // Each with whether it is in the archive.
    all: Result<Vec<(bool, T)>, AppError>,
    rows: Rows,
    row: impl Fn(T) -> AnyView + Copy + Send + 'static,
    none: &'static str,
) -> AnyView {
    let all = match all {
        Ok(all) => all,
        Err(error) => return view! { <NotLoaded error /> }.into_any(),
    };
    let (archived, active): (Vec<_>, Vec<_>) = all.into_iter().partition(|(archived, _)| *archived);
    let list = |shelf: Vec<(bool, T)>| {
        let things = shelf.into_iter().map(|(_, thing)| thing).collect();
        view! { <ul class="rows">{rows.of(things, row)}</ul> }.into_any()
    };
    let active = if active.is_empty() { view! { <p class="empty">{none}</p> }.into_any() } else { list(active) };
    let archive = (!archived.is_empty()).then(|| {
        view! {
            <section>
                <h2>{texts::ARCHIVED}</h2>
                <p class="about">{texts::ARCHIVED_LEAD}</p>
                {list(archived)}
            </section>
        }
        .into_any()
    });
    view! {
        {active}
        {archive}
    }
    .into_any()
}
