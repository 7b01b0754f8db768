//! What is deleted is gone for good after a while.

use parlance::{
    domain::{actor::Origin, audit::AuditAction},
    server::{
        access::FIRST,
        store::{DEFAULT_CONNECTIONS, Store, audit::Entry},
    },
};
use tempfile::TempDir;

use crate::support::database::{TestDatabase, change, value};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_chat_is_removed_with_all_its_messages_and_keeps_no_other_from_it() {
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::new(folder.path());
    let url = database.url();
    let store = Store::open(&url, DEFAULT_CONNECTIONS).await.unwrap();
    store.ensure_first(FIRST).await.unwrap();
    store.close().await;
    // One process a file.
    drop(store);
    for chat in ["full", "short"] {
        let begin = format!(
            "INSERT INTO chats (id, workspace_id, owner_id, title, created_at, active_at, deleted_at)
             SELECT '{chat}', w.id, u.id, 'A chat', 1, 1, 1 FROM workspaces w, users u"
        );
        assert_eq!(change(&url, &begin).await, 1);
    }
    // Each message below the one before, as many as a chat may hold.
    let fill = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
         INSERT INTO messages (id, chat_id, parent_id, number, role, author_id, status, created_at)
         SELECT 'm' || n, 'full', CASE WHEN n > 1 THEN 'm' || (n - 1) END, n, 'user', u.id, 'complete', 1
         FROM numbers, users u ORDER BY n";
    assert_eq!(change(&url, fill).await, 1000);

    let store = Store::open(&url, DEFAULT_CONNECTIONS).await.unwrap();
    assert_eq!(store.sweep_deleted(store.now()).await.unwrap(), 2);
    store.close().await;
    assert_eq!(value(&url, "SELECT count(*) FROM messages").await, 0);
    assert_eq!(value(&url, "SELECT count(*) FROM chats").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_the_audit_log_that_nobody_can_read_is_kept_for_a_month() {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::new(folder.path());
    let url = database.url();
    let store = Store::open(&url, DEFAULT_CONNECTIONS).await.unwrap();
    store.ensure_first(FIRST).await.unwrap();
    let refused = || Entry::of(AuditAction::SignInRefused, "ada@example.com");
    let of_workspace = refused().within(FIRST.workspace.unwrap());
    for entry in [refused(), refused().by(FIRST.user), of_workspace] {
        store.record(entry, Origin::SERVER).await.unwrap();
    }
    store.close().await;
    drop(store);
    for (days, kept) in [(29, 3), (2, 2)] {
        change(&url, &format!("UPDATE audit_entries SET created_at = created_at - {days} * {DAY}")).await;
        let store = Store::open(&url, DEFAULT_CONNECTIONS).await.unwrap();
        store.sweep_expired().await.unwrap();
        store.close().await;
        drop(store);
        assert_eq!(value(&url, "SELECT count(*) FROM audit_entries").await, kept);
    }
}
