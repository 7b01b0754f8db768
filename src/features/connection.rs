//! Whether the server can be reached, said quietly.

use leptos::prelude::*;

use crate::texts::frame as texts;

/// The connection to the server, as the page's streams find it.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    failures: RwSignal<u32>,
}

impl Default for Connection {
    fn default() -> Self {
        Self { failures: RwSignal::new(0) }
    }
}

impl Connection {
    /// A stream broke or could not be had. Once is no news: it mends within a moment, or the page is being left.
    pub fn failed(self) {
        self.failures.try_update(|failures| *failures = failures.saturating_add(1));
    }

    /// Something came from the server.
    pub fn works(self) {
        if self.failures.try_get_untracked().is_some_and(|failures| failures > 0) {
            self.failures.try_set(0);
        }
    }

    fn is_lost(self) -> bool {
        self.failures.get() > 1
    }
}

/// Says that the connection is lost, as long as it is.
#[component]
pub fn ConnectionNotice() -> impl IntoView {
    let connection = expect_context::<Connection>();
    view! {
        <p class="notice connection" role="status" hidden=move || !connection.is_lost()>
            {move || connection.is_lost().then_some(texts::CONNECTION_LOST)}
        </p>
    }
}
