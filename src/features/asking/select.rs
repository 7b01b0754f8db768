//! A choice among the models of a workspace.

use leptos::prelude::*;

use crate::{
    domain::{
        asking::{Offer, OfferedModel},
        model::ModelRef,
    },
    texts::asking as texts,
};

/// The options: what answers where nothing is chosen, then the models by provider. What is chosen and cannot be asked any
/// more is still shown as that.
pub(super) fn options(offer: &Offer, unchosen: String, chosen: Option<&ModelRef>) -> AnyView {
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

/// The value of the option that is chosen: the model as it is offered, whichever way it was named.
pub(super) fn value(offer: &Offer, chosen: Option<&ModelRef>) -> String {
    let Some(chosen) = chosen else { return String::new() };
    offer.find(chosen).map_or(chosen, |offered| &offered.reference).to_string()
}
