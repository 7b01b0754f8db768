//! Whether somebody looks at the page.

use leptos::prelude::*;

use super::handler::effect;

/// Whether the page is in the foreground. On the server it is not.
#[must_use]
pub fn visible() -> Signal<bool> {
    let visible = RwSignal::new(false);
    effect(move || {
        visible.set(!document().hidden());
        let listening = window_event_listener_untyped("visibilitychange", move |_| {
            visible.try_set(!document().hidden());
        });
        on_cleanup(move || listening.remove());
    });
    visible.into()
}
