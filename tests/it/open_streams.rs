//! How many streams a reader may have open on a node, also behind a proxy, from where all of them come.

use futures::future::join_all;
use parlance::{
    domain::{error::AppError, limits::STREAMS, member::MemberRole},
    server::config::Proxies,
};
use reqwest::{Response, StatusCode};

use crate::support::{
    app::TestApp,
    client::Client,
    script::Script,
    wait::{eventually, soon},
};

/// Listens to changes; a proxy says from where, if one is between.
async fn listens(client: &Client, forwarded: Option<&str>) -> Response {
    let request = client.post("follow_changes", &[("since", "0")]);
    let request = forwarded.into_iter().fold(request, |request, from| request.header("x-forwarded-for", from));
    soon("an answer to a listener", request.send()).await.expect("an answer")
}

/// As many as there may be, all let in.
async fn all_that_may(client: &Client, forwarded: Option<&str>) -> Vec<Response> {
    let open = join_all((0..STREAMS).map(|_| listens(client, forwarded))).await;
    assert!(open.iter().all(|answer| answer.status() == StatusCode::OK));
    open
}

async fn is_refused(answer: Response) {
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()["retry-after"], "5");
    let error: AppError = answer.json().await.unwrap();
    assert_eq!(error, AppError::TooManyStreams);
    assert!(error.to_string().contains("64 streams"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_so_many_streams_and_whoever_closes_one_may_open_another() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let mut open = all_that_may(&ada, None).await;
    is_refused(listens(&ada, None).await).await;
    // What is written is not lost with it, and a reply's stream counts like any other.
    app.upstream.answer(Script::reply("Hello."));
    let started = ada.start("Hello").await;
    let Err(refusal) = ada.try_follow(started.reply, 0).await else { panic!("that is one stream too many") };
    assert_eq!((refusal.status, refusal.error), (StatusCode::TOO_MANY_REQUESTS, Some(AppError::TooManyStreams)));
    let grace = app.client.member(&app.database(), "Grace", MemberRole::Member).await;
    assert_eq!(listens(&grace, None).await.status(), StatusCode::OK);
    open.pop();
    eventually("the place of the closed one to be free", async || listens(&ada, None).await.status() == StatusCode::OK)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_sign_in_an_address_behind_a_proxy_has_as_many_and_this_machine_more() {
    let app = TestApp::start_with(|config| config.proxies = Proxies::read(["127.0.0.1"]).unwrap()).await;
    let _open = all_that_may(&app.client, Some("203.0.113.7")).await;
    is_refused(listens(&app.client, Some("203.0.113.7")).await).await;
    assert_eq!(listens(&app.client, Some("203.0.113.8")).await.status(), StatusCode::OK);
    let here = join_all((0..=STREAMS).map(|_| listens(&app.client, None))).await;
    assert!(here.iter().all(|answer| answer.status() == StatusCode::OK));
}
