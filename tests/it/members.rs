//! The people of a workspace: what they are, and that they are out when somebody says so.

use std::time::{Duration, Instant};

use futures::future::join;
use parlance::{
    domain::{
        error::AppError,
        id::UserId,
        member::{Member, MemberList, MemberRole},
    },
    server::access::FIRST_WORKSPACE,
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    client::{Client, Refusal},
    database::{change, value},
    people::error_of,
    script::Script,
};

async fn list(client: &Client) -> MemberList {
    client.call("list_members", &[]).await.expect("the members")
}

async fn id(client: &Client) -> String {
    client.me().await.person.id.to_string()
}

async fn set_role(client: &Client, member: &str, role: &str) -> Result<(), Refusal> {
    client.order("set_role", &[("member", member), ("role", role)]).await
}

async fn suspend(client: &Client, member: &str) -> Result<(), Refusal> {
    client.order("suspend_member", &[("member", member)]).await
}

async fn reinstate(client: &Client, member: &str) -> Result<(), Refusal> {
    client.order("reinstate_member", &[("member", member)]).await
}

async fn remove(client: &Client, member: &str) -> Result<(), Refusal> {
    client.order("remove_member", &[("member", member)]).await
}

async fn leave(client: &Client) -> Result<(), Refusal> {
    client.order("leave_workspace", &[]).await
}

fn status(outcome: Result<(), Refusal>) -> StatusCode {
    outcome.map_or_else(|refusal| refusal.status, |()| StatusCode::OK)
}

/// How many owners may come in.
const OWNERS: &str = "SELECT count(*) FROM members WHERE role = 'owner' AND suspended_at IS NULL";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sees_who_is_there_and_admins_see_more() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let alan = app.client.member(&url, "Alan", MemberRole::Admin).await;
    let vera = app.client.member(&url, "Vera", MemberRole::Viewer).await;
    let mona = app.client.member(&url, "Mona", MemberRole::Member).await;
    suspend(&ada, &id(&mona).await).await.unwrap();
    for (client, sees_all) in [(&ada, true), (&alan, true), (&vera, false)] {
        let MemberList { members, name, .. } = list(client).await;
        let names: Vec<&str> = members.iter().map(|member| member.person.name.as_str()).collect();
        let expected: &[&str] =
            if sees_all { &["Ada Lovelace", "Alan", "Mona", "Vera"] } else { &["Ada Lovelace", "Alan", "Vera"] };
        assert_eq!((names.as_slice(), name.as_str()), (expected, "Engines"));
        assert!(members.iter().all(|member| member.email.is_some() == sees_all));
        let page = client.page("/workspace/members").await;
        assert_eq!(page.contains("mona@example.com"), sees_all);
        assert_eq!(page.contains("/api/suspend_member"), sees_all);
        assert_eq!(page.contains("/api/invite"), sees_all);
    }
    let eve = app.client.stranger(&url, "Eve").await;
    assert_eq!(list(&eve).await.members.len(), 1);
    let theirs = eve.call::<MemberList>("list_members", &[("workspace", &FIRST_WORKSPACE.to_string())]).await;
    assert_eq!(error_of(theirs.unwrap_err()), AppError::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_person_is_signed_out_and_their_streams_end() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::stream().role().tokens(["a "], Duration::ZERO).hold());
    let (ada, url) = (app.client.set_up().await, app.database());
    let grace = app.client.member(&url, "Grace", MemberRole::Member).await;
    let member = grace.me().await.person.id;
    let elsewhere = app.client.session_of(&url, member, FIRST_WORKSPACE).await;
    let started = grace.start("Hello").await;
    let (viewer, other) = (grace.follow(started.reply, 0).await, elsewhere.follow(started.reply, 0).await);
    let asked = Instant::now();
    suspend(&ada, &member.to_string()).await.unwrap();
    for client in [&grace, &elsewhere] {
        let refusal = client.call::<serde_json::Value>("who_am_i", &[]).await.unwrap_err();
        assert_eq!(error_of(refusal), AppError::SignedOut);
    }
    join(viewer.until_close(), other.until_close()).await;
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
    assert_eq!(value(&url, &format!("SELECT count(*) FROM sessions WHERE user_id = '{member}'")).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_suspended_cannot_come_in_until_they_are_reinstated() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let grace = app.client.member(&url, "Grace", MemberRole::Admin).await;
    let member = grace.me().await.person.id;
    // With the password of the owner, whose hash is there.
    let same = "UPDATE users SET password = (SELECT password FROM users WHERE email = 'ada@example.com')
                WHERE email = 'grace@example.com'";
    change(&url, same).await;
    let sign_in = async || app.client.sign_in("grace@example.com", crate::support::people::PASSWORD).await;
    suspend(&ada, &member.to_string()).await.unwrap();
    // Twice is as good as once.
    suspend(&ada, &member.to_string()).await.unwrap();
    assert_eq!(sign_in().await.err().unwrap().status, StatusCode::FORBIDDEN);
    // A session that was begun at the very moment is good for nothing either.
    let stray = app.client.session_of(&url, member, FIRST_WORKSPACE).await;
    assert_eq!(error_of(stray.call::<MemberList>("list_members", &[]).await.unwrap_err()), AppError::NotFound);
    reinstate(&ada, &member.to_string()).await.unwrap();
    reinstate(&ada, &member.to_string()).await.unwrap();
    let me = sign_in().await.unwrap().me().await;
    assert_eq!(me.membership().unwrap().role, MemberRole::Admin);
    let entries = "SELECT count(*) FROM audit_entries WHERE action IN ('member_suspended', 'member_reinstated')
                   AND subject = 'grace@example.com'";
    assert_eq!(value(&url, entries).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_person_is_out_with_their_sessions_streams_and_tokens() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::stream().role().tokens(["a "], Duration::ZERO).hold());
    let (ada, url) = (app.client.set_up().await, app.database());
    let grace = app.client.member(&url, "Grace", MemberRole::Member).await;
    let member = id(&grace).await;
    let token = format!(
        "INSERT INTO api_tokens (id, secret_hash, user_id, workspace_id, name, scope, created_at)
         VALUES ('t', 'h', '{member}', '{FIRST_WORKSPACE}', 'A script', 'read', 1)"
    );
    change(&url, &token).await;
    let viewer = grace.follow(grace.start("Hello").await.reply, 0).await;
    let asked = Instant::now();
    remove(&ada, &member).await.unwrap();
    assert_eq!(status(remove(&ada, &member).await), StatusCode::NOT_FOUND);
    viewer.until_close().await;
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
    assert_eq!(value(&url, "SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL").await, 0);
    assert_eq!(list(&ada).await.members.len(), 1);
    assert_eq!(value(&url, "SELECT count(*) FROM audit_entries WHERE action = 'member_removed'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn admins_look_after_everybody_but_owners() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let alan = app.client.member(&url, "Alan", MemberRole::Admin).await;
    let (owner, own) = (id(&ada).await, id(&alan).await);
    for name in ["Grace", "Vera"] {
        let member = id(&app.client.member(&url, name, MemberRole::Member).await).await;
        for role in ["viewer", "admin", "member"] {
            set_role(&alan, &member, role).await.unwrap();
        }
        assert_eq!(status(set_role(&alan, &member, "owner").await), StatusCode::FORBIDDEN);
        suspend(&alan, &member).await.unwrap();
        reinstate(&alan, &member).await.unwrap();
    }
    for outcome in [
        set_role(&alan, &owner, "member").await,
        suspend(&alan, &owner).await,
        remove(&alan, &owner).await,
        // Nobody makes themselves more, or keeps themselves out.
        set_role(&alan, &own, "owner").await,
        suspend(&alan, &own).await,
        remove(&alan, &own).await,
    ] {
        assert_eq!(status(outcome), StatusCode::FORBIDDEN);
    }
    set_role(&alan, &own, "member").await.unwrap();
    assert_eq!(status(set_role(&alan, &own, "admin").await), StatusCode::FORBIDDEN);
    set_role(&ada, &own, "owner").await.unwrap();
    let details =
        "SELECT count(*) FROM audit_entries WHERE action = 'role_changed' AND details = 'from member to owner'";
    assert_eq!(value(&url, details).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_and_viewers_change_nobody() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let owner = id(&ada).await;
    let eve = app.client.stranger(&url, "Eve").await;
    let mona = app.client.member(&url, "Mona", MemberRole::Member).await;
    let vera = app.client.member(&url, "Vera", MemberRole::Viewer).await;
    let (workspace, own) = (FIRST_WORKSPACE.to_string(), id(&vera).await);
    for (client, expected) in
        [(&mona, StatusCode::FORBIDDEN), (&vera, StatusCode::FORBIDDEN), (&eve, StatusCode::NOT_FOUND)]
    {
        for member in [&owner, &own] {
            for function in ["suspend_member", "reinstate_member", "remove_member", "set_role"] {
                let fields = [("workspace", workspace.as_str()), ("member", member), ("role", "member")];
                let fields = if function == "set_role" { &fields[..] } else { &fields[..2] };
                assert_eq!(status(client.order(function, fields).await), expected, "{function}");
            }
        }
    }
    // A person of another workspace is nobody in one's own.
    assert_eq!(status(remove(&eve, &owner).await), StatusCode::NOT_FOUND);
    assert_eq!(status(set_role(&ada, &id(&eve).await, "member").await), StatusCode::NOT_FOUND);
    assert_eq!(status(set_role(&ada, &UserId::new().to_string(), "member").await), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_owner_who_can_come_in_stays() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let (owner, other) = (id(&ada).await, app.client.member(&url, "Olga", MemberRole::Owner).await);
    let olga = id(&other).await;
    suspend(&ada, &olga).await.unwrap();
    // Whoever is suspended is no help.
    for outcome in [leave(&ada).await, set_role(&ada, &owner, "admin").await] {
        let refusal = outcome.unwrap_err();
        assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(error_of(refusal).to_string().contains("needs an owner"));
    }
    assert_eq!(value(&url, OWNERS).await, 1);
    assert_eq!(list(&ada).await.role, MemberRole::Owner);
    reinstate(&ada, &olga).await.unwrap();
    set_role(&ada, &owner, "admin").await.unwrap();
    assert_eq!(value(&url, OWNERS).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_go_at_once_one_stays() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    for turn in 0..8 {
        let first = if turn == 0 { ada.clone() } else { owner(&app, &url, &format!("First{turn}")).await };
        let second = owner(&app, &url, &format!("Second{turn}")).await;
        // All others are no owners.
        let both = format!("'{}', '{}'", id(&first).await, id(&second).await);
        change(&url, &format!("UPDATE members SET role = 'member' WHERE user_id NOT IN ({both})")).await;
        let (one, two) = match turn % 4 {
            0 => join(leave(&first), leave(&second)).await,
            1 => join(set_role(&first, &id(&first).await, "member"), leave(&second)).await,
            2 => join(suspend(&first, &id(&second).await), suspend(&second, &id(&first).await)).await,
            _ => join(remove(&first, &id(&second).await), set_role(&second, &id(&first).await, "viewer")).await,
        };
        let outcomes = [status(one), status(two)];
        assert!(outcomes.contains(&StatusCode::OK), "{turn}: {outcomes:?}");
        assert_eq!(value(&url, OWNERS).await, 1, "{turn}: {outcomes:?}");
    }
}

async fn owner(app: &TestApp, url: &str, name: &str) -> Client {
    app.client.member(url, name, MemberRole::Owner).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_loses_that_workspace_and_no_other() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let eve = app.client.stranger(&url, "Eve").await;
    let user = eve.me().await.person.id;
    let member = format!(
        "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ('{FIRST_WORKSPACE}', '{user}', 'viewer', 1)"
    );
    change(&url, &member).await;
    let fields = [("workspace", FIRST_WORKSPACE.to_string())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    eve.order("leave_workspace", &fields).await.unwrap();
    assert_eq!(eve.me().await.workspaces.len(), 1);
    assert_eq!(status(eve.order("leave_workspace", &fields).await), StatusCode::NOT_FOUND);
    assert!(list(&ada).await.members.iter().all(|member: &Member| member.person.id != user));
    assert_eq!(value(&url, "SELECT count(*) FROM audit_entries WHERE action = 'member_left'").await, 1);

    // Whoever has no other one is signed out.
    let vera = app.client.member(&url, "Vera", MemberRole::Viewer).await;
    let page = vera.page("/workspace/members").await;
    assert!(page.contains("<details") && page.contains("Leave workspace"));
    leave(&vera).await.unwrap();
    assert_eq!(error_of(vera.call::<MemberList>("list_members", &[]).await.unwrap_err()), AppError::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_what_one_may_do_from_the_next_request_on() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    app.upstream.answer(Script::reply("Hello."));
    let grace = app.client.member(&url, "Grace", MemberRole::Member).await;
    let (started, _) = grace.ask("Hello").await;
    set_role(&ada, &id(&grace).await, "viewer").await.unwrap();
    // A viewer reads shared chats only: also what was their own is closed.
    assert_eq!(error_of(grace.try_chat(started.chat).await.unwrap_err()), AppError::NotFound);
    let refusal = grace.send(started.chat, "Again").await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::NOT_FOUND);
    set_role(&ada, &id(&grace).await, "member").await.unwrap();
    assert_eq!(grace.chat(started.chat).await.messages.len(), 2);
}
