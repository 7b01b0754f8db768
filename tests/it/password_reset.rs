//! A forgotten password is chosen anew by a link that works once.

use std::time::Duration;

use futures::future::join_all;
use parlance::{
    domain::{error::AppError, token::FreshToken},
    server::config::Auth,
    texts::recovery as texts,
};
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    people::{OWNER, PASSWORD, error_of},
    process::Launch,
    script::Script,
    smtp::{self, SmtpServer},
    upstream::Upstream,
    wait::soon,
};

const URL: &str = "http://chat.example.com";
const NEW: &str = "sphinx of black quartz";

async fn app_with(mails: &SmtpServer) -> TestApp {
    let mail = mails.settings(URL);
    TestApp::start_with(|config| {
        config.access.auth = Auth::On;
        config.mail = Some(mail);
    })
    .await
}

async fn forget(client: &Client, email: &str) {
    client.order("forgot_password", &[("email", email)]).await.expect("a link to be asked for");
}

/// The secret of the link in the newest of so many mails.
async fn secret(mails: &SmtpServer, number: usize) -> String {
    let all = mails.mails(number).await;
    let link = all[number - 1].line_from(URL).to_owned();
    link.strip_prefix(&format!("{URL}/reset/")).expect("a link to the page").to_owned()
}

async fn reset(client: &Client, secret: &str, password: &str) -> Result<(), AppError> {
    client.order("reset_password", &[("secret", secret), ("password", password)]).await.map_err(error_of)
}

fn bad_link() -> AppError {
    AppError::invalid(texts::BAD_LINK)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_in_the_mail_sets_a_new_password_once_and_signs_out_everywhere() {
    let mails = SmtpServer::start().await;
    let app = app_with(&mails).await;
    app.upstream.answer(Script::stream().role().tokens(["a "], Duration::ZERO).hold());
    let ada = app.client.set_up().await;
    let viewer = ada.follow(ada.start("Hello").await.reply, 0).await;
    assert!(app.client.page("/sign-in").await.contains("href=\"/forgot\""));
    assert!(app.client.page("/forgot").await.contains("action=\"/api/forgot_password\""));
    let token: FreshToken = ada.call("create_token", &[("name", "Script"), ("scope", "write")]).await.unwrap();
    let script = app.client.with_token(&token.secret);
    script.call::<Value>("who_am_i", &[]).await.unwrap();
    // Two links are open at the same time: one is used, both are gone.
    forget(&app.client, " Ada@example.com").await;
    forget(&app.client, OWNER).await;
    let (first, second) = (secret(&mails, 1).await, secret(&mails, 2).await);
    assert_ne!(first, second);
    let mail = mails.mails(2).await.remove(0);
    assert!(mail.to == [OWNER] && mail.text.contains("Ada Lovelace"), "{mail:?}");

    let page = app.client.page(&format!("/reset/{first}")).await;
    assert!(page.contains("action=\"/api/reset_password\"") && page.contains(&format!("value=\"{first}\"")), "{page}");
    assert!(matches!(reset(&app.client, &first, "password1").await, Err(AppError::Invalid { .. })));
    assert_eq!(reset(&app.client, &first, NEW).await, Ok(()));

    assert_eq!(error_of(ada.call::<()>("who_am_i", &[]).await.unwrap_err()), AppError::SignedOut);
    viewer.until_close().await;
    assert_eq!(error_of(script.call::<()>("who_am_i", &[]).await.unwrap_err()), AppError::BadToken);
    let refusal = app.client.sign_in(OWNER, PASSWORD).await.err().unwrap();
    assert_eq!(error_of(refusal), AppError::WrongPassword);
    app.client.sign_in(OWNER, NEW).await.unwrap();
    for used in [first, second] {
        assert_eq!(reset(&app.client, &used, PASSWORD).await, Err(bad_link()));
        assert!(app.client.page(&format!("/reset/{used}")).await.contains(texts::BAD_LINK));
    }
    assert_eq!(value(&app.database(), "SELECT count(*) FROM password_resets").await, 0);
    for action in ["password_reset", "password_reset_asked"] {
        let entries = format!("SELECT count(*) FROM audit_entries WHERE action = '{action}' AND subject = '{OWNER}'");
        assert!(value(&app.database(), &entries).await >= 1, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_learns_nothing_of_who_has_an_account() {
    let mails = SmtpServer::start().await;
    let app = app_with(&mails).await;
    app.client.set_up().await;
    let answer = async |email: &str| {
        let request = app.client.post("forgot_password", &[("email", email)]).header("accept", "text/html").send();
        let answer = soon("an answer", request).await.unwrap();
        let mut headers = answer.headers().clone();
        ["date", "x-request-id"].into_iter().for_each(|name| drop(headers.remove(name)));
        (answer.status(), headers, answer.text().await.unwrap())
    };
    let unknown = answer("nobody@example.com").await;
    assert_eq!(unknown.1["location"], "/forgot?asked=1");
    assert_eq!(answer(OWNER).await, unknown);
    assert!(app.client.page("/forgot?asked=1").await.contains(texts::ASKED));
    // The one mail that comes is not for whoever was asked about first.
    assert_eq!(mails.mails(1).await[0].to, [OWNER]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_finds_out_nothing_from_a_mail_server_that_is_away() {
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let app = TestApp::start_with(|config| {
        config.access.auth = Auth::On;
        config.mail = Some(smtp::settings(dead, URL));
    })
    .await;
    app.client.set_up().await;
    forget(&app.client, OWNER).await;
    forget(&app.client, "nobody@example.com").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobodys_mailbox_is_filled_by_others() {
    let mails = SmtpServer::start().await;
    let app = app_with(&mails).await;
    for _ in 0..5 {
        forget(&app.client, "nobody@example.com").await;
    }
    let refusal = app.client.order("forgot_password", &[("email", "Nobody@example.com")]).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::TOO_MANY_REQUESTS);
    let refusal = app.client.order("forgot_password", &[("email", "nonsense")]).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_good_for_an_hour_and_what_is_kept_of_it_for_nothing() {
    let mails = SmtpServer::start().await;
    let app = app_with(&mails).await;
    app.client.set_up().await;
    forget(&app.client, OWNER).await;
    let secret = secret(&mails, 1).await;
    let url = app.database();
    assert_eq!(value(&url, "SELECT (expires_at - created_at) / 1000000 FROM password_resets").await, 3_600);
    let kept = format!("SELECT count(*) FROM password_resets WHERE secret_hash LIKE '%{secret}%'");
    assert_eq!(value(&url, &kept).await, 0);
    change(&url, "UPDATE password_resets SET expires_at = created_at - 1").await;
    assert!(app.client.page(&format!("/reset/{secret}")).await.contains(texts::BAD_LINK));
    assert_eq!(reset(&app.client, &secret, NEW).await, Err(bad_link()));
    for nonsense in ["", "x", "' OR 1=1 --", &"A".repeat(43)] {
        assert_eq!(reset(&app.client, nonsense, NEW).await, Err(bad_link()), "{nonsense}");
    }
    app.client.sign_in(OWNER, PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_a_link_at_once_one_sets_the_password() {
    let mails = SmtpServer::start().await;
    let app = app_with(&mails).await;
    app.client.set_up().await;
    forget(&app.client, OWNER).await;
    let secret = secret(&mails, 1).await;
    let passwords: Vec<String> = (0..4).map(|number| format!("{NEW} {number}")).collect();
    let outcomes = join_all(passwords.iter().map(|password| reset(&app.client, &secret, password))).await;
    let won: Vec<usize> =
        outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_ok()).map(|(at, _)| at).collect();
    let [winner] = won.as_slice() else { panic!("{outcomes:?}") };
    app.client.sign_in(OWNER, &passwords[*winner]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_mails_the_page_says_whom_to_ask_and_whoever_runs_the_server_prints_a_link() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).variable("PARLANCE_AUTH", "on").variable("PARLANCE_LOG", "debug").start().await;
    server.client.set_up().await;
    assert!(server.client.page("/forgot").await.contains("parlance reset-password"));
    let refusal = server.client.order("forgot_password", &[("email", OWNER)]).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);

    let said =
        server.launch().variable("PARLANCE_URL", URL).command(&["reset-password", "Ada@Example.com"]).succeeds().await;
    let link = said.lines().find(|line| line.starts_with(URL)).unwrap_or_else(|| panic!("{said}"));
    let secret = link.strip_prefix(&format!("{URL}/reset/")).unwrap();
    server.client.page(&format!("/reset/{secret}")).await;
    assert_eq!(reset(&server.client, secret, NEW).await, Ok(()));
    server.client.sign_in(OWNER, NEW).await.unwrap();
    // The server was asked for a page with the secret in its address.
    server.logs("/reset/…").await;
    assert!(!server.log().contains(secret));
    let (status, said) = server.launch().command(&["reset-password", "nobody@example.com"]).fails().await;
    assert!(!status.success() && said.contains("there is no account with the address nobody@example.com"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_sends_mails_by_its_settings_and_logs_no_link() {
    let (upstream, mails) = (Upstream::start().await, SmtpServer::start().await);
    let launch = Launch::new(&upstream)
        .variable("PARLANCE_AUTH", "on")
        .variable("PARLANCE_LOG", "debug")
        .variable("PARLANCE_SMTP_URL", &mails.url())
        .variable("PARLANCE_MAIL_FROM", "Parlance <chat@example.com>");
    let (status, said) = launch.clone().fails().await;
    assert!(!status.success() && said.contains("PARLANCE_URL"), "{said}");
    let server = launch.variable("PARLANCE_URL", URL).start().await;
    server.client.set_up().await;
    forget(&server.client, OWNER).await;
    let secret = secret(&mails, 1).await;
    server.logs("a mail was sent").await;
    assert!(!server.log().contains(&secret));
}
