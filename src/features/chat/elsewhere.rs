//! That a chat, opened by its link, is not in the workspace that the page shows.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::conversation::Conversation;
use crate::{
    domain::{id::WorkspaceId, member::Membership},
    features::{account::Myself, chats::Chats, workspace::api::SwitchWorkspace},
    texts::frame as texts,
    ui::form::Form,
};

/// Says so, and switches there, to this chat.
#[component]
pub(super) fn Elsewhere(conversation: Conversation) -> impl IntoView {
    let (chats, myself) = (expect_context::<Chats>(), expect_context::<Myself>());
    let Some(workspace) = conversation.workspace else { return ().into_any() };
    let chat = format!("/chats/{}", conversation.chat);
    view! {
        <Transition>
            {move || {
                let next = chat.clone();
                Suspend::new(async move {
                    let shown = chats.shown().await;
                    let me = myself.me.await.ok().filter(|_| shown.is_some_and(|shown| shown != workspace));
                    let there = |me: &crate::domain::person::Me| membership(&me.workspaces, workspace);
                    me.as_ref().and_then(there).map(|there| view! { <Notice there next /> }).into_any()
                })
            }}
        </Transition>
    }
    .into_any()
}

fn membership(all: &[Membership], workspace: WorkspaceId) -> Option<Membership> {
    all.iter().find(|membership| membership.workspace == workspace).cloned()
}

#[component]
fn Notice(there: Membership, next: String) -> impl IntoView {
    let switch = texts::switch_to(&there.name);
    view! {
        <div class="notice elsewhere" role="status">
            <p>{texts::chat_is_in(&there.name)}</p>
            <Form action=SwitchWorkspace::PATH label=switch.clone() class="bare">
                <input type="hidden" name="workspace" value=there.workspace.to_string() />
                <input type="hidden" name="next" value=next />
                <button class="button" type="submit">{switch}</button>
            </Form>
        </div>
    }
    .into_any()
}
