//! A choice among the models of a workspace.

use leptos::prelude::*;

use crate::{
    domain::{
        asking::{Offer, OfferedModel},
        model::ModelRef,
        settings::Settings,
    },
    texts::asking as texts,
};

/// The options: what answers where nothing is chosen, then the models by provider. What is chosen and cannot be asked any
/// more is still shown as that.
pub(super) fn options(offer: &Offer, unchosen: AnyView, chosen: Option<&ModelRef>) -> AnyView {
    let is_chosen = |offered: &OfferedModel| chosen.and_then(|chosen| offer.find(chosen)) == Some(offered);
    let gone = chosen.filter(|chosen| offer.find(chosen).is_none()).map(|gone| {
        let value = gone.to_string();
        view! {
            <option value=value selected>
                {texts::gone(&gone.model)}
            </option>
        }
        .into_any()
    });
    let groups = offer.models.chunk_by(|a, b| a.reference.provider == b.reference.provider).map(|models| {
        let label = models.first().map(|model| model.provider.clone());
        let options = models.iter().map(|model| {
            let (value, name, selected) = (model.reference.to_string(), model.name.clone(), is_chosen(model));
            view! {
                <option value=value selected=selected>
                    {name}
                </option>
            }
            .into_any()
        });
        view! { <optgroup label=label>{options.collect_view()}</optgroup> }.into_any()
    });
    view! {
        <option value="">{unchosen}</option>
        {gone}
        {groups.collect_view()}
    }
    .into_any()
}

/// The option of a model that is chosen after the page was told which there are, and is newer than that: chosen beside a
/// refusal, in another tab, by somebody else. It comes last, and chosen: of several such options the last one is.
pub(super) fn newer(offer: StoredValue<Offer>, settings: RwSignal<Settings>) -> AnyView {
    // Its option is among the others.
    let first = settings.with_untracked(|settings| settings.model.clone());
    let newer = Memo::new(move |_| {
        let chosen = settings.with(|settings| settings.model.clone()).filter(|chosen| Some(chosen) != first.as_ref());
        chosen.filter(|chosen| offer.with_value(|offer| offer.find(chosen).is_none()))
    });
    let option = |model: ModelRef| {
        let value = model.to_string();
        view! {
            <option value=value selected>
                {model.model}
            </option>
        }
        .into_any()
    };
    // Each anew: one that was another model's before would not be chosen.
    view! { <For each=move || newer.get() key=ToString::to_string children=option /> }.into_any()
}

/// The value of the option that is chosen: the model as it is offered, whichever way it was named.
pub(super) fn value(offer: &Offer, chosen: Option<&ModelRef>) -> String {
    let Some(chosen) = chosen else { return String::new() };
    offer.find(chosen).map_or(chosen, |offered| &offered.reference).to_string()
}
