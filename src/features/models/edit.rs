//! Looks through the catalogue, and changes what is said in it.

use leptos_axum::redirect;

use crate::{
    domain::{
        actor::Actor,
        error::AppError,
        id::ModelId,
        model_facts::{LONGEST_CONTEXT, ModelDetails, ModelFacts, price_from},
        model_filter::{ModelFilter, ModelPage},
        money::Money,
    },
    server::{providers::Known, state::AppState},
    texts::models as texts,
};

/// The page of all models.
const MODELS: &str = "/workspace/models";

/// What somebody entered.
pub(super) struct Entered {
    pub context_length: Option<String>,
    pub input_price: Option<String>,
    pub output_price: Option<String>,
    pub vision: Option<bool>,
    pub audio: Option<bool>,
    pub tools: Option<bool>,
    pub reasoning: Option<bool>,
}

impl Entered {
    fn facts(self) -> Result<ModelFacts, AppError> {
        Ok(ModelFacts {
            context_length: context_length(self.context_length)?,
            input: price(self.input_price, texts::PRICE_IN)?,
            output: price(self.output_price, texts::PRICE_OUT)?,
            vision: self.vision,
            audio: self.audio,
            tools: self.tools,
            reasoning: self.reasoning,
            ..ModelFacts::default()
        })
    }
}

/// As people write it: with commas between the thousands, if they like.
fn context_length(text: Option<String>) -> Result<Option<u64>, AppError> {
    let Some(text) = text.map(|text| text.trim().replace(',', "")).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let length = text.parse().ok().filter(|length| (1..=LONGEST_CONTEXT).contains(length));
    length.map(Some).ok_or_else(|| AppError::invalid(texts::context_unfit()))
}

fn price(text: Option<String>, field: &str) -> Result<Option<Money>, AppError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    price_from(&text).map(Some).ok_or_else(|| AppError::invalid(texts::price_unfit(field)))
}

pub(super) async fn browse(
    server: &AppState,
    actor: &Actor,
    filter: &ModelFilter,
    page: u64,
) -> Result<ModelPage, AppError> {
    let catalogue = server.providers.catalogue(actor.workspace).await?;
    let known = Known::table();
    let (source, date) = (known.source.clone(), known.date.clone());
    Ok(ModelPage { source, date, ..filter.page(&catalogue, actor.workspace, page) })
}

pub(super) async fn details(server: &AppState, actor: &Actor, model: ModelId) -> Result<ModelDetails, AppError> {
    let (known, edits) = server.store.model_facts(actor, model).await?;
    let models = server.store.models(actor.workspace).await?;
    let model = models.into_iter().find(|one| one.id == model).ok_or(AppError::NotFound)?;
    Ok(ModelDetails { workspace: actor.workspace, model, known, edits })
}

pub(super) async fn save(
    server: &AppState,
    actor: &Actor,
    model: ModelId,
    entered: Entered,
    enabled: bool,
) -> Result<(), AppError> {
    server.store.edit_model(actor, model, &entered.facts()?, enabled).await?;
    server.providers.forget(Some(actor.workspace));
    redirect(MODELS);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_prices_are_taken_as_people_write_them() {
        let length = |text: &str| context_length(Some(text.to_owned()));
        assert_eq!((length(" 128,000 "), length(" ")), (Ok(Some(128_000)), Ok(None)));
        for wrong in ["0", "-1", "1.5", "many", "100000001"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
        let price = |text: &str| price(Some(text.to_owned()), texts::PRICE_IN);
        assert_eq!((price("$0.15"), price("")), (Ok(Some(Money(150_000))), Ok(None)));
        assert!(price("free").unwrap_err().to_string().starts_with(texts::PRICE_IN));
    }
}
