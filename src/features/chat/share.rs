//! Who else sees a chat, in its header: to be chosen by whoever began it, to be read by the others.

use leptos::{ev::Event, prelude::*, task::spawn_local};
use server_fn::ServerFn;

use super::{conversation::Conversation, standing::Standing};
use crate::{
    domain::{chat::Sharing, id::ChatId},
    features::chats::api::{ShareChat, share_chat},
    texts::sharing as texts,
    ui::{handler::handler, toast::Toasts},
};

/// Who else sees this chat.
#[component]
pub(super) fn Shared(conversation: Conversation) -> impl IntoView {
    let chat = conversation.chat;
    let standing = RwSignal::from(conversation.standing);
    let manages = Memo::new(move |_| standing.with(|standing| standing.may_manage));
    view! {
        {move || {
            if manages.get() {
                view! { <Choice chat standing /> }.into_any()
            } else {
                view! { <p class="shared-by">{move || standing.with(whose)}</p> }.into_any()
            }
        }}
    }
}

fn whose(standing: &Standing) -> Option<String> {
    standing.creator.as_ref().map(|creator| texts::shared_by(&creator.name, !standing.may_write))
}

/// A choice takes effect at once; without scripts, by a button.
#[component]
fn Choice(chat: ChatId, standing: RwSignal<Standing>) -> impl IntoView {
    let sharing = Memo::new(move |_| standing.with(|standing| standing.sharing));
    let toasts = expect_context::<Toasts>();
    let choose = move |event: Event| {
        let Some(wanted) = Sharing::from_word(&event_target_value(&event)) else { return };
        let before = sharing.get_untracked();
        standing.update(|standing| standing.sharing = wanted);
        spawn_local(async move {
            if let Err(error) = share_chat(chat, wanted).await {
                standing.try_update(|standing| standing.sharing = before);
                toasts.fail(error.to_string());
            }
        });
    };
    let choices = Sharing::ALL.iter().map(|&choice| {
        let chosen = move || sharing.get() == choice;
        view! { <option value=choice.as_str() selected=chosen>{texts::choice(choice)}</option> }.into_any()
    });
    view! {
        <form class="share" method="post" action=ShareChat::PATH>
            <input type="hidden" name="chat" value=chat.to_string() />
            <select
                class="quiet-select"
                name="sharing"
                aria-label=texts::SHARING
                autocomplete="off"
                prop:value=move || sharing.get().as_str()
                on:change=handler(choose)
            >
                {choices.collect_view()}
            </select>
            <button class="button unscripted" type="submit">{texts::SAVE}</button>
        </form>
    }
}
