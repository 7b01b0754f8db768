//! A new chat gets a title from a model after its first reply; one that a person gave stays, and nothing waits for any.

use std::time::Duration;

use parlance::{
    domain::{id::ChatId, message::Status},
    server::{
        config::{Auth, Provider},
        providers::MAIN,
    },
};

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    providers::answer_with,
    script::{Gate, Script},
    upstream::{KEY, Request},
    wait::eventually,
};

/// A server on which models are asked for titles.
async fn start() -> TestApp {
    TestApp::start_with(|config| config.models.titles = true).await
}

/// Whether a model is asked for a title.
fn is_title(request: &Request) -> bool {
    request.messages().last().is_some_and(|(_, text)| text.ends_with("</answer>\n\nTitle:"))
}

/// Answers questions for titles with this.
fn titles_are(app: &TestApp, script: Script) {
    app.upstream.answer_with(move |request| is_title(request).then(|| script.clone()));
}

async fn title(client: &Client, chat: ChatId) -> String {
    client.chat(chat).await.chat.title
}

async fn waiting(app: &TestApp) -> i64 {
    value(&app.database(), "SELECT count(*) FROM title_jobs").await
}

/// Waits until no chat waits for a title.
async fn all_made(app: &TestApp) {
    eventually("no chat to wait for a title", async || waiting(app).await == 0).await;
}

/// What there is to choose from, each with its price.
async fn models(app: &TestApp, models: &[(&str, Option<i64>)]) {
    for (number, (model, price)) in models.iter().enumerate() {
        let price = price.map_or("NULL".to_owned(), |price| price.to_string());
        let sql = format!(
            "INSERT INTO models (id, provider_id, model, name, input_price, output_price, created_at, updated_at)
             VALUES ('01900000-0000-7000-8000-00000000000{number}', '{MAIN}', '{model}', '{model}', {price}, {price}, 1, 1)"
        );
        change(&app.database(), &sql).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_words_are_the_title_until_a_model_gives_one_and_everybody_sees_it() {
    let app = start().await;
    let gate = Gate::new();
    titles_are(&app, Script::stream().role().wait(&gate).text("\"A Trip to ").text("Rome.\"").finish("stop").done());
    app.upstream.answer(Script::reply("Take the train."));
    let mut listener = app.client.listen().await;
    let (started, _) = app.client.ask("How do I get to Rome?").await;
    gate.reached().await;
    assert_eq!(title(&app.client, started.chat).await, "How do I get to Rome?");
    gate.open();
    while title(&app.client, started.chat).await != "A Trip to Rome" {
        listener.next().await.expect("word of the title");
    }
    assert_eq!(app.client.chats(false).await[0].title, "A Trip to Rome");
    assert!(app.client.chat_page(started.chat).await.contains("<h1>A Trip to Rome"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_asked_once_and_for_little() {
    let app = start().await;
    titles_are(&app, Script::reply("Counting"));
    let long = format!("Count {}", "one ".repeat(5_000));
    app.upstream.answer(Script::reply(&"two ".repeat(5_000)));
    app.upstream.answer(Script::reply("Four."));
    let (started, _) = app.client.ask(&long).await;
    all_made(&app).await;
    let asked = app.upstream.requests(2).await.remove(1);
    assert!(is_title(&asked), "{:?}", asked.body);
    assert_eq!(asked.body["model"], "test-model");
    assert_eq!(asked.body["max_tokens"], 24);
    assert_eq!(asked.body["temperature"], 0.2);
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
    let said: usize = asked.messages().iter().map(|(_, text)| text.len()).sum();
    assert!((4_000..5_000).contains(&said), "{said} bytes");

    // It costs whoever began the chat, and is none of their requests.
    let billed = "SELECT count(*) FROM usage_entries WHERE kind = 'title' AND estimated = 0 AND total_tokens > 0";
    assert_eq!(value(&app.database(), billed).await, 1);
    assert_eq!(value(&app.database(), "SELECT CAST(sum(requests) AS BIGINT) FROM usage_days").await, 1);

    let made = app.client.send(started.chat, "And then?").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    // Whatever wants a title is noted with the end of the reply.
    assert_eq!(waiting(&app).await, 0);
    assert_eq!((app.upstream.calls(), title(&app.client, started.chat).await.as_str()), (3, "Counting"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_title_that_a_person_gave_wins_over_one_that_is_being_made() {
    let app = start().await;
    let gate = Gate::new();
    titles_are(&app, Script::stream().role().wait(&gate).text("By a model").finish("stop").done());
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello?").await;
    gate.reached().await;
    app.client.rename(started.chat, "By hand").await.unwrap();
    gate.open();
    all_made(&app).await;
    assert_eq!(title(&app.client, started.chat).await, "By hand");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_was_renamed_during_its_first_reply_wants_none() {
    let app = start().await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Hello?").await;
    app.upstream.requests(1).await;
    // Even as it was: a person wants it so.
    app.client.rename(started.chat, "Hello?").await.unwrap();
    feed.text("Hello.");
    feed.finish();
    app.client.follow_to_end(started.reply, 0).await;
    assert_eq!((waiting(&app).await, app.upstream.calls()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_whose_first_reply_failed_gets_one_after_the_first_that_does_not() {
    let app = start().await;
    titles_are(&app, Script::reply("At last"));
    app.upstream.answer(Script::error(400, "No."));
    let (started, seen) = app.client.ask("Hello?").await;
    assert_eq!((seen.status(), waiting(&app).await), (Some(Status::Failed), 0));
    app.upstream.answer(Script::stream().role().text("Hel").finish("length").done());
    let made = app.client.regenerate(started.reply).await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    all_made(&app).await;
    assert_eq!(title(&app.client, started.chat).await, "At last");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_two_failures_the_first_words_stay() {
    let app = start().await;
    titles_are(&app, Script::error(400, "No titles here"));
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello?").await;
    app.upstream.requests(2).await;
    assert_eq!(waiting(&app).await, 1);
    // A minute later, on whatever node. Meanwhile nobody makes titles, who could be asked to go in the middle of it.
    let app = app.restart_with(|config| config.models.titles = false).await;
    change(&app.database(), "UPDATE title_jobs SET run_at = 1").await;
    let app = app.restart_with(|config| config.models.titles = true).await;
    app.upstream.requests(3).await;
    all_made(&app).await;
    assert_eq!((app.upstream.calls(), title(&app.client, started.chat).await.as_str()), (3, "Hello?"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_title_is_not_taken_for_one() {
    let app = start().await;
    titles_are(&app, Script::reply("<think>They say hello, so"));
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello?").await;
    app.upstream.requests(2).await;
    let app = app.restart().await;
    assert_eq!(title(&app.client, started.chat).await, "Hello?");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cheapest_model_is_asked_or_the_one_that_the_admins_chose() {
    let app = start().await;
    titles_are(&app, Script::reply("A title"));
    app.upstream.answer_with(|request| (!is_title(request)).then(|| Script::reply("Hello.")));
    models(&app, &[("test-model", Some(500)), ("small", Some(5)), ("middle", Some(50)), ("mystery", None)]).await;
    app.client.ask("One").await;
    let asked = app.upstream.requests(2).await;
    assert_eq!(asked[1].body["model"], "small");

    let middle = format!("{MAIN} middle");
    app.client.order("set_title_model", &[("model", &middle)]).await.unwrap();
    let page = app.client.page("/workspace").await;
    assert!(page.contains(&format!("value=\"{middle}\" selected")), "{page}");
    app.client.ask("Two").await;
    assert_eq!(app.upstream.requests(4).await[3].body["model"], "middle");

    for wrong in ["middle", &format!("{MAIN} "), "01900000-0000-7000-8000-000000000009 middle", &"x".repeat(5_000)] {
        let refused = app.client.order("set_title_model", &[("model", wrong)]).await.unwrap_err();
        assert_eq!(refused.status.as_u16(), 422, "{wrong}");
    }
    app.client.order("set_title_model", &[("model", "")]).await.unwrap();
    app.client.ask("Three").await;
    assert_eq!(app.upstream.requests(6).await[5].body["model"], "small");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_shown_to_no_maker_whom_nobody_chose() {
    let app = start().await;
    titles_are(&app, Script::reply("A title"));
    app.upstream.answer_with(|request| (!is_title(request)).then(|| Script::reply("Hello.")));
    let shop = [("acme/large", Some(500)), ("acme/small", Some(50)), ("acme/free", Some(0)), ("other/tiny", Some(5))];
    models(&app, &shop).await;
    answer_with(&app.database(), MAIN, "acme/large").await;
    app.client.ask("One").await;
    assert_eq!(app.upstream.requests(2).await[1].body["model"], "acme/small");
    answer_with(&app.database(), MAIN, "acme/free").await;
    app.client.ask("Two").await;
    assert_eq!(app.upstream.requests(4).await[3].body["model"], "acme/free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_budget_that_refuses_has_nothing_left_the_first_words_stay() {
    for (hard, given, calls) in [("true", "Hello?", 1), ("false", "A title", 2)] {
        let app = start().await;
        titles_are(&app, Script::reply("A title"));
        let budget = app.client.budget("workspace", "tokens", "100000", true).await.to_string();
        let gate = Gate::new();
        app.upstream.answer(Script::stream().role().wait(&gate).text("Hello.").finish("stop").usage(7, 5).done());
        let started = app.client.start("Hello?").await;
        gate.reached().await;
        // As much as the reply will have used.
        let fields = [("budget", budget.as_str()), ("amount", "12"), ("hard", hard)];
        app.client.order("change_budget", &fields).await.unwrap();
        gate.open();
        app.client.follow_to_end(started.reply, 0).await;
        all_made(&app).await;
        assert_eq!((title(&app.client, started.chat).await.as_str(), app.upstream.calls()), (given, calls));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_of_requests_that_is_just_full_costs_no_chat_its_title() {
    let app = start().await;
    titles_are(&app, Script::reply("A title"));
    app.client.budget("workspace", "requests", "1", true).await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello?").await;
    all_made(&app).await;
    assert_eq!(title(&app.client, started.chat).await, "A title");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_running_reply_has_reserved_all_that_is_left_a_title_is_put_off() {
    let app = start().await;
    let budget = app.client.budget("workspace", "tokens", "100000", true).await.to_string();
    let running = Gate::new();
    app.upstream
        .answer_to("Running?", Script::stream().role().wait(&running).text("Yes.").finish("stop").usage(7, 5).done());
    let other = app.client.start("Running?").await;
    running.reached().await;
    let gate = Gate::new();
    app.upstream
        .answer_to("Hello?", Script::stream().role().wait(&gate).text("Hello.").finish("stop").usage(7, 5).done());
    titles_are(&app, Script::reply("A title"));
    let started = app.client.start("Hello?").await;
    gate.reached().await;
    // Less than what the other has reserved, and more than both and their titles will have used.
    app.client.order("change_budget", &[("budget", &budget), ("amount", "1000"), ("hard", "true")]).await.unwrap();
    gate.open();
    app.client.follow_to_end(started.reply, 0).await;
    let put_off = "SELECT count(*) FROM title_jobs WHERE attempts = 0 AND run_at > created_at";
    eventually("the title to be put off", async || value(&app.database(), put_off).await == 1).await;
    assert_eq!(app.upstream.calls(), 2);

    running.open();
    app.client.follow_to_end(other.reply, 0).await;
    // A minute later, while nobody makes titles who could be asked to go in the middle of it.
    let app = app.restart_with(|config| config.models.titles = false).await;
    change(&app.database(), "UPDATE title_jobs SET run_at = 1").await;
    let app = app.restart_with(|config| config.models.titles = true).await;
    all_made(&app).await;
    assert_eq!(title(&app.client, started.chat).await, "A title");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_of_another_workspace_is_not_there_to_be_chosen() {
    let app = TestApp::start_with(|config| config.access.auth = Auth::On).await;
    let owner = app.client.set_up().await;
    let elsewhere = "01900000-0000-7000-8000-000000000077";
    let provider = "01900000-0000-7000-8000-000000000078";
    for sql in [
        format!("INSERT INTO workspaces (id, name, created_at) VALUES ('{elsewhere}', 'Elsewhere', 1)"),
        format!(
            "INSERT INTO providers (id, workspace_id, name, base_url, created_at, updated_at)
             VALUES ('{provider}', '{elsewhere}', 'Theirs', 'https://api.example.com/v1', 1, 1)"
        ),
    ] {
        change(&app.database(), &sql).await;
    }
    let model = format!("{provider} anything");
    let refused = owner.order("set_title_model", &[("model", &model)]).await.unwrap_err();
    assert_eq!(refused.status.as_u16(), 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_title_that_is_being_made_does_not_hold_a_stop_up_and_is_made_later() {
    let app = start().await;
    titles_are(&app, Script::silence());
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello?").await;
    app.upstream.requests(2).await;
    let (app, took) = app.restart_timed(|config| config.models.titles = false).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    titles_are(&app, Script::reply("Later"));
    change(&app.database(), "UPDATE title_jobs SET run_at = 1").await;
    let app = app.restart_with(|config| config.models.titles = true).await;
    all_made(&app).await;
    assert_eq!(title(&app.client, started.chat).await, "Later");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_reply_does_not_wait_for_a_title() {
    let app = TestApp::start_with(|config| {
        config.models.titles = true;
        config.concurrency = 1;
    })
    .await;
    titles_are(&app, Script::silence());
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello?").await;
    app.upstream.requests(2).await;
    app.upstream.answer(Script::reply("Yes."));
    let made = app.client.send(started.chat, "Still there?").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.text(), "Yes.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_model_gives_no_titles() {
    let app = TestApp::start_with(|config| {
        config.models.titles = true;
        config.provider = Provider::Demo;
    })
    .await;
    let (started, seen) = app.client.ask("Hello?").await;
    assert_eq!(seen.status(), Some(Status::Complete));
    all_made(&app).await;
    assert_eq!(title(&app.client, started.chat).await, "Hello?");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_titles_are_off_nobody_is_asked_for_one() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    app.client.ask("Hello?").await;
    assert_eq!((waiting(&app).await, app.upstream.calls()), (0, 1));
}
