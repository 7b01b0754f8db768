//! What is shared on one node is seen on every other, and what is not shared any more on none.

use std::time::{Duration, Instant};

use parlance::domain::{change::Change, chat::Sharing, error::AppError, member::MemberRole};

use crate::support::{cluster::Cluster, people::error_of, script::Script};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_is_shared_on_one_node_is_followed_on_another_until_it_is_not_shared_any_more() {
    let cluster = Cluster::start(0).await;
    let launch = || cluster.launch().variable("PARLANCE_AUTH", "on").start();
    let (here, there) = (launch().await, launch().await);
    let ada = here.client.set_up().await;
    let grace = there.client.member(&cluster.url(), "Grace", MemberRole::Member).await;
    cluster.upstream.answer(Script::reply("Hello."));
    let (private, _) = ada.ask("Alone").await;
    cluster.upstream.answer(Script::stream().role().text("Well").hold());
    let started = ada.start("Together").await;

    let mut listening = grace.listen().await;
    ada.rename(private.chat, "Secret").await.unwrap();
    ada.share(started.chat, Sharing::Read).await.unwrap();
    assert_eq!(listening.next().await, Some(Change::Chat(started.chat)));
    let mut viewer = grace.follow(started.reply, 0).await;
    viewer.until_text("Well").await;

    let begun = Instant::now();
    ada.share(started.chat, Sharing::Private).await.unwrap();
    assert_eq!(listening.next().await, Some(Change::Chat(started.chat)));
    assert_eq!(error_of(grace.try_chat(started.chat).await.unwrap_err()), AppError::NotFound);
    viewer.until_close().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
}
