//! Providers of a workspace: a key goes to its own provider and nowhere else, nobody reaches through the server what only
//! the server can reach, and whoever enters an address or a key wrongly learns which of the two it was.

use parlance::{
    domain::{
        error::AppError,
        id::ProviderId,
        message::Status,
        provider::{TestedBy, TestedProvider},
    },
    server::{config::FurtherProvider, outbound::Private, providers::MAIN},
};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    client::{Client, form as encoded},
    database::value,
    html::{form, hidden_fields},
    people::error_of,
    process::Launch,
    providers::{answer_with, master_key, with_own_providers},
    script::Script,
    upstream::{KEY, Upstream},
    wait::{eventually, soon},
};

/// The key of a provider of a workspace.
const OWN_KEY: &str = "sk-own-31c9-never-shown";

/// A list of one model.
fn one_model() -> Value {
    json!({ "object": "list", "data": [{ "id": "loom", "object": "model" }] })
}

/// A provider that lists one model and answers everything.
async fn other_provider() -> Upstream {
    let other = Upstream::start().await;
    other.lists(&one_model());
    other.answer_with(|_| Some(Script::reply("From elsewhere.")));
    other
}

/// What is wrong with what is entered, as a test of it says.
async fn trouble(client: &Client, base_url: &str, key: &str) -> String {
    let fields = [("provider", &*ProviderId::new().to_string()), ("base_url", base_url), ("key", key)];
    let refusal = client.call::<TestedProvider>("test_provider", &fields).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refusal.body);
    let sentence = error_of(refusal).to_string();
    assert!(!sentence.contains(OWN_KEY) && sentence.ends_with('.'), "{sentence}");
    sentence
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_kept_sealed_and_never_given_out_again() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = other_provider().await;
    let provider = app.client.provider("Elsewhere", &other.base_url(), OWN_KEY).await;
    assert!(app.client.provider_details(provider).await.provider.has_key);
    let answers = [
        app.client.call::<Value>("list_providers", &[]).await.unwrap().to_string(),
        app.client.call::<Value>("load_provider", &[("provider", &provider.to_string())]).await.unwrap().to_string(),
        app.client.page("/workspace/providers").await,
        app.client.page(&format!("/workspace/providers/{provider}")).await,
        app.client.page("/workspace/audit").await,
    ];
    for answer in answers {
        assert!(answer.contains("Elsewhere") && !answer.contains(OWN_KEY), "{answer}");
    }
    let sealed = "SELECT count(*) FROM providers WHERE sealed_key LIKE '1.%' AND sealed_key NOT LIKE '%never-shown%'";
    assert_eq!(value(&app.database(), sealed).await, 1);
    let said = "SELECT count(*) FROM audit_entries WHERE action = 'provider_added' AND subject = 'Elsewhere'
         AND details LIKE '%with a new key' AND details NOT LIKE '%never-shown%'";
    assert_eq!(value(&app.database(), said).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_provider_is_asked_with_its_own_key() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = other_provider().await;
    let provider = app.client.provider("Elsewhere", &other.base_url(), OWN_KEY).await;
    answer_with(&app.database(), provider, "loom").await;
    let (_, seen) = app.client.ask("Who are you?").await;
    assert_eq!(seen.text(), "From elsewhere.");
    let asked = &other.requests(1).await[0];
    assert_eq!(asked.headers["authorization"], format!("Bearer {OWN_KEY}"));
    assert_eq!((asked.body["model"].as_str(), app.upstream.calls()), (Some("loom"), 0));

    app.upstream.answer(Script::reply("From here."));
    answer_with(&app.database(), MAIN, "test-model").await;
    let (_, seen) = app.client.ask("And you?").await;
    assert_eq!((seen.text(), other.calls()), ("From here.".to_owned(), 1));
    assert_eq!(app.upstream.requests(1).await[0].headers["authorization"], format!("Bearer {KEY}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_stays_with_its_address_and_goes_to_no_other() {
    let app = TestApp::start_with(with_own_providers).await;
    let (first, second) = (other_provider().await, other_provider().await);
    let provider = app.client.provider("Elsewhere", &first.base_url(), OWN_KEY).await;
    // Saved again without a key it keeps the one that it has; what is tried meanwhile at another address is tried without.
    app.client.save_provider(provider, "Elsewhere, renamed", &first.base_url(), "").await.unwrap();
    let fields = [("provider", &*provider.to_string()), ("base_url", &*second.base_url())];
    app.client.call::<TestedProvider>("test_provider", &fields).await.unwrap();
    let requests = first.list_requests(2).await;
    assert!(requests.iter().all(|request| request.headers["authorization"] == format!("Bearer {OWN_KEY}")));
    app.client.save_provider(provider, "Elsewhere", &second.base_url(), "").await.unwrap();
    assert!(second.list_requests(2).await.iter().all(|request| !request.headers.contains_key("authorization")));
    assert!(!app.client.provider_details(provider).await.provider.has_key);
    // Back at the first, the key is gone.
    app.client.save_provider(provider, "Elsewhere", &first.base_url(), "").await.unwrap();
    assert!(!first.list_requests(3).await[2].headers.contains_key("authorization"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_followed_by_neither_the_key_nor_the_conversation() {
    let app = TestApp::start_with(with_own_providers).await;
    let (first, second) = (other_provider().await, other_provider().await);
    let moved =
        |path: &str| Script::plain(307, "text/plain", "").header("location", &format!("{}{path}", second.base_url()));
    first.lists_by(moved("/models"));
    let (moved, marker) = (moved("/chat/completions"), "Who are you?");
    first.answer_to(marker, moved);
    let provider = app.client.provider("Elsewhere", &first.base_url(), OWN_KEY).await;
    let problem = app.client.provider_details(provider).await.provider.problem.unwrap();
    assert!(problem.contains("sends on to another address"), "{problem}");
    answer_with(&app.database(), provider, "loom").await;
    let (_, seen) = app.client.ask(marker).await;
    assert_eq!(seen.status(), Some(Status::Failed));
    assert_eq!((first.calls(), second.calls()), (1, 0));
    // Asked by a test of its own, it is the first that did so.
    let fields = [("provider", &*provider.to_string()), ("base_url", &*second.base_url())];
    app.client.call::<TestedProvider>("test_provider", &fields).await.unwrap();
    assert!(!second.list_requests(1).await[0].headers.contains_key("authorization"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_of_the_servers_own_network_are_refused_unless_the_operator_allows_them() {
    let app = TestApp::start_with(|config| config.models.master_key = Some(master_key(7))).await;
    let inside = app.upstream.base_url();
    for address in [inside.as_str(), "https://localhost/v1", "https://169.254.169.254/", "https://[::ffff:10.0.0.1]/v1"]
    {
        let said = trouble(&app.client, address, OWN_KEY).await;
        assert!(said.contains("PARLANCE_PRIVATE_PROVIDERS"), "{address}: {said}");
        let refusal = app.client.save_provider(ProviderId::new(), "Inside", address, OWN_KEY).await.unwrap_err();
        assert!(error_of(refusal).to_string().contains("PARLANCE_PRIVATE_PROVIDERS"), "{address}");
    }
    assert!(trouble(&app.client, "http://api.example.com/v1", "").await.contains("https://"));
    assert_eq!(app.client.providers().await.len(), 1, "the operator's is there, wherever it is");

    let app = app.restart_with(with_own_providers).await;
    app.upstream.lists(&one_model());
    let provider = app.client.provider("Inside", &app.upstream.base_url(), "").await;
    answer_with(&app.database(), provider, "loom").await;
    app.upstream.answer(Script::reply("From inside."));
    assert_eq!(app.client.ask("Hello?").await.1.text(), "From inside.");
    // What is not allowed any more is not done any more.
    let app = app.restart_with(|config| config.models.private = Private::Refused).await;
    let (_, seen) = app.client.ask("Still there?").await;
    let failure = seen.end().unwrap().failure.clone().unwrap();
    assert_eq!((failure.code.as_str(), app.upstream.calls()), ("not_allowed", 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_master_key_no_key_is_kept_and_the_sentence_says_what_is_missing() {
    let app = TestApp::start_with(|config| config.models.private = Private::Allowed).await;
    let other = other_provider().await;
    let refusal = app.client.save_provider(ProviderId::new(), "Elsewhere", &other.base_url(), OWN_KEY).await;
    assert!(error_of(refusal.unwrap_err()).to_string().contains("PARLANCE_MASTER_KEY"));
    assert_eq!(app.client.providers().await.len(), 1);
    assert!(app.client.page("/workspace/providers/new").await.contains("PARLANCE_MASTER_KEY"));
    let keyless = app.client.provider("Keyless", &other.base_url(), "").await;
    assert_eq!(app.client.provider_details(keyless).await.models, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_another_master_key_is_said_to_be_lost_and_can_be_entered_anew() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = other_provider().await;
    let provider = app.client.provider("Elsewhere", &other.base_url(), OWN_KEY).await;
    answer_with(&app.database(), provider, "loom").await;
    let app = app.restart_with(|config| config.models.master_key = Some(master_key(8))).await;
    let (_, seen) = app.client.ask("Hello?").await;
    let failure = seen.end().unwrap().failure.clone().unwrap();
    assert!(failure.code == "key_lost" && failure.message.contains("Workspace → Providers"), "{failure:?}");
    assert_eq!(other.calls(), 0);
    app.client.save_provider(provider, "Elsewhere", &other.base_url(), OWN_KEY).await.unwrap();
    assert_eq!(app.client.ask("Hello again?").await.1.text(), "From elsewhere.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_switched_off_or_deleted_answers_nobody() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = other_provider().await;
    let provider = app.client.provider("Elsewhere", &other.base_url(), OWN_KEY).await;
    let id = provider.to_string();
    answer_with(&app.database(), provider, "loom").await;
    assert_eq!(app.client.ask("Hello?").await.1.text(), "From elsewhere.");
    app.client.order("switch_provider", &[("provider", &id), ("enabled", "false")]).await.unwrap();
    let refusal = app.client.start_as(Default::default(), Default::default(), "Hello?").await.unwrap_err();
    assert!(matches!(error_of(refusal), AppError::ModelGone { .. }));
    app.client.order("switch_provider", &[("provider", &id), ("enabled", "true")]).await.unwrap();
    assert_eq!(app.client.ask("Hello?").await.1.text(), "From elsewhere.");
    app.client.order("delete_provider", &[("provider", &id)]).await.unwrap();
    assert_eq!(app.client.get(&format!("/workspace/providers/{provider}")).await.status(), StatusCode::NOT_FOUND);
    let left = "SELECT (SELECT count(*) FROM providers WHERE workspace_id IS NOT NULL) + (SELECT count(*) FROM models)";
    assert_eq!(value(&app.database(), left).await, 0);
    // A provider of the operator has a model of that name, too: nobody is sent there without a word.
    let refusal = app.client.start_as(Default::default(), Default::default(), "Hello?").await.unwrap_err();
    assert!(matches!(error_of(refusal), AppError::ModelGone { .. }));
    assert_eq!((other.calls(), app.upstream.calls()), (2, 0));
    for action in ["provider_added", "provider_changed", "provider_deleted"] {
        let written = format!("SELECT count(*) FROM audit_entries WHERE action = '{action}' AND user_id IS NOT NULL");
        assert!(value(&app.database(), &written).await > 0, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operators_providers_are_there_for_everybody_and_nobody_changes_them() {
    let other = other_provider().await;
    let further = FurtherProvider {
        name: "looms".to_owned(),
        base_url: other.base_url(),
        key: Some(SecretString::from(OWN_KEY.to_owned())),
    };
    let app = TestApp::start_with(|config| {
        with_own_providers(config);
        config.models.further = vec![further];
    });
    let app = app.await;
    // With the colon: a moment in microseconds may hold any number.
    let port = format!(":{}", other.port());
    let asked = &other.list_requests(1).await[0];
    assert_eq!(asked.headers["authorization"], format!("Bearer {OWN_KEY}"));
    let providers = app.client.providers().await;
    let looms = providers.iter().find(|one| one.name == "looms").unwrap().id;
    for page in ["/workspace/providers".to_owned(), format!("/workspace/providers/{looms}")] {
        let page = app.client.page(&page).await;
        assert!(page.contains("looms") && !page.contains(OWN_KEY) && !page.contains(&port), "{page}");
    }
    let is_listed = async || app.client.models_of(looms).await.iter().any(|model| model.model == "loom");
    eventually("what it lists to be there", is_listed).await;
    answer_with(&app.database(), looms, "loom").await;
    assert_eq!(app.client.ask("Hello?").await.1.text(), "From elsewhere.");
    let id = looms.to_string();
    for refused in [
        app.client.save_provider(looms, "Mine", &app.upstream.base_url(), "").await,
        app.client.order("switch_provider", &[("provider", &id), ("enabled", "false")]).await,
        app.client.order("delete_provider", &[("provider", &id)]).await,
        app.client.order("switch_provider", &[("provider", &MAIN.to_string()), ("enabled", "false")]).await,
    ] {
        assert_eq!(error_of(refused.unwrap_err()), AppError::NotFound);
    }
    // Set no more, it is not there any more; set again, it is the same one.
    let mut before = None;
    let app = app.restart_with(|config| before = Some(std::mem::take(&mut config.models.further))).await;
    assert!(app.client.providers().await.iter().all(|one| one.id != looms));
    let refusal = app.client.start_as(Default::default(), Default::default(), "Hello?").await.unwrap_err();
    assert!(matches!(error_of(refusal), AppError::ModelGone { .. }));
    let app = app.restart_with(|config| config.models.further = before.unwrap()).await;
    assert_eq!(app.client.ask("Hello?").await.1.text(), "From elsewhere.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workspace_neither_sees_nor_touches_a_provider() {
    let app = TestApp::start_with(|config| {
        with_own_providers(config);
        config.access.auth = parlance::server::config::Auth::On;
    });
    let app = app.await;
    let ada = app.client.set_up().await;
    let other = other_provider().await;
    let provider = ada.provider("Elsewhere", &other.base_url(), OWN_KEY).await;
    let model = ada.model_of(provider, "loom").await.id.to_string();
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    let id = provider.to_string();
    for refused in [
        stranger.save_provider(provider, "Mine", &other.base_url(), "").await,
        stranger.order("load_provider", &[("provider", &id)]).await,
        stranger.order("refresh_provider", &[("provider", &id)]).await,
        stranger.order("switch_provider", &[("provider", &id), ("enabled", "false")]).await,
        stranger.order("delete_provider", &[("provider", &id)]).await,
        stranger.order("load_model", &[("model", &model)]).await,
        stranger.order("save_model", &[("model", &model), ("enabled", "false")]).await,
        stranger.order("switch_model", &[("model", &model), ("enabled", "false")]).await,
    ] {
        assert_eq!(error_of(refused.unwrap_err()), AppError::NotFound);
    }
    for path in [format!("/workspace/providers/{id}"), format!("/workspace/models/{model}")] {
        assert_eq!(stranger.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert!(stranger.models_of(provider).await.is_empty());
    assert!(stranger.providers().await.iter().all(|one| one.of_operator));
    // A key that somebody else keeps is not tried for them either.
    let fields = [("provider", id.as_str()), ("base_url", &*other.base_url())];
    stranger.call::<TestedProvider>("test_provider", &fields).await.unwrap();
    assert!(!other.list_requests(2).await[1].headers.contains_key("authorization"));
    assert_eq!(ada.provider_details(provider).await.provider.name, "Elsewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_of_the_connection_says_what_is_wrong() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    let address = other.base_url();
    assert!(trouble(&app.client, &Upstream::nobody().await, OWN_KEY).await.contains("nothing listens"));
    let long = format!("http://{}.example/v1", "x".repeat(64));
    assert!(trouble(&app.client, &long, OWN_KEY).await.contains("name in the address was not found"));
    let no_credit = r#"{"error":{"message":"No credit","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    for (script, expected) in [
        (Script::error(401, &format!("Incorrect API key provided: {OWN_KEY}.")), "refused the key"),
        (Script::error(403, "Not in your country"), "does not allow this"),
        (Script::error(404, "Not found"), "no such API"),
        (Script::error(429, "Slow down"), "no more requests for now"),
        (Script::plain(429, "application/json", no_credit), "account at the provider is used up"),
        (Script::error(500, "Oh"), "error (500)"),
        (Script::html(200), "sends no JSON"),
        (Script::plain(200, "application/json", "{\"hello\": 1}"), "no list of models"),
        (Script::refusal(), "could not be made, or broke off"),
    ] {
        other.lists_by(script);
        let said = trouble(&app.client, &address, OWN_KEY).await;
        assert!(said.contains(expected), "{expected}: {said}");
    }
    for nonsense in ["", "nonsense", "ftp://x.example", "http://me:secret@127.0.0.1/v1"] {
        trouble(&app.client, nonsense, "").await;
    }
    assert!(trouble(&app.client, &address, "two words").await.starts_with("Key:"));
    other.lists(&one_model());
    let fields = [("provider", &*ProviderId::new().to_string()), ("base_url", &*address), ("key", OWN_KEY)];
    let tested: TestedProvider = app.client.call("test_provider", &fields).await.unwrap();
    assert_eq!((tested.models, tested.by), (Some(1), TestedBy::OpenList));
    assert_eq!(app.client.providers().await.len(), 1, "nothing that was tried was kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_without_a_list_is_tried_and_kept_with_a_model_that_somebody_names() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    let (id, address) = (ProviderId::new(), other.base_url());
    assert!(trouble(&app.client, &address, "").await.contains("name one of them"));
    let fields = [("provider", &*id.to_string()), ("base_url", &*address), ("model", "gpt-4o-mini")];
    other.answer(Script::error(404, "The model does not exist"));
    let refusal = app.client.call::<TestedProvider>("test_provider", &fields).await.unwrap_err();
    assert!(error_of(refusal).to_string().contains("The model does not exist"));
    other.answer(Script::completion("Hello"));
    let tested: TestedProvider = app.client.call("test_provider", &fields).await.unwrap();
    assert_eq!((tested.models, tested.by), (None, TestedBy::Model));
    assert_eq!(other.requests(2).await[1].body["max_tokens"], 1);
    app.client.order("save_provider", &fields).await.unwrap();
    let model = app.client.model_of(id, "gpt-4o-mini").await;
    assert!(model.is_open() && model.prices.input.is_some(), "{model:?}");
    assert!(app.client.provider_details(id).await.provider.problem.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_form_tests_and_adds_a_provider() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    other.lists_to(OWN_KEY, &one_model());
    let page = app.client.page("/workspace/providers/new").await;
    assert!(page.contains(r#"formaction="/api/test_provider""#), "{page}");
    let address = other.base_url();
    let mut fields = hidden_fields(form(&page, "/api/save_provider"));
    fields.extend([("base_url", address.as_str()), ("name", ""), ("key", OWN_KEY), ("model", "")]);
    let sent = async |function: &str| {
        // As a browser sends it, which wants a page and nothing else.
        let request = app.client.request(Method::POST, &format!("/api/{function}")).header("accept", "text/html");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(encoded(&fields));
        let answer = soon("an answer", request.send()).await.unwrap();
        answer.headers()["location"].to_str().unwrap().to_owned()
    };
    let tested = sent("test_provider").await;
    assert_eq!(tested, "/workspace/providers/new?tested=1&by=list");
    assert!(app.client.page(&tested).await.contains("The connection works: the provider lists 1 model."));
    let saved = sent("save_provider").await;
    let page = app.client.page(&saved).await;
    assert!(page.contains("127.0.0.1") && page.contains("1 model") && !page.contains(OWN_KEY), "{page}");
    other.lists(&one_model());
    let tested = sent("test_provider").await;
    assert!(tested.ends_with(&format!("{saved}?tested=1&by=open_list")), "{tested}");
    assert!(app.client.page(&tested).await.contains("whether it takes this key could not be tested"));
    for nonsense in ["/workspace/providers/x", "/workspace/models/x"] {
        assert_eq!(app.client.get(nonsense).await.status(), StatusCode::NOT_FOUND, "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_workspace_takes_no_more_but_what_is_there_can_be_changed() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = other_provider().await;
    let provider = app.client.provider("The first", &other.base_url(), "").await;
    let more = "WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 49)
         INSERT INTO providers (id, workspace_id, name, base_url, created_at, updated_at)
         SELECT substr(p.id, 1, 24) || CAST(100000000000 + n AS TEXT), p.workspace_id, 'x', 'https://x.example', 0, 0
         FROM more, providers p WHERE p.workspace_id IS NOT NULL";
    crate::support::database::change(&app.database(), more).await;
    let refusal = app.client.save_provider(ProviderId::new(), "One more", &other.base_url(), "").await.unwrap_err();
    assert!(error_of(refusal).to_string().contains("as many providers as it can have"));
    app.client.save_provider(provider, "The first, renamed", &other.base_url(), "").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_of_a_provider_is_in_the_log_however_much_is_logged() {
    let (upstream, other) = (Upstream::start().await, other_provider().await);
    other.lists_by(Script::error(401, &format!("Incorrect API key provided: {OWN_KEY}.")));
    let process = Launch::new(&upstream)
        .variable("PARLANCE_PROVIDERS", &format!("looms={}", other.base_url()))
        .variable("PARLANCE_PROVIDER_KEYS", &format!("looms={OWN_KEY}-of-operator"))
        .variable("PARLANCE_MASTER_KEY", &"0b".repeat(32))
        .variable("PARLANCE_PRIVATE_PROVIDERS", "allow")
        .variable("PARLANCE_LOG", "trace")
        .start()
        .await;
    let provider = process.client.provider("Elsewhere", &other.base_url(), OWN_KEY).await;
    let problem = process.client.provider_details(provider).await.provider.problem.unwrap();
    assert!(problem.contains("•••") && !problem.contains(OWN_KEY), "{problem}");
    let fields = [("provider", &*provider.to_string()), ("base_url", &*other.base_url()), ("key", OWN_KEY)];
    process.client.call::<TestedProvider>("test_provider", &fields).await.unwrap_err();
    answer_with(&process.database(), provider, "loom").await;
    process.client.ask("Hello?").await;
    process.terminate().await;
    let log = process.log();
    assert!(log.contains("the models of a provider could not be listed"), "{log}");
    assert!(!log.contains("never-shown") && !log.contains(&"0b".repeat(32)));
}
