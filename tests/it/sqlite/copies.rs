//! A copy that does not become the same is not made.

use std::sync::Arc;

use tempfile::TempDir;

use crate::support::{
    database::{TestDatabase, change, value},
    process::Launch,
    script::Script,
    upstream::Upstream,
};

/// What `parlance copy` says of a target that was tampered with before.
async fn copy_into(tampered_with: &str) -> String {
    let upstream = Upstream::start().await;
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let [from, to] = folders.each_ref().map(|folder| Arc::new(TestDatabase::sqlite(folder.path())));
    let server = Launch::new(&upstream).on(&from).start().await;
    upstream.answer(Script::reply("Hello."));
    server.client.ask("Hello").await;
    server.terminate().await;
    // Makes the target's schema.
    let copy =
        |from: &TestDatabase| Launch::new(&upstream).command(&["copy", "--from", &from.url(), "--to", &to.url()]);
    let empty = TempDir::new().unwrap();
    copy(&TestDatabase::sqlite(empty.path())).succeeds().await;
    change(&to.url(), tampered_with).await;
    let (status, said) = copy(&from).fails().await;
    assert!(!status.success() && said.contains("nothing was copied"), "{said}");
    assert_eq!(value(&to.url(), "SELECT count(*) FROM chats").await, 0);
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_reads_back_as_something_else_keeps_everything_from_being_copied() {
    let said = copy_into(
        "CREATE TRIGGER changes AFTER INSERT ON messages BEGIN UPDATE messages SET content = 'Hallo.' WHERE id = NEW.id; END",
    );
    let said = said.await;
    assert!(said.contains("the table messages does not read back as it was written"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_with_other_columns_is_refused() {
    let said = copy_into("ALTER TABLE chats ADD COLUMN colour TEXT").await;
    assert!(said.contains("the table chats has other columns in the target"), "{said}");
}
