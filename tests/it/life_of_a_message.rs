//! From the moment that somebody sends a message to the day that somebody reads it again.

use parlance::domain::{
    message::{Role, Status},
    reply::Usage,
};

use crate::support::{
    app::TestApp,
    database::value,
    process::Launch,
    script::Script,
    upstream::{KEY, MODEL, Upstream},
    wait::eventually,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stored_message_follows_while_the_reply_is_still_written() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    upstream.answer(Script::stream().role().text("The capital of France").hold());
    server.client.start("What is the capital of France?").await;
    let stored = "SELECT count(*) FROM messages WHERE status = 'streaming' AND content = 'The capital of France'";
    eventually("the text to be stored", async || value(&server.database(), stored).await > 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_is_seen_while_it_is_written_and_kept_when_it_is_done() {
    let app = TestApp::start().await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);

    let started = app.client.start("What is the capital of France?").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    feed.text("The capital of France ");
    viewer.until_text("The capital of France ").await;
    feed.text("is Paris, “la Ville Lumière”. 🗼");
    viewer.until_text("🗼").await;
    assert_eq!(app.client.message(started.chat, started.reply).await.status, Status::Streaming);
    feed.finish();
    let seen = viewer.until_end().await;

    assert_eq!(seen.start, Some(0));
    assert_eq!(seen.text(), "The capital of France is Paris, “la Ville Lumière”. 🗼");
    assert_eq!(seen.status(), Some(Status::Complete));
    let usage = Some(Usage { prompt_tokens: 7, completion_tokens: 5, ..Usage::default() });
    assert_eq!(seen.usage(), usage);

    let page = app.client.chat(started.chat).await;
    assert_eq!(page.chat.title, "What is the capital of France?");
    assert!(!page.has_older);
    let [question, answer] = page.messages.as_slice() else { panic!("two messages: {:?}", page.messages) };
    assert_eq!((question.id, question.role, question.status), (started.message, Role::User, Status::Complete));
    assert_eq!(question.content, "What is the capital of France?");
    assert_eq!((answer.id, answer.role, answer.status), (started.reply, Role::Assistant, Status::Complete));
    assert_eq!((answer.content.as_str(), answer.parent), (seen.text().as_str(), Some(started.message)));
    assert_eq!((answer.usage, answer.failure.as_ref(), answer.model.as_deref()), (usage, None, Some(MODEL)));
    assert_eq!(answer.reply(), seen.reply(), "the stored message is the fold of the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_holds_the_conversation_while_it_streams_and_after() {
    let app = TestApp::start().await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Tell me about rivers").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    feed.text("Rivers flow ");
    viewer.until_text("Rivers flow ").await;

    let page = app.client.chat_page(started.chat).await;
    assert!(page.contains("Tell me about rivers") && page.contains("Rivers flow"), "{page}");
    assert!(page.contains(r#"data-status="streaming""#), "{page}");
    assert!(page.contains(r#"aria-busy="true""#), "{page}");

    feed.text("downhill.");
    feed.finish();
    viewer.until_end().await;
    let page = app.client.chat_page(started.chat).await;
    assert!(page.contains("Rivers flow downhill."), "{page}");
    assert!(page.contains(r#"data-status="complete""#), "{page}");
    assert!(!page.contains(r#"aria-busy="true""#), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_the_same_after_a_restart() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().reasoning("Hm. ").text("Grüße, 世界").finish("stop").usage(3, 4).done());
    let (started, seen) = app.client.ask("Hello").await;
    let before = app.client.chat(started.chat).await;

    let app = app.restart().await;
    let after = app.client.chat(started.chat).await;
    assert_eq!(after.messages, before.messages);
    assert_eq!(after.chat, before.chat);
    assert_eq!(app.client.follow_to_end(started.reply, 0).await, seen);
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_is_told_the_whole_conversation() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Nice to meet you, Ada."));
    app.upstream.answer(Script::reply("Ada."));
    let (started, _) = app.client.ask("I am Ada.").await;
    let made = app.client.send(started.chat, "What is my name?").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;

    let requests = app.upstream.requests(2).await;
    let said = |role: &str, text: &str| (role.to_owned(), text.to_owned());
    assert_eq!(requests[0].messages(), [said("user", "I am Ada.")]);
    let whole =
        [said("user", "I am Ada."), said("assistant", "Nice to meet you, Ada."), said("user", "What is my name?")];
    assert_eq!(requests[1].messages(), whole);
    for request in &requests {
        assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
        assert_eq!(request.body["model"], MODEL);
        assert_eq!(request.body["stream"], true);
        assert_eq!(request.body["stream_options"]["include_usage"], true);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_is_written_to_its_end_when_nobody_watches() {
    let app = TestApp::start().await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Write while I am away").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    feed.text("I began, ");
    viewer.until_text("I began, ").await;
    drop(viewer);
    feed.text("and I finished.");
    feed.finish();

    let seen = app.client.follow_to_end(started.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("I began, and I finished.", Some(Status::Complete)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_comes_back_as_it_was_said() {
    let app = TestApp::start().await;
    let text = "  indented\r\n\ttabs, “quotes”, 'these', \"those\", <b>tags</b> & &amp;, a+b=100%, \\n, \u{202e}right to left\u{202c}, \
                \u{feff}e\u{301}, 👩‍👩‍👧, $1, --, ;DROP TABLE chats;\nlast line";
    app.upstream.answer(Script::reply(text));
    let (started, seen) = app.client.ask(text).await;
    assert_eq!(seen.text(), text);
    assert_eq!(app.upstream.requests(1).await[0].messages()[0].1.trim(), text.trim());
    let said = app.client.said(started.chat).await;
    assert_eq!(said[0].1.trim(), text.trim());
    assert_eq!(said[1].1, text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reasoning_is_kept_apart_from_the_text() {
    let app = TestApp::start().await;
    let script = Script::stream().role().reasoning_content("First, ").reasoning_content("I think. ");
    app.upstream.answer(script.text("Then I speak.").finish("stop").usage(1, 9).done());
    let (started, seen) = app.client.ask("Think aloud").await;
    assert_eq!((seen.reasoning().as_str(), seen.text().as_str()), ("First, I think. ", "Then I speak."));
    let message = app.client.message(started.chat, started.reply).await;
    assert_eq!((message.reasoning.as_str(), message.content.as_str()), ("First, I think. ", "Then I speak."));
}
