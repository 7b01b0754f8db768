//! How models are asked: what a chat says goes before what its workspace says, one thing at a time, and each reply
//! remembers who wrote it.

use parlance::domain::{
    change::Change,
    chat::Sharing,
    error::AppError,
    id::{ProviderId, WorkspaceId},
    member::MemberRole,
    message::Status,
    model::ModelRef,
    parameter::Parameter,
    settings::{Effort, Settings},
};
use parlance::server::providers::MAIN;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    database::change,
    html::{attribute, form, tags},
    models::Listed,
    people::{error_of, now},
    script::{Gate, Script, error_object},
    upstream::{MODEL, Request},
};

const BIG: Listed =
    Listed { name: "big", context_length: None, max_output: None, tools: None, reasoning: None, gone: false };

/// The fields of a request that are not the conversation.
fn parameters(request: &Request) -> Value {
    let mut body = request.body.clone();
    let fields = body.as_object_mut().expect("an object");
    ["messages", "stream", "stream_options"].into_iter().for_each(|name| drop(fields.remove(name)));
    body
}

fn is_gone(error: &AppError, name: &str) -> bool {
    matches!(error, AppError::ModelGone { model } if model == name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_says_anything_a_model_is_asked_as_usual() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    let request = &app.upstream.requests(1).await[0];
    assert_eq!(parameters(request), json!({"model": MODEL, "temperature": 0.7, "max_tokens": 1_000}));
    let page = app.client.chat(started.chat).await;
    assert_eq!((page.settings, page.defaults), (Settings::default(), Settings::default()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_goes_before_its_workspace_one_setting_at_a_time() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let defaults = [("system_prompt", "Be brief."), ("temperature", "1.5"), ("max_tokens", "500"), ("effort", "low")];
    app.client.order("save_defaults", &defaults).await.unwrap();
    let (started, _) = app.client.ask("One").await;
    app.client
        .save_settings(started.chat, &[("system_prompt", " In French.\r\n"), ("temperature", "0")])
        .await
        .unwrap();
    app.client.send_and_follow(started.chat, "Two").await;
    app.client.save_settings(started.chat, &[("max_tokens", "7"), ("effort", "high")]).await.unwrap();
    app.client.send_and_follow(started.chat, "Three").await;

    let requests = app.upstream.requests(3).await;
    let asked = |temperature: f64, tokens: u32, effort: &str| json!({"model": MODEL, "temperature": temperature, "max_tokens": tokens, "reasoning_effort": effort});
    assert_eq!(parameters(&requests[0]), asked(1.5, 500, "low"));
    assert_eq!(parameters(&requests[1]), asked(0.0, 500, "low"));
    assert_eq!(parameters(&requests[2]), asked(1.5, 7, "high"));
    let told = |request: &Request| request.messages()[0].clone();
    assert_eq!(told(&requests[0]), ("system".to_owned(), "Be brief.".to_owned()));
    assert_eq!(told(&requests[1]).1, "In French.");
    assert_eq!(told(&requests[2]).1, "Be brief.");

    let page = app.client.chat(started.chat).await;
    let own = Settings { max_tokens: Some(7), effort: Some(Effort::High), ..Settings::default() };
    assert_eq!((page.settings, page.defaults.max_tokens), (own, Some(500)));
    assert_eq!(page.context.told, "Be brief.", "whoever reads the chat sees what the model is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_chat_begins_with_holds_from_its_first_reply_on() {
    let app = TestApp::start().await.listing(&[Listed::named(MODEL), BIG]).await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let expert = app.client.expert("Grace Hopper", "Be brief.", MODEL).await.to_string();
    let big = app.client.offered().await.models.into_iter().find(|offered| offered.name == "big").unwrap().reference;
    let named = big.to_string();
    let settings = [("model", named.as_str()), ("system_prompt", "Rhyme."), ("temperature", "2"), ("expert", &expert)];
    let started = app.client.start_asking("Hello", &settings).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    let request = &app.upstream.requests(1).await[0];
    assert_eq!(parameters(request), json!({"model": "big", "temperature": 2.0, "max_tokens": 1_000}));
    assert!(request.messages()[0].1.starts_with("Rhyme.\n\nYou are Grace Hopper"), "{:?}", request.messages());
    let settings = app.client.chat(started.chat).await.settings;
    assert_eq!((settings.model, settings.temperature), (Some(big), Some(2.0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_may_be_switched_in_the_middle_and_each_reply_remembers_its_own() {
    let app = TestApp::start().await.listing(&[Listed::named(MODEL), BIG]).await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let (started, _) = app.client.ask("One").await;
    let mut listener = app.client.listen().await;
    app.client.choose_model(started.chat, "big").await.unwrap();
    assert_eq!(listener.next().await, Some(Change::Chat(started.chat)), "other tabs follow");
    let second = app.client.send_and_follow(started.chat, "Two").await;
    app.client.choose_model(started.chat, "").await.unwrap();
    app.client.send_and_follow(started.chat, "Three").await;

    let requests = app.upstream.requests(3).await;
    let asked: Vec<_> = requests.iter().map(|request| request.body["model"].as_str().unwrap()).collect();
    assert_eq!(asked, [MODEL, "big", MODEL]);
    let page = app.client.chat(started.chat).await;
    let replies: Vec<_> = page.messages.iter().filter_map(|message| message.model.as_deref()).collect();
    assert_eq!(replies, [MODEL, "big", MODEL]);
    assert_eq!(app.client.message(started.chat, second).await.model.as_deref(), Some("big"));
    let html = app.client.chat_page(started.chat).await;
    assert!(html.contains("big · 12 tokens"), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_gone_is_refused_with_its_name_and_another_one_goes_on() {
    let app = TestApp::start().await.listing(&[Listed::named(MODEL), BIG]).await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let started = app.client.start_asking("Hello", &[("model", "big")]).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    let app = app.listing(&[Listed { gone: true, ..BIG }]).await;

    let refusal = app.client.send(started.chat, "Are you there?").await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::CONFLICT);
    assert!(is_gone(&error_of(refusal), "big"));
    assert_eq!(app.client.chat(started.chat).await.messages.len(), 2, "nothing was sent");
    assert!(is_gone(&error_of(app.client.regenerate(started.reply).await.unwrap_err()), "big"));
    assert!(is_gone(&error_of(app.client.choose_model(started.chat, "big").await.unwrap_err()), "big"));
    // The page says so before one sends, and offers the others.
    let html = app.client.chat_page(started.chat).await;
    let choice = form(&html, "/api/choose_model");
    assert!(choice.contains("big (gone)") && choice.contains(&format!(">{MODEL}<")), "{choice}");

    app.client.choose_model(started.chat, MODEL).await.unwrap();
    let reply = app.client.send_and_follow(started.chat, "Are you there?").await;
    assert_eq!(app.client.message(started.chat, reply).await.model.as_deref(), Some(MODEL));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_chooses_a_provider_or_a_model_of_another_workspace() {
    let app = TestApp::with_sign_in().await.listing(&[Listed::named(MODEL)]).await;
    let ada = app.client.set_up().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    let theirs: WorkspaceId = stranger.me().await.workspace.unwrap();
    let (provider, now) = (ProviderId::new(), now());
    let made = format!(
        "INSERT INTO providers (id, workspace_id, name, base_url, created_at, updated_at)
         VALUES ('{provider}', '{theirs}', 'Theirs', 'http://127.0.0.1:1/v1', {now}, {now})"
    );
    change(&app.database(), &made).await;
    let (started, _) = ada.ask("Hello").await;
    for wanted in [format!("{provider}/{MODEL}"), format!("{}/{MODEL}", ProviderId::new()), "secret".to_owned()] {
        assert!(matches!(
            error_of(ada.choose_model(started.chat, &wanted).await.unwrap_err()),
            AppError::ModelGone { .. }
        ));
        let refusal = ada.start_asking("Hello", &[("model", &wanted)]).await.unwrap_err();
        assert!(matches!(error_of(refusal), AppError::ModelGone { .. }));
        let refusal = ada.order("save_defaults", &[("model", &wanted)]).await.unwrap_err();
        assert!(matches!(error_of(refusal), AppError::ModelGone { .. }));
    }
    let id = parlance::domain::id::ExpertId::new().to_string();
    let expert = [("expert", id.as_str()), ("name", "Hopper"), ("title", ""), ("instructions", ""), ("model", MODEL)];
    let provider = provider.to_string();
    let refusal = ada.order("save_expert", &[&expert[..], &[("provider", &provider)]].concat()).await.unwrap_err();
    assert!(matches!(error_of(refusal), AppError::ModelGone { .. }));
    assert_eq!(ada.chat(started.chat).await.settings, Settings::default());
    assert_eq!(ada.chats(false).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expert_may_name_the_provider_of_their_model() {
    let app = TestApp::start().await.listing(&[Listed::named(MODEL), BIG]).await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let (id, provider) = (parlance::domain::id::ExpertId::new().to_string(), MAIN.to_string());
    let fields = [("name", "Hopper"), ("title", ""), ("instructions", ""), ("model", "big"), ("provider", &provider)];
    app.client.order("save_expert", &[&[("expert", id.as_str())], &fields[..]].concat()).await.unwrap();
    let started = app.client.start_asking("Hello", &[("expert", &id)]).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    assert_eq!(app.upstream.requests(1).await[0].body["model"], "big");
    let own = app.client.chat(started.chat).await.settings.model;
    assert_eq!(own, Some(ModelRef { provider: Some(MAIN), model: "big".to_owned() }));
    let html = app.client.page(&format!("/workspace/experts/{id}")).await;
    let form = form(&html, "/api/save_expert");
    assert!(form.contains("value=\"big\"") && form.contains(&format!("<option value=\"{MAIN}\" selected")), "{form}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_with_a_sentence_and_changes_nothing() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let (started, _) = app.client.ask("Hello").await;
    let long = "語".repeat(5_001);
    for (field, value) in [
        ("temperature", "2.1"),
        ("temperature", "-1"),
        ("temperature", "NaN"),
        ("temperature", "warm"),
        ("max_tokens", "0"),
        ("max_tokens", "100001"),
        ("max_tokens", "1.5"),
        ("effort", "enormous"),
        ("system_prompt", &long),
    ] {
        for refusal in [
            app.client.save_settings(started.chat, &[(field, value)]).await.unwrap_err(),
            app.client.order("save_defaults", &[(field, value)]).await.unwrap_err(),
            app.client.start_asking("Hello", &[(field, value)]).await.unwrap_err(),
        ] {
            assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}: {}", refusal.body);
        }
    }
    let nameless = app.client.choose_model(started.chat, " \u{7} ").await.unwrap_err();
    assert!(matches!(error_of(nameless), AppError::Invalid { .. }));
    let page = app.client.chat(started.chat).await;
    assert_eq!((page.settings, page.defaults), (Settings::default(), Settings::default()));
    let fits =
        [("system_prompt", "語".repeat(5_000)), ("temperature", "2".to_owned()), ("max_tokens", "100000".to_owned())];
    let fits: Vec<(&str, &str)> = fits.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.client.save_settings(started.chat, &fits).await.unwrap();
}

/// A refusal as OpenAI words it.
fn unsupported(parameter: &str) -> Script {
    let instead = if parameter == "max_tokens" { " Use 'max_completion_tokens' instead." } else { "" };
    let said = format!("Unsupported parameter: '{parameter}' is not supported with this model.{instead}");
    refusal_of(parameter, &said)
}

fn refusal_of(parameter: &str, said: &str) -> Script {
    let mut error = error_object(said);
    error["error"]["param"] = parameter.into();
    Script::plain(400, "application/json", error.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_model_refuses_is_left_out_once_with_a_note_and_not_sent_again() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|request| {
        let fields = ["max_tokens", "temperature", "reasoning_effort"];
        let refused = fields.into_iter().find(|field| request.body.get(field).is_some());
        Some(refused.map_or_else(|| Script::reply("Hello."), unsupported))
    });
    let chosen = [("temperature", "0.7"), ("effort", "high")];
    let started = app.client.start_asking("Hello", &chosen).await.unwrap();
    let seen = app.client.follow_to_end(started.reply, 0).await;
    assert_eq!(seen.reply().end().map(|end| end.status), Some(Status::Complete));
    let requests = app.upstream.requests(4).await;
    assert_eq!(parameters(&requests[3]), json!({"model": MODEL, "max_completion_tokens": 1_000}));

    app.client.send_and_follow(started.chat, "Again").await;
    assert_eq!(app.upstream.calls(), 5, "it was remembered");
    // The note is written beside the reply, and those who look hear of it.
    let mut listener = app.client.listen().await;
    let noted = async || {
        let page = app.client.chat(started.chat).await;
        page.messages.iter().filter(|message| !message.dropped.is_empty()).count() == 2
    };
    while !noted().await {
        listener.next().await;
    }
    let dropped = &app.client.message(started.chat, started.reply).await.dropped;
    assert_eq!(*dropped, [Parameter::Temperature, Parameter::ReasoningEffort]);
    let html = app.client.chat_page(started.chat).await;
    assert!(html.contains("This model takes no temperature and no reasoning effort; they were left out."), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_model_refuses_that_nobody_chose_is_left_out_without_a_word() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|request| {
        let refused = request.body.get("temperature").is_some();
        Some(if refused { unsupported("temperature") } else { Script::reply("Hello.") })
    });
    let (started, _) = app.client.ask("Hello").await;
    assert_eq!(parameters(&app.upstream.requests(2).await[1]), json!({"model": MODEL, "max_tokens": 1_000}));
    // The same number, but the workspace wants it.
    app.client.order("save_defaults", &[("temperature", "0.7")]).await.unwrap();
    let mut listener = app.client.listen().await;
    let wanted = app.client.send_and_follow(started.chat, "Again").await;
    while app.client.message(started.chat, wanted).await.dropped != [Parameter::Temperature] {
        listener.next().await;
    }
    assert_eq!(app.client.message(started.chat, started.reply).await.dropped, []);
    let html = app.client.chat_page(started.chat).await;
    assert_eq!(html.matches("This model takes no temperature; it was left out.").count(), 1, "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_writes_less_is_asked_again_for_as_much_as_it_says_and_never_without_a_limit() {
    let app = TestApp::start().await;
    let most = "max_tokens is too large: 9000. This model supports at most 512 completion tokens.";
    app.upstream.answer_with(move |request| {
        let asked = request.body["max_tokens"].as_u64();
        Some(if asked.is_some_and(|asked| asked <= 512) {
            Script::reply("Hello.")
        } else {
            refusal_of("max_tokens", most)
        })
    });
    let started = app.client.start_asking("Hello", &[("max_tokens", "9000")]).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    let reply = app.client.message(started.chat, started.reply).await;
    assert_eq!((reply.status, reply.dropped.len()), (Status::Complete, 0));
    app.client.send_and_follow(started.chat, "Again").await;
    let requests = app.upstream.requests(3).await;
    let asked: Vec<_> = requests.iter().map(|request| request.body["max_tokens"].as_u64()).collect();
    assert_eq!(asked, [Some(9_000), Some(512), Some(512)]);
    assert!(requests.iter().all(|request| request.body.get("max_completion_tokens").is_none()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_is_about_something_else_fails_as_it_did() {
    let app = TestApp::start().await;
    let mut error = error_object("The messages are too long: max_tokens, temperature");
    error["error"]["param"] = "messages".into();
    app.upstream.answer(Script::plain(400, "application/json", error.to_string()));
    let (started, _) = app.client.ask("Hello").await;
    let reply = app.client.message(started.chat, started.reply).await;
    assert_eq!((reply.status, app.upstream.calls(), reply.dropped.len()), (Status::Failed, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_told_how_much_to_think_only_where_it_can() {
    let plain = Listed { reasoning: Some(false), ..Listed::named(MODEL) };
    let thinks = Listed { reasoning: Some(true), ..Listed::named("thinker") };
    let app = TestApp::start().await.listing(&[plain, thinks, Listed::named("mystery")]).await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let started = app.client.start_asking("Hello", &[("effort", "minimal")]).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    for model in ["thinker", "mystery"] {
        app.client.choose_model(started.chat, model).await.unwrap();
        app.client.send_and_follow(started.chat, "Think").await;
    }
    let requests = app.upstream.requests(3).await;
    assert_eq!(requests[0].body.get("reasoning_effort"), None);
    assert!(requests[1..].iter().all(|request| request.body["reasoning_effort"] == "minimal"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_thinks_may_write_more_where_nobody_said_how_much_and_budgets_know() {
    let thinks = Listed { reasoning: Some(true), ..Listed::named("thinker") };
    let short = Listed { name: "short", max_output: Some(8_192), ..thinks };
    let app = TestApp::start().await.listing(&[Listed::named(MODEL), thinks, short]).await;
    app.client.budget("workspace", "tokens", "1000000", true).await;
    let gate = Gate::new();
    let held = gate.clone();
    app.upstream.answer_with(move |_| Some(Script::stream().role().wait(&held).text("42").finish("stop").done()));
    let started = app.client.start_asking("Why?", &[("model", "thinker")]).await.unwrap();
    gate.reached().await;
    let reserved = app.client.left().await.reserved;
    assert!((16_000..20_000).contains(&reserved), "{reserved}");
    gate.open();
    app.client.follow_to_end(started.reply, 0).await;
    let html = app.client.chat_page(started.chat).await;
    assert!(form(&html, "/api/save_chat_settings").contains("placeholder=\"16000\""), "{html}");

    app.client.choose_model(started.chat, "short").await.unwrap();
    app.client.send_and_follow(started.chat, "And why?").await;
    app.client.choose_model(started.chat, MODEL).await.unwrap();
    app.client.send_and_follow(started.chat, "Hello").await;
    app.client.choose_model(started.chat, "thinker").await.unwrap();
    app.client.save_settings(started.chat, &[("max_tokens", "300")]).await.unwrap();
    app.client.send_and_follow(started.chat, "In short?").await;
    let asked: Vec<_> =
        app.upstream.requests(4).await.iter().map(|request| request.body["max_tokens"].as_u64()).collect();
    assert_eq!(asked, [16_000, 8_192, 1_000, 300].map(Some));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_offer_what_can_be_said_and_readers_see_the_model_alone() {
    let old = Listed { gone: true, ..Listed::named("old") };
    let app = TestApp::with_sign_in().await.listing(&[Listed::named(MODEL), BIG, old]).await;
    let ada = app.client.set_up().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    // What one begins with is a part of the form that begins, also without scripts.
    let html = ada.page("/").await;
    let select = tags(&html, "select").into_iter().find(|tag| attribute(tag, "name") == Some("model")).unwrap();
    assert_eq!((attribute(select, "form"), attribute(select, "aria-label")), (Some("composer"), Some("Model")));
    assert!(html.contains(">big<") && !html.contains(">old<"), "{html}");
    assert!(html.contains(&format!("Default: {MODEL}")), "{html}");

    let started = ada.start_asking("Hello", &[("model", "big"), ("system_prompt", "Be <brief>.")]).await.unwrap();
    ada.follow_to_end(started.reply, 0).await;
    ada.share(started.chat, Sharing::Read).await.unwrap();
    let html = ada.chat_page(started.chat).await;
    let settings = form(&html, "/api/save_chat_settings");
    for shown in ["Be &lt;brief&gt;.</textarea>", "name=\"temperature\"", "placeholder=\"0.7\"", "placeholder=\"1000\""]
    {
        assert!(settings.contains(shown), "{shown} is not in {settings}");
    }
    let reader = app.client.member(&app.database(), "Vera", MemberRole::Viewer).await;
    let html = reader.chat_page(started.chat).await;
    assert!(html.contains("<span class=\"model-chip\">big"), "{html}");
    assert!(!html.contains("choose_model") && !html.contains("save_chat_settings"));

    let html = ada.page("/workspace/defaults").await;
    assert!(form(&html, "/api/save_defaults").contains(">big<"));
    let member = app.client.member(&app.database(), "Charles", MemberRole::Member).await;
    assert_eq!(member.get("/workspace/defaults").await.status(), StatusCode::FORBIDDEN);
}
