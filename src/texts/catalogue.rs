//! Products and experts.

use crate::domain::{
    catalogue::Misfit,
    limits::{DESCRIPTION_CHARS, EXPERT_TITLE_CHARS, FACTS_CHARS, INSTRUCTIONS_CHARS, MODEL_CHARS, NAME_CHARS},
};

pub const PRODUCTS: &str = "Products";
pub const PRODUCTS_LEAD: &str =
    "What you sell. Whoever begins a chat may choose a product; the model is then told of it.";
pub const NO_PRODUCTS: &str = "There are no products yet. Add one, with the facts that replies should rest on.";
pub const ADD_PRODUCT: &str = "Add product";
pub const PRODUCT: &str = "Product";
pub const DELETE_PRODUCT: &str = "Delete product";
pub const NO_PRODUCT: &str = "No product";

pub const EXPERTS: &str = "Experts";
pub const EXPERTS_LEAD: &str =
    "Who answers. Whoever begins a chat may choose an expert; the model then speaks as they do.";
pub const NO_EXPERTS: &str = "There are no experts yet. Add one, and say how they answer.";
pub const ADD_EXPERT: &str = "Add expert";
pub const EXPERT: &str = "Expert";
pub const DELETE_EXPERT: &str = "Delete expert";
pub const NO_EXPERT: &str = "No expert";

pub const ARCHIVED: &str = "Archived";
pub const ARCHIVED_LEAD: &str = "Deleted while chats used them. Those chats go on; new ones cannot choose them.";
pub const RESTORE: &str = "Restore";
pub const DELETE_LEAD: &str = "Chats that use it go on: if there are any, it is archived and can be restored.";
pub const SAVE: &str = "Save";

pub const NAME: &str = "Name";
pub const DESCRIPTION: &str = "Description";
pub const DESCRIPTION_HINT: &str = "What it is and whom it is for, in a few sentences.";
pub const FACTS: &str = "Facts";
pub const FACTS_HINT: &str = "Prices, measures, conditions: what replies may rest on.";
pub const TITLE: &str = "Title";
pub const TITLE_HINT: &str = "For example: Senior sales engineer.";
pub const INSTRUCTIONS: &str = "Instructions";
pub const INSTRUCTIONS_HINT: &str = "How they answer: tone, what to ask first, what never to promise.";
pub const MODEL: &str = "Model";
pub const MODEL_HINT: &str = "The name of a model of your provider. Leave it empty for the one of this workspace.";
pub const PROVIDER: &str = "Provider";
pub const ANY_PROVIDER: &str = "Whichever has this model";
pub const ITS_PROVIDER: &str = "The one that was chosen";

pub const PORTRAIT: &str = "Portrait";
pub const PORTRAIT_FILE: &str = "Picture";
pub const PORTRAIT_HINT: &str = "PNG, JPEG or WebP.";
pub const SET_PORTRAIT: &str = "Upload picture";
pub const REMOVE_PORTRAIT: &str = "Remove picture";

pub const CONTEXT: &str = "What the model is told in this chat";
pub const PRODUCT_GONE: &str =
    "This product cannot be chosen any more. Choose another one or none; what you wrote is kept.";
pub const EXPERT_GONE: &str =
    "This expert cannot be chosen any more. Choose another one or none; what you wrote is kept.";
pub const FULL: &str =
    "This workspace has as many of them as it can have. Delete one that nobody uses, then save again.";

/// What a button does, and to what.
#[must_use]
pub fn to_item(action: &str, name: &str) -> String {
    format!("{action} {name}")
}

/// What of the fields does not fit.
#[must_use]
pub fn misfit(misfit: Misfit) -> String {
    let at_most = |field: &str, most: usize| format!("{field}: at most {most} characters. Shorten it and save again.");
    match misfit {
        Misfit::Name => format!("{NAME}: 1 to {NAME_CHARS} characters. Change it and save again."),
        Misfit::Title => at_most(TITLE, EXPERT_TITLE_CHARS),
        Misfit::Description => at_most(DESCRIPTION, DESCRIPTION_CHARS),
        Misfit::Facts => at_most(FACTS, FACTS_CHARS),
        Misfit::Instructions => at_most(INSTRUCTIONS, INSTRUCTIONS_CHARS),
        Misfit::Model => at_most(MODEL, MODEL_CHARS),
    }
}

/// What a chat is about, as its page says it.
#[must_use]
pub fn product(name: &str) -> String {
    format!("{PRODUCT}: {name}")
}

/// Who answers in a chat, as its page says it.
#[must_use]
pub fn expert(name: &str) -> String {
    format!("{EXPERT}: {name}")
}
