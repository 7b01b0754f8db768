//! The catalogue of models: as providers list them, with what is known of them, and as the admins of a workspace say.

use parlance::domain::{
    error::AppError,
    id::ProviderId,
    model::{Capabilities, Capability},
    model_filter::ModelPage,
    money::Money,
};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    html::{form, hidden_fields},
    people::error_of,
    process::Launch,
    providers::{answer_with, with_own_providers},
    script::{Gate, Script},
    tools::offered,
    upstream::Upstream,
    wait::{eventually, soon},
};

/// Has a provider's list read anew, however short ago that was done.
async fn refresh(app: &TestApp, provider: ProviderId) -> Result<u64, AppError> {
    change(&app.database(), "UPDATE providers SET asked_at = NULL").await;
    app.client.call("refresh_provider", &[("provider", &provider.to_string())]).await.map_err(error_of)
}

fn list(models: &[Value]) -> Value {
    json!({ "object": "list", "data": models })
}

/// A list with all that OpenRouter says.
fn telling(id: &str) -> Value {
    json!({
        "id": id, "name": format!("The {id}"), "description": "Weaves.", "context_length": 8192,
        "architecture": { "input_modalities": ["text", "image"] }, "supported_parameters": ["tools"],
        "pricing": { "prompt": "0.000001", "completion": "0.000002" },
    })
}

async fn browsed(client: &Client, fields: &[(&str, &str)]) -> Vec<String> {
    let page: ModelPage = client.call("browse_models", fields).await.expect("a page of models");
    page.models.into_iter().map(|model| model.model).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_says_of_its_models_is_known_and_what_it_does_not_say_is_unknown() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    other.lists(&list(&[telling("loom"), json!({ "id": "mystery" }), json!({ "id": "gpt-4o-mini-2024-07-18" })]));
    let provider = app.client.provider("Elsewhere", &other.base_url(), "").await;
    let loom = app.client.model_of(provider, "loom").await;
    assert_eq!((loom.name.as_str(), loom.context_length), ("The loom", Some(8192)));
    assert_eq!((loom.prices.input, loom.prices.output), (Some(Money(1_000_000)), Some(Money(2_000_000))));
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(loom.capabilities, Capabilities { vision: yes, audio: no, tools: yes, reasoning: no });
    let mystery = app.client.model_of(provider, "mystery").await;
    assert_eq!((mystery.prices.input, mystery.prices.output, mystery.context_length), (None, None, None));
    let mini = app.client.model_of(provider, "gpt-4o-mini-2024-07-18").await;
    assert_eq!((mini.prices.input, mini.context_length), (Some(Money(150_000)), Some(128_000)));

    let page = app.client.page(&format!("/workspace/models?provider={provider}")).await;
    for shown in ["The loom", "$1.00", "$2.00", "8,192", "unknown", "$0.15", "3 models"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let page = app.client.page(&format!("/workspace/models/{}", mystery.id)).await;
    assert!(page.contains("Known: unknown.") && !page.contains("$0"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_says_that_a_model_can_do_is_not_known_and_nothing_else_that_is_said_makes_it_a_no() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    // As vLLM lists a model.
    other.lists(&list(&[json!({ "id": "mystery", "object": "model", "max_model_len": 8192 })]));
    let provider = app.client.provider("Elsewhere", &other.base_url(), "").await;
    let mystery = app.client.model_of(provider, "mystery").await;
    assert_eq!((mystery.context_length, mystery.capabilities), (Some(8192), Capabilities::default()));
    let page = app.client.page(&format!("/workspace/models/{}", mystery.id)).await;
    assert_eq!(form(&page, "/api/save_model").matches("As known (not known)").count(), 4, "{page}");
    for capability in Capability::ALL {
        let known = browsed(&app.client, &[("capability", capability.as_str())]).await;
        assert!(known.is_empty(), "{known:?} are known for {capability:?}");
    }

    app.client.save_model(mystery.id, &[("input_price", "1"), ("output_price", "1")]).await.unwrap();
    assert_eq!(app.client.model_of(provider, "mystery").await.capabilities, Capabilities::default());
    answer_with(&app.database(), provider, "mystery").await;
    let started = app.client.chat_with_tools(&other, &["calculate"]).await;
    other.answer(Script::reply("Hello again."));
    let reply = app.client.send_and_follow(started.chat, "Hello again").await;
    assert_eq!(offered(&other.requests(2).await[1]), ["calculate"]);
    assert!(app.client.message(started.chat, reply).await.dropped.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_not_listed_any_more_is_gone_and_can_come_back() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    other.answer_with(|_| Some(Script::reply("Hello.")));
    other.lists(&list(&[telling("loom"), telling("engine")]));
    let provider = app.client.provider("Elsewhere", &other.base_url(), "").await;
    answer_with(&app.database(), provider, "engine").await;
    app.client.ask("Hello?").await;
    other.lists(&list(&[telling("loom")]));
    assert_eq!(refresh(&app, provider).await, Ok(1));
    assert!(!app.client.model_of(provider, "engine").await.available);
    let refusal = app.client.start_as(Default::default(), Default::default(), "Hello?").await.unwrap_err();
    assert_eq!(error_of(refusal), AppError::ModelGone { model: "engine".to_owned() });
    other.lists(&list(&[telling("engine"), telling("loom")]));
    assert_eq!(refresh(&app, provider).await, Ok(2));
    app.client.ask("Hello again?").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_answer_keeps_its_models_and_says_why() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    other.lists(&list(&[telling("loom")]));
    let provider = app.client.provider("Elsewhere", &other.base_url(), "").await;
    let listed_at = app.client.provider_details(provider).await.provider.listed_at;
    other.lists_by(Script::error(503, "Overloaded"));
    let AppError::Invalid { message } = refresh(&app, provider).await.unwrap_err() else { panic!("expected a reason") };
    assert!(message.contains("503") && message.contains("Overloaded"), "{message}");
    let after = app.client.provider_details(provider).await;
    assert_eq!((after.models, after.provider.listed_at, after.provider.problem), (1, listed_at, Some(message.clone())));
    assert!(app.client.page("/workspace/providers").await.contains("503"));
    assert!(app.client.model_of(provider, "loom").await.is_open());
    other.lists(&list(&[telling("loom")]));
    refresh(&app, provider).await.unwrap();
    assert_eq!(app.client.provider_details(provider).await.provider.problem, None);
    // Whoever asks at the same time is told so, and asks nobody.
    let again = app.client.call::<u64>("refresh_provider", &[("provider", &provider.to_string())]).await.unwrap_err();
    assert!(error_of(again).to_string().contains("a moment ago"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_moves_has_what_it_lists_there_and_what_admins_said_stays() {
    let app = TestApp::start_with(with_own_providers).await;
    let (old, new) = (Upstream::start().await, Upstream::start().await);
    old.lists(&list(&[telling("engine"), telling("loom"), telling("shuttle")]));
    let provider = app.client.provider("Elsewhere", &old.base_url(), "").await;
    let (engine, loom) = (app.client.model_of(provider, "engine").await, app.client.model_of(provider, "loom").await);
    app.client.save_model(loom.id, &[("input_price", "0.50")]).await.unwrap();
    app.client.switch_model(engine.id, false).await.unwrap();
    new.lists(&list(&[telling("loom"), telling("engine")]));
    app.client.save_provider(provider, "Elsewhere", &new.base_url(), "").await.unwrap();
    let moved = app.client.model_of(provider, "loom").await;
    assert_eq!((moved.id, moved.prices.input, moved.is_open()), (loom.id, Some(Money(500_000)), true));
    assert!(!app.client.model_of(provider, "engine").await.is_open(), "it stays withdrawn");
    assert_eq!(app.client.models_of(provider).await.len(), 2, "of the third nobody said anything");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_old_address_says_at_last_is_not_kept_for_the_new_one() {
    let app = TestApp::start_with(with_own_providers).await;
    let (old, new) = (Upstream::start().await, Upstream::start().await);
    old.lists(&list(&[telling("engine")]));
    new.lists(&list(&[telling("loom")]));
    let provider = app.client.provider("Elsewhere", &old.base_url(), "").await;
    for late in [Script::plain(200, "application/json", list(&[telling("engine")]).to_string()), Script::error(503, "")]
    {
        app.client.save_provider(provider, "Elsewhere", &old.base_url(), "").await.unwrap();
        let gate = Gate::new();
        old.lists_by(late.held(&gate));
        change(&app.database(), "UPDATE providers SET asked_at = NULL").await;
        let client = app.client.clone();
        let asking = tokio::spawn(async move {
            let _ = client.call::<u64>("refresh_provider", &[("provider", &provider.to_string())]).await;
        });
        gate.reached().await;
        app.client.save_provider(provider, "Elsewhere", &new.base_url(), "").await.unwrap();
        gate.open();
        asking.await.unwrap();
        let kept = app.client.provider_details(provider).await;
        assert_eq!((kept.models, kept.provider.problem), (1, None));
        assert!(app.client.model_of(provider, "loom").await.is_open());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_admins_say_holds_in_their_workspace_alone_and_outlives_a_new_list() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    app.upstream.lists(&list(&[telling("loom")]));
    let main = parlance::server::providers::MAIN;
    change(&app.database(), "UPDATE providers SET asked_at = NULL").await;
    ada.call::<u64>("refresh_provider", &[("provider", &main.to_string())]).await.unwrap();
    let loom = ada.model_of(main, "loom").await;
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    let fields = [("context_length", "4,096"), ("input_price", "0.50"), ("output_price", "0"), ("vision", "false")];
    ada.save_model(loom.id, &fields).await.unwrap();
    change(&app.database(), "UPDATE providers SET asked_at = NULL").await;
    ada.call::<u64>("refresh_provider", &[("provider", &main.to_string())]).await.unwrap();
    let edited = ada.model_of(main, "loom").await;
    assert_eq!((edited.context_length, edited.prices.input), (Some(4_096), Some(Money(500_000))));
    assert_eq!(
        (edited.prices.output, edited.capabilities.vision, edited.capabilities.tools),
        (Some(Money(0)), Some(false), Some(true))
    );
    assert_eq!(stranger.model_of(main, "loom").await, loom);
    let details = ada.model_details(loom.id).await;
    assert_eq!((details.known.context_length, details.edits.context_length), (Some(8192), Some(4_096)));
    // Switched off, it is so here alone, and what was said stays.
    ada.switch_model(loom.id, false).await.unwrap();
    assert!(stranger.model_of(main, "loom").await.is_open());
    let off = ada.model_of(main, "loom").await;
    assert!(!off.is_open() && off.context_length == Some(4_096));
    answer_with(&app.database(), main, "loom").await;
    let refusal = ada.start_as(Default::default(), Default::default(), "Hello?").await.unwrap_err();
    assert_eq!(error_of(refusal), AppError::ModelGone { model: "loom".to_owned() });
    // Said no more, it is as it is known.
    ada.save_model(loom.id, &[]).await.unwrap();
    assert_eq!(ada.model_of(main, "loom").await, loom);
    let written = "SELECT count(*) FROM audit_entries WHERE action = 'model_changed' AND subject LIKE 'loom (%'";
    assert_eq!(value(&app.database(), written).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_admins_say_of_a_model_while_its_provider_is_off_holds_once_it_is_on_again() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    other.lists(&list(&[telling("loom"), telling("engine")]));
    let provider = app.client.provider("Elsewhere", &other.base_url(), "").await;
    let id = provider.to_string();
    let engine = app.client.model_of(provider, "engine").await;
    app.client.switch_model(engine.id, false).await.unwrap();
    app.client.order("switch_provider", &[("provider", &id), ("enabled", "false")]).await.unwrap();
    let loom = app.client.model_of(provider, "loom").await;
    assert!(loom.enabled && !loom.provider_enabled && !loom.is_open(), "{loom:?}");
    // There is no button that would change nothing.
    let page = app.client.page(&format!("/workspace/models?provider={id}")).await;
    assert!(page.contains("provider off") && !page.contains("/api/switch_model"), "{page}");
    // The form sends what it shows, with another price.
    let page = app.client.page(&format!("/workspace/models/{}", loom.id)).await;
    let shown = form(&page, "/api/save_model");
    assert!(shown.contains("value=\"true\" selected") && !shown.contains("value=\"false\" selected"), "{shown}");
    app.client.save_model(loom.id, &[("input_price", "7")]).await.unwrap();
    app.client.order("switch_provider", &[("provider", &id), ("enabled", "true")]).await.unwrap();
    assert!(app.client.model_of(provider, "loom").await.is_open());
    let engine = app.client.model_of(provider, "engine").await;
    assert!(!engine.enabled && engine.provider_enabled && !engine.is_open(), "{engine:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_with_what_is_wrong() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    other.lists(&list(&[telling("loom")]));
    let provider = app.client.provider("Elsewhere", &other.base_url(), "").await;
    let loom = app.client.model_of(provider, "loom").await;
    for (field, wrong, said) in [
        ("context_length", "0", "Context in tokens:"),
        ("context_length", "many", "Context in tokens:"),
        ("input_price", "-1", "Price in:"),
        ("output_price", "1e3", "Price out:"),
        ("output_price", "10000000", "Price out:"),
    ] {
        let error = error_of(app.client.save_model(loom.id, &[(field, wrong)]).await.unwrap_err());
        assert!(error.to_string().starts_with(said), "{error}");
    }
    assert_eq!(app.client.model_of(provider, "loom").await, loom);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_are_found_by_provider_by_what_they_can_do_and_by_name() {
    let app = TestApp::start_with(with_own_providers).await;
    let (one, two) = (Upstream::start().await, Upstream::start().await);
    one.lists(&list(&[telling("loom"), json!({ "id": "plain" })]));
    two.lists(&list(&[telling("engine")]));
    let provider = app.client.provider("One", &one.base_url(), "").await.to_string();
    app.client.provider("Two", &two.base_url(), "").await;
    assert_eq!(browsed(&app.client, &[]).await, ["plain", "loom", "engine"]);
    assert_eq!(browsed(&app.client, &[("provider", &provider)]).await, ["plain", "loom"]);
    let vision = ("capability", Capability::Vision.as_str());
    assert_eq!(browsed(&app.client, &[vision]).await, ["loom", "engine"]);
    assert_eq!(browsed(&app.client, &[("provider", &provider), vision]).await, ["loom"]);
    assert_eq!(browsed(&app.client, &[("words", "ENGINE")]).await, ["engine"]);
    let page = app.client.page(&format!("/workspace/models?provider={provider}&capability=vision&words=")).await;
    assert!(page.contains("The loom") && !page.contains("The engine") && page.contains("1 model"), "{page}");
    for odd in ["provider=x&capability=x&page=x", "page=0", "page=99999999999"] {
        assert!(app.client.page(&format!("/workspace/models?{odd}")).await.contains("The engine"), "{odd}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_catalogue_has_pages_and_a_broken_list_harms_nobody() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    let many: Vec<Value> = (0..1_050).map(|number| json!({ "id": format!("model-{number:04}") })).collect();
    other.lists(&list(&many));
    let provider = app.client.provider("Many", &other.base_url(), "").await;
    assert_eq!(app.client.provider_details(provider).await.models, 1_050);
    let page = browsed(&app.client, &[("page", "11")]).await;
    assert_eq!((page.len(), page[0].as_str()), (50, "model-1000"));
    let shown = app.client.page("/workspace/models?page=2").await;
    assert!(shown.contains("1050 models, page 2 of 11") && shown.contains("page=3"), "{shown}");
    for broken in [
        Script::plain(200, "application/json", vec![b' '; 6 * 1024 * 1024]),
        Script::plain(200, "application/json", "[".repeat(100_000)),
        Script::plain(200, "application/json", &b"\xff\xfe"[..]),
        Script::plain(200, "application/json", "{\"data\": [").claiming_length(1_000).close(),
    ] {
        other.lists_by(broken);
        assert!(matches!(refresh(&app, provider).await, Err(AppError::Invalid { .. })));
    }
    assert_eq!(app.client.provider_details(provider).await.models, 1_050);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_read_at_a_start_when_it_is_old_and_not_when_it_is_not() {
    let app = TestApp::start().await;
    // The upstream of the tests has no list, and chats go on.
    app.upstream.list_requests(1).await;
    app.upstream.answer(Script::reply("Hello."));
    assert_eq!(app.client.ask("Hello?").await.1.text(), "Hello.");
    app.upstream.lists(&list(&[telling("test-model")]));
    change(&app.database(), "UPDATE providers SET asked_at = NULL").await;
    let app = app.restart().await;
    assert_eq!(app.upstream.list_requests(2).await.len(), 2);
    let listed = "SELECT count(*) FROM providers WHERE listed_at IS NOT NULL";
    eventually("the list to be kept", async || value(&app.database(), listed).await > 0).await;
    // Fresh, it is left alone; a day old, it is not.
    change(&app.database(), "UPDATE providers SET asked_at = NULL").await;
    let app = app.restart().await;
    app.upstream.answer(Script::reply("Still here."));
    assert_eq!(app.client.ask("Hello?").await.1.text(), "Still here.");
    assert_eq!(app.upstream.list_requests(2).await.len(), 2);
    change(&app.database(), "UPDATE providers SET asked_at = NULL, listed_at = listed_at - 90000000000").await;
    let app = app.restart().await;
    assert_eq!(app.upstream.list_requests(3).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_lists_all_providers_and_says_what_failed() {
    let (upstream, other) = (Upstream::start().await, Upstream::start().await);
    upstream.lists(&list(&[telling("loom"), json!({ "id": "mystery" })]));
    let process =
        Launch::new(&upstream).variable("PARLANCE_PROVIDERS", &format!("broken={}", other.base_url())).start().await;
    // The server has read what there is at its start, and writes nothing of it down later.
    process.logs("the models of a provider were listed").await;
    upstream.lists(&list(&[telling("loom"), json!({ "id": "mystery" }), telling("engine")]));
    let (status, said) = process.launch().command(&["models"]).fails().await;
    assert!(!status.success() && said.contains("one list could not be read"), "{said}");
    for line in ["broken", "There is no such API", "engine", "$1.00", "mystery", "unknown"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    other.lists(&list(&[]));
    let said = process.launch().command(&["models"]).succeeds().await;
    assert!(said.contains("engine") && said.contains("dollars for a million tokens"), "{said}");
    // Given other settings than the server, it changes nothing.
    let forgetful = process.launch().variable("OPENAI_BASE_URL", "").variable("OPENAI_API_KEY", "");
    let (_, said) = forgetful.command(&["models"]).fails().await;
    assert!(said.contains("are not the server's") && said.contains("engine"), "{said}");
    let page: ModelPage = process.client.call("browse_models", &[]).await.unwrap();
    assert!(page.models.iter().all(|model| model.is_open()) && page.models.len() == 3, "{page:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_model_is_in_the_catalogue_and_free() {
    let process = Launch::without_provider().start().await;
    process.logs("the models of a provider were listed").await;
    let page: ModelPage = process.client.call("browse_models", &[]).await.unwrap();
    assert_eq!(page.models.len(), 1);
    assert_eq!((page.models[0].model.as_str(), page.models[0].prices.input), ("demo", Some(Money(0))));
    assert!(Capability::ALL.iter().all(|&one| page.models[0].capabilities.lacks(one)), "it is known whole: {page:?}");
    assert!(process.client.page("/workspace/models").await.contains("free"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_form_changes_a_model_and_leads_back_to_the_list() {
    let app = TestApp::start_with(with_own_providers).await;
    let other = Upstream::start().await;
    other.lists(&list(&[telling("loom")]));
    let provider = app.client.provider("Elsewhere", &other.base_url(), "").await;
    let loom = app.client.model_of(provider, "loom").await;
    let page = app.client.page(&format!("/workspace/models/{}", loom.id)).await;
    let mut fields = hidden_fields(form(&page, "/api/save_model"));
    fields.extend([("enabled", "true"), ("context_length", ""), ("input_price", "7"), ("output_price", "")]);
    fields.extend([("vision", ""), ("audio", "true"), ("tools", ""), ("reasoning", "")]);
    let request = app.client.post("save_model", &fields).header("accept", "text/html").send();
    let answer = soon("an answer", request).await.unwrap();
    assert_eq!(answer.headers()["location"], "/workspace/models");
    let after = app.client.model_of(provider, "loom").await;
    assert_eq!((after.prices.input, after.capabilities.audio), (Some(Money(7_000_000)), Some(true)));
    assert_eq!((after.prices.output, after.context_length), (loom.prices.output, loom.context_length));
    assert!(app.client.page(&format!("/workspace/models/{}", loom.id)).await.contains(r#"value="7""#));
}
