//! Titles, and the check of messages: what admins settle for all chats of a workspace.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::care_api::{SetModeration, SetTitleModel};
use crate::{
    domain::{care::Care, id::WorkspaceId},
    texts::care as texts,
    ui::form::{Done, Form},
};

/// Forms for both, as they are set now.
pub(super) fn forms(workspace: WorkspaceId, care: Care, done: Done) -> AnyView {
    let Care { moderation, title_model, models } = care;
    let is_left = title_model.is_none();
    let options = models
        .into_iter()
        .map(|offer| {
            let selected = title_model.as_deref() == Some(offer.model.as_str());
            view! { <option value=offer.model selected=selected>{offer.name}</option> }.into_any()
        })
        .collect_view();
    view! {
        <section>
            <h2>{texts::TITLES}</h2>
            <p>{texts::TITLES_LEAD}</p>
            <Form action=SetTitleModel::PATH label=texts::TITLES done=done>
                <input type="hidden" name="workspace" value=workspace.to_string() />
                <label class="field">
                    <span>{texts::TITLE_MODEL}</span>
                    <select name="model" autocomplete="off">
                        <option value="" selected=is_left>{texts::CHEAPEST}</option>
                        {options}
                    </select>
                </label>
                <button class="button" type="submit">{texts::SAVE_TITLES}</button>
            </Form>
        </section>
        <section>
            <h2>{texts::MODERATION}</h2>
            <p>{texts::MODERATION_LEAD}</p>
            <Form action=SetModeration::PATH label=texts::MODERATION done=done>
                <input type="hidden" name="workspace" value=workspace.to_string() />
                <label class="field">
                    <span>{texts::CHECK}</span>
                    <select name="moderation" autocomplete="off">
                        <option value="false" selected=!moderation>{texts::UNCHECKED}</option>
                        <option value="true" selected=moderation>{texts::CHECKED}</option>
                    </select>
                </label>
                <button class="button" type="submit">{texts::SAVE_MODERATION}</button>
            </Form>
        </section>
    }
    .into_any()
}
