//! A new server belongs to whoever comes first.

use futures::future::join_all;
use parlance::domain::{error::AppError, member::MemberRole, person::Me};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    people::{OWNER, PASSWORD, error_of},
    script::Script,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_page_makes_the_owner_and_their_workspace() {
    let app = TestApp::with_sign_in().await;
    for page in ["/", "/chats/new", "/sign-in"] {
        let answer = app.client.get(page).await;
        assert_eq!(
            (answer.status(), &answer.headers()["location"]),
            (StatusCode::SEE_OTHER, &"/setup".parse().unwrap())
        );
    }
    assert!(app.client.page("/setup").await.contains("Set up Parlance"));

    let ada = app.client.set_up().await;
    let me: Me = ada.call("who_am_i", &[]).await.unwrap();
    assert_eq!((me.person.name.as_str(), me.email.as_deref()), ("Ada Lovelace", Some(OWNER)));
    let [engines] = me.workspaces.as_slice() else { panic!("{me:?}") };
    assert_eq!(
        (engines.name.as_str(), engines.role, me.workspace),
        ("Engines", MemberRole::Owner, Some(engines.workspace))
    );
    app.upstream.answer(Script::reply("Hello, Ada."));
    assert_eq!(ada.ask("Hello").await.1.text(), "Hello, Ada.");
    // From now on there is nothing to set up.
    let answer = app.client.get("/setup").await;
    assert_eq!(answer.headers()["location"], "/sign-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_try_at_once_exactly_one_becomes_the_owner() {
    let app = TestApp::with_sign_in().await;
    let tries = join_all((0..10).map(|number| {
        let email = format!("person{number}@example.com");
        let client = app.client.clone();
        async move {
            let name = format!("Person {number}");
            let fields = [("name", name.as_str()), ("email", &email), ("password", PASSWORD), ("workspace", "Mine")];
            client.entering("set_up", &fields).await.map(|owner| (owner, email))
        }
    }));
    let (won, lost): (Vec<_>, Vec<_>) = tries.await.into_iter().partition(Result::is_ok);
    let [Ok((owner, email))] = won.as_slice() else { panic!("{} became the owner", won.len()) };
    let me: Me = owner.call("who_am_i", &[]).await.unwrap();
    assert_eq!((me.email.as_deref(), me.workspaces.len()), (Some(email.as_str()), 1));
    for refused in lost {
        // Unavailable where passwords wait too long for their turn.
        let error = error_of(refused.unwrap_err());
        let is_late = matches!(error, AppError::Invalid { .. } | AppError::TooMany { .. } | AppError::Unavailable);
        assert!(is_late, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_make_sense_is_refused_and_leaves_the_place_open() {
    let app = TestApp::with_sign_in().await;
    for (name, email, password, workspace) in [
        ("", "ada@example.com", PASSWORD, "Engines"),
        ("Ada", "ada", PASSWORD, "Engines"),
        ("Ada", "ada@example.com", "short", "Engines"),
        ("Ada", "ada@example.com", "password123", "Engines"),
        ("Ada", "ada@example.com", PASSWORD, " "),
    ] {
        let fields = [("name", name), ("email", email), ("password", password), ("workspace", workspace)];
        let refusal = app.client.entering("set_up", &fields).await.err().unwrap();
        assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refusal.body);
    }
    app.client.set_up().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_before_there_was_a_sign_in_is_the_owners() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Before").await;
    let app = app.restart_with(|config| config.access.auth = parlance::server::config::Auth::On).await;
    let ada = app.client.set_up().await;
    assert_eq!(ada.message(started.chat, started.reply).await.content, "Hello.");
    assert_eq!(ada.chats(false).await.len(), 1);
}
