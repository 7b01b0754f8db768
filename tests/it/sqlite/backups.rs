//! A backup is taken while people write, and put back where nobody does.

use std::{
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use futures::future::join_all;
use parlance::domain::message::Status;
use tempfile::TempDir;

use crate::support::{
    client::Client,
    database::{change, of_version},
    process::Launch,
    script::Script,
    upstream::Upstream,
};

/// How many replies are written while backups are taken, at least.
const LOAD: usize = 40;

async fn write(client: &Client, written: &AtomicUsize, enough: &AtomicBool) {
    while !enough.load(Ordering::Relaxed) {
        let (_, seen) = client.ask("Count").await;
        assert_eq!(seen.status(), Some(Status::Complete));
        written.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_all_that_was_acknowledged_before_it() {
    let upstream = Upstream::start().await;
    let tokens: Vec<String> = (0..30).map(|number| format!("{number} ")).collect();
    let text = tokens.concat();
    let script = Script::stream().role().tokens(tokens.iter().map(String::as_str), Duration::from_millis(5));
    let script = script.finish("stop").done();
    upstream.answer_with(move |_| Some(script.clone()));
    let server = Launch::new(&upstream).start().await;
    let before = join_all((0..10).map(|_| server.client.ask("Count"))).await;
    let folder = TempDir::new().unwrap();
    let file = |number: usize| folder.path().join(format!("{number}.backup")).display().to_string();

    let (written, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let writing = join_all((0..8).map(|_| write(&server.client, &written, &enough)));
    let backing_up = async {
        let mut number = 0;
        while written.load(Ordering::Relaxed) < LOAD {
            number += 1;
            let said = server.launch().command(&["backup", &file(number)]).succeeds().await;
            assert!(said.contains("The backup is in"), "{said}");
            // While they write, all is well at every moment.
            server.launch().command(&["check"]).succeeds().await;
        }
        enough.store(true, Ordering::Relaxed);
        number
    };
    let (_, last) = futures::join!(writing, backing_up);

    let elsewhere = Launch::new(&upstream);
    let mode = std::fs::metadata(file(last)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "a backup is for whoever made it");
    let said = elsewhere.clone().command(&["restore", &file(last)]).succeeds().await;
    assert!(said.contains("the database is ") && said.contains("parlance.db."), "{said}");
    elsewhere.clone().command(&["check"]).succeeds().await;
    let restored = elsewhere.start().await;
    for (started, seen) in before {
        assert_eq!(restored.client.follow_to_end(started.reply, 0).await.log, seen.log);
        assert_eq!(restored.client.message(started.chat, started.reply).await.content, text);
    }
    for chat in restored.client.chats(false).await {
        let reply = restored.client.chat(chat.id).await.messages.pop().unwrap();
        // What ran was interrupted by the move; what waited is answered in the new house.
        let seen = restored.client.follow_to_end(reply.id, 0).await;
        assert!(text.starts_with(&seen.text()) && seen.status().is_some_and(Status::is_terminal), "{reply:?}");
    }
    restored.client.ask("And on it goes").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_replaces_nothing() {
    let upstream = Upstream::start().await;
    upstream.answer(Script::reply("Hello."));
    let server = Launch::new(&upstream).start().await;
    server.client.ask("Hello").await;
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    server.launch().command(&["backup", &path("good")]).succeeds().await;
    std::fs::write(path("text"), "Dear diary").unwrap();
    std::fs::write(path("cut"), &std::fs::read(path("good")).unwrap()[..9_000]).unwrap();

    let fails = async |command: &[&str], words: &str| {
        let (status, said) = server.launch().command(command).fails().await;
        assert!(!status.success() && said.contains(words), "{command:?}: {said}");
    };
    fails(&["backup", &path("good")], "is there already").await;
    fails(&["backup", &path("no/such/folder")], "no backup was written").await;
    fails(&["restore", &path("good")], "in use").await;
    server.terminate().await;
    fails(&["restore", &path("good")], "is not empty").await;
    // Of a version that is yet to come.
    std::fs::copy(path("good"), path("newer")).unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'newer', 1, x'00', 1)";
    change(&format!("sqlite://{}", path("newer")), newer).await;
    let (status, said) = Launch::new(&upstream).command(&["restore", &path("newer")]).fails().await;
    assert!(!status.success() && said.contains("use the newer Parlance that made it"), "{said}");
    std::fs::remove_file(path("newer")).unwrap();
    for (name, words) in [("text", "no whole backup"), ("cut", "no whole backup"), ("nothing", "nothing was restored")]
    {
        let (status, said) = Launch::new(&upstream).command(&["restore", &path(name)]).fails().await;
        assert!(!status.success() && said.contains(words), "{name}: {said}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_an_older_version_is_restored_and_brought_up_to_date() {
    let upstream = Upstream::start().await;
    upstream.answer(Script::reply("Hello."));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("old").display().to_string();
    of_version(&format!("sqlite://{file}"), 1).await;

    let elsewhere = Launch::new(&upstream);
    elsewhere.clone().command(&["restore", &file]).succeeds().await;
    let restored = elsewhere.start().await;
    let chats = restored.client.chats(false).await;
    assert_eq!(chats.iter().map(|chat| chat.title.as_str()).collect::<Vec<_>>(), ["An old chat"]);
    restored.client.ask("And on it goes").await;
}
