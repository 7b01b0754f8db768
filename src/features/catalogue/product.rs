//! The page of a product: its fields, and its end.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::api::{DeleteProduct, SaveProduct, load_product};
use crate::{
    domain::{
        catalogue::Product,
        limits::{DESCRIPTION_CHARS, FACTS_CHARS, NAME_CHARS},
    },
    features::{loaded::load_named, not_loaded::NotLoaded, settings::SettingsPage},
    texts::catalogue as texts,
    ui::{area::Area, field::Field, form::Form},
};

/// `/workspace/products/{id}`, or `new` for another one.
#[component]
pub fn ProductPage() -> impl IntoView {
    let product = load_named(|product| load_product(None, product));
    view! {
        <SettingsPage heading=texts::PRODUCT>
            <Transition>
                {move || Suspend::new(async move {
                    match product.await {
                        Ok(product) => fields(product),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

fn fields(product: Product) -> AnyView {
    let Product { id, workspace, name, description, facts, archived } = product;
    let (id, workspace) = (id.to_string(), workspace.to_string());
    let end = (!name.is_empty() && !archived).then(|| {
        let ids = [("product", id.clone()), ("workspace", workspace.clone())];
        end(DeleteProduct::PATH, texts::DELETE_PRODUCT, ids)
    });
    view! {
        <Form action=SaveProduct::PATH label=texts::PRODUCT>
            <input type="hidden" name="workspace" value=workspace />
            <input type="hidden" name="product" value=id />
            <Field label=texts::NAME name="name" value=name max=NAME_CHARS />
            <Area
                label=texts::DESCRIPTION
                name="description"
                value=description
                max=DESCRIPTION_CHARS
                rows=4
                hint=texts::DESCRIPTION_HINT
            />
            <Area label=texts::FACTS name="facts" value=facts max=FACTS_CHARS rows=12 hint=texts::FACTS_HINT />
            <button class="button primary" type="submit">{texts::SAVE}</button>
        </Form>
        {end}
    }
    .into_any()
}

/// The end of something, apart from its fields.
pub(super) fn end(action: &'static str, label: &'static str, ids: [(&'static str, String); 2]) -> AnyView {
    let ids = ids.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any());
    view! {
        <section>
            <h2>{label}</h2>
            <p class="about">{texts::DELETE_LEAD}</p>
            <Form action=action label=label>
                {ids.into_iter().collect_view()}
                <button class="button danger" type="submit">{label}</button>
            </Form>
        </section>
    }
    .into_any()
}
