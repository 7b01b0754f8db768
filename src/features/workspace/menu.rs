//! The workspace that the page shows, and the way to the others.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::api::SwitchWorkspace;
use crate::{
    domain::{
        id::WorkspaceId,
        member::{MemberRole, Membership},
        person::Me,
    },
    features::{account::Myself, chats::Chats},
    texts::frame as texts,
    ui::{
        form::Form,
        icon::{Icon, Shape},
        popover::Popover,
    },
};

/// The menu; not for whoever is in no workspace.
#[component]
pub fn WorkspaceMenu() -> impl IntoView {
    let (chats, myself) = (expect_context::<Chats>(), expect_context::<Myself>());
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let me = myself.me.await.ok().filter(|me| !me.workspaces.is_empty());
                let shown = chats.shown().await;
                me.map(|me| {
                    let workspace = shown.or(me.workspace);
                    let me = Me { workspace, ..me };
                    view! { <Menu me /> }
                })
                .into_any()
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Menu(me: Me) -> impl IntoView {
    let name = me.membership().map_or(texts::WORKSPACES, |here| &here.name).to_owned();
    let label = texts::workspace_menu(&name);
    let may_make = me.signed_in && me.workspaces.iter().any(|membership| membership.role == MemberRole::Owner);
    let shown = me.workspace;
    let item = |there: Membership| item(there.workspace, there.name, Some(there.workspace) == shown);
    let items = me.workspaces.into_iter().map(item).collect_view();
    let face = view! { <span class="name">{name}</span> <Icon shape=Shape::Unfold /> }.into_any();
    view! {
        <Popover id="workspace-menu" label face>
            <p class="title" id="workspaces">{texts::WORKSPACES}</p>
            <ul aria-labelledby="workspaces">{items}</ul>
            <hr />
            <a class="item" href="/workspace">{texts::WORKSPACE_SETTINGS}</a>
            {may_make.then(|| view! { <a class="item" href="/workspace/new">{crate::texts::workspace::NEW}</a> }.into_any())}
        </Popover>
    }
    .into_any()
}

/// One of the workspaces: the one that is shown, or a form that switches to it.
fn item(workspace: WorkspaceId, name: String, is_shown: bool) -> AnyView {
    if is_shown {
        return view! {
            <li>
                <span class="item" aria-current="true">
                    <span class="name">{name}</span>
                    <Icon shape=Shape::Check />
                </span>
            </li>
        }
        .into_any();
    }
    view! {
        <li>
            <Form action=SwitchWorkspace::PATH label=texts::switch_to(&name) class="bare">
                <input type="hidden" name="workspace" value=workspace.to_string() />
                <button class="item" type="submit">
                    <span class="name">{name}</span>
                </button>
            </Form>
        </li>
    }
    .into_any()
}
