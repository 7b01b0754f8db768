//! What is documented is what is there: `docs/openapi.json` against the registry of functions, the table of routes and the
//! real server.

use std::collections::BTreeSet;

use parlance::{domain::error::AppError, server::http::plain_paths, texts::form as texts};
use reqwest::Method;

use crate::support::{
    app::TestApp,
    client::Client,
    openapi::{Api, Function, registered},
    wait::soon,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_function_and_route_is_documented_and_nothing_else_is() {
    let there: BTreeSet<String> = registered().into_iter().chain(plain_paths()).map(str::to_owned).collect();
    let documented = Api::read().paths();
    let missing: Vec<_> = there.difference(&documented).collect();
    assert!(missing.is_empty(), "docs/openapi.json does not say what these do: {missing:?}");
    let gone: Vec<_> = documented.difference(&there).collect();
    assert!(gone.is_empty(), "docs/openapi.json tells of what is not there: {gone:?}");
}

/// What the server says about a form that it does not take.
async fn complaint(client: &Client, function: &Function, fields: &[(&str, &str)]) -> Option<String> {
    let answer = soon(format!("an answer of {}", function.name), client.post(&function.name, fields).send()).await;
    let body = answer.expect("an answer").text();
    // A stream that was let in stays open.
    let error = serde_json::from_str(&soon("a refusal", body).await.expect("an answer")).ok()?;
    let AppError::Invalid { message } = error else { return None };
    Some(message)
}

/// What is sent for each field.
fn filled(api: &Api, function: &Function) -> Vec<(String, String)> {
    function.fields.iter().map(|field| (field.name.clone(), api.sample(&field.schema))).collect()
}

fn without<'a>(fields: &'a [(String, String)], name: &str) -> Vec<(&'a str, &'a str)> {
    let others = fields.iter().filter(|(other, _)| other != name);
    others.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_function_takes_the_fields_that_are_documented_and_no_other() {
    // Nobody is signed in: what a form holds is looked at before who sends it.
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let api = Api::read();
    for function in api.functions().iter().filter(|function| function.takes_text) {
        let stranger = complaint(&app.client, function, &[("nobody_knows_this", "1")]).await;
        let known: Vec<&str> = function.fields.iter().map(|field| field.name.as_str()).collect();
        let said = stranger.unwrap_or_else(|| panic!("{} takes a field that nobody knows", function.name));
        let (_, listed) = said.split_once("Known are: ").unwrap_or_else(|| panic!("{}: {said}", function.name));
        let listed: BTreeSet<&str> = listed.trim_end_matches('.').split(", ").filter(|name| *name != "none").collect();
        assert_eq!(listed, known.iter().copied().collect(), "{}", function.name);
        checks_each_field(&app.client, &api, function).await;
    }
}

async fn checks_each_field(client: &Client, api: &Api, function: &Function) {
    let all = filled(api, function);
    for field in &function.fields {
        let name = field.name.as_str();
        let about = format!("{} of {}", name, function.name);
        let said = complaint(client, function, &without(&all, name)).await;
        assert_eq!(said == Some(texts::missing(name)), field.required, "{about}: {said:?}");
        let mut odd = without(&all, name);
        odd.push((name, "null"));
        let said = complaint(client, function, &odd).await;
        assert_eq!(said == Some(texts::unfit(name)), !api.is_text(&field.schema), "{about}: {said:?}");
        let mut twice = without(&all, "");
        twice.push((name, "again"));
        assert_eq!(complaint(client, function, &twice).await, Some(texts::repeated(name)), "{about}");
    }
    let said = complaint(client, function, &without(&all, "")).await;
    let formal = function.fields.iter().any(|field| said == Some(texts::unfit(&field.name)));
    assert!(!formal, "{} does not take what is documented: {said:?}", function.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_answer_posts_alone() {
    let app = TestApp::start().await;
    for path in registered() {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            let answer = soon("an answer", app.client.request(method.clone(), path).send()).await.unwrap();
            assert!(matches!(answer.status().as_u16(), 404 | 405), "{method} {path}: {}", answer.status());
        }
    }
}
