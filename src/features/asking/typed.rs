//! What the form that begins a chat says of how models are asked.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};

use crate::{
    domain::{
        error::AppError,
        settings::{Effort, Misfit},
    },
    features::tools::TOOLS_FIELD,
    texts::asking as texts,
};

/// The form that begins a chat, among all elements of the page.
pub(in crate::features) const COMPOSER: &str = "composer";

/// What it says; nothing where it has no such fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typed {
    /// Which model, as forms name it.
    pub model: Option<String>,
    /// What the model is told before everything else.
    pub system_prompt: Option<String>,
    /// How freely it chooses its words.
    pub temperature: Option<f64>,
    /// How many tokens it may write.
    pub max_tokens: Option<u32>,
    /// How much it thinks.
    pub effort: Option<Effort>,
    /// Which tools it may call, by their keys, one a line.
    pub tools: Option<String>,
}

/// Reads it as it stands on the page now: a browser may have kept it over a reload.
///
/// # Errors
/// `Invalid` for what is no number where there should be one.
pub fn typed() -> Result<Typed, AppError> {
    let form = document().get_element_by_id(COMPOSER).and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    let Some(fields) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return Ok(Typed::default()) };
    let field = |name: &str| fields.get(name).as_string().filter(|text| !text.trim().is_empty());
    let wrong = |misfit| AppError::invalid(texts::misfit(misfit));
    let temperature = field("temperature").map(|text| text.trim().parse()).transpose();
    let max_tokens = field("max_tokens").map(|text| text.trim().parse()).transpose();
    Ok(Typed {
        model: field("model"),
        system_prompt: field("system_prompt"),
        temperature: temperature.map_err(|_| wrong(Misfit::Temperature))?,
        max_tokens: max_tokens.map_err(|_| wrong(Misfit::MaxTokens))?,
        effort: field("effort").as_deref().and_then(Effort::from_word),
        tools: field(TOOLS_FIELD),
    })
}
