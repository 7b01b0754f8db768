//! The devices on which one is signed in.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::api::{EndOtherSessions, EndSession, my_devices};
use crate::{
    domain::person::{Device, SignInMethod},
    features::{loaded::load, settings::SettingsPage},
    texts::account as texts,
    ui::{
        form::{Done, Form},
        rows::Rows,
        time::Time,
    },
};

/// `/account/devices`.
#[component]
pub fn DevicesPage() -> impl IntoView {
    let rows = Rows::here();
    let devices = load(|| (), |()| my_devices());
    let again = Done::new(move |()| devices.refetch());
    view! {
        <SettingsPage heading=texts::DEVICES>
            <Transition>
                {move || Suspend::new(async move {
                    match devices.await {
                        Ok(devices) if devices.is_empty() => view! { <p>{texts::NO_SIGN_IN}</p> }.into_any(),
                        Ok(devices) => view! { <Listed devices rows again /> }.into_any(),
                        Err(error) => view! { <p class="notice problem" role="alert">{error.to_string()}</p> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

#[component]
fn Listed(devices: Vec<Device>, rows: Rows, again: Done) -> impl IntoView {
    let has_others = devices.iter().any(|device| !device.current);
    let row = move |device: Device| view! { <Row device again /> }.into_any();
    view! {
        <p>{texts::SIGNED_IN_ON}</p>
        <ul class="rows" aria-label=texts::DEVICES>{rows.of(devices, row)}</ul>
        {has_others
            .then(|| {
                view! {
                    <Form action=EndOtherSessions::PATH label=texts::END_OTHERS done=again>
                        <button class="button danger" type="submit">{texts::END_OTHERS}</button>
                    </Form>
                }
                .into_any()
            })}
    }
    .into_any()
}

#[component]
fn Row(device: Device, again: Done) -> impl IntoView {
    let label = texts::end(&device.name);
    let how = match device.method {
        SignInMethod::Password => texts::WITH_PASSWORD,
        SignInMethod::Oidc => texts::AT_PROVIDER,
        SignInMethod::Link => texts::BY_LINK,
    };
    let end = (!device.current).then(|| {
        view! {
            <Form action=EndSession::PATH label=label.clone() done=again>
                <input type="hidden" name="session" value=device.session.to_string() />
                <button class="button danger" type="submit" aria-label=label>{texts::END}</button>
            </Form>
        }
        .into_any()
    });
    view! {
        <li>
            <div class="what">
                <strong>{device.name}</strong>
                <p class="about">
                    {device.current.then(|| format!("{} · ", texts::THIS_DEVICE))}
                    {format!("{} · {} {how} ", device.address, texts::SIGNED_IN)}
                    <Time at=device.since />
                    {format!(" · {} ", texts::LAST_SEEN)}
                    <Time at=device.seen_at />
                </p>
            </div>
            {end}
        </li>
    }
    .into_any()
}
