//! What went wrong with the last thing that was asked for, beside where it was asked.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use server_fn::error::ServerFnUrlError;

use super::conversation::Conversation;
use crate::domain::error::AppError;

/// The last problem, if there is one; a plain form brings its own back in the page's address.
#[component]
pub(super) fn Problem(conversation: Conversation) -> impl IntoView {
    let query = use_query_map();
    let from_form = move || query.with(|query| query.get_str("__err").map(ServerFnUrlError::<AppError>::decode_err));
    let problem = conversation.problem;
    let dismiss = problem.clone();
    move || {
        let shown = problem.get().or_else(from_form);
        let dismiss = dismiss.clone();
        shown.map(|error| {
            view! {
                <div class="notice problem" role="alert">
                    <p>{error.to_string()}</p>
                    <button class="scripted" type="button" on:click=move |_| dismiss.set(None)>"Dismiss"</button>
                </div>
            }
        })
    }
}
