//! Coming in by invitation, and by open sign-up where a server has it.

use futures::future::join_all;
use parlance::{
    domain::{
        error::AppError,
        id::WorkspaceId,
        invitation::{FreshInvitation, Invitation, PendingInvitation},
        member::{MemberList, MemberRole},
        person::Me,
    },
    server::{access::FIRST_WORKSPACE, config::SignUp},
};
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{
    app::TestApp,
    client::{Client, Refusal},
    database::{change, value},
    html,
    people::{OWNER, PASSWORD, error_of},
    process::Launch,
    upstream::Upstream,
    wait::soon,
};

const GRACE: &str = "grace@example.com";

/// Invites somebody: the secret of the link.
async fn invite(client: &Client, role: &str) -> String {
    let fresh: FreshInvitation = client.call("invite", &[("role", role)]).await.expect("an invitation");
    fresh.path.strip_prefix("/join/").expect("the page of an invitation").to_owned()
}

async fn join(client: &Client, secret: &str, name: &str, email: &str) -> Result<Client, Refusal> {
    let fields = [("secret", secret), ("name", name), ("email", email), ("password", PASSWORD)];
    client.entering("join", &fields).await
}

async fn look(client: &Client, secret: &str) -> Result<Invitation, Refusal> {
    client.call("invitation", &[("secret", secret)]).await
}

fn sentence(refusal: Refusal) -> String {
    assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refusal.body);
    error_of(refusal).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_invited_makes_an_account_and_is_in() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let secret = invite(&ada, "member").await;
    let page = app.client.page(&format!("/join/{secret}")).await;
    assert!(page.contains("Ada Lovelace invites you to the workspace Engines, as a member."), "{page}");

    let grace = join(&app.client, &secret, "Grace Hopper", " Grace@Example.com").await.unwrap();
    let me = grace.me().await;
    assert_eq!((me.person.name.as_str(), me.email.as_deref()), ("Grace Hopper", Some(GRACE)));
    assert_eq!((me.workspace, me.membership().unwrap().role), (Some(FIRST_WORKSPACE), MemberRole::Member));
    assert!(app.client.sign_in(GRACE, PASSWORD).await.is_ok());
    let entries = "SELECT count(*) FROM audit_entries WHERE action IN ('invitation_created', 'invitation_accepted')";
    assert_eq!(value(&app.database(), entries).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_forms_of_an_invitation_work_without_scripts() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let members = ada.page("/workspace/members").await;
    let invite = html::form(&members, "/api/invite");
    let mut fields = html::hidden_fields(invite);
    fields.extend([("role", "viewer"), ("email", "")]);
    let request = ada.post("invite", &fields).header("accept", "text/html");
    let answer = soon("an answer", request.send()).await.unwrap();
    assert_eq!(answer.headers()["location"], "/workspace/members");
    // The link is on the page that comes next, and on no other.
    let (once, _) = answer.headers()["set-cookie"].to_str().unwrap().split_once(';').unwrap();
    assert!(!answer.headers()["location"].to_str().unwrap().contains("join_"));
    let with_link = ada.with_cookie(&format!("{}; {once}", ada.cookie().unwrap()));
    let shown = with_link.get("/workspace/members").await;
    assert!(shown.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    let shown = soon("a page", shown.text()).await.unwrap();
    let link = html::tags(&shown, "input").into_iter().find(|tag| tag.contains("readonly")).expect("the link");
    let path = html::attribute(link, "value").unwrap().to_owned();
    assert!(!ada.page("/workspace/members").await.contains(&path));

    let page = app.client.page(&path).await;
    let form = html::form(&page, "/api/join");
    let mut fields = html::hidden_fields(form);
    fields.extend([("name", "Grace Hopper"), ("email", GRACE), ("password", PASSWORD)]);
    let request = app.client.post("join", &fields).header("accept", "text/html");
    let answer = soon("an answer", request.send()).await.unwrap();
    assert_eq!(answer.headers()["location"], "/");
    assert!(answer.headers().contains_key("set-cookie"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_open_one_link_at_once_exactly_one_comes_in() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let secret = invite(&ada, "member").await;
    let tries = join_all((0..8).map(|number| {
        let (client, secret) = (app.client.clone(), secret.clone());
        async move { join(&client, &secret, "Somebody", &format!("person{number}@example.com")).await.map(|_| ()) }
    }));
    let (won, lost): (Vec<_>, Vec<_>) = tries.await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for refusal in lost.into_iter().filter_map(Result::err) {
        // Where passwords wait too long for their turn, that is what is said.
        let is_busy = refusal.status == StatusCode::SERVICE_UNAVAILABLE;
        assert!(is_busy || sentence(refusal).contains("good for one"));
    }
    // Nothing is left of those who were too late.
    assert_eq!(value(&app.database(), "SELECT count(*) FROM users WHERE email LIKE 'person%'").await, 1);
    assert_eq!(value(&app.database(), "SELECT count(*) FROM members").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_is_over_used_or_taken_back_says_so_to_whoever_has_its_link() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let (over, used, revoked) =
        (invite(&ada, "member").await, invite(&ada, "member").await, invite(&ada, "member").await);
    join(&app.client, &used, "Grace Hopper", GRACE).await.unwrap();
    let open: Vec<PendingInvitation> = ada.call("list_invitations", &[]).await.unwrap();
    assert_eq!(open.len(), 2);
    ada.order("revoke_invitation", &[("invitation", &open[0].id.to_string())]).await.unwrap();
    // Twice is as good as once.
    ada.order("revoke_invitation", &[("invitation", &open[0].id.to_string())]).await.unwrap();
    let past = "UPDATE invitations SET expires_at = created_at WHERE accepted_at IS NULL AND revoked_at IS NULL";
    assert_eq!(change(&app.database(), past).await, 1);

    for (secret, why) in [(over, "is over"), (used, "Somebody has come in"), (revoked, "was taken back")] {
        assert!(sentence(look(&app.client, &secret).await.unwrap_err()).contains(why));
        let refusal = join(&app.client, &secret, "Late", "late@example.com").await.err().unwrap();
        assert!(sentence(refusal).contains(why));
        let page = app.client.get(&format!("/join/{secret}")).await;
        assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(soon("a page", page.text()).await.unwrap().contains(why));
    }
    assert!(ada.call::<Vec<Value>>("list_invitations", &[]).await.unwrap().is_empty());
    let nothing = look(&app.client, "join_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.unwrap_err();
    assert_eq!(error_of(nothing), AppError::NotFound);
    for nonsense in ["", "x", &"x".repeat(10_000), "' OR 1=1 --"] {
        assert_eq!(error_of(look(&app.client, nonsense).await.unwrap_err()), AppError::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_good_for_a_week_and_only_its_hash_is_kept() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let secret = invite(&ada, "member").await;
    let week = "SELECT (expires_at - created_at) / 1000000 FROM invitations";
    assert_eq!(value(&app.database(), week).await, 7 * 24 * 60 * 60);
    let kept = format!("SELECT count(*) FROM invitations WHERE secret_hash LIKE '%{secret}%' OR id LIKE '%{secret}%'");
    assert_eq!(value(&app.database(), &kept).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_address_signs_in_first_and_comes_in_with_what_they_have() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let eve = app.client.stranger(&app.database(), "Eve").await;
    let secret = invite(&ada, "admin").await;
    let refusal = join(&app.client, &secret, "Eve", "eve@example.com").await.err().unwrap();
    assert!(sentence(refusal).contains("Sign in first"));
    assert_eq!(look(&eve, &secret).await.unwrap().guest.map(|guest| guest.is_member), Some(false));
    assert!(eve.page(&format!("/join/{secret}")).await.contains("Join Engines"));
    eve.order("accept_invitation", &[("secret", &secret)]).await.unwrap();
    let me = eve.me().await;
    assert_eq!((me.workspaces.len(), me.workspace), (2, Some(FIRST_WORKSPACE)));
    assert_eq!(me.membership().unwrap().role, MemberRole::Admin);
    // Used up.
    let refusal = eve.order("accept_invitation", &[("secret", &secret)]).await.unwrap_err();
    assert!(sentence(refusal).contains("Somebody has come in"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_in_a_workspace_already_stays_what_they_are_and_uses_nothing_up() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let viewer = app.client.member(&url, "Vera", MemberRole::Viewer).await;
    let secret = invite(&ada, "owner").await;
    for _ in 0..2 {
        let refusal = viewer.order("accept_invitation", &[("secret", &secret)]).await.unwrap_err();
        assert!(sentence(refusal).contains("your role stays as it is"));
    }
    assert_eq!(viewer.me().await.membership().unwrap().role, MemberRole::Viewer);
    assert!(viewer.page(&format!("/join/{secret}")).await.contains("You are in this workspace already."));
    assert!(join(&app.client, &secret, "Grace Hopper", GRACE).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_invites_to_more_than_they_are() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let admin = app.client.member(&url, "Alan", MemberRole::Admin).await;
    for role in ["viewer", "member", "admin"] {
        invite(&admin, role).await;
    }
    let refusal = admin.call::<Value>("invite", &[("role", "owner")]).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    assert!(error_of(refusal).to_string().contains("owners"));
    invite(&ada, "owner").await;
    for (name, role) in [("Mona", MemberRole::Member), ("Vera", MemberRole::Viewer)] {
        let client = app.client.member(&url, name, role).await;
        for (function, fields) in [("invite", vec![("role", "viewer")]), ("list_invitations", vec![])] {
            let refusal = client.call::<Value>(function, &fields).await.unwrap_err();
            assert_eq!(refusal.status, StatusCode::FORBIDDEN, "{function}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_of_another_workspace_are_not_there() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    invite(&ada, "member").await;
    let open: Vec<PendingInvitation> = ada.call("list_invitations", &[]).await.unwrap();
    let eve = app.client.stranger(&app.database(), "Eve").await;
    assert!(eve.call::<Vec<Value>>("list_invitations", &[]).await.unwrap().is_empty());
    let (theirs, id) = (FIRST_WORKSPACE.to_string(), open[0].id.to_string());
    let tries = [
        ("list_invitations", vec![("workspace", theirs.as_str())]),
        ("invite", vec![("workspace", &theirs), ("role", "member")]),
        ("revoke_invitation", vec![("workspace", &theirs), ("invitation", &id)]),
        ("revoke_invitation", vec![("invitation", id.as_str())]),
    ];
    for (function, fields) in tries {
        assert_eq!(error_of(eve.call::<Value>(function, &fields).await.unwrap_err()), AppError::NotFound, "{function}");
    }
    assert_eq!(ada.call::<Vec<Value>>("list_invitations", &[]).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_has_the_address_of_the_server_if_that_is_known() {
    let app = TestApp::start_with(|config| {
        config.access.auth = parlance::server::config::Auth::On;
        config.access.url = Some("http://chat.localhost".to_owned());
    });
    let app = app.await;
    let ada = app.client.set_up().await;
    let fresh: FreshInvitation =
        ada.call("invite", &[("role", "member"), ("email", " Grace@Example.com ")]).await.unwrap();
    assert_eq!(fresh.server.as_deref(), Some("http://chat.localhost"));
    let open: Vec<PendingInvitation> = ada.call("list_invitations", &[]).await.unwrap();
    assert_eq!(open[0].email.as_deref(), Some(GRACE));
    let refusal = ada.call::<Value>("invite", &[("role", "member"), ("email", "grace")]).await.unwrap_err();
    assert!(sentence(refusal).contains("no email address"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_open_invitations_has_an_end() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    invite(&ada, "member").await;
    for number in 0..199 {
        let sql = format!(
            "INSERT INTO invitations (id, secret_hash, workspace_id, role, invited_by, created_at, expires_at)
             SELECT 'i{number}', 'h{number}', workspace_id, role, invited_by, created_at, expires_at
             FROM invitations WHERE secret_hash NOT LIKE 'h%'"
        );
        change(&app.database(), &sql).await;
    }
    let refusal = ada.call::<Value>("invite", &[("role", "member")]).await.unwrap_err();
    assert!(sentence(refusal).starts_with("200 invitations are open"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_invite_any_more_leaves_no_link_behind() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let alan = app.client.member(&url, "Alan", MemberRole::Owner).await;
    let id = alan.me().await.person.id.to_string();
    let (above, below) = (invite(&alan, "owner").await, invite(&alan, "member").await);
    ada.order("set_role", &[("member", &id), ("role", "admin")]).await.unwrap();
    assert!(look(&app.client, &below).await.is_ok());
    assert!(sentence(look(&app.client, &above).await.unwrap_err()).contains("taken back"));
    ada.order("suspend_member", &[("member", &id)]).await.unwrap();
    assert!(sentence(look(&app.client, &below).await.unwrap_err()).contains("taken back"));
    ada.order("reinstate_member", &[("member", &id)]).await.unwrap();
    assert!(sentence(look(&app.client, &below).await.unwrap_err()).contains("taken back"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_removed_and_is_invited_again_signs_in_and_comes_in() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let grace = join(&app.client, &invite(&ada, "member").await, "Grace Hopper", GRACE).await.unwrap();
    let id = grace.me().await.person.id.to_string();
    ada.order("remove_member", &[("member", &id)]).await.unwrap();
    let refusal = app.client.sign_in(GRACE, PASSWORD).await.err().unwrap();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);

    let secret = invite(&ada, "viewer").await;
    let enter = async |next: &str| {
        app.client.entering("sign_in", &[("email", GRACE), ("password", PASSWORD), ("next", next)]).await
    };
    assert!(enter("/join/join_nonsense").await.is_err());
    let again = enter(&format!("/join/{secret}")).await.unwrap();
    assert_eq!(again.me().await.workspaces, []);
    again.order("accept_invitation", &[("secret", &secret)]).await.unwrap();
    let me: Me = again.me().await;
    assert_eq!((me.person.id.to_string(), me.membership().unwrap().role), (id, MemberRole::Viewer));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_without_an_invitation_is_for_servers_that_are_open() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let fields = [("name", "Eve"), ("email", "eve@example.com"), ("password", PASSWORD), ("workspace", "Elsewhere")];
    let refusal = app.client.entering("sign_up", &fields).await.err().unwrap();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    assert!(app.client.page("/sign-up").await.contains("by invitation"));

    let app = app.restart_with(|config| config.access.sign_up = SignUp::Open).await;
    assert!(app.client.page("/sign-up").await.contains("name=\"workspace\""));
    let eve = app.client.entering("sign_up", &fields).await.unwrap();
    let me = eve.me().await;
    let own = me.membership().unwrap();
    assert_eq!((own.name.as_str(), own.role, me.workspaces.len()), ("Elsewhere", MemberRole::Owner, 1));
    assert_ne!(own.workspace, FIRST_WORKSPACE);
    let refusal = app.client.entering("sign_up", &fields).await.err().unwrap();
    assert!(sentence(refusal).contains("already"));
    // And sees nothing of the first.
    let theirs: Result<MemberList, _> = eve.call("list_members", &[("workspace", &FIRST_WORKSPACE.to_string())]).await;
    assert_eq!(error_of(theirs.unwrap_err()), AppError::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_signs_up_before_there_is_an_owner() {
    let app = TestApp::start_with(|config| {
        config.access.auth = parlance::server::config::Auth::On;
        config.access.sign_up = SignUp::Open;
    })
    .await;
    let fields = [("name", "Eve"), ("email", OWNER), ("password", PASSWORD), ("workspace", "Elsewhere")];
    let refusal = app.client.entering("sign_up", &fields).await.err().unwrap();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    app.client.set_up().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_sign_in_nobody_is_invited() {
    let app = TestApp::start().await;
    let refusal = app.client.call::<Value>("invite", &[("role", "member")]).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    let list: MemberList = app.client.call("list_members", &[]).await.unwrap();
    assert_eq!((list.invites, list.members.len()), (false, 1));
    assert!(!app.client.page("/workspace/members").await.contains("/api/invite"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_tries_links_has_to_wait() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let tries = join_all((0..70).map(|number| {
        let client = app.client.clone();
        async move { look(&client, &format!("join_{number}")).await.unwrap_err().status }
    }));
    let statuses = tries.await;
    assert!(statuses.contains(&StatusCode::NOT_FOUND) && statuses.contains(&StatusCode::TOO_MANY_REQUESTS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_secret_of_a_link_is_not_in_the_log() {
    let upstream = Upstream::start().await;
    let node = Launch::new(&upstream).variable("PARLANCE_AUTH", "on").variable("RUST_LOG", "debug").start().await;
    let ada = node.client.set_up().await;
    let secret = invite(&ada, "member").await;
    node.client.page(&format!("/join/{secret}")).await;
    join(&node.client, &secret, "Grace Hopper", GRACE).await.unwrap();
    let log = node.log();
    assert!(!log.is_empty() && !log.contains(&secret), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_is_not_there_is_like_one_of_others() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let nowhere = WorkspaceId::new().to_string();
    let refusal = ada.call::<Value>("invite", &[("workspace", &nowhere), ("role", "member")]).await.unwrap_err();
    assert_eq!(error_of(refusal), AppError::NotFound);
    for role in ["", "emperor", "Owner"] {
        let refusal = ada.call::<Value>("invite", &[("role", role)]).await.unwrap_err();
        assert!(refusal.status.is_client_error(), "{role} {}", refusal.body);
    }
}
