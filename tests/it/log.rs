//! The log: enough to follow a reply through its life, and nothing that has to stay secret.

use parlance::domain::message::Status;
use serde_json::Value;

use crate::support::{
    process::Launch,
    script::{Script, error_object},
    upstream::{KEY, Upstream},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_is_in_no_line_of_the_most_talkative_log() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).variable("PARLANCE_LOG", "trace").start().await;
    let repeated = format!("Incorrect API key provided: {KEY}");
    let answers = [
        Script::error(401, &repeated),
        Script::error(400, &repeated),
        Script::stream().text("So far").event(&error_object(&repeated)),
        Script::stream().data(&format!("{{ {KEY}")),
        Script::stream().role().reset(),
        Script::plain(200, "text/html", format!("<html>{KEY}</html>")),
        Script::reply("Hello."),
    ];
    for script in answers {
        upstream.answer(script);
        let (_, seen) = server.client.ask("Hello").await;
        assert!(seen.status().is_some());
    }
    let (_, status) = server.terminate().await;
    assert!(status.success());
    let log = server.log();
    assert!(log.lines().count() > 20, "{log}");
    let shown = log.lines().find(|line| line.contains(KEY));
    assert_eq!(shown, None);
    assert!(!server.said().contains(KEY));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_say_is_not_in_the_usual_log() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    upstream.answer(Script::reply("The answer is 4711-secret."));
    upstream.answer(Script::stream().text("The answer is 4711-secret.").data("{nonsense 4711-secret"));
    for _ in 0..2 {
        server.client.ask("My password is 0815-secret").await;
    }
    server.terminate().await;
    let log = server.log();
    assert!(!log.contains("4711-secret") && !log.contains("0815-secret"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_a_replys_life_names_the_reply() {
    let upstream = Upstream::start().await;
    let launch =
        Launch::new(&upstream).variable("PARLANCE_LOG_FORMAT", "json").variable("PARLANCE_LOG", "parlance=debug");
    let server = launch.start().await;
    upstream.answer(Script::error(503, "Later").header("retry-after", "0"));
    upstream.answer(Script::reply("Hello."));
    let (started, seen) = server.client.ask("Hello").await;
    assert_eq!(seen.status(), Some(Status::Complete));
    server.terminate().await;
    let log = server.log();
    let lines: Vec<Value> =
        log.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect();
    let about: Vec<&Value> =
        lines.iter().filter(|line| line.to_string().contains(&started.reply.to_string())).collect();
    let about: Vec<String> = about.into_iter().map(ToString::to_string).collect();
    let line = |words: &str| about.iter().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {log}"));
    let begins = line("the reply begins");
    let request = begins.split("\"request\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a request id");
    assert_eq!(request.len(), 32, "{begins}");
    for words in ["a reply was asked for", "asking the model again", "the reply ended"] {
        assert!(line(words).contains(request), "{words}: {log}");
    }
    assert!(line("the reply ended").contains("complete"), "{about:?}");
    assert!(
        log.lines().all(|line| line.is_empty() || line.starts_with('{')),
        "a log for programs is JSON throughout: {log}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_without_trouble_logs_no_error() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    upstream.answer(Script::reply("Hello."));
    upstream.answer(Script::stream().role().text("Wrong").hold());
    let (started, _) = server.client.ask("Hello").await;
    server.client.chat_page(started.chat).await;
    let made = server.client.send(started.chat, "More").await.unwrap();
    let mut viewer = server.client.follow(made.reply, 0).await;
    viewer.until_text("Wrong").await;
    drop(viewer);
    server.client.stop(made.reply).await.unwrap();
    server.client.get("/nowhere").await;
    server.terminate().await;
    let log = server.log();
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
}
