//! Whoever lost a lease writes nothing more, and the reply ends all the same.

use std::time::Duration;

use parlance::domain::message::Status;

use crate::support::{
    database::{change, value},
    process::Launch,
    script::Script,
    upstream::Upstream,
    wait::soon,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_whose_lease_was_taken_adds_nothing_and_the_reply_ends_as_interrupted() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    let (feed, script) = Script::stream().role().feed();
    upstream.answer(script.hold());
    let started = server.client.start("Whose is it?").await;
    feed.text("Mine. ");
    let kept = "SELECT count(*) FROM message_chunks WHERE content = 'Mine. '";
    soon("the text to be committed", async {
        while value(&server.database(), kept).await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;

    let taken = "UPDATE jobs SET lease_owner = 'another node', fence = fence + 1";
    assert_eq!(change(&server.database(), taken).await, 1);
    feed.text("Not any more. ");
    // The other node dies as well.
    assert_eq!(change(&server.database(), "UPDATE jobs SET lease_until = 0").await, 1);
    soon("the reply to end", async {
        while server.client.message(started.chat, started.reply).await.status != Status::Interrupted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let seen = server.client.follow_to_end(started.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Mine. ", Some(Status::Interrupted)));
    assert_eq!(upstream.calls(), 1);
}
