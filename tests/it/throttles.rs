//! Too much in a short time is refused, with how long to wait.

use std::time::Instant;

use futures::{StreamExt, stream};
use parlance::domain::{
    error::AppError,
    id::{ChatId, MessageId},
};
use reqwest::StatusCode;

use crate::support::{app::TestApp, database::change, people::error_of, script::Script, wait::soon};

/// What a person may send at once.
const BURST: usize = 60;
/// How much of it is on its way at the same time: a machine with too much to do would refuse some for that.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_sends_as_a_machine_does_has_to_wait_and_loses_nothing() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let ada = app.client.set_up().await;
    let began = Instant::now();
    let sent = stream::iter(0..BURST + 20).map(|number| {
        let ada = ada.clone();
        async move { ada.start_as(ChatId::new(), MessageId::new(), &format!("Message {number}")).await }
    });
    let sent: Vec<_> = sent.buffered(AT_ONCE).collect().await;
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    let (taken, refused): (Vec<_>, Vec<_>) = sent.into_iter().partition(Result::is_ok);
    // One more for every second that it took.
    assert!((BURST..=BURST + seconds + 1).contains(&taken.len()), "{} in {seconds} s", taken.len());
    assert_eq!(ada.chats(false).await.len(), taken.len());
    for refusal in refused.into_iter().filter_map(Result::err) {
        assert_eq!(refusal.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(matches!(error_of(refusal), AppError::TooMany { seconds: 1..=21 }));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_has_a_limit_for_all_its_people_together() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::reply("Yes."));
    let ada = app.client.set_up().await;
    let used_up =
        "INSERT INTO throttles (key, full_at) SELECT 'send/workspace/' || id, 4000000000000000 FROM workspaces";
    assert_eq!(change(&app.database(), used_up).await, 1);
    let refusal = ada.start_as(ChatId::new(), MessageId::new(), "Hello").await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(change(&app.database(), "DELETE FROM throttles WHERE key LIKE 'send/workspace/%'").await, 1);
    ada.ask("Hello").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_to_wait_is_told_how_long() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let used_up = "INSERT INTO throttles (key, full_at) SELECT 'send/person/' || id, 4000000000000000 FROM users";
    assert_eq!(change(&app.database(), used_up).await, 1);
    let (chat, message) = (ChatId::new().to_string(), MessageId::new().to_string());
    let fields = [("chat", chat.as_str()), ("message", &message), ("text", "Hello")];
    let answer = soon("an answer", ada.post("start_chat", &fields).send()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let header: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let error: AppError = answer.json().await.unwrap();
    assert_eq!(error, AppError::TooMany { seconds: header });
    assert!(error.to_string().contains(&header.to_string()));
}
