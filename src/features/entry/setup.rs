//! The first page of a new server.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{api::SetUp, frame::Card};
use crate::{
    domain::limits::{EMAIL_CHARS, NAME_CHARS},
    texts::entry as texts,
    ui::{field::Field, form::Form, new_password::NewPassword},
};

/// Makes the owner and the first workspace.
#[component]
pub fn SetupPage() -> impl IntoView {
    view! {
        <Card heading=texts::SET_UP>
            <p class="lead">{texts::FIRST_HERE}</p>
            <Form action=SetUp::PATH label=texts::SET_UP>
                <Field label=texts::YOUR_NAME name="name" autocomplete="name" max=NAME_CHARS />
                <Field label=texts::EMAIL name="email" kind="email" autocomplete="username" max=EMAIL_CHARS />
                <NewPassword label=texts::PASSWORD />
                <Field label=texts::WORKSPACE name="workspace" autocomplete="organization" max=NAME_CHARS />
                <button class="button primary" type="submit">{texts::CREATE_WORKSPACE}</button>
            </Form>
        </Card>
    }
}
