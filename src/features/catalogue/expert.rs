//! The page of an expert: their fields, their picture, and their end.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    api::{DeleteExpert, RemovePortrait, SaveExpert, SetPortrait, load_expert},
    face::face,
    model::model_fields,
    product::end,
};
use crate::{
    domain::{
        asking::OfferedModel,
        catalogue::{Expert, ExpertSummary},
        id::WorkspaceId,
        limits::{EXPERT_TITLE_CHARS, INSTRUCTIONS_CHARS, NAME_CHARS},
    },
    features::{
        asking::api::offered_models,
        loaded::{load, load_named},
        not_loaded::NotLoaded,
        settings::SettingsPage,
    },
    texts::catalogue as texts,
    ui::{
        area::Area,
        field::Field,
        form::{Done, Form},
    },
};

/// `/workspace/experts/{id}`, or `new` for another one.
#[component]
pub fn ExpertPage() -> impl IntoView {
    let expert = load_named(|expert| load_expert(None, expert));
    let offer = load(|| (), |()| offered_models(None));
    let done = Done::new(move |()| expert.refetch());
    view! {
        <SettingsPage heading=texts::EXPERT>
            <Transition>
                {move || Suspend::new(async move {
                    let offer = offer.await;
                    match expert.await {
                        Ok(expert) => page(expert, &offer.map(|offer| offer.models).unwrap_or_default(), done),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

fn page(expert: Expert, models: &[OfferedModel], done: Done) -> AnyView {
    let (summary, workspace) = (expert.summary.clone(), expert.workspace);
    // A picture and an end are for whom there is already.
    let is_there = !summary.name.is_empty();
    let end = (is_there && !summary.archived).then(|| {
        let ids = [("expert", summary.id.to_string()), ("workspace", workspace.to_string())];
        end(DeleteExpert::PATH, texts::DELETE_EXPERT, ids)
    });
    view! {
        {fields(expert, models)}
        {is_there.then(|| portrait(&summary, workspace, done))}
        {end}
    }
    .into_any()
}

fn fields(expert: Expert, models: &[OfferedModel]) -> AnyView {
    let Expert { summary: ExpertSummary { id, name, title, model, .. }, workspace, instructions } = expert;
    let answering = model_fields(model, models);
    view! {
        <Form action=SaveExpert::PATH label=texts::EXPERT>
            <input type="hidden" name="workspace" value=workspace.to_string() />
            <input type="hidden" name="expert" value=id.to_string() />
            <Field label=texts::NAME name="name" value=name max=NAME_CHARS />
            <Field
                label=texts::TITLE
                name="title"
                value=title
                max=EXPERT_TITLE_CHARS
                optional=true
                hint=texts::TITLE_HINT
            />
            <Area
                label=texts::INSTRUCTIONS
                name="instructions"
                value=instructions
                max=INSTRUCTIONS_CHARS
                rows=12
                hint=texts::INSTRUCTIONS_HINT
            />
            {answering}
            <button class="button primary" type="submit">{texts::SAVE}</button>
        </Form>
    }
    .into_any()
}

fn portrait(expert: &ExpertSummary, workspace: WorkspaceId, done: Done) -> AnyView {
    let id = expert.id;
    let ids = move || {
        view! {
            <input type="hidden" name="workspace" value=workspace.to_string() />
            <input type="hidden" name="expert" value=id.to_string() />
        }
        .into_any()
    };
    let remove = expert.portrait.is_some().then(|| {
        view! {
            <Form action=RemovePortrait::PATH label=texts::REMOVE_PORTRAIT class="" done=done>
                {ids()}
                <button class="button" type="submit">{texts::REMOVE_PORTRAIT}</button>
            </Form>
        }
        .into_any()
    });
    view! {
        <section>
            <h2>{texts::PORTRAIT}</h2>
            {face(expert)}
            <Form action=SetPortrait::PATH label=texts::PORTRAIT files=true done=done>
                {ids()}
                <label class="field">
                    <span>{texts::PORTRAIT_FILE}</span>
                    <input
                        type="file"
                        name="picture"
                        accept="image/png,image/jpeg,image/webp"
                        required
                        aria-describedby="picture-hint"
                    />
                </label>
                <p class="field-hint" id="picture-hint">{texts::PORTRAIT_HINT}</p>
                <button class="button" type="submit">{texts::SET_PORTRAIT}</button>
            </Form>
            {remove}
        </section>
    }
    .into_any()
}
