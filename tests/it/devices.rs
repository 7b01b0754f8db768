//! The devices on which one is signed in, and the end of any of them.

use std::time::{Duration, Instant};

use parlance::domain::{
    error::AppError,
    member::MemberRole,
    person::{Device, SignInMethod},
};

use crate::support::{
    app::TestApp,
    client::Client,
    database::value,
    people::{OWNER, PASSWORD, error_of},
    script::Script,
    wait::soon,
};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn devices(client: &Client) -> Vec<Device> {
    client.call("my_devices", &[]).await.expect("a list of devices")
}

/// Signs in with a browser that says what it is.
async fn sign_in_with_firefox(app: &TestApp) -> Client {
    let request = app.client.post("sign_in", &[("email", OWNER), ("password", PASSWORD)]);
    let answer = soon("an answer", request.header("user-agent", FIREFOX).send()).await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    app.client.with_cookie(cookie.split_once(';').unwrap().0)
}

async fn is_out(client: &Client) -> bool {
    client
        .call::<serde_json::Value>("who_am_i", &[])
        .await
        .is_err_and(|refusal| error_of(refusal) == AppError::SignedOut)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_device_is_listed_by_what_it_is() {
    let app = TestApp::with_sign_in().await;
    let here = app.client.set_up().await;
    let firefox = sign_in_with_firefox(&app).await;
    let listed = devices(&here).await;
    let [newest, first] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!(
        (newest.name.as_str(), newest.current, newest.address.as_str()),
        ("Firefox on Linux", false, "127.0.0.1")
    );
    assert_eq!((newest.method, first.current), (SignInMethod::Password, true));
    assert!(newest.since > first.since && newest.seen_at >= newest.since);
    assert!(devices(&firefox).await[0].current);
    let page = here.page("/account/devices").await;
    assert!(page.contains("aria-label=\"End Firefox on Linux\"") && page.contains("This device"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_a_device_signs_it_out_and_ends_what_it_reads() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer(Script::stream().role().tokens(["a "], Duration::ZERO).hold());
    let here = app.client.set_up().await;
    let firefox = sign_in_with_firefox(&app).await;
    let viewer = firefox.follow(firefox.start("Hello").await.reply, 0).await;
    let session = devices(&firefox).await[0].session.to_string();
    let ended = Instant::now();
    for _ in 0..2 {
        here.order("end_session", &[("session", &session)]).await.unwrap();
    }
    assert!(is_out(&firefox).await && !is_out(&here).await);
    viewer.until_close().await;
    assert!(ended.elapsed() < Duration::from_secs(5), "{:?}", ended.elapsed());
    let entries = "SELECT count(*) FROM audit_entries WHERE action = 'session_ended'";
    assert_eq!(value(&app.database(), entries).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_all_others_leaves_the_one_that_asks() {
    let app = TestApp::with_sign_in().await;
    let here = app.client.set_up().await;
    let others = [sign_in_with_firefox(&app).await, sign_in_with_firefox(&app).await];
    here.order("end_other_sessions", &[]).await.unwrap();
    assert!(!is_out(&here).await);
    for other in &others {
        assert!(is_out(other).await);
    }
    let page = here.page("/account/devices").await;
    assert!(page.contains("This device") && !page.contains("end_other_sessions"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_ends_or_sees_the_devices_of_others() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let grace = app.client.member(&app.database(), "Grace", MemberRole::Owner).await;
    let session = devices(&ada).await[0].session;
    assert!(devices(&grace).await.iter().all(|device| device.session != session));
    grace.order("end_session", &[("session", &session.to_string())]).await.unwrap();
    grace.order("end_other_sessions", &[]).await.unwrap();
    assert!(!is_out(&ada).await && !is_out(&grace).await);
}
