//! Who one is: name, picture, theme, password.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use server_fn::ServerFn;

use super::{
    Myself,
    api::{ChangePassword, RemoveAvatar, SaveProfile, SetAvatar},
};
use crate::{
    domain::{
        limits::{NAME_CHARS, PASSWORD_MAX},
        person::{Me, Theme},
    },
    features::settings::SettingsPage,
    texts::{account as texts, recovery},
    ui::{avatar::Avatar, field::Field, form::Form, new_password::NewPassword},
};

/// `/account`.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let myself = expect_context::<Myself>();
    view! {
        <SettingsPage heading=texts::PROFILE>
            <Saved />
            <Transition>
                {move || Suspend::new(async move {
                    match myself.me.await {
                        Ok(me) => view! {
                            <About me=me.clone() />
                            <Picture me=me.clone() />
                            {me.signed_in.then(|| view! { <Password me /> }.into_any())}
                        }
                        .into_any(),
                        Err(error) => view! { <p class="notice problem" role="alert">{error.to_string()}</p> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

/// Says what was just saved: every form of the page comes back to it.
#[component]
fn Saved() -> impl IntoView {
    let query = use_query_map();
    move || {
        let text = query.with(|query| match query.get_str("saved") {
            Some("password") => Some(texts::PASSWORD_CHANGED),
            Some(_) => Some(texts::SAVED),
            None => None,
        });
        text.map(|text| view! { <p class="notice" role="status">{text}</p> }.into_any())
    }
}

#[component]
fn About(me: Me) -> impl IntoView {
    view! {
        <section>
            <h2>{texts::ABOUT_YOU}</h2>
            <Form action=SaveProfile::PATH label=texts::ABOUT_YOU>
                <Field
                    label=texts::FULL_NAME
                    name="name"
                    autocomplete="name"
                    max=NAME_CHARS
                    value=me.person.name.clone()
                />
                {me.email.clone().map(|email| view! { <p class="about">{texts::EMAIL}": "{email}</p> }.into_any())}
                {me.signed_in.then(|| view! { <ThemeField theme=me.theme /> }.into_any())}
                <button class="button primary" type="submit">{texts::SAVE}</button>
            </Form>
        </section>
    }
    .into_any()
}

#[component]
fn ThemeField(theme: Theme) -> impl IntoView {
    let name = |theme| match theme {
        Theme::System => texts::SYSTEM,
        Theme::Light => texts::LIGHT,
        Theme::Dark => texts::DARK,
    };
    let options = Theme::ALL
        .iter()
        .map(|&one| view! { <option value=one.as_str() selected=one == theme>{name(one)}</option> }.into_any())
        .collect_view();
    view! {
        <label class="field">
            <span>{texts::THEME}</span>
            <select name="theme" aria-describedby="theme-hint">{options}</select>
        </label>
        <p class="field-hint" id="theme-hint">{texts::THEME_HINT}</p>
    }
    .into_any()
}

#[component]
fn Picture(me: Me) -> impl IntoView {
    let has_one = me.person.avatar.is_some();
    view! {
        <section>
            <h2>{texts::PICTURE}</h2>
            <div class="portrait">
                <Avatar person=me.person />
                <Form action=SetAvatar::PATH label=texts::UPLOAD files=true>
                    <label class="field">
                        <span>{texts::PICTURE_FILE}</span>
                        <input
                            type="file"
                            name="picture"
                            accept="image/png,image/jpeg,image/webp"
                            required=true
                            aria-describedby="picture-hint"
                        />
                    </label>
                    <p class="field-hint" id="picture-hint">{texts::PICTURE_HINT}</p>
                    <button class="button" type="submit">{texts::UPLOAD}</button>
                </Form>
            </div>
            {has_one
                .then(|| {
                    view! {
                        <Form action=RemoveAvatar::PATH label=texts::REMOVE>
                            <button class="button danger" type="submit">{texts::REMOVE}</button>
                        </Form>
                    }
                    .into_any()
                })}
        </section>
    }
    .into_any()
}

#[component]
fn Password(me: Me) -> impl IntoView {
    let form = me.has_password.then(|| view! { <PasswordForm email=me.email.unwrap_or_default() /> }.into_any());
    let no_form =
        || view! { <p>{texts::NO_PASSWORD}" "<a href="/forgot">{recovery::RESET_PASSWORD}</a></p> }.into_any();
    view! {
        <section>
            <h2>{texts::PASSWORD}</h2>
            {form.unwrap_or_else(no_form)}
        </section>
    }
    .into_any()
}

#[component]
fn PasswordForm(email: String) -> impl IntoView {
    view! {
        <Form action=ChangePassword::PATH label=texts::CHANGE_PASSWORD>
            // For the browser that keeps passwords: whose this one is.
            <input type="text" value=email autocomplete="username" hidden=true disabled=true />
            <Field
                label=texts::CURRENT_PASSWORD
                name="current"
                kind="password"
                autocomplete="current-password"
                max=PASSWORD_MAX
            />
            <NewPassword label=texts::NEW_PASSWORD />
            <button class="button primary" type="submit">{texts::CHANGE_PASSWORD}</button>
        </Form>
    }
    .into_any()
}
