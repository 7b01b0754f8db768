//! What a supervisor asks.

use crate::support::{app::TestApp, process::Launch, upstream::Upstream};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_runs_says_that_it_is_alive_and_ready() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = app.client.get(path).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let kept = answer.headers().get("cache-control").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(kept.contains("no-store"), "{path}: {kept:?}");
        assert!(answer.text().await.unwrap().len() < 1_000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_not_depend_on_the_provider() {
    let nobody = Upstream::nobody().await;
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).variable("OPENAI_BASE_URL", &nobody).start().await;
    assert_eq!(server.client.get("/readyz").await.status().as_u16(), 200);
    assert_eq!(upstream.calls(), 0);
}
