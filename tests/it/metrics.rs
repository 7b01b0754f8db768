//! What a node counts about itself is there, is right, and stays small.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use futures::future::join_all;
use parlance::domain::message::Status;

use crate::support::{app::TestApp, figures::Figures, script::Script};

const ENDS: [&str; 6] = ["complete", "length", "filtered", "stopped", "failed", "interrupted"];

fn ended(figures: &Figures) -> Vec<f64> {
    ENDS.iter().map(|status| figures.value(&format!("parlance_replies_total{{status=\"{status}\"}}"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_anything_has_happened_every_figure_is_there_and_explained() {
    let app = TestApp::start().await;
    let answer = app.client.get("/metrics").await;
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let figures = Figures::of(&app.client).await;
    assert_eq!(ended(&figures), [0.0; 6]);
    for name in [
        "parlance_replies_running",
        "parlance_replies_queued",
        "parlance_replies_limited",
        "parlance_viewers",
        "parlance_change_listeners",
        "parlance_leases_lost_total",
        "parlance_connections_refused_total",
        "parlance_commit_failures_total",
        "parlance_commit_seconds_count",
        "parlance_reply_first_token_seconds_count",
        "parlance_added_delay_seconds_count",
    ] {
        assert!(figures.value(name).abs() < f64::EPSILON, "{name}");
    }
    let version = concat!("parlance_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
    assert!((figures.value(version) - 1.0).abs() < f64::EPSILON);
    assert!(figures.value("process_start_time_seconds") > 1.7e9);
    assert!(!figures.series("parlance_database_connections_limit").is_empty());
    assert_eq!(figures.series("parlance_wakes_total").len(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_is_counted_from_the_question_to_the_end() {
    let app = TestApp::start().await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let asked = Instant::now();
    let started = app.client.start("Hello").await;
    let mut viewers = join_all((0..3).map(|_| app.client.follow(started.reply, 0))).await;
    let figures = Figures::when(&app.client, "the reply to run", |figures| {
        figures.value("parlance_replies_running") == 1.0 && figures.value("parlance_viewers") == 3.0
    })
    .await;
    assert_eq!(figures.value("parlance_reply_first_token_seconds_count"), 0.0);
    // One at a time, and each later than the time between two measurements.
    let commits = |figures: &Figures| figures.value("parlance_commit_seconds_count");
    for (before, word) in [(0.0, "One, "), (1.0, "two, "), (2.0, "three.")] {
        tokio::time::sleep(Duration::from_millis(150)).await;
        feed.text(word);
        join_all(viewers.iter_mut().map(|viewer| viewer.until_text(word))).await;
        Figures::when(&app.client, "the word to be committed", |figures| commits(figures) > before).await;
    }
    feed.finish();
    for viewer in viewers {
        assert_eq!(viewer.until_end().await.status(), Some(Status::Complete));
    }
    let figures = Figures::when(&app.client, "the viewers to be gone", |figures| {
        figures.value("parlance_viewers") == 0.0 && figures.value("parlance_replies_running") == 0.0
    })
    .await;
    assert_eq!(ended(&figures), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(figures.value("parlance_reply_first_token_seconds_count"), 1.0);
    let waited = figures.value("parlance_reply_first_token_seconds_sum");
    assert!(waited >= 0.15 && waited < asked.elapsed().as_secs_f64(), "{waited}");
    assert!(commits(&figures) >= 3.0);
    let (delays, delay) =
        (figures.value("parlance_added_delay_seconds_count"), figures.value("parlance_added_delay_seconds_sum"));
    assert!((2.0..=8.0).contains(&delays), "{delays}");
    assert!(delay > 0.0 && delay < asked.elapsed().as_secs_f64(), "{delay}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_end_is_counted_as_what_it_is() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("Cut").finish("length").done());
    app.client.ask("One").await;
    app.upstream.answer(Script::stream().role().text("With").finish("content_filter").done());
    app.client.ask("Two").await;
    app.upstream.answer(Script::error(400, "No."));
    app.client.ask("Three").await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Four").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    feed.text("Going on ");
    viewer.until_text("Going on ").await;
    app.client.stop(started.reply).await.unwrap();
    viewer.until_end().await;
    let figures = Figures::when(&app.client, "four ends", |figures| ended(figures).iter().sum::<f64>() == 4.0).await;
    assert_eq!(ended(&figures), [0.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_worker_is_counted_too_and_so_is_who_stops_waiting() {
    let app = TestApp::start_with(|config| config.concurrency = 1).await;
    app.upstream.answer(Script::stream().role().text("Long").hold());
    let first = app.client.start("First").await;
    app.client.follow(first.reply, 0).await.until_text("Long").await;
    let second = app.client.start("Second").await;
    // Not a number if the database takes its time.
    let queued = |figures: &Figures| figures.value("parlance_replies_queued");
    Figures::when(&app.client, "one to be queued", |figures| queued(figures) == 1.0).await;
    app.client.stop(second.reply).await.unwrap();
    let figures = Figures::when(&app.client, "none to be queued", |figures| queued(figures) == 0.0).await;
    assert_eq!(figures.value("parlance_replies_total{status=\"stopped\"}"), 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_to_changes_are_counted_as_long_as_they_are_there() {
    let app = TestApp::start().await;
    let mut listening = app.client.post("follow_changes", &[("since", "0")]).send().await.unwrap();
    listening.chunk().await.unwrap();
    Figures::when(&app.client, "a listener", |figures| figures.value("parlance_change_listeners") == 1.0).await;
    drop(listening);
    Figures::when(&app.client, "no listener", |figures| figures.value("parlance_change_listeners") == 0.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_counted_by_their_route_and_nobody_can_make_more_of_them() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    app.client.chat_page(started.chat).await;
    let figures = Figures::of(&app.client).await;
    let requests = |route: &str, method: &str, status: u16| {
        format!("parlance_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}")
    };
    assert_eq!(figures.value(&requests("/api/start_chat", "POST", 200)), 1.0);
    assert_eq!(figures.value(&requests("/api/follow_reply", "POST", 200)), 1.0);
    assert_eq!(figures.value(&requests("/chats/{id}", "GET", 200)), 1.0);

    let try_everything = async |turn: usize| {
        for number in 0..10 {
            for path in ["", "api/", "chats/x/", "pkg/", "metrics/"] {
                let path = format!("/{path}no-{turn}-{number}");
                app.client.get(&path).await;
                let method = reqwest::Method::from_bytes(format!("TRY{number}").as_bytes()).unwrap();
                let request = app.client.request(method, &path).build().unwrap();
                app.client.execute(request).await;
            }
            let request = app.client.request(reqwest::Method::GET, "/metrics");
            let request = request.header("host", format!("evil-{number}.example")).build().unwrap();
            assert_eq!(app.client.execute(request).await.status().as_u16(), 421);
        }
    };
    try_everything(0).await;
    let before = Figures::of(&app.client).await;
    try_everything(1).await;
    let after = Figures::of(&app.client).await;
    assert_eq!(before.samples.keys().collect::<Vec<_>>(), after.samples.keys().collect::<Vec<_>>());
    let unknown = requests("other", "GET", 404);
    assert!(after.value(&unknown) > before.value(&unknown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_in_one_process_count_apart() {
    let (one, two) = (TestApp::start().await, TestApp::start().await);
    one.upstream.answer(Script::reply("Hello."));
    one.client.ask("Hello").await;
    // Counted a moment after everybody has seen the end.
    Figures::when(&one.client, "the end to be counted", |figures| ended(figures)[0] == 1.0).await;
    assert_eq!(ended(&Figures::of(&two.client).await)[0], 0.0);
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The words of a file that could be names of figures.
fn words_of(file: &str) -> BTreeSet<String> {
    let text = read(file);
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.contains('_')).map(ToOwned::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dashboard_alerts_and_document_name_what_there_is_and_leave_nothing_out() {
    let app = TestApp::start().await;
    Figures::of(&app.client).await;
    let figures = Figures::of(&app.client).await;
    let (dashboard, alerts) = (words_of("deploy/grafana/parlance.json"), words_of("deploy/prometheus/alerts.yaml"));
    let document = words_of("docs/metrics.md");
    let is_ours = |word: &&String| word.starts_with("parlance_");
    for word in dashboard.iter().chain(&alerts).filter(is_ours) {
        assert!(figures.names().contains(word), "{word} is asked for and does not exist");
    }
    for word in document.iter().filter(is_ours) {
        assert!(figures.kinds.contains_key(word), "{word} is described and does not exist");
    }
    let table = read("docs/metrics.md");
    for (name, kind) in &figures.kinds {
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with(&format!("| `{name}` |"))).collect();
        let [row] = rows[..] else { panic!("docs/metrics.md has not one row for {name}: {rows:?}") };
        assert!(row.starts_with(&format!("| `{name}` | {kind} |")), "{name} is a {kind}: {row}");
        let asked_as = if kind == "histogram" { format!("{name}_bucket") } else { name.clone() };
        assert!(dashboard.contains(&asked_as), "the dashboard does not show {asked_as}");
    }
    let heard = table.lines().find(|line| line.starts_with("| `parlance_wakes_total`")).unwrap();
    for series in figures.series("parlance_wakes_total") {
        let kind = series.split('"').nth(1).unwrap();
        assert!(heard.contains(&format!("`{kind}`")), "docs/metrics.md says nothing of {kind}: {heard}");
    }
}

/// The questions of the dashboard and of the alerts.
fn questions() -> Vec<String> {
    let dashboard: serde_json::Value = serde_json::from_str(&read("deploy/grafana/parlance.json")).unwrap();
    let targets = dashboard["panels"].as_array().unwrap().iter().filter_map(|panel| panel["targets"].as_array());
    let shown = targets.flatten().map(|target| {
        // What a line is called by are labels, too.
        let legend = target["legendFormat"].as_str().unwrap().replace("{{", "by (").replace("}}", ")");
        format!("{} {legend}", target["expr"].as_str().unwrap())
    });
    let alerts = read("deploy/prometheus/alerts.yaml");
    let asked = alerts.split("expr:").skip(1).map(|rest| {
        let expression = rest.split("labels:").next().unwrap();
        let told: Vec<&str> = rest.split("$labels.").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
        format!("{expression} by ({})", told.join(", "))
    });
    shown.chain(asked).collect()
}

/// The labels that a question names: those that it picks by, and those that it keeps or leaves out.
fn labels_of(question: &str) -> BTreeSet<&str> {
    let inside = |opening: &str, closing: char| -> Vec<&str> {
        question
            .split(opening)
            .skip(1)
            .filter_map(|rest| rest.split(closing).next())
            .flat_map(|list| list.split(','))
            .collect()
    };
    let picked = inside("{", '}').into_iter().filter_map(|label| label.split(['=', '!']).next());
    let kept = ["by (", "without (", "on ("].into_iter().flat_map(|word| inside(word, ')'));
    picked.chain(kept).map(str::trim).filter(|label| !label.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dashboard_and_alerts_name_only_labels_that_their_figures_have() {
    let app = TestApp::start().await;
    Figures::of(&app.client).await;
    let figures = Figures::of(&app.client).await;
    let (mut asked, mut names) = (0, BTreeSet::new());
    for question in questions() {
        let words = question.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let series: Vec<&str> = words.filter(|word| word.contains("_")).flat_map(|name| figures.series(name)).collect();
        // Every scrape adds these two.
        let there: BTreeSet<&str> =
            series.iter().flat_map(|series| labels_of(series)).chain(["instance", "job"]).collect();
        for label in labels_of(&question) {
            assert!(there.contains(label), "no {label} in what this asks for: {question}");
            names.insert(label.to_owned());
        }
        asked += usize::from(!series.is_empty());
    }
    assert!(asked > 40, "only {asked} questions");
    for label in ["status", "kind", "pool", "state", "le", "route", "version"] {
        assert!(names.contains(label), "nobody asks by {label}");
    }
}

#[test]
fn every_alert_says_what_is_wrong_and_what_to_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus/alerts.yaml");
    let text = fs::read_to_string(path).unwrap();
    let alerts: Vec<&str> = text.split("- alert: ").skip(1).collect();
    assert!(alerts.len() > 7);
    for alert in alerts {
        for part in ["expr: ", "severity: ", "summary: ", "description: "] {
            assert_eq!(alert.matches(part).count(), 1, "{part} in {alert}");
        }
    }
}

#[test]
fn the_dashboard_asks_the_data_source_that_is_chosen() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/grafana/parlance.json");
    let dashboard: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let (mut ids, mut shown) = (BTreeSet::new(), 0);
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "two panels with one id: {}", panel["title"]);
        for target in panel["targets"].as_array().into_iter().flatten() {
            shown += 1;
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
            let asked = target["expr"].as_str().unwrap();
            assert!(asked.contains("instance=~\"$instance\""), "not of the chosen nodes: {asked}");
        }
    }
    assert!(shown > 20);
}
