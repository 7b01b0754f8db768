//! A trace goes on where the work goes on.

use crate::{
    support::{
        cluster::Cluster,
        collector::{Collector, named},
        script::Script,
    },
    traces::{STEPS, start},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_another_node_writes_is_in_the_trace_of_its_request() {
    let (cluster, collector) = (Cluster::start(0).await, Collector::start().await);
    let node = |command: &[&str], name: &str| {
        let node = collector.taking(cluster.launch()).command(command);
        node.variable("OTEL_RESOURCE_ATTRIBUTES", &format!("service.instance.id={name}"))
    };
    let pages = node(&["serve", "--no-worker"], "pages").start().await;
    let _worker = node(&["work"], "worker").start().await;
    cluster.upstream.answer(Script::reply("From the other one."));
    let (started, request) = start(&pages.client, "Who answers?").await;
    pages.client.follow_to_end(started.reply, 0).await;
    let spans = collector.trace(&request, &STEPS).await;
    let [asked, reply, .., word] = STEPS.map(|name| named(&spans, name));
    assert_eq!((asked.sender["service.instance.id"].as_str(), asked.parent.len()), ("pages", 0));
    assert_eq!(reply.sender["service.instance.id"], "worker");
    assert_eq!(word.sender["service.instance.id"], "worker");
    assert_eq!(reply.parent, asked.id, "it goes on from the request");
}
