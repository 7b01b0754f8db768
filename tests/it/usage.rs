//! What every reply used is noted, however it ended, and once.

use parlance::domain::{
    message::{Message, Status},
    money::Money,
    usage::{Measure, Spent},
};
use serde_json::json;

use crate::support::{
    app::TestApp,
    client::Started,
    database::{change, value},
    process::Launch,
    script::{Gate, Script, chunk},
    spending::{PRICES, cost, price},
    upstream::Upstream,
    wait::eventually,
};

async fn priced() -> TestApp {
    let app = TestApp::start().await;
    price(&app.database()).await;
    app
}

/// A column of the row of a reply.
async fn noted(url: &str, started: Started, column: &str) -> i64 {
    value(url, &format!("SELECT {column} FROM usage_entries WHERE id = '{}'", started.reply)).await
}

async fn message(app: &TestApp, started: Started) -> Message {
    app.client.message(started.chat, started.reply).await
}

/// A reply of which this came before it was stopped.
async fn stopped(app: &TestApp, text: &str) -> Started {
    app.upstream.answer(Script::stream().role().text(text).hold());
    let started = app.client.start("Hello").await;
    app.client.follow(started.reply, 0).await.until_text(text).await;
    app.client.stop(started.reply).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    started
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_costs_what_its_provider_says_that_it_used() {
    let app = priced().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    let whole = Spent { tokens: 12, cost: Some(Money(cost(7, 5))), estimated: false };
    assert_eq!(message(&app, started).await.spent, Some(whole));

    app.upstream.answer(Script::reply("Again."));
    let made = app.client.regenerate(started.reply).await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    let sums = app.client.chat(started.chat).await.spent;
    assert_eq!((sums.requests, sums.prompt_tokens, sums.completion_tokens, sums.unpriced), (2, 14, 10, 0));
    assert_eq!(sums.cost, Money(2 * cost(7, 5)));
    let page = app.client.chat_page(started.chat).await;
    assert!(page.contains("This chat: 24 tokens · $0.0000081"), "{page}");
    assert!(page.contains("12 tokens · $0.000004"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_model_thought_is_paid_for_also_where_its_provider_counts_it_apart() {
    let app = priced().await;
    app.client.budget("workspace", "tokens", "100000", true).await;
    let mut event = chunk(&json!([]));
    event["usage"] = json!({
        "prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 399,
        "completion_tokens_details": {"reasoning_tokens": 386},
    });
    app.upstream.answer(Script::stream().role().text("42").finish("stop").event(&event).done());
    let (started, _) = app.client.ask("Why?").await;
    let spent = Spent { tokens: 399, cost: Some(Money(cost(12, 387))), estimated: false };
    assert_eq!(message(&app, started).await.spent, Some(spent));
    let url = app.database();
    assert_eq!(noted(&url, started, "completion_tokens").await, 387);
    assert_eq!(noted(&url, started, "reasoning_tokens").await, 386);
    assert_eq!(app.client.left().await.spent, 399);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_that_nobody_knows_is_not_nothing() {
    let app = TestApp::start().await;
    change(&app.database(), "UPDATE models SET input_price = NULL, output_price = NULL").await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    assert_eq!(message(&app, started).await.spent, Some(Spent { tokens: 12, cost: None, estimated: false }));
    let sums = app.client.chat(started.chat).await.spent;
    assert_eq!((sums.cost, sums.unpriced), (Money(0), 1));
    assert!(app.client.chat_page(started.chat).await.contains("This chat: 12 tokens · unknown"));
    assert!(app.client.page("/workspace/usage?measure=tokens").await.contains("has no known price"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_price_changes_nothing_of_what_was_used_before() {
    let app = priced().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    change(&app.database(), "UPDATE models SET input_price = 1, output_price = 1").await;
    assert_eq!(message(&app, started).await.spent.unwrap().cost, Some(Money(cost(7, 5))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_workspace_says_of_a_price_goes_before_what_is_known_of_it() {
    let app = priced().await;
    let sql = "INSERT INTO model_edits (workspace_id, model_id, input_price, updated_at)
               SELECT w.id, m.id, 0, 1 FROM workspaces w, models m";
    change(&app.database(), sql).await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    assert_eq!(message(&app, started).await.spent.unwrap().cost, Some(Money(5 * PRICES.1 / 1_000)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_was_stopped_is_counted_here_and_said_to_be() {
    let app = priced().await;
    let started = stopped(&app, "So far, so good").await;
    let spent = message(&app, started).await.spent.unwrap();
    assert!(spent.estimated && spent.cost.is_some_and(|cost| cost.0 > 0), "{spent:?}");
    let url = app.database();
    assert_eq!(noted(&url, started, "completion_tokens").await, 4, "15 bytes");
    assert!(noted(&url, started, "prompt_tokens").await > 0);
    assert!(app.client.chat_page(started.chat).await.contains("tokens · about $"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_that_another_reply_began_is_not_paid_for_twice() {
    let app = priced().await;
    let started = stopped(&app, "So far, so good").await;
    app.upstream.answer(Script::stream().role().text(" and on.").hold());
    let reply = app.client.continue_reply(started.reply).await.unwrap().reply;
    app.client.follow(reply, 0).await.until_text("So far, so good and on.").await;
    app.client.stop(reply).await.unwrap();
    app.client.follow_to_end(reply, 0).await;
    assert_eq!(noted(&app.database(), Started { reply, ..started }, "completion_tokens").await, 2, "8 bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_refuses_to_answer_used_nothing() {
    let app = priced().await;
    app.upstream.answer(Script::error(400, "No"));
    let (started, seen) = app.client.ask("Hello").await;
    assert_eq!(seen.status(), Some(Status::Failed));
    let nothing = Spent { tokens: 0, cost: Some(Money(0)), estimated: false };
    assert_eq!(message(&app, started).await.spent, Some(nothing));
    assert_eq!(app.client.chat(started.chat).await.spent.requests, 1, "it was one all the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_stopped_before_it_began_used_nothing() {
    let app = TestApp::start_with(|config| config.concurrency = 1).await;
    price(&app.database()).await;
    app.upstream.answer(Script::stream().role().text("Busy").hold());
    let busy = app.client.start("First").await;
    app.client.follow(busy.reply, 0).await.until_text("Busy").await;
    let waiting = app.client.start("Second").await;
    app.client.stop(waiting.reply).await.unwrap();
    let nothing = Spent { tokens: 0, cost: Some(Money(0)), estimated: false };
    assert_eq!(message(&app, waiting).await.spent, Some(nothing));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_that_no_provider_can_mean_breaks_nothing() {
    let app = priced().await;
    for _ in 0..2 {
        app.upstream.answer(Script::stream().role().text("Much.").finish("stop").usage(u64::MAX, u64::MAX).done());
        let (started, seen) = app.client.ask("How much?").await;
        assert_eq!(seen.status(), Some(Status::Complete));
        assert!(message(&app, started).await.spent.is_some());
    }
    let report = app.client.usage().await;
    assert_eq!(report.sums.requests, 2);
    assert!(report.sums.cost.0 > 0 && report.sums.measured(Measure::Tokens) > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_whose_server_died_is_noted_once() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    price(&server.database()).await;
    upstream.answer(Script::stream().role().text("Cut off in the middle").hold());
    let started = server.client.start("Hello").await;
    server.client.follow(started.reply, 0).await.until_text("middle").await;
    // What is seen is in the log a moment later.
    let url = server.database();
    let kept = format!("SELECT count(*) FROM message_chunks WHERE message_id = '{}'", started.reply);
    eventually("the text to be kept", async || value(&url, &kept).await > 0).await;
    server.kill_9().await;
    let server = server.restart().await;
    let seen = server.client.follow_to_end(started.reply, 0).await;
    assert_eq!(seen.status(), Some(Status::Interrupted));
    assert_eq!(noted(&url, started, "completion_tokens").await, 6, "21 bytes");
    assert_eq!(noted(&url, started, "estimated").await, 1);
    assert_eq!(server.client.usage().await.sums.requests, 1);
    let said = server.launch().command(&["check"]).succeeds().await;
    assert!(said.contains("Everything is as it should be."), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_are_equal_to_the_rows_whatever_happened() {
    let app = priced().await;
    let gate = Gate::new();
    app.upstream.answer_with(move |request| {
        let (_, text) = request.messages().pop()?;
        Some(match text.split_whitespace().next()? {
            "refuse" => Script::error(400, "No"),
            "silent" => {
                Script::stream().role().text("A reply of which nobody said what it used.").finish("stop").done()
            }
            "reset" => Script::stream().role().text("A bit").reset(),
            "wait" => Script::stream().role().text("A part").wait(&gate),
            _ => Script::reply("Whole."),
        })
    });
    for text in ["whole", "refuse", "silent", "reset", "whole again"] {
        app.client.ask(text).await;
    }
    let waiting = app.client.start("wait").await;
    app.client.follow(waiting.reply, 0).await.until_text("A part").await;
    app.client.stop(waiting.reply).await.unwrap();
    app.client.follow_to_end(waiting.reply, 0).await;

    let report = app.client.usage().await;
    let url = app.database();
    let sum = async |what: &str| {
        u64::try_from(value(&url, &format!("SELECT CAST(coalesce(sum({what}), 0) AS BIGINT) FROM usage_entries")).await)
            .unwrap()
    };
    assert_eq!(report.sums.requests, 6);
    assert_eq!(report.sums.prompt_tokens, sum("prompt_tokens").await);
    assert_eq!(report.sums.completion_tokens, sum("completion_tokens").await);
    assert_eq!(report.sums.cost.0.unsigned_abs(), sum("cost").await);
    for parts in [&report.people, &report.models, &report.days] {
        let total: u64 = parts.iter().map(|share| share.sums.total_tokens()).sum();
        assert_eq!(total, report.sums.total_tokens());
        assert_eq!(parts.iter().map(|share| share.sums.cost).sum::<Money>(), report.sums.cost);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_used_outlives_the_chat() {
    let app = priced().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    app.client.delete(started.chat).await.unwrap();
    change(&app.database(), "UPDATE chats SET deleted_at = 1").await;
    let app = app.restart().await;
    eventually("the chat to be gone", async || value(&app.database(), "SELECT count(*) FROM chats").await == 0).await;
    assert_eq!(app.client.usage().await.sums.cost, Money(cost(7, 5)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_last_round_of_a_reply_has_read_is_billed_when_it_is_stopped() {
    let app = priced().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    let calling = Script::stream().role().call(0, "a", "calculate", &json!({"expression": "6*7"}));
    app.upstream.answer(calling.finish("tool_calls").usage(100, 4).done());
    app.upstream.answer(Script::stream().role().text("It is").hold());
    let made = app.client.send(started.chat, "What is 6*7?").await.unwrap();
    app.client.follow(made.reply, 0).await.until_text("It is").await;
    app.client.stop(made.reply).await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    let spent = app.client.message(started.chat, made.reply).await.spent.unwrap();
    assert!(spent.estimated, "{spent:?}");
    // The tool that is offered, the question, the call and what it gave are some dozens more.
    assert!((130..300).contains(&spent.tokens), "{spent:?}");
}
