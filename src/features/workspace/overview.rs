//! A workspace at a glance.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    api::{RenameWorkspace, workspace_overview},
    care::forms,
    care_api::workspace_care,
};
use crate::{
    domain::{care::Care, error::AppError, limits::NAME_CHARS, member::MemberRole, workspace::WorkspaceOverview},
    features::{account::Myself, loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::{members, workspace as texts},
    ui::{
        field::Field,
        form::{Done, Form},
        time::Time,
    },
};

/// `/workspace`.
#[component]
pub fn WorkspacePage() -> impl IntoView {
    let myself = expect_context::<Myself>();
    let shown = load(|| (), |()| both());
    let saved = Callback::new(move |()| shown.refetch());
    let renamed = Callback::new(move |()| {
        shown.refetch();
        myself.refresh();
    });
    view! {
        <SettingsPage heading=texts::WORKSPACE>
            <Transition>
                {move || Suspend::new(async move {
                    match shown.await {
                        Ok((overview, care)) => view! { <Overview overview care renamed saved /> }.into_any(),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
}

/// The workspace, and for those who look after it what they settle for all of its chats.
async fn both() -> Result<(WorkspaceOverview, Option<Care>), AppError> {
    let overview = workspace_overview(None).await?;
    let care = if looks_after(&overview) {
        // Of the same one, whatever another tab has switched to meanwhile.
        Some(workspace_care(Some(overview.membership.workspace)).await?)
    } else {
        None
    };
    Ok((overview, care))
}

fn looks_after(overview: &WorkspaceOverview) -> bool {
    overview.membership.role >= MemberRole::Admin
}

#[component]
fn Overview(overview: WorkspaceOverview, care: Option<Care>, renamed: Done, saved: Done) -> impl IntoView {
    let looks_after = looks_after(&overview);
    let WorkspaceOverview { membership, people, chats, since } = overview;
    view! {
        <section>
            <h2>{membership.name.clone()}</h2>
            <dl class="facts">
                <dt>{texts::YOUR_ROLE}</dt>
                <dd>{members::role(membership.role)}</dd>
                <dt>{texts::PEOPLE}</dt>
                <dd>{people}</dd>
                <dt>{texts::CHATS}</dt>
                <dd>{chats}</dd>
                <dt>{texts::SINCE}</dt>
                <dd>
                    <Time at=since />
                </dd>
            </dl>
            {looks_after
                .then(|| {
                    view! {
                        <Form action=RenameWorkspace::PATH label=texts::RENAME done=renamed>
                            <input type="hidden" name="workspace" value=membership.workspace.to_string() />
                            <Field
                                label=texts::NAME
                                name="name"
                                autocomplete="organization"
                                value=membership.name
                                max=NAME_CHARS
                            />
                            <button class="button" type="submit">{texts::RENAME}</button>
                        </Form>
                    }
                    .into_any()
                })}
        </section>
        {care.map(|care| forms(membership.workspace, care, saved))}
    }
    .into_any()
}
