//! One's own account: name, theme, password.

use futures::future::join_all;
use parlance::{
    domain::{error::AppError, member::MemberRole},
    texts::account as texts,
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    html::tags,
    people::{OWNER, PASSWORD, error_of},
    wait::soon,
};

const NEW: &str = "sphinx of black quartz";

async fn change_password(client: &Client, current: &str, new: &str) -> Result<Client, AppError> {
    client.entering("change_password", &[("current", current), ("password", new)]).await.map_err(error_of)
}

async fn is_in(client: &Client) -> bool {
    client.call::<serde_json::Value>("who_am_i", &[]).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn name_and_theme_are_saved_by_a_plain_form_and_every_page_comes_in_them() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let page = ada.page("/account").await;
    assert!(page.contains("value=\"Ada Lovelace\"") && page.contains(OWNER), "{page}");
    assert!(!tags(&page, "html")[0].contains("data-account-theme"));
    let fields = [("name", " Ada  King "), ("theme", "dark")];
    let request = ada.post("save_profile", &fields).header("accept", "text/html").send();
    let answer = soon("an answer", request).await.unwrap();
    assert_eq!(answer.headers()["location"], "/account?saved=profile");
    let page = ada.page("/account?saved=profile").await;
    assert!(page.contains("value=\"Ada King\"") && page.contains(texts::SAVED), "{page}");
    for path in ["/", "/account/devices", "/chats/archived"] {
        let page = ada.get(path).await.text().await.unwrap();
        assert!(tags(&page, "html")[0].contains("data-account-theme=\"dark\""), "{path}");
    }
    assert!(!app.client.page("/sign-in").await.contains("data-account-theme="));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_or_a_theme_that_is_none_is_refused_and_nothing_is_changed() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    for (name, theme) in [("", "dark"), (" \u{7}", "dark"), (&*"x".repeat(101), "dark"), ("Ada", "pink")] {
        let refusal = ada.order("save_profile", &[("name", name), ("theme", theme)]).await.unwrap_err();
        assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refusal.body);
    }
    let me = ada.me().await;
    assert_eq!((me.person.name.as_str(), me.theme.as_str()), ("Ada Lovelace", "system"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_sign_in_one_has_a_name_and_a_picture_and_no_password() {
    let app = TestApp::start().await;
    app.client.order("save_profile", &[("name", "Ada")]).await.unwrap();
    let page = app.client.page("/account").await;
    assert!(page.contains("value=\"Ada\"") && !page.contains("change_password"), "{page}");
    assert!(app.client.page("/account/devices").await.contains(texts::NO_SIGN_IN));
    let refusal = app.client.order("change_password", &[("current", ""), ("password", NEW)]).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_signs_the_others_out_and_this_device_gets_another_secret() {
    let app = TestApp::with_sign_in().await;
    let here = app.client.set_up().await;
    let there = app.client.sign_in(OWNER, PASSWORD).await.unwrap();
    let url = app.database();
    // A link that somebody asked for is open.
    change(
        &url,
        "INSERT INTO password_resets (secret_hash, user_id, created_at, expires_at) SELECT 'x', id, 1, 9000000000000000 FROM users",
    )
    .await;
    let changed = change_password(&here, PASSWORD, NEW).await.unwrap();
    assert_ne!(changed.cookie(), here.cookie());
    assert!(is_in(&changed).await && !is_in(&here).await && !is_in(&there).await);
    assert!(changed.page("/account?saved=password").await.contains(texts::PASSWORD_CHANGED));
    assert_eq!(value(&url, "SELECT count(*) FROM sessions").await, 1);
    assert_eq!(value(&url, "SELECT count(*) FROM password_resets").await, 0);
    assert_eq!(value(&url, "SELECT count(*) FROM audit_entries WHERE action = 'password_changed'").await, 1);
    let refusal = app.client.sign_in(OWNER, PASSWORD).await.err().unwrap();
    assert_eq!(error_of(refusal), AppError::WrongPassword);
    app.client.sign_in(OWNER, NEW).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_know_the_current_password_changes_nothing_and_cannot_guess_on() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let wrong = change_password(&ada, "another horse battery", NEW).await.err();
    assert_eq!(wrong, Some(AppError::invalid(texts::WRONG_CURRENT)));
    assert!(matches!(change_password(&ada, PASSWORD, "password1").await, Err(AppError::Invalid { .. })));
    let guesses = join_all((0..10).map(|_| change_password(&ada, "another horse battery", NEW))).await;
    assert!(guesses.iter().any(|guess| matches!(guess, Err(AppError::TooMany { .. }))));
    assert!(matches!(change_password(&ada, PASSWORD, NEW).await, Err(AppError::TooMany { .. })));
    assert!(is_in(&ada).await);
    let refused =
        "SELECT count(*) FROM audit_entries WHERE action = 'sign_in_refused' AND details = 'change of password'";
    assert!(value(&app.database(), refused).await >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_devices_that_change_the_password_at_once_one_does() {
    let app = TestApp::with_sign_in().await;
    let here = app.client.set_up().await;
    let there = app.client.sign_in(OWNER, PASSWORD).await.unwrap();
    let other = "judge my vow, dear sphinx";
    let (one, two) = futures::join!(change_password(&here, PASSWORD, NEW), change_password(&there, PASSWORD, other));
    let (kept, password) = match (one, two) {
        (Ok(kept), Err(_)) => (kept, NEW),
        (Err(_), Ok(kept)) => (kept, other),
        (one, two) => panic!("{one:?} {two:?}"),
    };
    assert!(is_in(&kept).await);
    app.client.sign_in(OWNER, password).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_no_password_is_shown_the_way_to_one() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    // As if they had come by an OpenID provider.
    let grace = app.client.member(&app.database(), "Grace", MemberRole::Member).await;
    let page = grace.page("/account").await;
    assert!(page.contains(texts::NO_PASSWORD) && !page.contains("change_password"), "{page}");
    let refusal = change_password(&grace, "", NEW).await.err();
    assert_eq!(refusal, Some(AppError::invalid(texts::NO_PASSWORD)));
}
