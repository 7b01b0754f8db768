//! What is deleted is gone for good after a while.

use parlance::server::{
    access::LOCAL,
    store::{Store, now_micros},
};
use tempfile::TempDir;

use crate::support::database::{change, value};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_chat_is_removed_with_all_its_messages_and_keeps_no_other_from_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("parlance.db");
    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url).await.unwrap();
    store.ensure_actor(&LOCAL).await.unwrap();
    store.close().await;
    // One process a file.
    drop(store);
    for chat in ["full", "short"] {
        let begin = format!(
            "INSERT INTO chats (id, workspace_id, owner_id, title, created_at, active_at, deleted_at)
             SELECT '{chat}', w.id, u.id, 'A chat', 1, 1, 1 FROM workspaces w, users u"
        );
        assert_eq!(change(&file, &begin).await, 1);
    }
    // Each message below the one before, as many as a chat may hold.
    let fill = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
         INSERT INTO messages (id, chat_id, parent_id, number, role, author_id, status, created_at)
         SELECT 'm' || n, 'full', CASE WHEN n > 1 THEN 'm' || (n - 1) END, n, 'user', u.id, 'complete', 1
         FROM numbers, users u ORDER BY n";
    assert_eq!(change(&file, fill).await, 1000);

    let store = Store::open(&url).await.unwrap();
    assert_eq!(store.sweep_deleted(now_micros()).await.unwrap(), 2);
    store.close().await;
    assert_eq!(value(&file, "SELECT count(*) FROM messages").await, 0);
    assert_eq!(value(&file, "SELECT count(*) FROM chats").await, 0);
}
