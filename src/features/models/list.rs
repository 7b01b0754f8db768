//! The page of all models: a filter, and the table of those that it lets through.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use server_fn::ServerFn;

use super::{
    api::{SwitchModel, browse_models},
    filter::Filter,
};
use crate::{
    domain::{
        error::AppError,
        id::WorkspaceId,
        model::{Capability, Model},
        model_filter::ModelPage,
    },
    features::{loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::models as texts,
    ui::{
        form::{Done, Form},
        rows::Rows,
        table::Table,
    },
};

/// `/workspace/models`.
#[component]
pub fn ModelsPage() -> impl IntoView {
    let query = use_query_map();
    let rows = Rows::here();
    let models = load(move || query.get(), asked);
    let done = Done::new(move |()| models.refetch());
    view! {
        <SettingsPage heading=texts::MODELS>
            <p>{texts::LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    let chosen = query.get_untracked();
                    match models.await {
                        Ok(page) => catalogue(page, chosen, rows, done),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

/// What the page's address asks for. What makes no sense was not chosen here, and is passed over.
async fn asked(query: ParamsMap) -> Result<ModelPage, AppError> {
    let provider = query.get_str("provider").and_then(|id| id.parse().ok());
    let capability = query.get_str("capability").and_then(Capability::from_word);
    let page = query.get_str("page").and_then(|page| page.parse().ok());
    browse_models(None, provider, capability, query.get("words").filter(|words| !words.is_empty()), page).await
}

fn catalogue(page: ModelPage, chosen: ParamsMap, rows: Rows, done: Done) -> AnyView {
    let ModelPage { workspace, providers, models, count, page, pages, source, date } = page;
    let link = |to: u64, name: &'static str| {
        let mut there = chosen.clone();
        there.replace("page", to.to_string());
        view! { <a class="button" href=format!("/workspace/models{}", there.to_query_string())>{name}</a> }.into_any()
    };
    let previous = (page > 1).then(|| link(page - 1, texts::PREVIOUS));
    let next = (page < pages).then(|| link(page + 1, texts::NEXT));
    let ways = (pages > 1).then(|| {
        view! {
            <nav class="pages" aria-label=texts::PAGES>
                {previous}
                {next}
            </nav>
        }
        .into_any()
    });
    view! {
        <Filter providers chosen=chosen.clone() />
        <p class="about" role="status">{texts::count(count, page, pages)}</p>
        {table(models, workspace, rows, done)}
        {ways}
        <p class="about">{texts::source(&source, &date)}</p>
    }
    .into_any()
}

fn table(models: Vec<Model>, workspace: WorkspaceId, rows: Rows, done: Done) -> AnyView {
    if models.is_empty() {
        return view! { <p class="empty">{texts::NONE}</p> }.into_any();
    }
    let models = models.into_iter().map(|model| (workspace, model)).collect();
    let rows = rows.of(models, move |(workspace, model)| row(model, workspace, done));
    view! { <Table label=texts::MODELS columns=texts::COLUMNS rows /> }.into_any()
}

fn row(model: Model, workspace: WorkspaceId, done: Done) -> AnyView {
    let can = Capability::ALL.iter().filter(|&&one| model.capabilities.has(one)).map(|&one| texts::capability(one));
    let can = can.collect::<Vec<_>>().join(", ");
    let about = [model.provider_name.as_str(), can.as_str()].into_iter().filter(|words| !words.is_empty());
    let about = about.collect::<Vec<_>>().join(" · ");
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/workspace/models/{}", model.id)>{model.name.clone()}</a>
                <span class="about">{about}</span>
            </th>
            <td>{texts::tokens(model.context_length)}</td>
            <td>{texts::price(model.prices.input)}</td>
            <td>{texts::price(model.prices.output)}</td>
            <td>{switch(model, workspace, done)}</td>
        </tr>
    }
    .into_any()
}

/// Whether it is offered, and the button that changes that.
fn switch(model: Model, workspace: WorkspaceId, done: Done) -> AnyView {
    if !model.available {
        return texts::GONE.into_any();
    }
    if !model.provider_enabled {
        return texts::PROVIDER_OFF.into_any();
    }
    let (says, does) =
        if model.enabled { (texts::OFFERED, texts::WITHDRAW) } else { (texts::NOT_OFFERED, texts::OFFER) };
    let label = texts::to_model(does, &model.name);
    view! {
        {says}
        <Form action=SwitchModel::PATH label=label.clone() class="inline" done=done>
            <input type="hidden" name="workspace" value=workspace.to_string() />
            <input type="hidden" name="model" value=model.id.to_string() />
            <input type="hidden" name="enabled" value=(!model.enabled).to_string() />
            <button class="button" type="submit" aria-label=label>
                {does}
            </button>
        </Form>
    }
    .into_any()
}
