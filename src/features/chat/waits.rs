//! A reply of which there is no word yet: it is being prepared, or it waits for its provider.

use leptos::prelude::*;

use super::message::Typing;
use crate::{domain::waiting::Waiting, texts::waiting as texts};

/// What stands in place of the text.
#[component]
pub(super) fn Waits(waiting: RwSignal<Option<Waiting>>) -> impl IntoView {
    let place = Memo::new(move |_| waiting.get().map(|waiting| waiting.place));
    let again = move || waiting.get().map(|waiting| texts::again(waiting.seconds)).unwrap_or_default();
    view! {
        {move || match place.get() {
            None => view! { <Typing /> }.into_any(),
            Some(place) => {
                view! {
                    <div class="waits">
                        <p role="status">{texts::place(place)}</p>
                        // It changes every few seconds, which nobody wants to have read out.
                        <p class="again" aria-live="off">{again}</p>
                    </div>
                }
                .into_any()
            }
        }}
    }
    .into_any()
}
