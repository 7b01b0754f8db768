//! API tokens: a script comes in with one, as far as its scope and its person's role reach.

use std::time::{Duration, Instant};

use parlance::domain::{
    credential::Scope,
    error::AppError,
    id::{TokenId, WorkspaceId},
    member::MemberRole,
    token::{FreshToken, TOKENS_PER_PERSON, Token},
};
use reqwest::{Response, StatusCode};

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    html::{form, hidden_fields},
    people::{OWNER, PASSWORD, error_of},
    script::Script,
    wait::soon,
};

async fn make(client: &Client, name: &str, scope: Scope) -> FreshToken {
    client.call("create_token", &[("name", name), ("scope", scope.as_str())]).await.expect("a token")
}

async fn list(client: &Client) -> Vec<Token> {
    client.call("list_tokens", &[]).await.expect("a list of tokens")
}

async fn revoke(client: &Client, token: TokenId) -> Result<(), AppError> {
    client.order("revoke_token", &[("token", &token.to_string())]).await.map_err(error_of)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_does_with_a_token_what_its_person_does_with_chats() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::reply("Hello, script."));
    let ada = app.client.set_up().await;
    let token = make(&ada, " Nightly\treport ", Scope::Write).await;
    assert!(token.secret.starts_with("parlance_") && token.secret.len() == 9 + 43, "{}", token.secret);
    let script = app.client.with_token(&token.secret);
    let (started, seen) = script.ask("Hello").await;
    assert_eq!(seen.text(), "Hello, script.");
    assert_eq!(ada.said(started.chat).await, script.said(started.chat).await);
    script.rename(started.chat, "A report").await.unwrap();
    assert_eq!(ada.chats(false).await[0].title, "A report");
    let [listed] = list(&ada).await.try_into().unwrap();
    assert_eq!((listed.name.as_str(), listed.scope, listed.id), ("Nightly report", Scope::Write, token.id));
    assert_eq!(listed.workspace_name, "Engines");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_reads_changes_nothing_and_none_opens_a_door() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::reply("Hello."));
    let ada = app.client.set_up().await;
    let (started, _) = ada.ask("Hello").await;
    let (reading, writing) = (make(&ada, "r", Scope::Read).await, make(&ada, "w", Scope::Write).await);
    let reader = app.client.with_token(&reading.secret);
    assert_eq!(reader.said(started.chat).await.len(), 2);
    for refusal in [
        reader.send(started.chat, "More").await.err(),
        reader.rename(started.chat, "Mine").await.err(),
        reader.delete(started.chat).await.err(),
    ] {
        let refusal = refusal.expect("a refusal");
        assert_eq!((refusal.status, error_of(refusal)), (StatusCode::FORBIDDEN, only_reads()));
    }
    for token in [&reading, &writing] {
        let script = app.client.with_token(&token.secret);
        let more = script.order("create_token", &[("name", "More"), ("scope", "write")]).await;
        assert!(matches!(error_of(more.unwrap_err()), AppError::Forbidden { .. }));
        assert!(matches!(revoke(&script, reading.id).await, Err(AppError::Forbidden { .. })));
        assert!(matches!(error_of(script.order("sign_out", &[]).await.unwrap_err()), AppError::Forbidden { .. }));
    }
    assert_eq!(list(&ada).await.len(), 2);
}

/// What a form of a page without scripts is answered.
async fn plain(client: &Client, function: &str, fields: &[(&str, &str)]) -> Response {
    let mut request = client.post(function, fields).build().unwrap();
    request.headers_mut().insert("accept", "text/html".parse().unwrap());
    client.execute(request).await
}

fn only_reads() -> AppError {
    AppError::forbidden("This token may only read.")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_good_is_refused_whatever_else_is_sent() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let token = make(&ada, "Once", Scope::Read).await;
    for bad in ["Bearer", "Bearer ", "bearer nonsense", "BEARER parlance_", &format!("Bearer {}x", token.secret)] {
        let request = ada.post("who_am_i", &[]).header("authorization", bad).send();
        let answer = soon("an answer", request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{bad}");
        assert_eq!(answer.json::<AppError>().await.unwrap(), AppError::BadToken, "{bad}");
    }
    // What a proxy asks for is not ours.
    let proxied = ada.post("who_am_i", &[]).basic_auth("proxy", Some("secret")).send();
    assert_eq!(soon("an answer", proxied).await.unwrap().status(), StatusCode::OK);
    let good = ada.post("who_am_i", &[]).header("authorization", format!("bearer {}", token.secret)).send();
    assert_eq!(soon("an answer", good).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_lets_nobody_in_and_its_streams_end() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::stream().role().tokens(["a "], Duration::ZERO).hold());
    let ada = app.client.set_up().await;
    let token = make(&ada, "Follower", Scope::Write).await;
    let script = app.client.with_token(&token.secret);
    let started = script.start("Hello").await;
    let viewer = script.follow(started.reply, 0).await;
    let mut own = ada.follow(started.reply, 0).await;
    own.until_text("a ").await;
    revoke(&ada, token.id).await.unwrap();
    let begun = Instant::now();
    assert_eq!(error_of(script.order("who_am_i", &[]).await.unwrap_err()), AppError::BadToken);
    viewer.until_close().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // The person's own stream goes on.
    ada.stop(started.reply).await.unwrap();
    assert_eq!(own.until_end().await.text(), "a ");
    // Twice is as good as once.
    revoke(&ada, token.id).await.unwrap();
    assert!(list(&ada).await.is_empty());
    let entries = "SELECT count(*) FROM audit_entries WHERE action IN ('token_created', 'token_revoked')
        AND subject = 'Follower' AND workspace_id IS NOT NULL AND user_id IS NOT NULL";
    assert_eq!(value(&app.database(), entries).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_good_for_its_workspace_alone_and_as_long_as_its_person_is_in_it() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let url = app.database();
    let grace = app.client.member(&url, "Grace", MemberRole::Member).await;
    let me = grace.me().await;
    let elsewhere = WorkspaceId::new();
    for sql in [
        format!("INSERT INTO workspaces (id, name, created_at) VALUES ('{elsewhere}', 'Elsewhere', 1)"),
        format!(
            "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ('{elsewhere}', '{}', 'owner', 1)",
            me.person.id
        ),
    ] {
        change(&url, &sql).await;
    }
    let token = make(&grace, "Here", Scope::Read).await;
    let script = app.client.with_token(&token.secret);
    let there = [("workspace", elsewhere.to_string()), ("archived", "false".to_owned())];
    let there: Vec<_> = there.iter().map(|(name, value)| (*name, value.as_str())).collect();
    grace.order("list_chats", &there).await.unwrap();
    assert_eq!(error_of(script.order("list_chats", &there).await.unwrap_err()), AppError::NotFound);
    assert_eq!(script.me().await.workspaces.len(), 1);
    let here = format!("workspace_id <> '{elsewhere}' AND user_id = '{}'", me.person.id);
    change(&url, &format!("UPDATE members SET suspended_at = 1 WHERE {here}")).await;
    assert_eq!(error_of(script.order("who_am_i", &[]).await.unwrap_err()), AppError::BadToken);
    change(&url, &format!("UPDATE members SET suspended_at = NULL WHERE {here}")).await;
    script.me().await;
    change(&url, &format!("DELETE FROM members WHERE {here}")).await;
    assert_eq!(error_of(script.order("who_am_i", &[]).await.unwrap_err()), AppError::BadToken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_their_persons_alone() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let token = make(&ada, "Mine", Scope::Read).await;
    let admin = app.client.member(&app.database(), "Grace", MemberRole::Admin).await;
    assert!(list(&admin).await.is_empty());
    assert_eq!(revoke(&admin, token.id).await, Err(AppError::NotFound));
    assert_eq!(revoke(&ada, TokenId::new()).await, Err(AppError::NotFound));
    assert_eq!(list(&ada).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_of_a_token_lets_nobody_in_and_its_use_is_noted() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let token = make(&ada, "Secret", Scope::Read).await;
    let url = app.database();
    let kept = format!("SELECT count(*) FROM api_tokens WHERE secret_hash LIKE '%{}%'", token.secret);
    assert_eq!(value(&url, &kept).await, 0);
    assert_eq!(list(&ada).await[0].used_at, None);
    let script = app.client.with_token(&token.secret);
    script.me().await;
    let first = list(&ada).await[0].used_at.expect("a use");
    script.me().await;
    assert_eq!(list(&ada).await[0].used_at, Some(first), "not more than once a minute");
    change(&url, "UPDATE api_tokens SET used_at = used_at - 61000000").await;
    script.me().await;
    assert!(list(&ada).await[0].used_at >= Some(first));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_make_sense_makes_no_token() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let long = "x".repeat(101);
    for (name, scope) in [("", "read"), (" \u{7}", "read"), (long.as_str(), "read"), ("Mine", "all"), ("Mine", "")] {
        let refusal = ada.order("create_token", &[("name", name), ("scope", scope)]).await.unwrap_err();
        assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?} {scope:?}");
    }
    let many = format!(
        "INSERT INTO api_tokens (id, secret_hash, user_id, workspace_id, name, scope, created_at)
         SELECT 'fill-' || n, 'fill-' || n, m.user_id, m.workspace_id, 'Fill', 'read', 1
         FROM members m, (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {TOKENS_PER_PERSON})
             SELECT n FROM numbers) filled"
    );
    change(&app.database(), &many).await;
    let refusal = ada.order("create_token", &[("name", "One more"), ("scope", "read")]).await.unwrap_err();
    assert!(matches!(error_of(refusal), AppError::Invalid { .. }));
    // Where nobody signs in, nobody needs one.
    let open = TestApp::start().await;
    let refusal = open.client.order("create_token", &[("name", "Mine"), ("scope", "read")]).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_a_token_is_made_on_a_page_that_shows_it_once_and_revoked_there() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let ada = app.client.sign_in(OWNER, PASSWORD).await.unwrap();
    let page = ada.page("/account/tokens").await;
    assert!(page.contains("You have no tokens.") && page.contains("Engines alone"), "{page}");
    let fields = [("name", "From a page"), ("scope", "write")];
    let made = plain(&ada, "create_token", &fields).await;
    assert_eq!((made.status(), &made.headers()["location"]), (StatusCode::FOUND, &"/account/tokens".parse().unwrap()));
    let cookie = made.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (pair, attributes) = cookie.split_once(';').unwrap();
    assert!(attributes.contains("HttpOnly") && attributes.contains("Max-Age=60"), "{cookie}");
    let secret = pair.split_once('=').unwrap().1;
    let with_both = ada.with_cookie(&format!("{}; {pair}", ada.cookie().unwrap()));
    let shown = with_both.get("/account/tokens").await;
    let taken = shown.headers()["set-cookie"].to_str().unwrap();
    assert!(taken.starts_with("parlance-once=;") && taken.contains("Max-Age=0"), "{taken}");
    let shown = shown.text().await.unwrap();
    assert!(shown.contains(secret) && shown.contains("not shown again"), "{shown}");
    let again = ada.page("/account/tokens").await;
    assert!(!again.contains(secret) && again.contains("From a page"), "{again}");
    app.client.with_token(secret).me().await;

    let hidden = hidden_fields(form(&again, "/api/revoke_token"));
    assert!(plain(&ada, "revoke_token", &hidden).await.status().is_redirection());
    assert!(ada.page("/account/tokens").await.contains("You have no tokens."));
    assert!(app.client.with_token(secret).order("who_am_i", &[]).await.is_err());
}
