//! The page of a provider: its address and key, how it stands, and its end.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    api::{DeleteProvider, RefreshProvider, SaveProvider, SwitchProvider, load_provider},
    list::standing,
    test::TestConnection,
};
use crate::{
    domain::{
        id::{ProviderId, WorkspaceId},
        limits::{KEY_CHARS, MODEL_CHARS, NAME_CHARS, URL_CHARS},
        provider::{PRESETS, Provider, ProviderDetails},
    },
    features::{loaded::load_named, not_loaded::NotLoaded, settings::SettingsPage},
    texts::providers as texts,
    ui::{
        field::Field,
        form::{Done, Form},
    },
};

/// `/workspace/providers/{id}`, or `new` for another one.
#[component]
pub fn ProviderPage() -> impl IntoView {
    let details = load_named(|provider| load_provider(None, provider));
    let done = Done::new(move |()| details.refetch());
    view! {
        <SettingsPage heading=texts::PROVIDER>
            <Transition>
                {move || Suspend::new(async move {
                    match details.await {
                        Ok(details) => page(details, done),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

fn page(details: ProviderDetails, done: Done) -> AnyView {
    let ProviderDetails { provider, workspace, models, keeps_keys } = details;
    let is_there = !provider.name.is_empty();
    let about = is_there.then(|| about(&provider, workspace, models, done));
    if provider.of_operator {
        return view! {
            <p>{texts::OF_OPERATOR_LEAD}</p>
            {about}
        }
        .into_any();
    }
    let end = is_there.then(|| end(&provider, workspace, done));
    view! {
        {about}
        {fields(provider, workspace, keeps_keys)}
        {end}
    }
    .into_any()
}

/// How it stands.
fn about(provider: &Provider, workspace: WorkspaceId, models: u64, done: Done) -> AnyView {
    let id = provider.id;
    let off = (!provider.enabled).then(|| view! { <p class="about">{texts::OFF}</p> }.into_any());
    let refresh = provider.enabled.then(|| {
        view! {
            <Form action=RefreshProvider::PATH label=texts::REFRESH class="inline" done=done>
                {ids(id, workspace)}
                <button class="button" type="submit">
                    {texts::REFRESH}
                </button>
            </Form>
        }
        .into_any()
    });
    let see = format!("/workspace/models?provider={}", provider.id);
    view! {
        <section>
            <h2>{provider.name.clone()}</h2>
            <p>{texts::models(models)} " · " <a href=see>{texts::SEE_MODELS}</a></p>
            {standing(provider)}
            {off}
            {refresh}
        </section>
    }
    .into_any()
}

fn ids(provider: ProviderId, workspace: WorkspaceId) -> AnyView {
    view! {
        <input type="hidden" name="workspace" value=workspace.to_string() />
        <input type="hidden" name="provider" value=provider.to_string() />
    }
    .into_any()
}

fn fields(provider: Provider, workspace: WorkspaceId, keeps_keys: bool) -> AnyView {
    let Provider { id, name, base_url, has_key, .. } = provider;
    let hint = match (keeps_keys, has_key) {
        (false, _) => texts::NO_MASTER_KEY,
        (true, true) => texts::KEY_KEPT_HINT,
        (true, false) => texts::KEY_HINT,
    };
    let presets = PRESETS.map(|(name, url)| view! { <option value=url>{name}</option> }.into_any());
    view! {
        <Form action=SaveProvider::PATH label=texts::PROVIDER>
            {ids(id, workspace)}
            <label class="field">
                <span>{texts::ADDRESS}</span>
                <input
                    type="url"
                    name="base_url"
                    autocomplete="off"
                    value=base_url
                    required
                    maxlength=URL_CHARS
                    list="presets"
                    aria-describedby="base_url-hint"
                />
            </label>
            <p class="field-hint" id="base_url-hint">
                {texts::ADDRESS_HINT}
            </p>
            <datalist id="presets">{presets.into_iter().collect_view()}</datalist>
            <Field label=texts::NAME name="name" value=name max=NAME_CHARS optional=true hint=texts::NAME_HINT />
            <Field
                label=texts::KEY
                name="key"
                kind="password"
                // What browsers keep for a site is not to be offered here, nor this key elsewhere.
                autocomplete="new-password"
                max=KEY_CHARS
                optional=true
                hint=hint
            />
            <Field label=texts::MODEL name="model" max=MODEL_CHARS optional=true hint=texts::MODEL_HINT />
            <div class="beside">
                <button class="button primary" type="submit">
                    {texts::SAVE}
                </button>
                <TestConnection />
            </div>
        </Form>
    }
    .into_any()
}

/// Switching it off or on, and its end.
fn end(provider: &Provider, workspace: WorkspaceId, done: Done) -> AnyView {
    let (id, enabled) = (provider.id, provider.enabled);
    let switch = if enabled { texts::SWITCH_OFF } else { texts::SWITCH_ON };
    view! {
        <section>
            <h2>{switch}</h2>
            <p class="about">{texts::SWITCH_LEAD}</p>
            <Form action=SwitchProvider::PATH label=switch done=done>
                {ids(id, workspace)}
                <input type="hidden" name="enabled" value=(!enabled).to_string() />
                <button class="button" type="submit">
                    {switch}
                </button>
            </Form>
        </section>
        <section>
            <h2>{texts::DELETE}</h2>
            <p class="about">{texts::DELETE_LEAD}</p>
            <Form action=DeleteProvider::PATH label=texts::DELETE>
                {ids(id, workspace)}
                <button class="button danger" type="submit">
                    {texts::DELETE}
                </button>
            </Form>
        </section>
    }
    .into_any()
}
