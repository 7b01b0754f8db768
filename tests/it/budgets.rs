//! A budget holds: whatever is asked for at the same time, and however replies end.

use futures::future::join_all;
use parlance::domain::{
    budget::{BudgetScope, BudgetState},
    error::AppError,
    id::{BudgetId, ChatId, MessageId},
    member::MemberRole,
    message::Status,
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    client::Client,
    people::error_of,
    process::Launch,
    script::{Gate, Script},
    spending::{cost, over, price},
    upstream::Upstream,
    wait::{soon, within_one_day},
};

/// Answers every call once the gate is open.
fn answer_behind(app: &TestApp, gate: &Gate) {
    let gate = gate.clone();
    app.upstream
        .answer_with(move |_| Some(Script::stream().role().wait(&gate).text("Yes.").finish("stop").usage(7, 5).done()));
}

/// Begins so many chats at the same time: the refusals.
async fn rush(client: &Client, count: usize) -> Vec<String> {
    let starts = (0..count).map(|number| {
        let client = client.clone();
        async move { client.start_among_many(&format!("Question {number}")).await }
    });
    join_all(starts).await.into_iter().filter_map(Result::err).map(over).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_at_once_a_budget_for_one_reply_lets_exactly_one_begin() {
    let app = TestApp::start().await;
    let gate = Gate::new();
    answer_behind(&app, &gate);
    app.client.budget("workspace", "requests", "1", true).await;
    let refused = rush(&app.client, 50).await;
    assert_eq!(refused.len(), 49);
    assert!(
        refused[0].contains("The workspace’s budget of 1 reply a month is used up. It begins anew on "),
        "{refused:?}"
    );
    assert_eq!(app.client.chats(false).await.len(), 1, "nothing is left of those that were refused");
    gate.open();
    app.upstream.requests(1).await;
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_at_once_dollars_for_one_reply_let_exactly_one_begin_and_the_next_once_it_cost_less() {
    let app = TestApp::start().await;
    price(&app.database()).await;
    let gate = Gate::new();
    answer_behind(&app, &gate);
    // A reply may have 1,000 tokens of 600 nano-dollars, and is asked with some hundreds of 150.
    app.client.budget("workspace", "dollars", "0.001", true).await;
    let refused = rush(&app.client, 50).await;
    assert_eq!(refused.len(), 49);
    assert!(refused[0].contains(" left, and this reply may come to $0.000"), "{refused:?}");
    let left = app.client.left().await;
    assert!(left.spent == 0 && (500_000..=1_000_000).contains(&left.reserved), "{left:?}");
    gate.open();
    let running = app.client.chats(false).await[0].id;
    let reply = app.client.chat(running).await.messages[1].id;
    app.client.follow_to_end(reply, 0).await;
    let left = app.client.left().await;
    assert_eq!((left.spent, left.reserved), (cost(7, 5), 0));
    app.client.ask("And another").await;
    assert_eq!(app.client.left().await.spent, 2 * cost(7, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_what_is_left_and_when_there_is_more_and_changes_nothing() {
    within_one_day().await;
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    app.client.budget("everybody", "tokens", "900", true).await;
    let reply = started.reply;
    for refusal in [
        app.client.send(started.chat, "More").await.unwrap_err(),
        app.client.regenerate(reply).await.unwrap_err(),
        app.client.edit(started.message, "Otherwise").await.unwrap_err(),
    ] {
        let words = over(refusal);
        assert!(
            words.starts_with("Your budget of 900 tokens a month has 888 tokens left, and this reply may "),
            "{words}"
        );
        assert!(words.contains("-01 (UTC). What you wrote is kept."), "{words}");
    }
    assert_eq!(app.client.said(started.chat).await.len(), 2);
    assert_eq!(app.client.left().await.reserved, 0, "what does not fit takes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_used_before_there_was_a_budget_counts() {
    within_one_day().await;
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    app.client.ask("One").await;
    app.client.ask("Two").await;
    app.client.budget("workspace", "requests", "3", true).await;
    assert_eq!(app.client.left().await.spent, 2);
    app.client.ask("Three").await;
    assert_eq!(app.client.left().await.spent, 3);
    assert_eq!(rush(&app.client, 1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_a_budget_that_refuses_is_shown_before_one_sends() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let (started, _) = app.client.ask("One").await;
    app.client.budget("workspace", "requests", "5", true).await;
    for page in [app.client.page("/").await, app.client.chat_page(started.chat).await] {
        assert!(page.contains("The workspace’s budget of 5 replies a month has 4 replies left."), "{page}");
    }
    app.client.budget("everybody", "tokens", "0", true).await;
    let page = app.client.chat_page(started.chat).await;
    let (none, some) = ("Your budget of 0 tokens a month is used up; it begins anew on ", "has 4 replies left.");
    assert!(page.find(none).unwrap() < page.find(some).unwrap(), "the tightest first: {page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soft_budget_warns_and_refuses_nothing() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    app.client.budget("workspace", "requests", "2", false).await;
    let (started, _) = app.client.ask("One").await;
    let warns =
        async || app.client.chat_page(started.chat).await.contains("The workspace’s budget of 2 replies a month ");
    assert!(!warns().await, "half of it is left");
    app.client.ask("Two").await;
    app.client.ask("Three").await;
    assert_eq!(app.client.left().await.spent, 3);
    let page = app.client.chat_page(started.chat).await;
    assert!(page.contains("is used up; replies go on all the same; it begins anew on "), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_without_a_price_is_not_asked_on_a_budget_in_dollars() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let budget = app.client.budget("workspace", "dollars", "5", true).await;
    let refused = rush(&app.client, 1).await;
    assert!(refused[0].contains("The price of the model test-model is not known"), "{refused:?}");
    assert_eq!(app.upstream.calls(), 0);
    let fields = [("budget", budget.to_string()), ("amount", "5".to_owned()), ("hard", "false".to_owned())];
    app.client.order("change_budget", &fields.each_ref().map(|(name, value)| (*name, value.as_str()))).await.unwrap();
    app.client.ask("A budget that only warns lets it go").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_has_a_share_of_their_own_and_one_person_a_budget_of_theirs() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let ada = app.client.set_up().await;
    let grace = ada.member(&app.database(), "Grace", MemberRole::Member).await;
    ada.budget("everybody", "requests", "2", true).await;
    ada.budget(&grace.me().await.person.id.to_string(), "requests", "1", true).await;
    grace.ask("One").await;
    let refused = rush(&grace, 1).await;
    assert!(refused[0].starts_with("Your budget of 1 reply a month is used up."), "{refused:?}");
    ada.ask("One").await;
    ada.ask("Two").await;
    assert_eq!(rush(&ada, 1).await.len(), 1);
    let budgets = ada.budgets().await;
    let shares: Vec<_> = budgets[0].uses.iter().map(|used| (used.name.as_str(), used.spent)).collect();
    assert_eq!(shares, [("Ada Lovelace", 2), ("Grace", 1)]);
    let theirs: Vec<BudgetState> = ada.call("budgets_left", &[]).await.unwrap();
    assert_eq!(theirs.iter().map(|state| state.budget.scope).collect::<Vec<_>>(), [BudgetScope::Everybody]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_ends_a_reply_gives_back_what_it_had_reserved() {
    let app = TestApp::start_with(|config| config.concurrency = 1).await;
    price(&app.database()).await;
    app.client.budget("workspace", "tokens", "1000000", true).await;
    app.upstream.answer(Script::stream().role().text("Busy").hold());
    let busy = app.client.start("First").await;
    app.client.follow(busy.reply, 0).await.until_text("Busy").await;
    let one = app.client.left().await.reserved;
    assert!(one >= 1_000, "{one}");
    let waiting = app.client.start("Second").await;
    assert!(app.client.left().await.reserved >= 2_000);
    app.client.stop(waiting.reply).await.unwrap();
    let left = app.client.left().await;
    assert_eq!((left.spent, left.reserved), (0, one), "stopped before it began");
    app.client.stop(busy.reply).await.unwrap();
    app.client.follow_to_end(busy.reply, 0).await;
    let left = app.client.left().await;
    assert!(left.spent > 0 && left.reserved == 0, "stopped in the middle: {left:?}");
    app.upstream.answer(Script::error(400, "No"));
    app.client.ask("Third").await;
    assert_eq!(app.client.left().await, left, "refused by the provider");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_crash_nothing_stays_reserved() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    price(&server.database()).await;
    server.client.budget("workspace", "requests", "1", true).await;
    upstream.answer(Script::stream().role().text("Cut off").hold());
    let started = server.client.start("Hello").await;
    server.client.follow(started.reply, 0).await.until_text("Cut off").await;
    assert_eq!(server.client.left().await.reserved, 1);
    server.kill_9().await;
    let server = server.restart().await;
    let seen = server.client.follow_to_end(started.reply, 0).await;
    assert_eq!(seen.status(), Some(Status::Interrupted));
    let left = server.client.left().await;
    assert_eq!((left.spent, left.reserved), (1, 0));
    assert_eq!(rush(&server.client, 1).await.len(), 1);
    let said = server.launch().command(&["check"]).succeeds().await;
    assert!(said.contains("Everything is as it should be."), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_sent_twice_reserves_once() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("So").hold());
    app.client.budget("workspace", "requests", "1", true).await;
    let (chat, message) = (ChatId::new(), MessageId::new());
    let first = app.client.start_as(chat, message, "Hello").await.unwrap();
    assert_eq!(app.client.start_as(chat, message, "Hello").await.unwrap(), first);
    assert_eq!(app.client.left().await.reserved, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_are_made_once_changed_and_deleted_and_the_audit_log_tells_of_it() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let id = BudgetId::new();
    for _ in 0..2 {
        ada.budget_as(id, "workspace", "dollars", "2.50", true).await.unwrap();
    }
    let budgets = ada.budgets().await;
    assert_eq!((budgets.len(), budgets[0].budget.amount), (1, 2_500_000_000));
    let name = id.to_string();
    ada.order("change_budget", &[("budget", &name), ("amount", "3"), ("hard", "false")]).await.unwrap();
    let budget = ada.budgets().await.remove(0).budget;
    assert_eq!((budget.amount, budget.hard), (3_000_000_000, false));
    ada.order("delete_budget", &[("budget", &name)]).await.unwrap();
    assert!(ada.budgets().await.is_empty());
    let page = ada.page("/workspace/audit").await;
    for words in ["made a budget", "changed a budget", "deleted a budget", "$2.50 a month for the whole workspace"] {
        assert!(page.contains(words), "{words}: {page}");
    }

    let bad = [
        ("workspace", "dollars", "a lot"),
        ("workspace", "tokens", "1.5"),
        ("person", "tokens", "1"),
        ("me", "tokens", "1"),
    ];
    for (whom, unit, amount) in bad {
        let refusal = ada.budget_as(BudgetId::new(), whom, unit, amount, true).await.unwrap_err();
        assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{whom} {unit} {amount}");
    }
    let stranger = ada.stranger(&app.database(), "Eve").await.me().await.person.id.to_string();
    let refusal = ada.budget_as(BudgetId::new(), &stranger, "tokens", "1", true).await.unwrap_err();
    assert_eq!(error_of(refusal), AppError::NotFound);
    let gone = ada.order("change_budget", &[("budget", &name), ("amount", "3"), ("hard", "false")]).await.unwrap_err();
    assert_eq!(error_of(gone), AppError::NotFound);
    assert!(ada.budgets().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_a_budget_while_a_reply_runs_harms_nothing() {
    let app = TestApp::start().await;
    let gate = Gate::new();
    answer_behind(&app, &gate);
    let budget = app.client.budget("workspace", "requests", "1", true).await;
    let started = app.client.start("Hello").await;
    app.client.order("delete_budget", &[("budget", &budget.to_string())]).await.unwrap();
    gate.open();
    let seen = soon("the reply", app.client.follow_to_end(started.reply, 0)).await;
    assert_eq!(seen.status(), Some(Status::Complete));
    assert_eq!(app.client.usage().await.sums.requests, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_tools_what_they_may_give_is_reserved_for_every_round_and_given_back() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.client.budget("workspace", "tokens", "10000000", true).await;
    let gate = Gate::new();
    answer_behind(&app, &gate);
    let made = app.client.send(started.chat, "6*7?").await.unwrap();
    // 1,000 tokens to write in each of 9 rounds, and a third of 96 KiB to read.
    let least = 9 * (1_000 + 96 * 1024 / 3);
    let reserved = app.client.left().await.reserved;
    assert!((least..2 * least).contains(&reserved), "{reserved}");
    gate.open();
    app.client.follow_to_end(made.reply, 0).await;
    assert_eq!(app.client.left().await.reserved, 0);
}
