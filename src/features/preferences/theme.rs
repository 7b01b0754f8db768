//! Light, dark, or as the system does.

use leptos::prelude::*;

use crate::{
    texts::preferences as texts,
    ui::{
        handler::{effect, handler},
        icon::{Icon, Shape},
        storage,
    },
};

const KEY: &str = "theme";

/// Sets the theme before anything is drawn, so that nothing flashes.
pub const THEME_SCRIPT: &str = "try{const t=localStorage.getItem('theme');\
if(t==='light'||t==='dark'||t==='system')document.documentElement.dataset.theme=t}catch{}";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    fn from_word(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::System => texts::THEME_SYSTEM,
            Self::Light => texts::THEME_LIGHT,
            Self::Dark => texts::THEME_DARK,
        }
    }

    fn shape(self) -> Shape {
        match self {
            Self::System => Shape::Screen,
            Self::Light => Shape::Sun,
            Self::Dark => Shape::Moon,
        }
    }

    fn apply(self) {
        let Some(root) = document().document_element() else { return };
        // The only way this fails is a page that is being torn down.
        let _ = root.set_attribute("data-theme", self.word());
        storage::set(KEY, self.word());
    }
}

/// What the person has chosen for all devices that have no choice of their own: the server writes it into the page.
fn of_account() -> Option<String> {
    document().document_element()?.get_attribute("data-account-theme")
}

/// Goes from one theme to the next.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(Theme::System);
    effect(move || theme.set(Theme::from_word(&storage::get(KEY).or_else(of_account).unwrap_or_default())));
    let switch = move |_| {
        theme.update(|theme| *theme = theme.next());
        theme.get_untracked().apply();
    };
    view! {
        <button class="icon-button scripted" type="button" aria-label=move || theme.get().label() on:click=handler(switch)>
            {move || view! { <Icon shape=theme.get().shape() /> }.into_any()}
        </button>
    }
}
