//! Signing in and out.

use std::time::Duration;

use futures::future::join_all;
use parlance::{
    domain::{
        error::AppError,
        id::{ChatId, MessageId},
        message::Status,
    },
    server::config::{Auth, Proxies},
};
use reqwest::{Method, RequestBuilder, StatusCode};

use crate::support::{
    app::TestApp,
    client::Made,
    database::change,
    people::{OWNER, PASSWORD, error_of},
    script::Script,
    viewer::Viewer,
    wait::soon,
};

/// A server that is told by a proxy where requests come from.
async fn behind_a_proxy() -> TestApp {
    TestApp::start_with(|config| {
        config.access.auth = Auth::On;
        config.proxies = Proxies::read(["127.0.0.1"]).unwrap();
    })
    .await
}

fn from(request: RequestBuilder, address: &str) -> RequestBuilder {
    request.header("x-forwarded-for", address)
}

/// Tries to sign in from an address: what is answered, and the cookie that comes with it.
async fn knock(app: &TestApp, address: &str, email: &str, password: &str) -> (StatusCode, Option<String>) {
    let request = app.client.post("sign_in", &[("email", email), ("password", password)]);
    let answer = soon("an answer", from(request, address).send()).await.unwrap();
    (answer.status(), answer.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_session_there_is_nothing_to_be_had() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::reply("Hello."));
    let ada = app.client.set_up().await;
    let (started, _) = ada.ask("Hello").await;
    let page = app.client.get(&format!("/chats/{}", started.chat)).await;
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
    let to = page.headers()["location"].to_str().unwrap();
    assert_eq!(to, format!("/sign-in?next=%2Fchats%2F{}", started.chat.to_string().replace('-', "%2D")));
    let refusal = app.client.call::<()>("load_chat", &[("chat", &started.chat.to_string())]).await.unwrap_err();
    assert_eq!((refusal.status, refusal.error), (StatusCode::UNAUTHORIZED, Some(AppError::SignedOut)));
    let refusal = app.client.try_follow(started.reply, 0).await.err().unwrap();
    assert_eq!(refusal.status, StatusCode::UNAUTHORIZED);
    let made_up = app.client.with_cookie("parlance=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(error_of(made_up.call::<()>("who_am_i", &[]).await.unwrap_err()), AppError::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_address_and_a_wrong_password_are_answered_alike() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let answer = async |email: &str, password: &str| {
        let fields = [("email", email), ("password", password)];
        let request = app.client.post("sign_in", &fields).send();
        let answer = soon("an answer", request).await.unwrap();
        let mut headers = answer.headers().clone();
        ["date", "x-request-id"].into_iter().for_each(|name| drop(headers.remove(name)));
        (answer.status(), headers, answer.text().await.unwrap())
    };
    let wrong = answer(OWNER, "another horse battery").await;
    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED);
    assert_eq!(answer("nobody@example.com", PASSWORD).await, wrong);
    assert_eq!(answer("nonsense", PASSWORD).await, wrong);
    assert_eq!(answer(OWNER, &"x".repeat(200)).await, wrong);
    assert_eq!(answer(OWNER, "").await, wrong);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_in_goes_where_they_wanted_to_go_and_nowhere_else() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    for (next, to) in
        [("/chats/archived", "/chats/archived"), ("//evil.example/", "/"), ("https://evil.example/", "/"), ("/ä", "/")]
    {
        let fields = [("email", " ADA@example.com"), ("password", PASSWORD), ("next", next)];
        let request = app.client.post("sign_in", &fields).header("accept", "text/html").send();
        let answer = soon("an answer", request).await.unwrap();
        assert_eq!(answer.headers()["location"].to_str().unwrap(), to, "{next}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_session_and_its_streams() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::stream().role().tokens(["a "], Duration::ZERO).hold());
    let ada = app.client.set_up().await;
    let started = ada.start("Hello").await;
    let viewer = ada.follow(started.reply, 0).await;
    ada.order("sign_out", &[]).await.unwrap();
    // The browser's cookie may still be sent.
    assert_eq!(error_of(ada.call::<()>("who_am_i", &[]).await.unwrap_err()), AppError::SignedOut);
    let begun = std::time::Instant::now();
    viewer.until_close().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    let again = app.client.sign_in(OWNER, PASSWORD).await.unwrap();
    assert_eq!(again.chats(false).await.len(), 1);
    again.stop(started.reply).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_guesses_has_to_wait() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let tries = join_all((0..12).map(|_| app.client.sign_in(OWNER, "another horse battery"))).await;
    let refused: Vec<_> = tries.into_iter().filter_map(Result::err).collect();
    let waits: Vec<_> = refused.iter().filter(|refusal| refusal.status == StatusCode::TOO_MANY_REQUESTS).collect();
    assert_eq!((refused.len(), waits.len()), (12, 2));
    // Also with the right password, so that nobody learns whether it was.
    let request = app.client.post("sign_in", &[("email", OWNER), ("password", PASSWORD)]).send();
    let answer = soon("an answer", request).await.unwrap();
    let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(answer.status() == StatusCode::TOO_MANY_REQUESTS && (1..=31).contains(&seconds), "{seconds}");
    // Somebody else is not held up.
    let refusal = app.client.sign_in("nobody@example.com", PASSWORD).await.err().unwrap();
    assert_eq!(error_of(refusal), AppError::WrongPassword);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_guesses_keeps_nobody_else_out_of_their_account() {
    let app = behind_a_proxy().await;
    app.client.set_up().await;
    let sign_in = async |from: &str, password: &str| knock(&app, from, OWNER, password).await;
    for number in 0..12 {
        let (status, _) = sign_in("203.0.113.7", "another horse battery").await;
        assert_eq!(status == StatusCode::TOO_MANY_REQUESTS, number >= 10, "{number}: {status}");
    }
    // From where they are, and in the session that they have.
    let (status, cookie) = sign_in("198.51.100.1", PASSWORD).await;
    assert_eq!(status, StatusCode::OK);
    let ada = app.client.with_cookie(cookie.unwrap().split_once(';').unwrap().0);
    let changed = ada.post("change_password", &[("current", PASSWORD), ("password", "sphinx of black quartz")]);
    let answer = soon("an answer", from(changed, "203.0.113.7").send()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    // From very many addresses together there is a limit all the same.
    let used_up = format!("UPDATE throttles SET full_at = 4000000000000000 WHERE key = 'sign-in/account/{OWNER}'");
    assert_eq!(change(&app.database(), &used_up).await, 1);
    assert_eq!(sign_in("192.0.2.1", PASSWORD).await.0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_at_the_door_breaks_no_reply_off_and_is_answered() {
    /// How many come at once.
    const CROWD: usize = 200;
    let app = behind_a_proxy().await;
    let words: Vec<String> = (0..CROWD).map(|number| format!("{number} ")).collect();
    let tokens = Script::stream().role().tokens(words.iter().map(String::as_str), Duration::from_millis(10));
    app.upstream.answer(tokens.finish("stop").done());
    app.client.set_up().await;
    let ada = knock(&app, "192.0.2.1", OWNER, PASSWORD).await.1;
    let ada = app.client.with_cookie(ada.unwrap().split_once(';').unwrap().0);
    let (chat, message) = (ChatId::new().to_string(), MessageId::new().to_string());
    let made = ada.post("start_chat", &[("chat", &chat), ("message", &message), ("text", "Hello")]);
    let made: Made = soon("a reply", from(made, "192.0.2.1").send()).await.unwrap().json().await.unwrap();
    let (reply, cursor) = (made.reply.to_string(), "0");
    let follow = ada.post("follow_reply", &[("message", &reply), ("cursor", cursor)]);
    let viewer = Viewer::new(soon("a stream", from(follow, "192.0.2.1").send()).await.unwrap());
    // From so many places that only their passwords hold them up.
    let crowd = join_all((0..CROWD).map(|number| {
        let (app, email) = (&app, format!("person{number}@example.com"));
        async move { knock(app, &format!("198.51.100.{number}"), &email, "another horse battery").await.0 }
    }));
    let (seen, answers) = futures::join!(viewer.until_end(), crowd);
    assert_eq!((seen.text(), seen.status()), (words.concat(), Some(Status::Complete)));
    let count = |status: StatusCode| answers.iter().filter(|answer| **answer == status).count();
    let (checked, busy) = (count(StatusCode::UNAUTHORIZED), count(StatusCode::SERVICE_UNAVAILABLE));
    assert!(checked > 0 && checked + busy == CROWD, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_sign_in_everybody_is_in_and_there_is_no_way_in() {
    let app = TestApp::start().await;
    assert_eq!(app.client.get("/").await.status(), StatusCode::OK);
    assert_eq!(app.client.get("/sign-in").await.headers()["location"], "/");
    let refusal = app.client.sign_in(OWNER, PASSWORD).await.err().unwrap();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    let setup = app.client.request(Method::GET, "/setup").send();
    assert_eq!(soon("an answer", setup).await.unwrap().headers()["location"], "/");
}
