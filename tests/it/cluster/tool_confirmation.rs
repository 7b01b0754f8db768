//! A call that waits on one node is answered on another.

use parlance::domain::{message::Status, tool::CallStatus};
use serde_json::json;

use crate::support::{cluster::Cluster, script::Script};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allowed_on_any_node_a_call_goes_on_at_the_one_that_writes_the_reply() {
    let cluster = Cluster::start(2).await;
    let started = cluster.client(0).chat_with_tools(&cluster.upstream, &["calculate"]).await;
    cluster.client(0).ask_before_tools(started.chat, true).await.unwrap();
    cluster.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "6*7"})));
    cluster.upstream.answer(Script::reply("42."));
    let made = cluster.client(0).send(started.chat, "Go").await.unwrap();
    let other = 1 - cluster.writer_of(made.reply).await;
    let mut viewer = cluster.client(other).follow(made.reply, 0).await;
    viewer.until_call(0, CallStatus::Asked).await;
    cluster.client(other).allow(made.reply, 0, false).await.unwrap();
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("42.", Some(Status::Complete)));
    for node in 0..2 {
        let message = cluster.client(node).message(started.chat, made.reply).await;
        assert_eq!(message.reply(), seen.reply());
        assert_eq!(message.tool_calls[0].result.as_deref(), Some("42"));
    }
}
