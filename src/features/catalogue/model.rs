//! Which model answers for an expert.

use leptos::prelude::*;

use crate::{
    domain::{asking::OfferedModel, id::ProviderId, limits::MODEL_CHARS, model::ModelRef},
    texts::catalogue as texts,
};

/// The provider and the model: any may be written, since not every provider says which it has.
pub(super) fn model_fields(chosen: Option<ModelRef>, models: &[OfferedModel]) -> AnyView {
    let provider = chosen.as_ref().and_then(|chosen| chosen.provider);
    let model = chosen.map(|chosen| chosen.model);
    let known = models.iter().map(|offered| {
        let (value, label) = (offered.reference.model.clone(), offered.provider.clone());
        view! { <option value=value>{label}</option> }.into_any()
    });
    view! {
        <label class="field">
            <span>{texts::MODEL}</span>
            <input
                name="model"
                value=model.unwrap_or_default()
                maxlength=MODEL_CHARS
                list="models"
                autocomplete="off"
                aria-describedby="model-hint"
            />
        </label>
        <datalist id="models">{known.collect_view()}</datalist>
        <p class="field-hint" id="model-hint">{texts::MODEL_HINT}</p>
        {providers(provider, models)}
    }
    .into_any()
}

fn providers(chosen: Option<ProviderId>, models: &[OfferedModel]) -> AnyView {
    let named = models.chunk_by(|a, b| a.reference.provider == b.reference.provider).filter_map(<[_]>::first);
    let mut providers: Vec<(ProviderId, String)> =
        named.filter_map(|model| Some((model.reference.provider?, model.provider.clone()))).collect();
    // One that offers nothing now is not exchanged for another without a word.
    if let Some(chosen) = chosen.filter(|chosen| providers.iter().all(|(id, _)| id != chosen)) {
        providers.push((chosen, texts::ITS_PROVIDER.to_owned()));
    }
    let options = providers.into_iter().map(|(id, name)| {
        view! {
            <option value=id.to_string() selected=chosen == Some(id)>
                {name}
            </option>
        }
        .into_any()
    });
    view! {
        <label class="field">
            <span>{texts::PROVIDER}</span>
            <select name="provider" autocomplete="off">
                <option value="">{texts::ANY_PROVIDER}</option>
                {options.collect_view()}
            </select>
        </label>
    }
    .into_any()
}
