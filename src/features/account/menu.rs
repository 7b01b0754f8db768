//! Oneself, and the way to one's settings and out.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::Myself;
use crate::{
    domain::person::Me,
    features::entry::api::SignOut,
    texts::{entry::SIGN_OUT, frame as texts},
    ui::{
        avatar::Avatar,
        form::Form,
        icon::{Icon, Shape},
        popover::Popover,
    },
};

/// The menu.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let myself = expect_context::<Myself>();
    view! {
        <Transition>
            {move || Suspend::new(async move { myself.me.await.ok().map(|me| view! { <Menu me /> }).into_any() })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Menu(me: Me) -> impl IntoView {
    let name = me.person.name.clone();
    let label = texts::account_menu(&name);
    let face = view! {
        <Avatar person=me.person />
        <span class="name">{name}</span>
        <Icon shape=Shape::Unfold />
    }
    .into_any();
    view! {
        <Popover id="account-menu" label face>
            <a class="item" href="/account">{texts::SETTINGS}</a>
            {me
                .signed_in
                .then(|| {
                    view! {
                        <Form action=SignOut::PATH label=SIGN_OUT class="bare">
                            <button class="item" type="submit">{SIGN_OUT}</button>
                        </Form>
                    }
                    .into_any()
                })}
        </Popover>
    }
    .into_any()
}
