//! Answers asked for again and questions asked otherwise: siblings beside what was there, which stays and can be shown again.

use parlance::domain::{
    id::MessageId,
    message::{Role, Status},
};

use crate::support::{app::TestApp, client::Started, script::Script};

async fn shows(app: &TestApp, started: Started, texts: &[&str]) {
    let said: Vec<String> = app.client.said(started.chat).await.into_iter().map(|(_, text)| text).collect();
    assert_eq!(said, texts);
}

async fn ask_again(app: &TestApp, reply: MessageId) -> MessageId {
    let made = app.client.regenerate(reply).await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    made.reply
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_asked_for_again_stands_beside_the_first() {
    let app = TestApp::start().await;
    for text in ["First answer.", "Second answer.", "Third answer."] {
        app.upstream.answer(Script::reply(text));
    }
    let (started, _) = app.client.ask("Which?").await;
    let second = ask_again(&app, started.reply).await;
    let third = ask_again(&app, second).await;
    shows(&app, started, &["Which?", "Third answer."]).await;
    let message = app.client.message(started.chat, third).await;
    assert_eq!(
        (message.parent, message.role, message.status),
        (Some(started.message), Role::Assistant, Status::Complete)
    );
    let siblings = message.siblings;
    assert_eq!((siblings.place, siblings.count, siblings.previous, siblings.next), (3, 3, Some(second), None));

    app.client.select(second).await.unwrap();
    shows(&app, started, &["Which?", "Second answer."]).await;
    let siblings = app.client.message(started.chat, second).await.siblings;
    assert_eq!((siblings.place, siblings.previous, siblings.next), (2, Some(started.reply), Some(third)));
    app.client.select(started.reply).await.unwrap();
    shows(&app, started, &["Which?", "First answer."]).await;

    // The model is asked the same each time, and not told of its other answers.
    let requests = app.upstream.requests(3).await;
    assert!(requests.iter().all(|request| request.messages() == [("user".to_owned(), "Which?".to_owned())]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_goes_on_from_the_answer_that_is_shown() {
    let app = TestApp::start().await;
    for text in ["Tea.", "Coffee.", "With milk."] {
        app.upstream.answer(Script::reply(text));
    }
    let (started, _) = app.client.ask("Tea or coffee?").await;
    ask_again(&app, started.reply).await;
    app.client.select(started.reply).await.unwrap();
    let made = app.client.send(started.chat, "How?").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    shows(&app, started, &["Tea or coffee?", "Tea.", "How?", "With milk."]).await;
    let asked: Vec<String> = app.upstream.requests(3).await[2].messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(asked, ["Tea or coffee?", "Tea.", "How?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_asked_otherwise_keeps_what_followed_the_first() {
    let app = TestApp::start().await;
    for text in ["Hello.", "A cat.", "A dog."] {
        app.upstream.answer(Script::reply(text));
    }
    let (started, _) = app.client.ask("Hello").await;
    let question = MessageId::new();
    let made = app.client.send_as(started.chat, question, "Draw a cat").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    let edited = app.client.edit(question, "Draw a dog").await.unwrap();
    app.client.follow_to_end(edited.reply, 0).await;
    shows(&app, started, &["Hello", "Hello.", "Draw a dog", "A dog."]).await;
    let shown = app.client.chat(started.chat).await.messages;
    assert_eq!((shown[2].siblings.place, shown[2].siblings.count, shown[2].siblings.previous), (2, 2, Some(question)));
    let asked: Vec<String> = app.upstream.requests(3).await[2].messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(asked, ["Hello", "Hello.", "Draw a dog"]);

    app.client.select(question).await.unwrap();
    shows(&app, started, &["Hello", "Hello.", "Draw a cat", "A cat."]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_question_can_be_asked_otherwise_too() {
    let app = TestApp::start().await;
    for text in ["One.", "Two."] {
        app.upstream.answer(Script::reply(text));
    }
    let (started, _) = app.client.ask("First try").await;
    let edited = app.client.edit(started.message, "Second try").await.unwrap();
    app.client.follow_to_end(edited.reply, 0).await;
    shows(&app, started, &["Second try", "Two."]).await;
    let siblings = app.client.chat(started.chat).await.messages[0].siblings;
    assert_eq!((siblings.place, siblings.count, siblings.previous), (2, 2, Some(started.message)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_reply_is_tried_again_beside_the_failure() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::error(401, "Incorrect API key"));
    app.upstream.answer(Script::reply("Here I am."));
    let (started, seen) = app.client.ask("Are you there?").await;
    assert_eq!(seen.status(), Some(Status::Failed));
    ask_again(&app, started.reply).await;
    shows(&app, started, &["Are you there?", "Here I am."]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_broke_off_is_continued_with_its_text_kept() {
    let broken = [
        (Script::stream().role().reasoning("Hm. ").text("One, two, ").finish("length").done(), Status::Length),
        (Script::stream().role().reasoning("Hm. ").text("One, two, ").close(), Status::Interrupted),
    ];
    for (script, status) in broken {
        let app = TestApp::start().await;
        app.upstream.answer(script);
        app.upstream.answer(Script::stream().role().text("three.").finish("stop").usage(1, 2).done());
        let (started, seen) = app.client.ask("Count").await;
        assert_eq!(seen.status(), Some(status));
        let made = app.client.continue_reply(started.reply).await.unwrap();
        let seen = app.client.follow_to_end(made.reply, 0).await;
        assert_eq!((seen.text().as_str(), seen.status()), ("One, two, three.", Some(Status::Complete)));
        let message = app.client.message(started.chat, made.reply).await;
        assert_eq!(message.reply(), seen.reply());
        assert_eq!((message.parent, message.siblings.count), (Some(started.message), 2));
        let asked = app.upstream.requests(2).await[1].messages();
        assert!(asked.contains(&("user".to_owned(), "Count".to_owned())), "{asked:?}");
        assert!(asked.iter().any(|(role, text)| role == "assistant" && text.contains("One, two,")), "{asked:?}");
        app.client.select(started.reply).await.unwrap();
        shows(&app, started, &["Count", "One, two, "]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_complete_reply_is_not_continued() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Done."));
    let (started, _) = app.client.ask("Hello").await;
    let refusal = app.client.continue_reply(started.reply).await.unwrap_err();
    assert!(refusal.status.is_client_error() && refusal.error.is_some(), "{refusal:?}");
    shows(&app, started, &["Hello", "Done."]).await;
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_its_kind_is_refused() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Done."));
    let (started, _) = app.client.ask("Hello").await;
    let refusals = [
        app.client.regenerate(started.message).await.unwrap_err(),
        app.client.continue_reply(started.message).await.unwrap_err(),
        app.client.edit(started.reply, "I never said that").await.unwrap_err(),
        app.client.edit(started.message, "   ").await.unwrap_err(),
        app.client.regenerate(MessageId::new()).await.unwrap_err(),
        app.client.edit(MessageId::new(), "Nothing").await.unwrap_err(),
        app.client.select(MessageId::new()).await.unwrap_err(),
    ];
    for refusal in refusals {
        assert!(refusal.status.is_client_error() && refusal.error.is_some(), "{refusal:?}");
    }
    shows(&app, started, &["Hello", "Done."]).await;
    assert_eq!(app.upstream.calls(), 1);
}
