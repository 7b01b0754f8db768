//! Products and sales experts: things of a workspace that a chat may be about and answered as.

use serde::{Deserialize, Serialize};

use super::{
    id::{ExpertId, ImageId, ProductId, WorkspaceId},
    limits::{DESCRIPTION_CHARS, EXPERT_TITLE_CHARS, FACTS_CHARS, INSTRUCTIONS_CHARS, MODEL_CHARS},
    model::ModelRef,
    person::clean_name,
};

/// A product, with everything that the model is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// The workspace that it belongs to.
    pub workspace: WorkspaceId,
    /// Its name; empty only in a form that nobody has filled in yet.
    pub name: String,
    /// What it is, in a few sentences.
    pub description: String,
    /// What is true of it: prices, measures, conditions.
    pub facts: String,
    /// Whether it was deleted while chats used it.
    pub archived: bool,
}

/// What a list shows of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSummary {
    /// Its id.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// Whether it was deleted while chats used it.
    pub archived: bool,
}

/// A sales expert, with everything that the model is told of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expert {
    /// What a list shows of them.
    pub summary: ExpertSummary,
    /// The workspace that they belong to.
    pub workspace: WorkspaceId,
    /// How they answer.
    pub instructions: String,
}

/// What a list shows of an expert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpertSummary {
    /// Their id.
    pub id: ExpertId,
    /// Their name; empty only in a form that nobody has filled in yet.
    pub name: String,
    /// What they are, which may be left out.
    pub title: String,
    /// Their picture; initials stand for those who have none.
    pub portrait: Option<ImageId>,
    /// Which model answers for them in chats that begin; none for the one of the workspace.
    pub model: Option<ModelRef>,
    /// Whether they were deleted while chats used them.
    pub archived: bool,
}

impl ExpertSummary {
    /// The name, with the title if there is one.
    #[must_use]
    pub fn full_name(&self) -> String {
        if self.title.is_empty() { self.name.clone() } else { format!("{}, {}", self.name, self.title) }
    }
}

/// What a chat is about and who answers in it, as its page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatContext {
    /// The name of its product.
    pub product: Option<String>,
    /// Its expert.
    pub expert: Option<ExpertSummary>,
    /// Which model answers in it; none for the one of the server.
    pub model: Option<String>,
    /// What the model is told of the two, word for word; empty if it has neither.
    pub told: String,
}

/// What of a product or an expert does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The name is empty or too long.
    Name,
    /// The title is too long.
    Title,
    /// The description is too long.
    Description,
    /// The facts are too long.
    Facts,
    /// The instructions are too long.
    Instructions,
    /// The model's name is too long.
    Model,
}

impl Product {
    /// The product as it is kept: one line for the name, no outer space, no control characters.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn cleaned(self) -> Result<Self, Misfit> {
        Ok(Self {
            name: clean_name(&self.name).ok_or(Misfit::Name)?,
            description: clean_text(&self.description, DESCRIPTION_CHARS).ok_or(Misfit::Description)?,
            facts: clean_text(&self.facts, FACTS_CHARS).ok_or(Misfit::Facts)?,
            ..self
        })
    }
}

impl Expert {
    /// The expert as they are kept: one line for name, title and model, no outer space, no control characters.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn cleaned(self) -> Result<Self, Misfit> {
        let name = clean_name(&self.summary.name).ok_or(Misfit::Name)?;
        let title = clean_line(&self.summary.title, EXPERT_TITLE_CHARS).ok_or(Misfit::Title)?;
        let cleaned = |named: &ModelRef| -> Result<Option<ModelRef>, Misfit> {
            let model = clean_line(&named.model, MODEL_CHARS).ok_or(Misfit::Model)?;
            Ok((!model.is_empty()).then_some(ModelRef { provider: named.provider, model }))
        };
        let model = self.summary.model.as_ref().map(cleaned).transpose()?.flatten();
        let summary = ExpertSummary { name, title, model, ..self.summary };
        let instructions = clean_text(&self.instructions, INSTRUCTIONS_CHARS).ok_or(Misfit::Instructions)?;
        Ok(Self { summary, instructions, ..self })
    }
}

/// One line that may be empty. `None` if it has more than `most` characters.
fn clean_line(text: &str, most: usize) -> Option<String> {
    clean_text(&text.split_whitespace().collect::<Vec<_>>().join(" "), most)
}

/// Text that may be empty and have many lines, which forms end with CR and LF. `None` if it has more than `most` characters.
pub(super) fn clean_text(text: &str, most: usize) -> Option<String> {
    let lines = text.replace("\r\n", "\n");
    let kept: String = lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let kept = kept.trim();
    (kept.chars().count() <= most).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(name: &str, facts: &str) -> Product {
        Product {
            id: ProductId::new(),
            workspace: WorkspaceId::new(),
            name: name.to_owned(),
            description: String::new(),
            facts: facts.to_owned(),
            archived: false,
        }
    }

    fn expert(title: &str, model: &str) -> Expert {
        let (name, title) = ("Grace".to_owned(), title.to_owned());
        let model = Some(ModelRef { provider: None, model: model.to_owned() });
        Expert {
            summary: ExpertSummary { id: ExpertId::new(), name, title, portrait: None, model, archived: false },
            workspace: WorkspaceId::new(),
            instructions: String::new(),
        }
    }

    #[test]
    fn a_product_is_kept_without_what_a_form_adds() {
        let kept = product(" The\r\n Engine ", "\r\n- 500 kg\r\n\0- brass\u{7} \r\n").cleaned().unwrap();
        assert_eq!((kept.name.as_str(), kept.facts.as_str()), ("The Engine", "- 500 kg\n- brass"));
    }

    #[test]
    fn what_is_too_long_or_has_no_name_does_not_fit() {
        assert_eq!(product(" ", "").cleaned(), Err(Misfit::Name));
        assert_eq!(product(&"x".repeat(101), "").cleaned(), Err(Misfit::Name));
        assert_eq!(product("x", &"語".repeat(FACTS_CHARS + 1)).cleaned(), Err(Misfit::Facts));
        assert!(product("x", &"語".repeat(FACTS_CHARS)).cleaned().is_ok());
        assert_eq!(expert(&"x".repeat(EXPERT_TITLE_CHARS + 1), "").cleaned(), Err(Misfit::Title));
        assert_eq!(expert("", &"x".repeat(MODEL_CHARS + 1)).cleaned(), Err(Misfit::Model));
    }

    #[test]
    fn a_model_that_is_left_out_is_none() {
        let model = |text| expert("", text).cleaned().unwrap().summary.model.map(|model| model.model);
        assert_eq!(model(" \n"), None);
        assert_eq!(model(" gpt-9 ").as_deref(), Some("gpt-9"));
    }

    #[test]
    fn an_expert_is_called_by_name_and_title() {
        assert_eq!(expert("Admiral", "").summary.full_name(), "Grace, Admiral");
        assert_eq!(expert("", "").summary.full_name(), "Grace");
    }
}
