//! Nothing that people, models or other programs write can forge a line of the log or command the terminal that shows it.

use serde_json::Value;

use crate::support::{
    database::{change, is_postgres},
    process::{Launch, TestProcess},
    raw::Raw,
    script::Script,
    upstream::Upstream,
};

/// A line that is none, a colour, and text that is read backwards.
const FORGED: &str = "no\n2026-11-21T00:00:00.000000Z ERROR forged\u{1b}[31m\u{9b}32m\u{202e}drawkcab";

/// Has the database refuse every new title with this text in its error.
async fn refuse_titles(database: &str, text: &str) {
    if is_postgres() {
        let body = format!("BEGIN RAISE EXCEPTION '{text}'; END");
        change(database, &format!("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")).await;
        let trigger = "CREATE TRIGGER refuse BEFORE UPDATE OF title ON chats FOR EACH ROW EXECUTE FUNCTION refuse()";
        change(database, trigger).await;
    } else {
        let body = format!("SELECT RAISE(ABORT, '{text}');");
        change(database, &format!("CREATE TRIGGER refuse BEFORE UPDATE OF title ON chats BEGIN {body} END")).await;
    }
}

/// Brings the text into the log by every way there is: the model, its error, an address, a header, the database, a setting.
async fn say_everywhere(server: &TestProcess, upstream: &Upstream) {
    upstream.answer(Script::error(400, FORGED));
    let (started, _) = server.client.ask(FORGED).await;
    upstream.answer(Script::stream().text(FORGED).data(FORGED));
    server.client.regenerate(started.reply).await.unwrap();
    refuse_titles(&server.database(), FORGED).await;
    let refusal = server.client.rename(started.chat, FORGED).await.unwrap_err();
    assert_eq!(refusal.status.as_u16(), 500);
    assert!(!refusal.body.contains("forged"), "{refusal:?}");
    server.logs("a request failed").await;
    for path in ["/no%0a2026-11-21T00:00:00Z%20ERROR%20forged%1b[31m", "/no\u{202e}drawkcab"] {
        let mut connection = Raw::connect(server.address).await;
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \u{9b}32m\u{202e}drawkcab\r\n\r\n");
        connection.send(head).await;
        connection.hears("HTTP/1.1 4").await;
    }
    server.terminate().await;
}

fn is_harmless(log: &str) {
    let dangerous = log.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
    assert_eq!(dangerous, None, "{log}");
    assert!(log.contains("ERROR forged"), "the text is not in the log at all: {log}");
    assert!(
        !log.lines().any(|line| line.contains("00:00.000000Z ERROR forged") && line.starts_with("2026-11-21T00:00:00"))
    );
}

fn talkative(upstream: &Upstream, format: &str) -> Launch {
    let launch = Launch::new(upstream).variable("PARLANCE_LOG", "trace").variable("PARLANCE_LOG_FORMAT", format);
    launch.variable("OPENAI_MODEL", FORGED)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_becomes_a_line_for_people_of_its_own() {
    let upstream = Upstream::start().await;
    let server = talkative(&upstream, "pretty").start().await;
    say_everywhere(&server, &upstream).await;
    let log = server.log();
    is_harmless(&log);
    for line in log.lines() {
        let (time, rest) = line.split_once(' ').unwrap_or_default();
        assert!(time.len() == 27 && time.ends_with('Z') && time.starts_with("20"), "{line}");
        let level = rest.split_whitespace().next().unwrap_or_default();
        assert!(["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&level), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_becomes_a_line_for_programs_of_its_own() {
    let upstream = Upstream::start().await;
    let server = talkative(&upstream, "json").start().await;
    say_everywhere(&server, &upstream).await;
    let log = server.log();
    is_harmless(&log);
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let begins = lines.iter().find(|line| line["message"] == "the reply begins").unwrap();
    assert_eq!(begins["model"], FORGED, "it says what was said, to whoever reads it as JSON");
    assert!(lines.iter().all(|line| line["level"].is_string() && line["timestamp"].is_string()), "{log}");
}
