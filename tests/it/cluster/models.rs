//! Providers and models, with many nodes: what is changed on one holds on all, long before the minute after which each looks
//! by itself.

use std::time::Duration;

use parlance::domain::model_filter::ModelPage;
use serde_json::json;

use crate::support::{
    client::Client,
    cluster::Cluster,
    providers::answer_with,
    script::Script,
    upstream::Upstream,
    wait::{PATIENCE, soon},
};

/// Waits until a node offers models of these names and no others.
async fn offers(client: &Client, expected: &[&str]) {
    soon(format!("a node to offer {expected:?}"), async {
        loop {
            let page: ModelPage = client.call("browse_models", &[]).await.expect("a page of models");
            let open = page.models.iter().filter(|model| model.is_open());
            if open.map(|model| model.model.as_str()).eq(expected.iter().copied()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_changed_on_one_node_is_changed_on_every_other() {
    let cluster = Cluster::start(0).await;
    let launch = || {
        cluster
            .launch()
            .variable("PARLANCE_MASTER_KEY", &"0a".repeat(32))
            .variable("PARLANCE_PRIVATE_PROVIDERS", "allow")
            .start()
    };
    let (here, there) = (launch().await, launch().await);
    let other = Upstream::start().await;
    other.answer_with(|_| Some(Script::reply("From elsewhere.")));
    other.lists(&json!({ "data": [{ "id": "engine" }, { "id": "loom" }] }));
    offers(&there.client, &[]).await;
    let provider = here.client.provider("Elsewhere", &other.base_url(), "sk-first-of-two").await;
    offers(&there.client, &["engine", "loom"]).await;
    let engine = here.client.model_of(provider, "engine").await;
    there.client.switch_model(engine.id, false).await.unwrap();
    offers(&here.client, &["loom"]).await;
    answer_with(&cluster.url(), provider, "loom").await;
    assert_eq!(there.client.ask("Hello?").await.1.text(), "From elsewhere.");

    // Whichever node asks, it does so with the key that was entered last.
    here.client.save_provider(provider, "Elsewhere", &other.base_url(), "sk-second-of-two").await.unwrap();
    for client in [&here.client, &there.client] {
        client.ask("Hello again?").await;
    }
    let keys: Vec<_> = other.requests(3).await.iter().map(|one| one.headers["authorization"].clone()).collect();
    assert_eq!(keys, ["Bearer sk-first-of-two", "Bearer sk-second-of-two", "Bearer sk-second-of-two"]);
    there.client.order("delete_provider", &[("provider", &provider.to_string())]).await.unwrap();
    offers(&here.client, &[]).await;
    assert!(PATIENCE.as_secs() < 60, "else nobody knows whether the word came");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_read_a_list_once() {
    let upstream = Upstream::start().await;
    upstream.lists(&json!({ "data": [{ "id": "loom" }] }));
    let cluster = Cluster::start(0).await;
    let launch = || cluster.launch().variable("OPENAI_BASE_URL", &upstream.base_url()).start();
    let nodes = futures::join!(launch(), launch(), launch());
    for node in [&nodes.0, &nodes.1, &nodes.2] {
        offers(&node.client, &["loom"]).await;
    }
    assert_eq!(upstream.list_requests(1).await.len(), 1);
}
