//! Making a workspace.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::api::CreateWorkspace;
use crate::{
    domain::limits::NAME_CHARS,
    features::settings::SettingsPage,
    texts::workspace as texts,
    ui::{field::Field, form::Form},
};

/// `/workspace/new`.
#[component]
pub fn NewWorkspacePage() -> impl IntoView {
    view! {
        <SettingsPage heading=texts::NEW>
            <p>{texts::NEW_LEAD}</p>
            <Form action=CreateWorkspace::PATH label=texts::NEW>
                <Field label=texts::NAME name="name" autocomplete="organization" max=NAME_CHARS />
                <button class="button primary" type="submit">{texts::CREATE}</button>
            </Form>
        </SettingsPage>
    }
}
