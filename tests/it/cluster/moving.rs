//! Moving house: from SQLite to PostgreSQL and back, with everything.

use std::{sync::Arc, time::Duration};

use parlance::domain::message::Status;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::support::{
    database::{TestDatabase, value},
    people::{OWNER, PASSWORD},
    process::Launch,
    script::Script,
    upstream::Upstream,
    wait::soon,
};

/// The lines that name a table, its rows and their sum.
fn sums(said: &str) -> Vec<String> {
    said.lines().filter(|line| line.contains(" rows ")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_along_to_postgres_and_back() {
    let upstream = Upstream::start().await;
    let (folder, postgres) = (TempDir::new().unwrap(), Arc::new(TestDatabase::postgres()));
    let [first, second] = ["first", "second"].map(|name| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        Arc::new(TestDatabase::sqlite(&folder))
    });
    let with_sign_in = |database| Launch::new(&upstream).on(database).variable("PARLANCE_AUTH", "on");
    let server = with_sign_in(&first).start().await;
    let ada = server.client.set_up().await;
    ada.order("create_token", &[("name", "A script"), ("scope", "read")]).await.unwrap();
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

    let copy = |from: &TestDatabase, to: &TestDatabase| {
        Launch::new(&upstream).command(&["copy", "--from", &from.url(), "--to", &to.url()])
    };
    let (_, said) = copy(&first, &postgres).fails().await;
    assert!(said.contains("in use"), "{said}");
    server.terminate().await;
    let there = copy(&first, &postgres).succeeds().await;
    let back = copy(&postgres, &second).succeeds().await;
    assert_eq!(sums(&there), sums(&back));
    for table in ["users", "members", "sessions", "api_tokens", "audit_entries", "message_chunks"] {
        let line = sums(&there).into_iter().find(|line| line.trim_start().starts_with(table));
        assert!(line.is_some_and(|line| !line.contains(" 0 rows ")), "{there}");
    }
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
