//! The page of a workspace's people, and of who is invited.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    invitations::InvitationsSection,
    invitations_api::{fresh_invitation, list_invitations},
    members_api::{LeaveWorkspace, ReinstateMember, RemoveMember, SetRole, SuspendMember, list_members},
};
use crate::{
    domain::{
        error::AppError,
        id::WorkspaceId,
        member::{Member, MemberList, MemberRole},
    },
    features::{account::Myself, loaded::load, settings::SettingsPage},
    texts::members as texts,
    ui::{
        form::{Done, Form},
        rows::Rows,
    },
};

/// `/workspace/members`.
#[component]
pub fn MembersPage() -> impl IntoView {
    let myself = expect_context::<Myself>();
    let rows = Rows::here();
    let members = load(|| (), |()| list_members(None));
    // Refused for whoever is no admin: they do not see that part.
    let invitations = load(|| (), |()| list_invitations(None));
    let fresh = load(|| (), |()| fresh_invitation());
    let done = Done::new(move |()| {
        members.refetch();
        invitations.refetch();
        myself.refresh();
    });
    view! {
        <SettingsPage heading=texts::HEADING>
            <Transition>
                {move || Suspend::new(async move {
                    let (list, open, fresh) = (members.await, invitations.await.ok(), fresh.await.ok().flatten());
                    match list {
                        Ok(list) => {
                            let invited = open
                                .filter(|_| list.invites)
                                .map(|open| {
                                    let (workspace, role) = (list.workspace, list.role);
                                    view! { <InvitationsSection workspace role open fresh rows done /> }
                                });
                            let left: Vec<WorkspaceId> = list.invites.then_some(list.workspace).into_iter().collect();
                            let leave = rows.of(left, |workspace| view! { <Leave workspace /> }.into_any());
                            view! {
                                <People list rows done />
                                {invited}
                                {leave}
                            }
                            .into_any()
                        }
                        Err(error) => not_loaded(&error),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
}

/// Why there is nothing to see; the page gets the status that fits.
fn not_loaded(error: &AppError) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::features::layout::answer_with(error);
    view! { <p class="notice problem" role="alert">{error.to_string()}</p> }.into_any()
}

#[component]
fn People(list: MemberList, rows: Rows, done: Done) -> impl IntoView {
    let MemberList { workspace, name, you, role, members, .. } = list;
    let people = members.into_iter().map(|member| Row { workspace, role, is_you: member.person.id == you, member });
    view! {
        <section>
            <h2>{name}</h2>
            <ul class="rows" aria-label=texts::HEADING>
                {rows.of(people.collect(), move |row| person(row, done))}
            </ul>
        </section>
    }
    .into_any()
}

/// A member, as one of the workspace sees them.
#[derive(Debug)]
struct Row {
    workspace: WorkspaceId,
    /// What whoever looks is in it.
    role: MemberRole,
    is_you: bool,
    member: Member,
}

fn person(row: Row, done: Done) -> AnyView {
    let Row { workspace, role, is_you, member } = row;
    let may_act = role >= member.role.max(MemberRole::Admin);
    let actions = may_act.then(|| actions(workspace, role, &member, is_you, done));
    view! {
        <li>
            <div class="what">
                <strong>{member.person.name.clone()}</strong>
                <p class="about">{about(&member, is_you)}</p>
            </div>
            {actions}
        </li>
    }
    .into_any()
}

/// What there is to know of a member, in a line.
fn about(member: &Member, is_you: bool) -> String {
    let words = [
        Some(texts::role(member.role)),
        is_you.then_some(texts::YOU),
        member.suspended.then_some(texts::SUSPENDED),
        member.email.as_deref(),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What an admin can do with a member.
fn actions(workspace: WorkspaceId, role: MemberRole, member: &Member, is_you: bool, done: Done) -> AnyView {
    let choice = view! {
        <RoleForm workspace role member=member.clone() done />
    };
    if is_you {
        return choice.into_any();
    }
    let (again, what) = if member.suspended {
        (ReinstateMember::PATH, texts::REINSTATE)
    } else {
        (SuspendMember::PATH, texts::SUSPEND)
    };
    view! {
        {choice}
        {button(again, what, workspace, member, done)}
        {remove(workspace, member, done)}
    }
    .into_any()
}

/// The end of a membership, asked twice.
fn remove(workspace: WorkspaceId, member: &Member, done: Done) -> AnyView {
    let (label, asks) = (texts::to(texts::REMOVE, &member.person.name), texts::to_remove(&member.person.name));
    let id = member.person.id.to_string();
    view! {
        <details class="leave">
            <summary class="button danger" aria-label=asks>{texts::REMOVE}</summary>
            <p>{texts::REMOVE_WARNING}</p>
            <Form action=RemoveMember::PATH label=label.clone() class="inline" done=done>
                <input type="hidden" name="workspace" value=workspace.to_string() />
                <input type="hidden" name="member" value=id />
                <button class="button danger" type="submit">{label}</button>
            </Form>
        </details>
    }
    .into_any()
}

/// A form of one button that does something to a member.
fn button(action: &'static str, what: &'static str, workspace: WorkspaceId, member: &Member, done: Done) -> AnyView {
    let (label, id) = (texts::to(what, &member.person.name), member.person.id.to_string());
    view! {
        <Form action=action label=label.clone() class="inline" done=done>
            <input type="hidden" name="workspace" value=workspace.to_string() />
            <input type="hidden" name="member" value=id />
            <button class="button" type="submit" aria-label=label>
                {what}
            </button>
        </Form>
    }
    .into_any()
}

#[component]
fn RoleForm(workspace: WorkspaceId, role: MemberRole, member: Member, done: Done) -> impl IntoView {
    let name = &member.person.name;
    let (form, choice) = (texts::to(texts::CHANGE_ROLE, name), texts::to(texts::ROLE, name));
    view! {
        <Form action=SetRole::PATH label=form.clone() class="inline" done=done>
            <input type="hidden" name="workspace" value=workspace.to_string() />
            <input type="hidden" name="member" value=member.person.id.to_string() />
            <select name="role" aria-label=choice>
                {role_options(role, member.role, texts::role)}
            </select>
            <button class="button" type="submit" aria-label=form>
                {texts::CHANGE_ROLE}
            </button>
        </Form>
    }
    .into_any()
}

/// The roles that somebody may give, the greatest last; `chosen` is the one that is there.
pub(super) fn role_options(most: MemberRole, chosen: MemberRole, text: fn(MemberRole) -> &'static str) -> AnyView {
    let options = MemberRole::ALL.iter().filter(|role| **role <= most).map(|role| {
        view! {
            <option value=role.as_str() selected=*role == chosen>
                {text(*role)}
            </option>
        }
        .into_any()
    });
    options.collect_view().into_any()
}

/// The way out, asked twice.
#[component]
fn Leave(workspace: WorkspaceId) -> impl IntoView {
    view! {
        <details class="leave">
            <summary class="button danger">{texts::LEAVE}</summary>
            <p>{texts::LEAVE_WARNING}</p>
            <Form action=LeaveWorkspace::PATH label=texts::LEAVE>
                <input type="hidden" name="workspace" value=workspace.to_string() />
                <button class="button danger" type="submit">{texts::LEAVE_NOW}</button>
            </Form>
        </details>
    }
    .into_any()
}
