//! What the admins of a workspace settle for all of its chats beside how models are asked.

use serde::{Deserialize, Serialize};

use super::model::ModelRef;

/// Who makes titles, and whether messages are checked before they are sent; with what there is to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Care {
    /// Whether messages are checked.
    pub moderation: bool,
    /// The model that makes titles, as [`written`]; none if that is left to the server.
    pub title_model: Option<String>,
    /// The models that may be chosen for it; the one that is chosen is among them, even if it cannot be asked any more.
    pub models: Vec<Offer>,
}

/// A model that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Which, as [`written`].
    pub model: String,
    /// What people call it.
    pub name: String,
}

/// A model in one word of a form: its provider's id, a space, and what the provider calls it.
#[must_use]
pub fn written(model: &ModelRef) -> String {
    let provider = model.provider.map(|provider| provider.to_string()).unwrap_or_default();
    format!("{provider} {}", model.model)
}

/// The model that is [`written`] so.
#[must_use]
pub fn read(text: &str) -> Option<ModelRef> {
    let (provider, model) = text.split_once(' ')?;
    let provider = if provider.is_empty() { None } else { Some(provider.parse().ok()?) };
    (!model.is_empty()).then(|| ModelRef { provider, model: model.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ProviderId;

    #[test]
    fn a_model_is_read_as_it_was_written() {
        for provider in [None, Some(ProviderId::new())] {
            let model = ModelRef { provider, model: "a model:free".to_owned() };
            assert_eq!(read(&written(&model)), Some(model));
        }
        for nonsense in ["", " ", "gpt-4o", "x gpt-4o"] {
            assert_eq!(read(nonsense), None, "{nonsense:?}");
        }
    }
}
