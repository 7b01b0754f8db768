//! Without a provider the built-in model answers, through the same door as any other, and says what it is.

use parlance::{domain::message::Status, server::config::Provider, texts::frame::DEMO_ANSWERS};
use serde_json::json;

use crate::support::{
    app::TestApp,
    process::Launch,
    providers::{answer_with, with_own_providers},
    upstream::Upstream,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_an_answer_that_says_how_to_connect_a_real_model() {
    let server = Launch::without_provider().start().await;
    server.says("demo model").await;
    let (started, seen) = server.client.ask("Hello, who are you?").await;
    assert_eq!(seen.status(), Some(Status::Complete), "{:?}", seen.end());
    let text = seen.text();
    for part in ["OPENAI_API_KEY", "OPENAI_BASE_URL"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(seen.usage().is_some());
    for path in ["/".to_owned(), format!("/chats/{}", started.chat)] {
        let page = server.client.page(&path).await;
        assert!(page.to_lowercase().contains("demo model"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_another_model_answers_no_page_says_that_it_does() {
    let app = TestApp::start_with(|config| {
        with_own_providers(config);
        config.provider = Provider::Demo;
    })
    .await;
    let (started, _) = app.client.ask("Hello?").await;
    let (chat, new, elsewhere) = (format!("/chats/{}", started.chat), "/".to_owned(), "/chats/archived".to_owned());
    let says = async |path: &str| app.client.page(path).await.contains(DEMO_ANSWERS);
    for path in [&chat, &new, &elsewhere] {
        let page = app.client.page(path).await;
        assert!(page.contains(DEMO_ANSWERS) && page.contains(r#"href="/workspace/providers""#), "{path}: {page}");
    }
    app.upstream.lists(&json!({ "object": "list", "data": [{ "id": "loom" }] }));
    let provider = app.client.provider("Elsewhere", &app.upstream.base_url(), "").await;
    app.client.choose_model(started.chat, &format!("{provider}/loom")).await.unwrap();
    assert!(!says(&chat).await && says(&new).await && says(&elsewhere).await, "one chat has a model of its own");
    app.client.choose_model(started.chat, "").await.unwrap();
    answer_with(&app.database(), provider, "loom").await;
    for path in [&chat, &new, &elsewhere] {
        assert!(!says(path).await, "{path}: the workspace has another one");
    }
    app.client.choose_model(started.chat, "demo").await.unwrap();
    assert!(says(&chat).await && !says(&new).await, "it answers here alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_can_be_stopped_like_any_other() {
    let server = Launch::without_provider().start().await;
    let started = server.client.start("Tell me everything").await;
    let mut viewer = server.client.follow(started.reply, 0).await;
    viewer.until_position(10).await;
    server.client.stop(started.reply).await.unwrap();
    assert_eq!(viewer.until_end().await.status(), Some(Status::Stopped));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_not_run_when_there_is_a_provider() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    let page = server.client.page("/").await;
    assert!(!page.to_lowercase().contains("demo model"), "{page}");
    assert!(!server.said().to_lowercase().contains("demo"), "{}", server.said());
}
