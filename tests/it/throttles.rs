//! Too much in a short time is refused, with how long to wait.

use std::{collections::BTreeSet, time::Instant};

use futures::{StreamExt, stream};
use parlance::{
    domain::{
        error::AppError,
        id::{ChatId, MessageId},
    },
    server::config::{Auth, SignUp},
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    people::{OWNER, PASSWORD, error_of},
    provider::{HERE, settings_for},
    script::Script,
    smtp,
    wait::soon,
};

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

/// Where the keys are made under which is counted.
const SOURCE: &str = include_str!("../../src/server/access/throttle.rs");
/// Where the requests of a test come from.
const ADDRESS: &str = "127.0.0.1";

/// A call that has limits.
struct Limited<'a> {
    function: &'a str,
    client: &'a Client,
    fields: Vec<(&'a str, &'a str)>,
    /// Under which it is counted, as they stand in the source.
    patterns: &'a [&'a str],
}

impl<'a> Limited<'a> {
    fn new(function: &'a str, client: &'a Client, fields: &[(&'a str, &'a str)], patterns: &'a [&'a str]) -> Self {
        Self { function, client, fields: fields.to_vec(), patterns }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_has_a_limit_is_counted_and_refused_once_it_is_used_up() {
    // Nobody answers there: neither mails nor sign-ins elsewhere have to get any further.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let app = TestApp::start_with(|config| {
        config.access.auth = Auth::On;
        config.access.sign_up = SignUp::Open;
        config.access.url = Some(HERE.to_owned());
        config.access.oidc = Some(settings_for(&format!("http://127.0.0.1:{dead}")));
        config.mail = Some(smtp::settings(dead, HERE));
    })
    .await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let (anybody, ada, url) = (&app.client, app.client.set_up().await, app.database());
    let (started, _) = ada.ask("Hello").await;
    let me = ada.me().await;
    let (user, workspace) = (me.person.id.to_string(), me.workspace.unwrap().to_string());
    let (chat, asked, reply) = (started.chat.to_string(), started.message.to_string(), started.reply.to_string());
    let (another, new) = (ChatId::new().to_string(), MessageId::new().to_string());
    let person = [("name", "Grace"), ("email", "grace@example.com"), ("password", PASSWORD), ("workspace", "Looms")];
    let joining = [("secret", "x"), ("name", "Grace"), ("email", "grace@example.com"), ("password", PASSWORD)];
    let changed = [("current", "another horse battery"), ("password", "sphinx of black quartz")];
    let beside = [("reply", reply.as_str()), ("message", &new)];
    let of_sign_in = ["sign-in/address/{network}", "sign-in/account/{email}/{network}", "sign-in/account/{email}"];
    let (of_links, of_invitations) = (["link/address/{}"], ["join/address/{}"]);
    let of_messages = ["send/person/{}", "send/workspace/{}"];
    let limited = [
        Limited::new("sign_in", anybody, &[("email", OWNER), ("password", "another horse battery")], &of_sign_in),
        Limited::new("change_password", &ada, &changed, &["change-password/person/{user}"]),
        Limited::new("begin_oidc", anybody, &[], &["oidc/address/{}"]),
        Limited::new("set_up", anybody, &person, &of_links),
        Limited::new("sign_up", anybody, &person, &of_links),
        Limited::new("reset_password", anybody, &[("secret", "x"), ("password", PASSWORD)], &of_links),
        Limited::new("forgot_password", anybody, &[("email", OWNER)], &["link/address/{}", "mail/account/{email}"]),
        Limited::new("invitation", anybody, &[("secret", "x")], &of_invitations),
        Limited::new("join", anybody, &joining, &of_invitations),
        Limited::new("accept_invitation", &ada, &[("secret", "x")], &of_invitations),
        Limited::new("start_chat", &ada, &[("chat", &another), ("message", &new), ("text", "Hello")], &of_messages),
        Limited::new("send_message", &ada, &[("chat", &chat), ("message", &new), ("text", "Hello")], &of_messages),
        Limited::new("edit_message", &ada, &[("edited", &asked), ("message", &new), ("text", "Hello")], &of_messages),
        Limited::new("regenerate_reply", &ada, &beside, &of_messages),
        Limited::new("continue_reply", &ada, &beside, &of_messages),
    ];
    let key_of = |pattern: &str| {
        let whose = match pattern {
            "send/person/{}" => user.as_str(),
            "send/workspace/{}" => &workspace,
            _ => ADDRESS,
        };
        let key = pattern.replace("{network}", ADDRESS).replace("{email}", OWNER).replace("{user}", &user);
        key.replace("{}", whose)
    };
    let mut known = BTreeSet::new();
    for Limited { function, client, fields, patterns } in limited {
        let call = async || soon("an answer", client.post(function, &fields).send()).await.unwrap();
        change(&url, "DELETE FROM throttles").await;
        assert_ne!(call().await.status(), StatusCode::TOO_MANY_REQUESTS, "{function}");
        for pattern in patterns {
            let key = key_of(pattern);
            let counted = format!("SELECT count(*) FROM throttles WHERE key = '{key}'");
            assert_eq!(value(&url, &counted).await, 1, "{function} is counted under {key}");
        }
        for pattern in patterns {
            let key = key_of(pattern);
            change(&url, "DELETE FROM throttles").await;
            change(&url, &format!("INSERT INTO throttles (key, full_at) VALUES ('{key}', 4000000000000000)")).await;
            let answer = call().await;
            assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{function}, {key}");
            assert!(answer.headers().contains_key("retry-after"), "{function}, {key}");
            known.insert(*pattern);
        }
    }
    let all: BTreeSet<&str> = SOURCE.split("&format!(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(known, all, "every limit has a line here");
}
