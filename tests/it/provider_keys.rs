//! A test of the connection does not say that a key works which nothing has shown: some providers give their list of models
//! to everybody.

use parlance::domain::{
    id::ProviderId,
    provider::{TestedBy, TestedProvider},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    client::{Client, Refusal},
    people::error_of,
    process::Launch,
    providers::with_own_providers,
    script::Script,
    upstream::{Request, Upstream},
};

/// The key that the provider knows.
const GOOD: &str = "sk-own-5b22-never-shown";
/// One that it does not.
const BAD: &str = "sk-mistyped-5b22";

/// A list of one model.
fn one_model() -> Value {
    json!({ "object": "list", "data": [{ "id": "loom", "object": "model" }] })
}

fn listed() -> Script {
    Script::plain(200, "application/json", one_model().to_string())
}

fn knows(request: &Request) -> bool {
    request.headers.get("authorization").is_some_and(|sent| *sent == format!("Bearer {GOOD}"))
}

/// What a provider says to whoever has a key that it does not know.
fn refused() -> Script {
    Script::error(401, "No such key")
}

/// A provider that lists one model to everybody, and whose model answers whoever has the key.
async fn open_provider() -> Upstream {
    let other = Upstream::start().await;
    other.lists(&one_model());
    other.answer_with(|request| Some(if knows(request) { Script::completion("Hello") } else { refused() }));
    other
}

/// What a test of this provider says, with this key, and naming this model.
async fn test(client: &Client, base_url: &str, key: &str, model: &str) -> Result<TestedProvider, Refusal> {
    let id = ProviderId::new().to_string();
    let fields = [("provider", id.as_str()), ("base_url", base_url), ("key", key), ("model", model)];
    client.call("test_provider", &fields).await
}

/// What is wrong, as a test says.
fn problem(tested: Result<TestedProvider, Refusal>) -> String {
    let refusal = tested.unwrap_err();
    assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refusal.body);
    error_of(refusal).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_nobody_gets_without_the_key_shows_that_it_works() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    other.lists_to(GOOD, &one_model());
    let tested = test(&app.client, &other.base_url(), GOOD, "loom").await.unwrap();
    assert_eq!(tested, TestedProvider { models: Some(1), by: TestedBy::List });
    assert!(problem(test(&app.client, &other.base_url(), BAD, "loom").await).contains("refused the key"));
    assert_eq!(other.calls(), 0, "no model has to be paid for that");
    let asked = other.list_requests(3).await;
    assert!(knows(&asked[0]) && !asked[1].headers.contains_key("authorization"), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_everybody_gets_does_not_show_that_the_key_works() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = open_provider().await;
    for key in [GOOD, BAD] {
        let tested = test(&app.client, &other.base_url(), key, "").await.unwrap();
        assert_eq!(tested, TestedProvider { models: Some(1), by: TestedBy::OpenList }, "{key}");
    }
    let tested = test(&app.client, &other.base_url(), "", "").await.unwrap();
    assert_eq!(tested.by, TestedBy::List, "where there is no key there is none to be tested");
    assert_eq!((other.calls(), other.other_requests().len()), (0, 0));
    // With it, without it, twice; and once where there was none.
    let keys: Vec<bool> =
        other.list_requests(5).await.iter().map(|request| request.headers.contains_key("authorization")).collect();
    assert_eq!(keys, [true, false, true, false, false]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_everybody_gets_the_list_the_model_that_is_named_tests_the_key() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = open_provider().await;
    let tested = test(&app.client, &other.base_url(), GOOD, "loom").await.unwrap();
    assert_eq!(tested, TestedProvider { models: Some(1), by: TestedBy::Model });
    let asked = other.requests(1).await.remove(0);
    assert_eq!((asked.body["model"].as_str(), asked.body["max_tokens"].as_i64()), (Some("loom"), Some(1)));
    assert!(problem(test(&app.client, &other.base_url(), BAD, "loom").await).contains("refused the key"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_that_is_kept_is_tested_as_one_that_is_entered() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = open_provider().await;
    let address = other.base_url();
    for (key, is_good) in [(GOOD, true), (BAD, false)] {
        let id = app.client.provider("Elsewhere", &address, key).await.to_string();
        let fields = [("provider", id.as_str()), ("base_url", address.as_str()), ("model", "loom")];
        let tested = app.client.call::<TestedProvider>("test_provider", &fields).await;
        assert_eq!(tested.is_ok_and(|tested| tested.by == TestedBy::Model), is_good, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_not_known_whether_everybody_gets_the_list_the_test_says_why() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = open_provider().await;
    other.lists_with(|request| if knows(request) { listed() } else { Script::error(429, "Slow down") });
    assert!(problem(test(&app.client, &other.base_url(), GOOD, "").await).contains("no more requests for now"));
    // A model that answers shows it all the same.
    assert_eq!(test(&app.client, &other.base_url(), GOOD, "loom").await.unwrap().by, TestedBy::Model);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openrouter_which_lists_its_models_to_everybody_is_asked_about_the_key_itself() {
    // As the proxy of the process it stands for every host: what is asked of it names the whole address.
    let upstream = Upstream::start().await;
    upstream.answer_at("GET http://openrouter.ai/api/v1/models", |_| listed());
    upstream.answer_at("GET http://api.example.com/v1/models", |_| listed());
    let known = r#"{"data": {"label": "sk-own-5b2...own"}}"#;
    upstream.answer_at("GET http://openrouter.ai/api/v1/key", move |request| {
        if knows(request) { Script::plain(200, "application/json", known) } else { refused() }
    });
    let process = Launch::new(&upstream)
        .variable("PARLANCE_PRIVATE_PROVIDERS", "allow")
        .variable("HTTP_PROXY", &format!("http://127.0.0.1:{}", upstream.port()))
        .variable("NO_PROXY", "127.0.0.1")
        .start()
        .await;
    let openrouter = "http://openrouter.ai/api/v1";
    let tested = test(&process.client, openrouter, GOOD, "").await.unwrap();
    assert_eq!(tested, TestedProvider { models: Some(1), by: TestedBy::Key });
    assert!(problem(test(&process.client, openrouter, BAD, "").await).contains("refused the key"));
    // Nobody else is asked what only OpenRouter answers.
    let tested = test(&process.client, "http://api.example.com/v1", GOOD, "").await.unwrap();
    assert_eq!(tested.by, TestedBy::OpenList);
    let asked = |path: &str| upstream.other_requests().iter().filter(|request| request.path.ends_with(path)).count();
    assert_eq!((asked("/key"), asked("/models")), (2, 6));
}
