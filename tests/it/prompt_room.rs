//! How much of a conversation is sent: the newest that fits into what the model can read, and what was left out is said.

use parlance::domain::message::Status;

use crate::support::{
    app::TestApp,
    database::{change, value},
    models::Listed,
    script::Script,
    upstream::{MODEL, Request},
};

/// A model that takes in so many tokens.
fn reading(tokens: u32) -> Listed {
    Listed { context_length: Some(tokens), ..Listed::named(MODEL) }
}

/// A text of so many words, a token each.
fn words(count: usize) -> String {
    vec!["hello"; count].join(" ")
}

fn texts(request: &Request) -> Vec<String> {
    request.messages().into_iter().map(|(_, text)| text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_that_is_too_long_is_sent_as_its_newest_part_and_the_page_says_so() {
    let app = TestApp::start().await.listing(&[reading(2_000)]).await;
    app.upstream.answer_with(|request| Some(Script::reply(&format!("Answer {}", request.messages().len()))));
    let settings = [("system_prompt", "Be brief."), ("max_tokens", "500")];
    let started = app.client.start_asking(&format!("First {}", words(600)), &settings).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    app.client.send_and_follow(started.chat, &format!("Second {}", words(600))).await;
    let third = app.client.send_and_follow(started.chat, &format!("Third {}", words(600))).await;

    let requests = app.upstream.requests(3).await;
    assert_eq!(texts(&requests[1]).len(), 4, "two rounds fit");
    let sent = texts(&requests[2]);
    assert_eq!(sent[0], "Be brief.");
    assert!(sent[1].starts_with("Second") && sent[2].starts_with("Answer") && sent[3].starts_with("Third"), "{sent:?}");
    assert_eq!(sent.len(), 4);
    assert_eq!(app.client.message(started.chat, third).await.left_out, 2);
    let html = app.client.chat_page(started.chat).await;
    assert_eq!(html.matches("2 earlier messages were not sent").count(), 1, "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_counted_once_and_only_when_it_matters() {
    let app = TestApp::start().await.listing(&[reading(2_000)]).await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let (started, _) = app.client.ask("Short").await;
    let counted = async || value(&app.database(), "SELECT count(*) FROM messages WHERE tokens IS NOT NULL").await;
    assert_eq!(counted().await, 0, "it fits whatever its tokens are");
    let tokens = |reply| format!("SELECT coalesce(prompt_tokens, 0) FROM messages WHERE id = '{reply}'");
    assert!((1..20).contains(&value(&app.database(), &tokens(started.reply)).await));

    let second = app.client.send_and_follow(started.chat, &words(700)).await;
    assert_eq!(counted().await, 3, "the two questions and the answer between them");
    let asked = value(&app.database(), &tokens(second)).await;
    assert!((700..730).contains(&asked), "{asked}");
    // What was counted is believed: a wrong number leaves out what would fit.
    change(&app.database(), "UPDATE messages SET tokens = 5000 WHERE content = 'Short'").await;
    let third = app.client.send_and_follow(started.chat, "And now?").await;
    assert_eq!(app.client.message(started.chat, third).await.left_out, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_is_too_long_alone_fails_with_what_to_do_and_asks_nobody() {
    let app = TestApp::start().await.listing(&[reading(2_000)]).await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let (started, _) = app.client.ask(&words(3_000)).await;
    let reply = app.client.message(started.chat, started.reply).await;
    let failure = reply.failure.expect("a reason");
    assert_eq!((reply.status, failure.code.as_str()), (Status::Failed, "prompt_too_long"));
    assert!(failure.message.contains("room for 1000 tokens"), "{}", failure.message);
    assert_eq!(app.upstream.calls(), 0);
    // What was written is kept, and the chat goes on.
    app.client.edit(started.message, "Shorter").await.unwrap();
    assert_eq!(texts(&app.upstream.requests(1).await[0]), ["Shorter"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_of_which_nobody_knows_how_much_it_reads_is_sent_everything() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let (started, _) = app.client.ask(&words(5_000)).await;
    let second = app.client.send_and_follow(started.chat, &words(5_000)).await;
    assert_eq!(app.upstream.requests(2).await[1].messages().len(), 3);
    assert_eq!(app.client.message(started.chat, second).await.left_out, 0);
}
