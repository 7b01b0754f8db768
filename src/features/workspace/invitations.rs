//! Who is invited, and inviting somebody.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    invitations_api::{Invite, RevokeInvitation},
    members::role_options,
};
use crate::{
    domain::{
        id::WorkspaceId,
        invitation::{FreshInvitation, PendingInvitation},
        limits::EMAIL_CHARS,
        member::MemberRole,
    },
    features::chat::copy_and_say,
    texts::{invitations as texts, members},
    ui::{
        field::Field,
        form::{Done, Form},
        handler::{effect, handler},
        rows::Rows,
        time::Time,
    },
};

/// The link that was just made, a form for another one, and those that are open.
#[component]
pub(super) fn InvitationsSection(
    /// To which workspace.
    workspace: WorkspaceId,
    /// What one is in it.
    role: MemberRole,
    /// The open invitations.
    open: Vec<PendingInvitation>,
    /// The one that was just made.
    fresh: Option<FreshInvitation>,
    /// Shows them.
    rows: Rows,
    /// What happens after one was taken back.
    done: Done,
) -> impl IntoView {
    let list = if open.is_empty() {
        view! { <p class="empty">{texts::NONE}</p> }.into_any()
    } else {
        let row = move |(workspace, invitation)| row(workspace, invitation, done);
        let open = open.into_iter().map(|invitation| (workspace, invitation));
        view! {
            <ul class="rows" aria-label=texts::HEADING>
                {rows.of(open.collect(), row)}
            </ul>
        }
        .into_any()
    };
    view! {
        {fresh.map(|fresh| view! { <Fresh fresh /> })}
        <section>
            <h2>{texts::INVITE}</h2>
            <p>{texts::INVITE_LEAD}</p>
            <InviteForm workspace role />
        </section>
        <section>
            <h2>{texts::HEADING}</h2>
            {list}
        </section>
    }
    .into_any()
}

/// The link that was just made, this once.
#[component]
fn Fresh(fresh: FreshInvitation) -> impl IntoView {
    let FreshInvitation { path, server, expires_at } = fresh;
    let is_whole = server.is_some();
    let link = RwSignal::new(format!("{}{path}", server.unwrap_or_default()));
    // Only the browser knows how it reached a server that was not told its own address.
    effect(move || {
        if !is_whole && let Ok(origin) = window().location().origin() {
            link.set(format!("{origin}{path}"));
        }
    });
    view! {
        <section role="status">
            <h2>{texts::FRESH}</h2>
            <p>
                {texts::FRESH_HINT}
                <Time at=expires_at />
                "."
            </p>
            <label class="field">
                <span>{texts::LINK}</span>
                <input type="text" readonly value=move || link.get() autocomplete="off" spellcheck="false" />
            </label>
            <p>
                <button
                    class="button scripted"
                    type="button"
                    on:click=handler(move |_| copy_and_say(link.get_untracked()))
                >
                    {texts::COPY}
                </button>
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn InviteForm(workspace: WorkspaceId, role: MemberRole) -> impl IntoView {
    view! {
        <Form action=Invite::PATH label=texts::INVITE>
            <input type="hidden" name="workspace" value=workspace.to_string() />
            <label class="field">
                <span>{members::ROLE}</span>
                <select name="role">{role_options(role, MemberRole::Member, members::role_explained)}</select>
            </label>
            <Field
                label=texts::EMAIL_NOTE
                name="email"
                kind="email"
                optional=true
                max=EMAIL_CHARS
                hint=texts::EMAIL_HINT
            />
            <button class="button primary" type="submit">{texts::INVITE}</button>
        </Form>
    }
    .into_any()
}

fn row(workspace: WorkspaceId, invitation: PendingInvitation, done: Done) -> AnyView {
    let PendingInvitation { id, role, email, invited_by, expires_at } = invitation;
    let whom = email.unwrap_or_else(|| texts::ANYBODY.to_owned());
    let label = members::to(texts::REVOKE, &whom);
    view! {
        <li>
            <div class="what">
                <strong>{whom}</strong>
                <p class="about">{format!("{} · {invited_by} · {}", members::role(role), texts::UNTIL)}<Time at=expires_at /></p>
            </div>
            <Form action=RevokeInvitation::PATH label=label.clone() class="inline" done=done>
                <input type="hidden" name="workspace" value=workspace.to_string() />
                <input type="hidden" name="invitation" value=id.to_string() />
                <button class="button danger" type="submit" aria-label=label>
                    {texts::REVOKE}
                </button>
            </Form>
        </li>
    }
    .into_any()
}
