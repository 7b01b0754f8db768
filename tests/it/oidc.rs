//! Signing in at an OpenID provider: a real one, through whose pages the test goes as a browser does.

use futures::future::join_all;
use parlance::{
    domain::{member::MemberRole, person::Me},
    server::{
        access::secret::SecretHash,
        config::{Auth, SignUp},
    },
};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    browser::{Browser, here},
    client::Client,
    database::{change, value},
    people::{OWNER, PASSWORD},
    provider::{HERE, Provider, settings_for},
};

const CHARLES: &str = "charles@example.com";

fn people() -> Value {
    json!({
        "ada": { "name": "Augusta Ada King", "email": "Ada@Example.com", "email_verified": true },
        "charles": { "name": "Charles  Babbage", "email": CHARLES, "email_verified": true },
        "another charles": { "name": "Charles Dickens", "email": CHARLES, "email_verified": true },
        "mallory": { "name": "Ada Lovelace", "email": OWNER, "email_verified": false },
    })
}

async fn app_with(provider: &Provider, sign_up: SignUp) -> TestApp {
    let settings = provider.settings();
    let app = TestApp::start_with(|config| {
        config.access.auth = Auth::On;
        config.access.sign_up = sign_up;
        config.access.url = Some(HERE.to_owned());
        config.access.oidc = Some(settings);
    });
    app.await
}

/// A server whose owner has a password, and its provider.
async fn start() -> (Provider, TestApp, Client) {
    let provider = Provider::start(people()).await;
    let app = app_with(&provider, SignUp::Invitation).await;
    let owner = app.client.set_up().await;
    (provider, app, owner)
}

fn browser(app: &TestApp, provider: &Provider, who: &str) -> Browser {
    Browser::new(app.address, &provider.issuer, who)
}

async fn me(app: &TestApp, browser: &Browser) -> Me {
    browser.client(&app.client).call("who_am_i", &[]).await.expect("somebody who is signed in")
}

/// Makes an invitation that is good for as long, with this secret.
async fn invite(app: &TestApp, secret: &str, role: &str, good_for: i64) {
    let hash = SecretHash::of(secret);
    let sql = format!(
        "INSERT INTO invitations (id, secret_hash, workspace_id, role, invited_by, created_at, expires_at)
         SELECT '{secret}', '{}', s.workspace_id, '{role}', s.user_id, s.created_at, s.created_at + {good_for} FROM setup s",
        hash.as_str()
    );
    assert_eq!(change(&app.database(), &sql).await, 1);
}

const HOUR: i64 = 60 * 60 * 1_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_verified_address_of_an_account_comes_into_it() {
    let (provider, app, owner) = start().await;
    let page = app.client.page("/sign-in?next=%2Fchats%2Farchived").await;
    assert!(page.contains("Sign in with Acme") && page.contains("action=\"/api/begin_oidc\""), "{page}");

    let mut ada = browser(&app, &provider, "ada");
    assert_eq!(ada.sign_in(&[("next", "/chats/archived")]).await, "/chats/archived");
    let before: Me = owner.call("who_am_i", &[]).await.unwrap();
    let now = me(&app, &ada).await;
    // Their name here is theirs to say, not the provider's.
    assert_eq!((now.person.id, now.person.name.as_str()), (before.person.id, "Ada Lovelace"));
    let url = app.database();
    assert_eq!(value(&url, "SELECT count(*) FROM sessions WHERE method = 'oidc'").await, 1);
    assert_eq!(value(&url, "SELECT count(*) FROM audit_entries WHERE action = 'identity_linked'").await, 1);
    assert_eq!(value(&url, "SELECT count(*) FROM oidc_attempts").await, 0);
    assert_eq!(ada.cookie("parlance-oidc"), None);

    // From then on it is who they are there that counts, not their address.
    change(&url, "UPDATE users SET email = 'countess@example.com'").await;
    let mut elsewhere = browser(&app, &provider, "ada");
    assert_eq!(elsewhere.sign_in(&[("next", "//evil.example/")]).await, "/");
    assert_eq!(me(&app, &elsewhere).await.person.id, before.person.id);
    assert_eq!(value(&url, "SELECT count(*) FROM audit_entries WHERE action = 'identity_linked'").await, 1);
    // The password is as good as before.
    app.client.sign_in("countess@example.com", PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_nobody_has_verified_opens_no_account() {
    let (provider, app, _) = start().await;
    let mut mallory = browser(&app, &provider, "mallory");
    assert_eq!(mallory.sign_in(&[]).await, "/sign-in?oidc=uninvited");
    assert_eq!(mallory.cookie("parlance"), None);
    // Whoever is let in by an invitation gets an account of their own, without that address.
    invite(&app, "mallory-may", "member", HOUR).await;
    assert_eq!(mallory.sign_in(&[("invitation", "mallory-may")]).await, "/");
    let now = me(&app, &mallory).await;
    assert_eq!(now.email, None);
    assert_eq!(value(&app.database(), "SELECT count(*) FROM users").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_needs_an_invitation_which_lets_one_person_in_once() {
    let (provider, app, _) = start().await;
    let mut charles = browser(&app, &provider, "charles");
    assert_eq!(charles.sign_in(&[("invitation", "")]).await, "/sign-in?oidc=uninvited");
    let page = app.client.page("/sign-in?oidc=uninvited").await;
    assert!(page.contains("role=\"alert\"") && page.contains("Ask an admin of your team for an invitation."), "{page}");
    invite(&app, "too-late", "member", -HOUR).await;
    assert_eq!(charles.sign_in(&[("invitation", "too-late")]).await, "/sign-in?oidc=invitation");
    assert_eq!(value(&app.database(), "SELECT count(*) FROM users").await, 1);

    invite(&app, "welcome", "viewer", HOUR).await;
    assert_eq!(charles.sign_in(&[("invitation", "welcome")]).await, "/");
    let now = me(&app, &charles).await;
    assert_eq!((now.person.name.as_str(), now.email.as_deref()), ("Charles Babbage", Some(CHARLES)));
    let [engines] = now.workspaces.as_slice() else { panic!("{now:?}") };
    assert_eq!((engines.name.as_str(), engines.role), ("Engines", MemberRole::Viewer));
    assert_eq!(value(&app.database(), "SELECT count(*) FROM users WHERE password IS NULL").await, 1);

    let mut mallory = browser(&app, &provider, "mallory");
    assert_eq!(mallory.sign_in(&[("invitation", "welcome")]).await, "/sign-in?oidc=invitation");
    // One that leads where they are already is not used up.
    invite(&app, "spare", "admin", HOUR).await;
    assert_eq!(browser(&app, &provider, "charles").sign_in(&[("invitation", "spare")]).await, "/");
    assert_eq!(value(&app.database(), "SELECT count(*) FROM invitations WHERE accepted_at IS NULL").await, 2);
    // Whoever is in comes in without one.
    assert_eq!(browser(&app, &provider, "charles").sign_in(&[]).await, "/");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_suspended_everywhere_does_not_come_in() {
    let (provider, app, _) = start().await;
    let mut ada = browser(&app, &provider, "ada");
    change(&app.database(), "UPDATE members SET suspended_at = 1").await;
    assert_eq!(ada.sign_in(&[]).await, "/sign-in?oidc=workspace");
    assert_eq!(ada.cookie("parlance"), None);
    change(&app.database(), "UPDATE members SET suspended_at = NULL").await;
    assert_eq!(ada.sign_in(&[]).await, "/");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_everybody_may_come_in_a_stranger_gets_a_workspace_and_nobody_an_account_with_a_password() {
    let provider = Provider::start_with(people(), |wish| {
        wish["algorithm"] = json!("ES256");
        wish["inToken"] = json!(true);
    });
    let provider = provider.await;
    let app = app_with(&provider, SignUp::Open).await;
    app.client.set_up().await;
    let mut charles = browser(&app, &provider, "charles");
    assert_eq!(charles.sign_in(&[]).await, "/");
    let now = me(&app, &charles).await;
    let [own] = now.workspaces.as_slice() else { panic!("{now:?}") };
    assert_eq!((own.name.as_str(), own.role), ("Charles Babbage’s workspace", MemberRole::Owner));
    // Somebody may have made an account with this address and a password before its owner came.
    let mut ada = browser(&app, &provider, "ada");
    assert_eq!(ada.sign_in(&[]).await, "/sign-in?oidc=password");
    assert_eq!(ada.cookie("parlance"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_with_a_password_is_nobodys_who_was_not_invited_by_its_address() {
    let (provider, app, _) = start().await;
    // Mallory was let in, and has typed the address of somebody who has not been here yet.
    invite(&app, "for-mallory", "member", HOUR).await;
    let fields = [("secret", "for-mallory"), ("name", "Charles"), ("email", CHARLES), ("password", PASSWORD)];
    let mallory = app.client.entering("join", &fields).await.unwrap();
    let mut charles = browser(&app, &provider, "charles");
    for _ in 0..2 {
        assert_eq!(charles.sign_in(&[]).await, "/sign-in?oidc=password");
    }
    assert_eq!(charles.cookie("parlance"), None);
    let url = app.database();
    assert_eq!(value(&url, "SELECT count(*) FROM identities").await, 0);
    assert_eq!(mallory.me().await.email.as_deref(), Some(CHARLES));

    // Whoever came in by an invitation to this address is who it says.
    change(&url, &format!("UPDATE invitations SET email = '{CHARLES}' WHERE accepted_by IS NOT NULL")).await;
    assert_eq!(charles.sign_in(&[]).await, "/");
    // Where everybody can make a workspace and invite whom they like to it, that says nothing.
    change(&url, "DELETE FROM identities").await;
    let app = app.restart_with(|config| config.access.sign_up = SignUp::Open).await;
    assert_eq!(browser(&app, &provider, "charles").sign_in(&[]).await, "/sign-in?oidc=password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_given_the_address_of_somebody_who_has_left_is_not_given_their_account() {
    let (provider, app, _) = start().await;
    invite(&app, "welcome", "member", HOUR).await;
    let mut charles = browser(&app, &provider, "charles");
    assert_eq!(charles.sign_in(&[("invitation", "welcome")]).await, "/");
    invite(&app, "welcome-too", "member", HOUR).await;
    let mut another = browser(&app, &provider, "another charles");
    for fields in [&[][..], &[("invitation", "welcome-too")]] {
        assert_eq!(another.sign_in(fields).await, "/sign-in?oidc=somebody");
        assert_eq!(another.cookie("parlance"), None);
    }
    let page = app.client.page("/sign-in?oidc=somebody").await;
    assert!(page.contains("role=\"alert\"") && page.contains("who had this address before you"), "{page}");
    assert_eq!(value(&app.database(), "SELECT count(*) FROM identities").await, 1);
    assert_eq!(browser(&app, &provider, "charles").sign_in(&[]).await, "/");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_first_sign_ins_at_once_one_makes_the_account() {
    let (provider, app, _) = start().await;
    let app = app.restart_with(|config| config.access.sign_up = SignUp::Open).await;
    let arrivals = join_all((0..6).map(|_| {
        let mut charles = browser(&app, &provider, "charles");
        async move { charles.sign_in(&[]).await }
    }));
    let led: Vec<String> = arrivals.await;
    assert!(led.iter().any(|to| to == "/"), "{led:?}");
    assert!(led.iter().all(|to| to == "/" || to == "/sign-in?oidc=busy"), "{led:?}");
    let url = app.database();
    for (table, rows) in [("users", 2), ("workspaces", 2), ("members", 2), ("identities", 1)] {
        assert_eq!(value(&url, &format!("SELECT count(*) FROM {table}")).await, rows, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_signed_in_by_what_another_browser_began() {
    let (provider, app, _) = start().await;
    // Mallory begins, and has somebody else follow the link on which Mallory would have come back.
    let mut mallory = browser(&app, &provider, "ada");
    let begun = mallory.begin(&[]).await;
    let link = mallory.authorize(begun).await;
    let mut bystander = browser(&app, &provider, "charles");
    assert_eq!(bystander.arrive(&link).await, "/sign-in?oidc=expired");
    assert_eq!(bystander.cookie("parlance"), None);
    // Also not in the middle of a sign-in of their own, which they can still bring to its end.
    invite(&app, "welcome", "member", HOUR).await;
    let own = bystander.begin(&[("invitation", "welcome")]).await;
    assert_eq!(bystander.arrive(&link).await, "/sign-in?oidc=expired");
    let back = bystander.authorize(own).await;
    assert_eq!(bystander.arrive(&back).await, "/");
    assert_eq!(me(&app, &bystander).await.email.as_deref(), Some(CHARLES));
    // A code of one sign-in is of no use in another.
    let (mut one, mut other) = (browser(&app, &provider, "ada"), browser(&app, &provider, "charles"));
    let (to_one, to_other) = (one.begin(&[]).await, other.begin(&[]).await);
    let (of_one, of_other) = (one.authorize(to_one).await, other.authorize(to_other).await);
    assert_eq!(other.arrive(&with(&of_other, "code", &query(&of_one, "code"))).await, "/sign-in?oidc=refused");
    assert_eq!(one.arrive(&with(&of_one, "iss", "https://evil.example")).await, "/sign-in?oidc=refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_comes_to_its_end_once_in_time_and_with_its_own_state() {
    let (provider, app, _) = start().await;
    let mut ada = browser(&app, &provider, "ada");
    let begun = ada.begin(&[]).await;
    let back = ada.authorize(begun).await;
    for wrong in [
        with(&back, "state", "x"),
        with(&back, "state", ""),
        here("/oidc/return"),
        here("/oidc/return?state=x&state=y"),
    ] {
        assert_eq!(ada.arrive(&wrong).await, "/sign-in?oidc=expired", "{wrong}");
    }
    let mut twin = ada.clone();
    assert_eq!(ada.arrive(&back).await, "/");
    assert_eq!(twin.arrive(&back).await, "/sign-in?oidc=expired");
    assert_eq!(twin.cookie("parlance"), None);

    let begun = ada.begin(&[]).await;
    let back = ada.authorize(begun).await;
    change(&app.database(), "UPDATE oidc_attempts SET expires_at = expires_at - 10 * 60 * 1000000").await;
    assert_eq!(ada.arrive(&back).await, "/sign-in?oidc=expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_was_given_to_another_client_is_of_no_use() {
    let (provider, app, _) = start().await;
    let mut ada = browser(&app, &provider, "ada");
    let begun = ada.begin(&[]).await;
    let stolen = ada.authorize(with(&begun, "client_id", "another")).await;
    assert_eq!(ada.arrive(&stolen).await, "/sign-in?oidc=refused");
    // Nor is one that another challenge was made for.
    let begun = ada.begin(&[]).await;
    let other = ada.begin(&[]).await;
    let back = ada.authorize(with(&other, "code_challenge", &query(&begun, "code_challenge"))).await;
    assert_eq!(ada.arrive(&back).await, "/sign-in?oidc=refused");
    // Nor a token that was not made for this sign-in.
    let begun = ada.begin(&[]).await;
    let back = ada.authorize(with(&begun, "nonce", "another")).await;
    assert_eq!(ada.arrive(&back).await, "/sign-in?oidc=refused");
    assert_eq!(ada.cookie("parlance"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_says_no_at_the_provider_is_told_that_they_can_try_again() {
    let (provider, app, _) = start().await;
    let mut nobody = browser(&app, &provider, "nobody");
    assert_eq!(nobody.sign_in(&[]).await, "/sign-in?oidc=denied");
    assert!(app.client.page("/sign-in?oidc=denied").await.contains("You can try again."));
    assert!(!app.client.page("/sign-in?oidc=%3Cscript%3E").await.contains("role=\"alert\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_away_keeps_no_server_from_starting_and_may_come_back_with_other_keys() {
    let (provider, app, _) = start().await;
    let mut ada = browser(&app, &provider, "ada");
    let begun = ada.begin(&[]).await;
    let back = ada.authorize(begun).await;
    let settings = settings_for(&provider.issuer);
    let provider = provider.restart().await;
    // What the first one gave out means nothing to the second.
    assert_eq!(ada.arrive(&back).await, "/sign-in?oidc=refused");
    // Its keys are not the ones that the server knows.
    assert_eq!(browser(&app, &provider, "ada").sign_in(&[]).await, "/");

    let issuer = provider.issuer.clone();
    drop(provider);
    let app = app.restart_with(|config| config.access.oidc = Some(settings)).await;
    let mut ada = Browser::new(app.address, &issuer, "ada");
    let refusal = ada.press(&[]).await;
    let to = refusal.headers()["location"].to_str().unwrap();
    assert!(to.contains("__err="), "{to}");
    let answer = app.client.post("begin_oidc", &[]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("does not answer"));
    app.client.sign_in(OWNER, PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_lets_its_form_lead_to_the_provider_and_the_cookie_is_the_browsers_alone() {
    let (provider, app, owner) = start().await;
    let policy = |answer: &reqwest::Response| answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let signed_out = policy(&app.client.get("/sign-in").await);
    assert!(signed_out.contains(&format!("form-action 'self' {};", provider.issuer)), "{signed_out}");
    let signed_in = policy(&owner.get("/").await);
    assert!(signed_in.contains("form-action 'self';"), "{signed_in}");

    let mut ada = browser(&app, &provider, "ada");
    let answer = ada.press(&[]).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("parlance-oidc=") && cookie.contains("; Max-Age=600; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let secure = app.client.post("begin_oidc", &[]).header("x-forwarded-proto", "https").send().await.unwrap();
    let cookie = secure.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-parlance-oidc=") && cookie.contains("; Secure"), "{cookie}");
    // What is kept is of no use to whoever reads it.
    let kept =
        format!("SELECT count(*) FROM oidc_attempts WHERE secret_hash = '{}'", ada.cookie("parlance-oidc").unwrap());
    assert_eq!(value(&app.database(), &kept).await, 0);
    // A page of another site can neither begin a sign-in nor have it begun by a link.
    let foreign = app.client.post("begin_oidc", &[]).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let link = ada.ask(Method::GET, &here("/api/begin_oidc"), None).await;
    assert_ne!(link.status(), StatusCode::FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_provider_there_is_no_way_to_one() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    assert!(!app.client.page("/sign-in").await.contains("/api/begin_oidc"));
    let refusal = app.client.order("begin_oidc", &[]).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    let back = app.client.get("/oidc/return?code=x&state=y").await;
    assert_eq!(back.headers()["location"], "/sign-in?oidc=expired");
}

fn query(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("{name} is not in {url}")).1.into_owned()
}

/// The address with another value of this name.
fn with(url: &Url, name: &str, value: &str) -> Url {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
    changed
}
