//! Without a provider the built-in model answers, through the same door as any other, and says what it is.

use parlance::domain::message::Status;

use crate::support::{process::Launch, upstream::Upstream};

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
