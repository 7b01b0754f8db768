//! Asked to go (SIGTERM), the server goes at once and loses nothing.

use std::{io::Write, net::TcpStream, time::Duration};

use futures::future::join_all;
use parlance::domain::message::Status;

use crate::support::{process::Launch, script::Script, upstream::Upstream};

const SOON: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_gone_within_two_seconds_and_what_was_said_is_kept() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    let (feed, script) = Script::stream().role().feed();
    upstream.answer(script);
    let started = server.client.start("Hello").await;
    let mut viewer = server.client.follow(started.reply, 0).await;
    feed.text("Every word of this ");
    feed.text("is kept, the last one too.");
    viewer.until_text("the last one too.").await;

    let (took, status) = server.terminate().await;
    assert!(took < SOON, "it took {took:?}");
    assert!(status.success(), "{status}\n{}", server.log());
    let viewer = viewer.until_close().await;
    let ended = viewer.seen.status();
    assert!(viewer.told_to_reconnect || ended == Some(Status::Interrupted), "the viewer was told nothing");
    upstream.wait_closed(0).await;

    let server = server.restart().await;
    let seen = server.client.follow_to_end(started.reply, 0).await;
    let text = "Every word of this is kept, the last one too.";
    assert_eq!((seen.text().as_str(), seen.status()), (text, Some(Status::Interrupted)));
    // Who was told to reconnect goes on from the cursor reached.
    let rest = server.client.follow_to_close(started.reply, viewer.seen.position()).await;
    assert_eq!(rest.start, Some(viewer.seen.position()));
    assert_eq!([viewer.seen.log, rest.log].concat(), seen.log);
    assert_eq!(upstream.calls(), 1, "no call was made by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_keep_it_from_going() {
    let upstream = Upstream::start().await;
    let limit = (64 << 20).to_string();
    let server = Launch::new(&upstream).variable("PARLANCE_MAX_REPLY_BYTES", &limit).start().await;
    let (feed, script) = Script::stream().role().feed();
    upstream.answer(script);
    upstream.answer_to("silent", Script::silence());
    let started = server.client.start("A lot").await;
    // A viewer that does not read, with more to read than buffers hold.
    let slow = server.client.follow(started.reply, 0).await;
    let mut quick = server.client.follow(started.reply, 0).await;
    for _ in 0..8 {
        feed.text(&"0123456789abcde\n".repeat(1 << 16));
    }
    feed.text("<all>");
    quick.until_text("<all>").await;
    // A model that does not answer, a connection without a request, and half a request.
    let silent = server.client.start("silent").await;
    let idle = TcpStream::connect(server.address).unwrap();
    let mut half = TcpStream::connect(server.address).unwrap();
    half.write_all(b"POST /api/list_chats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\narch").unwrap();
    upstream.requests(2).await;

    let (took, status) = server.terminate().await;
    assert!(took < SOON, "it took {took:?}\n{}", server.log());
    assert!(status.success(), "{status}");
    drop((slow, idle, half));
    let server = server.restart().await;
    assert_eq!(server.client.follow_to_end(started.reply, 0).await.status(), Some(Status::Interrupted));
    // Of the other one nothing had come: it is asked for again.
    upstream.requests(3).await;
    server.client.stop(silent.reply).await.unwrap();
    assert_eq!(server.client.follow_to_end(silent.reply, 0).await.status(), Some(Status::Stopped));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_server_goes_at_once() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    server.client.page("/").await;
    let (took, status) = server.terminate().await;
    assert!(took < SOON && status.success(), "{took:?}, {status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_running_replies_are_all_kept() {
    let upstream = Upstream::start().await;
    upstream.answer_with(|_| Some(Script::stream().role().text("So far, so good.").hold()));
    let server = Launch::new(&upstream).start().await;
    let started = join_all((0..50).map(|_| server.client.start("Hello"))).await;
    let mut viewers = join_all(started.iter().map(|started| server.client.follow(started.reply, 0))).await;
    join_all(viewers.iter_mut().map(|viewer| viewer.until_text("so good."))).await;
    let (took, status) = server.terminate().await;
    assert!(took < SOON && status.success(), "{took:?}, {status}");
    let server = server.restart().await;
    for started in started {
        let seen = server.client.follow_to_end(started.reply, 0).await;
        assert_eq!((seen.text().as_str(), seen.status()), ("So far, so good.", Some(Status::Interrupted)));
    }
}
