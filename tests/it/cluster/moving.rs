//! Moving house: from SQLite to PostgreSQL and back, with everything.

use std::{sync::Arc, time::Duration};

use parlance::{
    domain::{id::ModelId, member::MemberRole, message::Status},
    server::providers::MAIN,
};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::support::{
    client::{Client, accepted},
    database::{TestDatabase, change, value},
    people::{OWNER, PASSWORD},
    picture::PNG,
    process::Launch,
    script::Script,
    upstream::{MODEL, Upstream},
    wait::soon,
};

/// The lines that name a table, its rows and their sum.
fn sums(said: &str) -> Vec<String> {
    said.lines().filter(|line| line.contains(" rows ")).map(str::to_owned).collect()
}

/// Has the server write into tables that chats alone leave empty.
async fn fill(ada: &Client, upstream: &Upstream, url: &str) {
    ada.order("create_token", &[("name", "A script"), ("scope", "read")]).await.unwrap();
    ada.order("invite", &[("role", "member")]).await.unwrap();
    let grace = ada.member(url, "Grace", MemberRole::Member).await.me().await.person.id;
    ada.order("remove_member", &[("member", &grace.to_string())]).await.unwrap();
    accepted(ada.upload("set_avatar", &[], ("picture", PNG)).send().await.unwrap()).await.unwrap();
    ada.order("set_moderation", &[("moderation", "false")]).await.unwrap();
    ada.product("Engine", "500 kg").await;
    ada.expert("Hopper", "Be brief.", "").await;
    ada.budget("workspace", "requests", "1000", true).await;
    let model = ModelId::new();
    let sql = format!(
        "INSERT INTO models (id, provider_id, model, name, tools, created_at, updated_at)
         VALUES ('{model}', '{MAIN}', '{MODEL}', '{MODEL}', 1, 1, 1)"
    );
    change(url, &sql).await;
    ada.save_model(model, &[("input_price", "7")]).await.unwrap();
    let calculating = ada.chat_with_tools(upstream, &["calculate"]).await;
    upstream.answer(Script::calling("a", "calculate", &json!({ "expression": "6 * 7" })));
    upstream.answer(Script::reply("42"));
    ada.send_and_follow(calculating.chat, "What is it?").await;
}

/// What the server writes for a while only, or after others were asked: written past it, and good for long.
const REST: [&str; 7] = [
    "INSERT INTO password_resets (secret_hash, user_id, created_at, expires_at)
     SELECT 'reset', user_id, 1, 9000000000000000 FROM setup",
    "INSERT INTO identities (issuer, subject, user_id, created_at)
     SELECT 'https://id.example.com', 'ada', user_id, 1 FROM setup",
    "INSERT INTO oidc_attempts (secret_hash, state, nonce, verifier, next, expires_at)
     VALUES ('attempt', 'state', 'nonce', 'verifier', '/', 9000000000000000)",
    "INSERT INTO throttles (key, full_at) VALUES ('send/person/nobody', 4000000000000000)",
    "INSERT INTO mcp_servers (id, workspace_id, name, url, created_at, updated_at)
     SELECT '01900000-0000-7000-8000-000000000001', workspace_id, 'x', 'https://mcp.example.com', 1, 1 FROM setup",
    "INSERT INTO mcp_tools (server_id, name, description, parameters) SELECT id, 'add', 'Adds.', '{}' FROM mcp_servers",
    "INSERT INTO title_jobs (chat_id, workspace_id, user_id, request_id, run_at, created_at)
     SELECT id, workspace_id, owner_id, '', 9000000000000000, 1 FROM chats WHERE title = 'The house'",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_along_to_postgres_and_back() {
    let upstream = Upstream::start().await;
    let (folder, postgres) = (TempDir::new().unwrap(), Arc::new(TestDatabase::postgres()));
    let [first, second] = ["first", "second"].map(|name| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        Arc::new(TestDatabase::sqlite(&folder))
    });
    let with_sign_in = |database| {
        let launch = Launch::new(&upstream).on(database).variable("PARLANCE_AUTH", "on");
        // So that one waits while another is written.
        launch.variable("PARLANCE_CONCURRENCY", "1")
    };
    let server = with_sign_in(&first).start().await;
    let ada = server.client.set_up().await;
    fill(&ada, &upstream, &first.url()).await;
    upstream
        .answer(Script::stream().role().reasoning("Grübel ").text("Größe 漢字 👩‍👩‍👧‍👦").usage(3, 4).finish("stop").done());
    upstream.answer(Script::error(400, "No"));
    upstream.answer(Script::reply(&"A long one. ".repeat(20_000)));
    upstream.answer(Script::stream().role().text("Until the house is moved").hold());
    let (started, seen) = ada.ask("Hello").await;
    assert_eq!(ada.ask("No?").await.1.status(), Some(Status::Failed));
    ada.ask("A lot").await;
    let made = ada.send(started.chat, "Go on").await.unwrap();
    ada.follow(made.reply, 0).await.until_text("moved").await;
    ada.rename(started.chat, "The house").await.unwrap();
    let waiting = ada.start("Will there be room?").await;

    let copy = |from: &TestDatabase, to: &TestDatabase| {
        Launch::new(&upstream).command(&["copy", "--from", &from.url(), "--to", &to.url()])
    };
    let (_, said) = copy(&first, &postgres).fails().await;
    assert!(said.contains("in use"), "{said}");
    server.terminate().await;
    for sql in REST {
        assert_eq!(change(&first.url(), sql).await, 1, "{sql}");
    }
    let there = copy(&first, &postgres).succeeds().await;
    let back = copy(&postgres, &second).succeeds().await;
    assert_eq!(sums(&there), sums(&back));
    assert!(!sums(&there).is_empty() && !there.contains(" 0 rows "), "every table has something in it: {there}");
    upstream.answer_to("room?", Script::reply("There is."));
    for (from, to) in [(&first, &postgres), (&postgres, &second)] {
        let before = value(&to.url(), "SELECT count(*) FROM messages").await;
        let (status, said) = copy(from, to).fails().await;
        assert!(!status.success() && said.contains("the target is not empty"), "{said}");
        assert_eq!(value(&to.url(), "SELECT count(*) FROM messages").await, before);
    }

    for database in [&postgres, &second] {
        Launch::new(&upstream).on(database).command(&["check"]).succeeds().await;
        let server = with_sign_in(database).start().await;
        let ada = server.client.sign_in(OWNER, PASSWORD).await.unwrap();
        assert_eq!(ada.follow_to_end(started.reply, 0).await.log, seen.log);
        let reply = ada.message(started.chat, made.reply).await;
        assert_eq!((reply.content.as_str(), reply.status), ("Until the house is moved", Status::Interrupted));
        let chats = ada.chats(false).await;
        assert_eq!(chats.iter().find(|chat| chat.id == started.chat).unwrap().title, "The house");
        assert_eq!(ada.follow_to_end(waiting.reply, 0).await.text(), "There is.");
        upstream.answer(Script::reply("Welcome home."));
        assert_eq!(ada.ask("Hello again").await.1.text(), "Welcome home.");
        server.terminate().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_postgres_is_left_to_its_own_tools() {
    let upstream = Upstream::start().await;
    let database = Arc::new(TestDatabase::postgres());
    for command in ["backup", "restore"] {
        let (status, said) = Launch::new(&upstream).on(&database).command(&[command, "file"]).fails().await;
        assert!(!status.success() && said.contains("pg_dump"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_is_just_writing_into_the_target_is_waited_for_and_noticed() {
    let (upstream, folder) = (Upstream::start().await, TempDir::new().unwrap());
    let (from, to) = (Arc::new(TestDatabase::sqlite(folder.path())), Arc::new(TestDatabase::postgres()));
    upstream.answer(Script::reply("Hello."));
    let server = Launch::new(&upstream).on(&from).start().await;
    server.client.ask("Hello").await;
    server.terminate().await;
    let copy =
        |from: &TestDatabase| Launch::new(&upstream).command(&["copy", "--from", &from.url(), "--to", &to.url()]);
    // Makes the target's schema, and nothing else.
    let empty = TempDir::new().unwrap();
    copy(&TestDatabase::sqlite(empty.path())).succeeds().await;
    // A node was started on it, and writes the first things that it writes.
    let mut node = PgConnection::connect(&to.url()).await.unwrap();
    let mut writing = node.begin().await.unwrap();
    let written = "INSERT INTO workspaces (id, name, created_at) VALUES ('w', 'Another', 1)";
    sqlx::query(written).execute(&mut *writing).await.unwrap();
    let (status, said) = {
        let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let finishing = async {
            soon("the copy to wait", async {
                while value(&to.url(), waits).await == 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
            .await;
            writing.commit().await.unwrap();
        };
        futures::join!(copy(&from).fails(), finishing).0
    };
    assert!(!status.success() && said.contains("the target is not empty: its table workspaces has rows"), "{said}");
    assert_eq!(value(&to.url(), "SELECT count(*) FROM chats").await, 0);
}
