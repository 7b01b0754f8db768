//! Pictures of people: made anew from what was sent, and shown to whoever is in a workspace with them.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use parlance::{
    domain::{chat::Sharing, member::MemberRole},
    texts::images as texts,
};
use reqwest::{Method, RequestBuilder, StatusCode};

use crate::support::{
    app::TestApp,
    client::{Client, Refusal, accepted},
    database::{change, value},
    script::Script,
    wait::soon,
};

/// A form with this file in it, as a browser sends it.
fn upload(client: &Client, field: &str, file: &[u8]) -> RequestBuilder {
    let head =
        format!("content-disposition: form-data; name=\"{field}\"; filename=\"me.png\"\r\ncontent-type: image/png");
    let body = [b"--cut\r\n", head.as_bytes(), b"\r\n\r\n", file, b"\r\n--cut--\r\n"].concat();
    client
        .request(Method::POST, "/api/set_avatar")
        .header("accept", "application/json")
        .header("content-type", "multipart/form-data; boundary=cut")
        .body(body)
}

async fn set(client: &Client, file: &[u8]) -> Result<(), Refusal> {
    let answer = soon("an answer", upload(client, "picture", file).send()).await.expect("an answer");
    accepted(answer).await.map(drop)
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    RgbImage::from_pixel(300, 200, Rgb([200, 30, 30])).write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// Where one's picture is.
async fn path(client: &Client) -> Option<String> {
    client.me().await.person.avatar.map(|image| format!("/images/{image}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_of_any_of_the_formats_is_shown_as_a_square() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    assert!(ada.page("/account").await.contains(">AL<"));
    let mut before = Vec::new();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        set(&ada, &picture(format)).await.unwrap();
        let path = path(&ada).await.unwrap();
        let answer = ada.get(&path).await;
        let headers = answer.headers().clone();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(
            (&headers["content-type"], &headers["x-content-type-options"]),
            (&"image/png".parse().unwrap(), &"nosniff".parse().unwrap())
        );
        assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
        assert_eq!(headers["cache-control"], "private, max-age=86400, immutable");
        let shown = image::load_from_memory_with_format(&answer.bytes().await.unwrap(), ImageFormat::Png).unwrap();
        assert_eq!((shown.width(), shown.height()), (256, 256), "{format:?}");
        assert!(ada.page("/account").await.contains(&format!("src=\"{path}\"")));
        before.push(path);
    }
    // One a person is kept.
    assert_eq!(value(&app.database(), "SELECT count(*) FROM images").await, 1);
    assert_eq!(ada.get(&before[0]).await.status(), StatusCode::NOT_FOUND);
    ada.order("remove_avatar", &[]).await.unwrap();
    assert_eq!((path(&ada).await, ada.get(&before[2]).await.status()), (None, StatusCode::NOT_FOUND));
    assert!(ada.page("/account").await.contains(">AL<"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_form_comes_back_to_the_page_with_what_was_wrong() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let answer = async |file: &[u8]| {
        let request = upload(&ada, "picture", file).header("referer", format!("{}/account", ada.origin()));
        let mut request = request.build().unwrap();
        request.headers_mut().insert("accept", "text/html".parse().unwrap());
        ada.execute(request).await.headers()["location"].to_str().unwrap().to_owned()
    };
    assert_eq!(answer(&picture(ImageFormat::Png)).await, "/account?saved=picture");
    let to = answer(b"").await;
    let page = ada.page(to.strip_prefix(ada.origin()).unwrap()).await;
    assert!(page.contains(texts::NO_FILE), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_picture_is_refused_and_the_one_before_stays() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    set(&ada, &picture(ImageFormat::Png)).await.unwrap();
    let before = path(&ada).await;
    let png = picture(ImageFormat::Png);
    let mut bomb = png.clone();
    bomb.splice(16..24, [50_000_u32.to_be_bytes(), 50_000_u32.to_be_bytes()].concat());
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for file in
        [&b""[..], &png[..60], &bomb, svg, b"<!doctype html><script>alert(1)</script>", b"GIF89a\x01\0\x01\0\0\0\0;"]
    {
        let refusal = set(&ada, file).await.unwrap_err();
        assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refusal.body);
    }
    for request in [
        upload(&ada, "photo", &png),
        ada.post("set_avatar", &[("picture", "x")]),
        ada.request(Method::POST, "/api/set_avatar").header("content-type", "multipart/form-data").body("--"),
        ada.request(Method::POST, "/api/set_avatar"),
    ] {
        let answer = soon("an answer", request.send()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(path(&ada).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_there_for_those_who_share_a_workspace_and_for_nobody_else() {
    let app = TestApp::with_sign_in().await;
    let url = app.database();
    let ada = app.client.set_up().await;
    set(&ada, &picture(ImageFormat::Png)).await.unwrap();
    let path = path(&ada).await.unwrap();
    let grace = app.client.member(&url, "Grace", MemberRole::Viewer).await;
    let mallory = app.client.stranger(&url, "Mallory").await;
    assert_eq!(grace.get(&path).await.status(), StatusCode::OK);
    assert_eq!(mallory.get(&path).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(app.client.get(&path).await.status(), StatusCode::UNAUTHORIZED);
    for nonsense in ["/images/x", "/images/00000000-0000-7000-8000-000000000009", "/images/%00", "/images/..%2F"] {
        assert_eq!(ada.get(nonsense).await.status(), StatusCode::NOT_FOUND, "{nonsense}");
    }
    change(&url, "UPDATE members SET suspended_at = 1 WHERE role = 'viewer'").await;
    assert_eq!(grace.get(&path).await.status(), StatusCode::NOT_FOUND);
    // One's own picture is always one's own.
    change(&url, "UPDATE members SET suspended_at = 1").await;
    assert_eq!(ada.get(&path).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn initials_stand_for_whoever_has_left_where_a_picture_would_not_be_found() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let ada = app.client.set_up().await;
    let grace = app.client.member(&app.database(), "Grace", MemberRole::Member).await;
    set(&grace, &picture(ImageFormat::Png)).await.unwrap();
    let (started, _) = grace.ask("Hello").await;
    grace.share(started.chat, Sharing::Read).await.unwrap();
    let shown = async || {
        let author = ada.message(started.chat, started.message).await.author.unwrap();
        let creator = ada.chats(false).await.remove(0).creator.unwrap();
        assert_eq!((author.name.as_str(), creator.name.as_str()), ("Grace", "Grace"));
        (author.avatar, creator.avatar)
    };
    let (author, creator) = shown().await;
    assert!(author.is_some() && author == creator);
    assert_eq!(ada.get(&format!("/images/{}", author.unwrap())).await.status(), StatusCode::OK);
    let user = grace.me().await.person.id.to_string();
    ada.order("remove_member", &[("member", &user)]).await.unwrap();
    assert_eq!(shown().await, (None, None));
    let page = ada.chat_page(started.chat).await;
    assert!(!page.contains("/images/"), "{page}");
}
