//! The cookie of a session, and how long it is good.

use std::time::Duration;

use parlance::{
    domain::{actor::Origin, person::SignInMethod},
    server::{
        access::FIRST,
        store::{
            DEFAULT_CONNECTIONS, Store, StoreError, passwords::NewPassword, people::NewPerson, sessions::NewSession,
        },
    },
};
use reqwest::header::HeaderMap;
use tempfile::TempDir;

use crate::support::{
    app::TestApp,
    database::{TestDatabase, change, value},
    people::{OWNER, PASSWORD},
    wait::soon,
};

async fn cookies(app: &TestApp, headers: &[(&str, &str)]) -> HeaderMap {
    let request = app.client.post("sign_in", &[("email", OWNER), ("password", PASSWORD)]);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    soon("an answer", request.send()).await.unwrap().headers().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_clear_the_cookie_is_for_this_machine_alone() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let plain = cookies(&app, &[]).await;
    assert!(plain["set-cookie"].to_str().unwrap().starts_with("parlance="));
    for between in [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https"), ("forwarded", "for=192.0.2.1")] {
        let secure = cookies(&app, &[between]).await;
        let cookie = secure["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("__Host-parlance=") && cookie.contains("; Secure"), "{cookie}");
        assert!(cookie.contains("; HttpOnly; SameSite=Lax") && cookie.contains("; Path=/;"), "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_again_on_a_device_ends_the_session_before() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let again = ada.sign_in(OWNER, PASSWORD).await.unwrap();
    assert_ne!(ada.cookie(), again.cookie());
    assert!(ada.call::<serde_json::Value>("who_am_i", &[]).await.is_err());
    assert!(again.call::<serde_json::Value>("who_am_i", &[]).await.is_ok());
    assert_eq!(value(&app.database(), "SELECT count(*) FROM sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_of_a_session_lets_nobody_in() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let (_, secret) = ada.cookie().unwrap().split_once('=').unwrap();
    assert_eq!(secret.len(), 43);
    let kept = format!("SELECT count(*) FROM sessions WHERE secret_hash LIKE '%{secret}%' OR id LIKE '%{secret}%'");
    assert_eq!(value(&app.database(), &kept).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_when_its_time_is_over_and_lasts_as_long_as_it_is_used() {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let url = app.database();
    let left = async || value(&url, "SELECT (expires_at - seen_at) / 1000000 FROM sessions").await;
    assert_eq!(left().await, 14 * 24 * 60 * 60);
    // Used again a day later, it is good for two weeks from then on.
    let earlier = format!(
        "UPDATE sessions SET seen_at = seen_at - {DAY}, expires_at = expires_at - {DAY}, created_at = created_at - {DAY}"
    );
    change(&url, &earlier).await;
    assert!(ada.call::<serde_json::Value>("who_am_i", &[]).await.is_ok());
    assert_eq!(left().await, 14 * 24 * 60 * 60);
    // But not for longer than three months in all.
    change(&url, &format!("UPDATE sessions SET seen_at = seen_at - {DAY}, created_at = seen_at - 89 * {DAY}")).await;
    assert!(ada.call::<serde_json::Value>("who_am_i", &[]).await.is_ok());
    assert!(left().await <= 24 * 60 * 60);
    change(&url, "UPDATE sessions SET expires_at = seen_at - 1").await;
    assert!(ada.call::<serde_json::Value>("who_am_i", &[]).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_was_changed_since_it_was_checked_begins_no_session() {
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::new(folder.path());
    let store = Store::open(&database.url(), DEFAULT_CONNECTIONS).await.unwrap();
    let hash = |text: &str| Some(text.to_owned());
    let ada = NewPerson { name: "Ada".to_owned(), email: OWNER.to_owned(), password: hash("the hash before") };
    store.set_up(FIRST, ada, "Engines", Origin::SERVER).await.unwrap();
    let begin = async |checked: &str, secret: &str| {
        let (who, method, idle) = (FIRST, SignInMethod::Password, Duration::from_secs(60));
        let (replaces, checked) = (None, Some(checked));
        let session = NewSession { who, secret_hash: secret, replaces, method, checked, device: "", idle };
        store.begin_session(session, OWNER, Origin::SERVER).await
    };
    begin("the hash before", "one").await.unwrap();
    let (before, after) = ("the hash before", "the hash after");
    let change = NewPassword { user: FIRST.user, before, after, session: None, subject: OWNER };
    store.change_password(change, Origin::SERVER).await.unwrap();
    // Whoever gave the one before may be whom it was changed against.
    assert!(matches!(begin("the hash before", "two").await, Err(StoreError::NotFound)));
    begin("the hash after", "three").await.unwrap();
    store.close().await;
    drop(store);
    assert_eq!(value(&database.url(), "SELECT count(*) FROM sessions").await, 1);
}
