//! What a chat that begins is about, and who answers in it.

use leptos::{ev::Event, html, prelude::*};

use super::api::{list_experts, list_products};
use crate::{
    domain::{
        catalogue::{ExpertSummary, ProductSummary},
        chat::Choice,
        model::ModelRef,
    },
    features::{
        chats::Chats,
        loaded::{Loaded, load},
    },
    texts::catalogue as texts,
    ui::handler::{effect, handler},
};

/// What there is to choose from on the page of a new chat, and what is chosen there.
#[derive(Clone, Copy)]
pub struct Choosing {
    products: Loaded<Vec<ProductSummary>>,
    experts: Loaded<Vec<ExpertSummary>>,
    product: NodeRef<html::Select>,
    expert: NodeRef<html::Select>,
    /// The model of the expert who is chosen; none if nobody is, or if the workspace's answers for them.
    pub model: RwSignal<Option<ModelRef>>,
}

impl Choosing {
    /// Asks the server what there is in the workspace that the page shows, before the page is sent.
    #[must_use]
    pub fn load() -> Self {
        let chats = expect_context::<Chats>();
        Self {
            products: load(|| (), move |()| async move { list_products(chats.shown().await, false).await }),
            experts: load(|| (), move |()| async move { list_experts(chats.shown().await, false).await }),
            product: NodeRef::new(),
            expert: NodeRef::new(),
            model: RwSignal::new(None),
        }
    }

    /// What is chosen now. A browser may have kept it over a reload, so the page itself is asked.
    #[must_use]
    pub fn choice(self) -> Choice {
        let chosen = |select: NodeRef<html::Select>| select.get_untracked().map(|select| select.value());
        Choice {
            product: chosen(self.product).and_then(|id| id.parse().ok()),
            expert: chosen(self.expert).and_then(|id| id.parse().ok()),
        }
    }
}

/// The two choices, as a part of the form that begins a chat; nothing where there is nothing to choose from.
#[component]
pub fn Choices(choosing: Choosing) -> impl IntoView {
    let Choosing { products, experts, product, expert, model } = choosing;
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let products = products.await.unwrap_or_default().into_iter().map(|one| (one.id.to_string(), one.name));
                let experts = experts.await.unwrap_or_default();
                let names = experts.iter().map(|one| (one.id.to_string(), one.full_name())).collect();
                let choose = Callback::new(move |id: String| {
                    let chosen = experts.iter().find(|one| one.id.to_string() == id);
                    model.set(chosen.and_then(|one| one.model.clone()));
                });
                let product = select(texts::PRODUCT, "product", texts::NO_PRODUCT, products.collect(), product, None);
                let expert = select(texts::EXPERT, "expert", texts::NO_EXPERT, names, expert, Some(choose));
                view! {
                    {product}
                    {expert}
                }
                .into_any()
            })}
        </Transition>
    }
    .into_any()
}

fn select(
    label: &'static str,
    name: &'static str,
    none: &'static str,
    options: Vec<(String, String)>,
    node: NodeRef<html::Select>,
    // What is to be done about a choice.
    chosen: Option<Callback<String>>,
) -> Option<AnyView> {
    let choose = move |value: String| {
        if let Some(chosen) = chosen {
            chosen.run(value);
        }
    };
    // What was chosen before the page was alive holds.
    effect(move || {
        if let Some(select) = node.get() {
            choose(select.value());
        }
    });
    let change = move |event: Event| choose(event_target_value(&event));
    let select = |options: Vec<(String, String)>| {
        let options =
            options.into_iter().map(|(id, name)| view! { <option value=id>{name}</option> }.into_any()).collect_view();
        view! {
            <select
                class="choice"
                name=name
                aria-label=label
                autocomplete="off"
                node_ref=node
                on:change=handler(change)
            >
                <option value="">{none}</option>
                {options}
            </select>
        }
        .into_any()
    };
    (!options.is_empty()).then(|| select(options))
}
