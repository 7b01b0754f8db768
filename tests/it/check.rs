//! `parlance check` finds what no version of the program writes.

use std::collections::BTreeSet;

use parlance::{domain::message::Status, server::store::check::promises};

use crate::support::{
    database::{force, is_postgres},
    process::{Launch, TestProcess},
    script::Script,
    upstream::Upstream,
};

async fn server_with_chats(upstream: &Upstream) -> TestProcess {
    let server = Launch::new(upstream).start().await;
    upstream.answer(Script::stream().role().reasoning("Hm. ").text("Hello.").usage(3, 4).finish("stop").done());
    upstream.answer(Script::error(400, "No"));
    upstream.answer(Script::stream().role().text("So far").hold());
    let (first, _) = server.client.ask("Hello").await;
    assert_eq!(server.client.ask("No?").await.1.status(), Some(Status::Failed));
    let made = server.client.send(first.chat, "Go on").await.unwrap();
    server.client.follow(made.reply, 0).await.until_text("So far").await;
    server.client.stop(made.reply).await.unwrap();
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_writes_is_in_order_while_it_runs_and_after() {
    let upstream = Upstream::start().await;
    let server = server_with_chats(&upstream).await;
    upstream.answer(Script::stream().role().text("On and on").hold());
    let running = server.client.start("More").await;
    server.client.follow(running.reply, 0).await.until_text("on").await;
    let said = server.launch().command(&["check"]).succeeds().await;
    assert!(said.contains("3 chats, 8 messages") && said.contains("Everything is as it should be."), "{said}");
    server.terminate().await;
    server.launch().command(&["check"]).succeeds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_broken_is_named() {
    let upstream = Upstream::start().await;
    let server = server_with_chats(&upstream).await;
    server.terminate().await;
    let first = "(SELECT id FROM messages WHERE role = 'assistant' AND status = 'complete')";
    let breaks = [
        ("UPDATE usage_days SET cost = cost + 1", "1 sums of usage that are not those of its rows"),
        (
            "DELETE FROM usage_entries WHERE id = (SELECT id FROM messages WHERE status = 'stopped')",
            "1 replies that ended without a word",
        ),
        (
            "INSERT INTO budgets (id, workspace_id, scope, period, unit, amount, hard, created_at, updated_at)
             VALUES ('b', (SELECT id FROM workspaces), 'workspace', 'day', 'requests', 5, 1, 1, 1)",
            "1 replies that ended without a word",
        ),
        (
            "INSERT INTO budget_periods (budget_id, user_id, day, spent, reserved) VALUES ('b', '', 1, 7, 0)",
            "1 budgets of which something else is spent",
        ),
        (
            "INSERT INTO reservations (message_id, budget_id, user_id, day, amount) VALUES ('m', 'b', '', 1, 3)",
            "1 replies that do not run and have something reserved",
        ),
        ("UPDATE budget_periods SET reserved = 2", "1 budgets of which something else is reserved"),
        ("UPDATE members SET suspended_at = 1", "1 workspaces without an owner"),
        ("UPDATE users SET avatar_id = 'x'", "1 people with a picture that is not theirs"),
        (
            "INSERT INTO products (id, workspace_id, name, description, facts, created_at, updated_at)
             VALUES ('p', (SELECT id FROM workspaces), 'P', '', '', 1, 1)",
            "workspaces",
        ),
        ("INSERT INTO workspaces (id, name, created_at) VALUES ('w', 'Another', 1)", "2 workspaces without an owner"),
        ("UPDATE products SET workspace_id = 'w'", "workspaces"),
        ("UPDATE chats SET product_id = 'p'", "2 chats with a product or an expert of another workspace"),
        (
            "INSERT INTO experts (id, workspace_id, name, title, instructions, portrait_id, created_at, updated_at)
             VALUES ('e', 'w', 'E', '', '', 'x', 1, 1)",
            "1 experts with a portrait that is not of their workspace",
        ),
        ("UPDATE chats SET message_count = message_count + 1", "2 chats that count their messages wrongly"),
        ("UPDATE chats SET head_id = NULL WHERE message_count = 3", "1 chats that show a message that is not theirs"),
        ("UPDATE messages SET parent_id = id WHERE role = 'user' AND number = 1", "2 messages below one"),
        (
            &format!("UPDATE message_chunks SET sequence = sequence + 1 WHERE message_id = {first} AND kind = 'end'"),
            "1 logs with a hole",
        ),
        (&format!("UPDATE messages SET content = 'Hallo.' WHERE id = {first}"), "1 replies whose stored text is not"),
        (&format!("UPDATE messages SET position = 1 WHERE id = {first}"), "1 replies whose stored text does not reach"),
        (
            &format!("INSERT INTO message_chunks SELECT id, 1000, 'text', 'More.' FROM messages WHERE id = {first}"),
            "1 logs that go on after their end",
        ),
        ("DELETE FROM message_chunks WHERE kind = 'end'", "3 replies that ended without an end"),
        ("UPDATE messages SET status = 'streaming' WHERE status = 'failed'", "1 running replies that nobody"),
        ("INSERT INTO message_chunks VALUES ('nowhere', 0, 'text', 'Lost.')", "1 pieces of logs without a reply"),
        (
            &format!(
                "INSERT INTO jobs (id, kind, message_id, workspace_id, user_id, request_id, run_at, created_at)
                 SELECT 'j', 'reply', id, 'w', author_id, '', 1, 1 FROM messages WHERE id = {first}"
            ),
            "1 jobs for replies that have ended",
        ),
        (&format!("UPDATE messages SET ended_at = NULL WHERE id = {first}"), "messages that ended without saying when"),
        ("UPDATE messages SET chat_id = 'nowhere' WHERE number = 3", "1 messages of a chat that is not there"),
        ("UPDATE chats SET owner_id = 'nobody'", "2 chats of a workspace or a person that is not there"),
    ];
    let (mut all, mut orphans) = (promises().collect::<BTreeSet<_>>(), false);
    for (sql, words) in breaks {
        assert!(force(&server.database(), sql).await > 0, "{sql}");
        let (status, said) = server.launch().command(&["check"]).fails().await;
        assert!(!status.success() && said.contains(words), "{words}: {said}");
        all.retain(|promise| !said.contains(promise));
        orphans |= said.contains("rows of message_chunks refer to rows of messages that are not there");
    }
    assert!(all.is_empty(), "no test breaks these: {all:?}");
    assert_eq!(orphans, !is_postgres(), "SQLite itself says what refers to nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_said_to_be_so() {
    let launch = Launch::without_provider().variable("DATABASE_URL", "sqlite://nowhere.db");
    let (status, said) = launch.command(&["check"]).fails().await;
    assert!(!status.success() && said.contains("there is no database at nowhere.db"), "{said}");
}
