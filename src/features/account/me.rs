//! Oneself, known once for all pages.

use leptos::prelude::*;

use super::api::who_am_i;
use crate::{
    domain::person::Me,
    features::loaded::{Loaded, load},
};

/// Oneself, for whoever asks in the page.
#[derive(Clone, Copy)]
pub struct Myself {
    version: RwSignal<u32>,
    /// What the server said.
    pub me: Loaded<Me>,
}

impl Myself {
    /// Asks the server, before the page is sent and whenever it changed.
    #[must_use]
    pub fn load() -> Self {
        let version = RwSignal::new(0);
        Self { version, me: load(move || version.get(), |_| who_am_i()) }
    }

    /// Asks again.
    pub fn refresh(self) {
        self.version.try_update(|version| *version = version.wrapping_add(1));
    }
}
