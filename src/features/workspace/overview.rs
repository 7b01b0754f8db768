//! A workspace at a glance.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    api::{RenameWorkspace, workspace_overview},
    care::Moderation,
};
use crate::{
    domain::{limits::NAME_CHARS, member::MemberRole, workspace::WorkspaceOverview},
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
    let overview = load(|| (), |()| workspace_overview(None));
    let renamed = Callback::new(move |()| {
        overview.refetch();
        myself.refresh();
    });
    view! {
        <SettingsPage heading=texts::WORKSPACE>
            <Transition>
                {move || Suspend::new(async move {
                    match overview.await {
                        Ok(overview) => view! { <Overview overview renamed /> }.into_any(),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
}

#[component]
fn Overview(overview: WorkspaceOverview, renamed: Done) -> impl IntoView {
    let WorkspaceOverview { membership, people, chats, since } = overview;
    let looks_after = membership.role >= MemberRole::Admin;
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
        {looks_after.then(|| view! { <Moderation workspace=membership.workspace /> })}
    }
    .into_any()
}
