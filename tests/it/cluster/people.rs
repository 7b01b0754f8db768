//! Who may come in is the same on every node.

use std::time::{Duration, Instant};

use futures::future::join_all;
use parlance::domain::{error::AppError, member::MemberRole};
use reqwest::StatusCode;

use crate::support::{
    cluster::Cluster,
    people::{OWNER, error_of},
    script::Script,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_suspended_through_one_node_reads_no_more_on_another() {
    let cluster = Cluster::with_sign_in(2).await;
    let (a, b) = (cluster.client(0), cluster.client(1));
    let ada = a.set_up().await;
    let grace = b.member(&cluster.url(), "Grace", MemberRole::Member).await;
    cluster.upstream.answer(Script::stream().role().tokens(["a "], Duration::ZERO).hold());
    let started = grace.start("Hello").await;
    let mut viewer = grace.follow(started.reply, 0).await;
    viewer.until_text("a ").await;
    let member = grace.me().await.person.id.to_string();
    let asked = Instant::now();
    ada.order("suspend_member", &[("member", &member)]).await.unwrap();
    viewer.until_close().await;
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
    let refusal = grace.try_chat(started.chat).await.unwrap_err();
    assert_eq!(error_of(refusal), AppError::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_guesses_at_two_nodes_has_as_many_tries_as_at_one() {
    let cluster = Cluster::with_sign_in(2).await;
    cluster.client(0).set_up().await;
    let tries = (0..12).map(|number| cluster.client(number % 2).sign_in(OWNER, "another horse battery"));
    let refused: Vec<_> = join_all(tries).await.into_iter().filter_map(Result::err).collect();
    let waits = refused.iter().filter(|refusal| refusal.status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((refused.len(), waits.count()), (12, 2));
}
