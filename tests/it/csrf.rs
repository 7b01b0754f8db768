//! No other site can have anything done here in somebody's name. What browsers themselves keep apart is tried with them, in
//! end2end.

use parlance::server::http::{page_paths, plain_paths};
use reqwest::{Method, StatusCode};

use crate::support::{
    app::TestApp,
    client::Client,
    openapi::{Api, registered},
    wait::soon,
};

/// What browsers say of a request that a page of another site makes, old browsers included.
const ELSEWHERE: [&[(&str, &str)]; 9] = [
    &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    &[("origin", "null"), ("sec-fetch-site", "cross-site")],
    &[("origin", "http://127.0.0.1:1"), ("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "http://127.0.0.1:1")],
    &[("origin", "http://127.0.0.1.evil.example")],
];

async fn status(client: &Client, path: &str, body: &str, headers: &[(&str, &str)]) -> StatusCode {
    let request = client.request(Method::POST, path).body(body.to_owned());
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    soon(format!("an answer to POST {path}"), request.send()).await.expect("an answer").status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_function_answers_another_site_whoever_is_signed_in() {
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    for path in registered() {
        for site in ELSEWHERE {
            for client in [&owner, &app.client] {
                assert_eq!(status(client, path, "", site).await, StatusCode::FORBIDDEN, "{path} from {site:?}");
            }
        }
    }
    // None of them has signed the owner out.
    assert!(owner.order("who_am_i", &[]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_no_way_around_it() {
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    let fields = [("name", "Script"), ("scope", "write")];
    let token: parlance::domain::token::FreshToken = owner.call("create_token", &fields).await.unwrap();
    let script = app.client.with_token(&token.secret);
    for site in ELSEWHERE {
        assert_eq!(status(&script, "/api/who_am_i", "", site).await, StatusCode::FORBIDDEN, "{site:?}");
    }
    assert_eq!(status(&script, "/api/who_am_i", "", &[]).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_s_own_pages_are_answered() {
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    let own = owner.origin().to_owned();
    let sites: [&[(&str, &str)]; 4] = [
        &[("origin", &own), ("sec-fetch-site", "same-origin")],
        &[("origin", &own)],
        &[("sec-fetch-site", "same-origin")],
        // Somebody typed it, or a script that is no browser sends it.
        &[],
    ];
    for site in sites {
        assert_eq!(status(&owner, "/api/who_am_i", "", site).await, StatusCode::OK, "{site:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_and_no_route_takes_a_post() {
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    let paths: Vec<String> = page_paths().into_iter().chain(plain_paths().map(str::to_owned)).collect();
    for path in paths.iter().map(|path| path.replace("{id}", "1")) {
        let answer = status(&owner, &path, "", &[]).await;
        assert!(matches!(answer.as_u16(), 404 | 405), "POST {path}: {answer}");
        for site in ELSEWHERE {
            assert_eq!(status(&owner, &path, "", site).await, StatusCode::FORBIDDEN, "{path} from {site:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_changes_nothing() {
    // With everything in the address that the function would want in a form.
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    let api = Api::read();
    for function in api.functions() {
        let fields = function.fields.iter().map(|field| (field.name.clone(), api.sample(&field.schema)));
        let fields: Vec<_> = fields.collect();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path = format!("/api/{}?{}", function.name, crate::support::client::form(&fields));
        let answer = soon("an answer", owner.request(Method::GET, &path).send()).await.unwrap();
        assert!(matches!(answer.status().as_u16(), 404 | 405), "GET {path}: {}", answer.status());
    }
    assert!(owner.order("who_am_i", &[]).await.is_ok());
}
