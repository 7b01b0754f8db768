//! The search tool finds what the person who asked may see, and nothing else.

use parlance::domain::{chat::Sharing, id::ChatId, member::MemberRole};
use serde_json::json;

use crate::support::{app::TestApp, client::Client, script::Script, tools::results};

const CHECK: &str = "POST /v1/moderations";

/// A chat in which somebody says something.
async fn says(app: &TestApp, client: &Client, text: &str) -> ChatId {
    app.upstream.answer(Script::reply("Noted."));
    client.ask(text).await.0.chat
}

/// What the search gives somebody in a chat of their own.
async fn finds(app: &TestApp, client: &Client, query: &str) -> String {
    finds_in(app, client, query, Sharing::Private).await
}

async fn finds_in(app: &TestApp, client: &Client, query: &str, sharing: Sharing) -> String {
    let started = client.chat_with_tools(&app.upstream, &["search_chats"]).await;
    if sharing != Sharing::Private {
        client.share(started.chat, sharing).await.unwrap();
    }
    app.upstream.answer(Script::calling("a", "search_chats", &json!({"query": query})));
    app.upstream.answer(Script::reply("Here."));
    let before = app.upstream.calls();
    let made = client.send(started.chat, "Look").await.unwrap();
    client.follow_to_end(made.reply, 0).await;
    let request = app.upstream.requests(before + 2).await.remove(before + 1);
    client.delete(started.chat).await.unwrap();
    results(&request).remove(0).1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_are_found_in_titles_and_messages_with_links_and_snippets() {
    let app = TestApp::start().await;
    let rome = says(&app, &app.client, "The offer for the bridge in Rome is 12,000 euros").await;
    let other = says(&app, &app.client, "Something else").await;
    app.client.rename(other, "Rome and its bridges").await.unwrap();
    let found = finds(&app, &app.client, "ROME bridge").await;
    assert!(found.contains(&format!("(/chats/{rome})")) && found.contains("12,000 euros"), "{found}");
    assert!(found.contains(&format!("[Rome and its bridges](/chats/{other})")), "{found}");
    assert!(finds(&app, &app.client, "bridge Paris").await.contains("Nothing was found"));
    assert!(finds(&app, &app.client, "   ").await.contains("no words"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_of_any_alphabet_are_found_however_they_are_capitalised() {
    let app = TestApp::start().await;
    for text in ["Поездка: Москва весной", "ПЛАН на осень", "Übersicht für Köln", "GRÖSSE und Maß"]
    {
        says(&app, &app.client, text).await;
    }
    for (words, text) in [
        (["москва", "Москва", "МОСКВА"], "Поездка: Москва весной"),
        (["весной", "Весной", "ВЕСНОЙ"], "Поездка: Москва весной"),
        (["план", "План", "ПЛАН"], "ПЛАН на осень"),
        (["übersicht", "Übersicht", "ÜBERSICHT"], "Übersicht für Köln"),
        (["köln", "Köln", "KÖLN"], "Übersicht für Köln"),
        (["größe", "Größe", "GRÖSSE"], "GRÖSSE und Maß"),
        (["москва весной", "МОСКВА поездка", "Весной Москва"], "Поездка: Москва весной"),
    ] {
        for word in words {
            let found = finds(&app, &app.client, word).await;
            // As the title, and as what was said.
            assert_eq!(found.matches(text).count(), 3, "{word}: {found}");
        }
    }
    assert!(finds(&app, &app.client, "москва köln").await.contains("Nothing was found"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signs_that_stand_for_others_stand_for_themselves() {
    let app = TestApp::start().await;
    says(&app, &app.client, "A discount of 100% off, file_name!").await;
    says(&app, &app.client, "A discount of 1000 off, filename").await;
    for (query, is_found) in [("100%", true), ("0%0", false), ("file_name!", true), ("f_lename", false), ("%", true)] {
        let found = finds(&app, &app.client, query).await;
        assert_eq!(found.contains("discount of 100%"), is_found, "{query}: {found}");
        assert!(!found.contains("discount of 1000"), "{query}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_finds_what_they_may_not_see() {
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    let url = app.database();
    let member = owner.member(&url, "Grace", MemberRole::Member).await;
    let stranger = owner.stranger(&url, "Mallory").await;
    let private = says(&app, &owner, "The secret word is xylophone").await;
    let shared = says(&app, &owner, "A shared xylophone").await;
    owner.share(shared, Sharing::Read).await.unwrap();
    let deleted = says(&app, &owner, "A deleted xylophone").await;
    owner.delete(deleted).await.unwrap();

    let found = finds(&app, &owner, "xylophone").await;
    assert!(found.contains(&private.to_string()) && found.contains(&shared.to_string()), "{found}");
    assert!(!found.contains(&deleted.to_string()), "{found}");
    // What is found in a chat that others read is shown to them.
    let found = finds_in(&app, &owner, "xylophone", Sharing::Read).await;
    assert!(found.contains(&shared.to_string()) && !found.contains("secret"), "{found}");
    let found = finds(&app, &member, "xylophone").await;
    assert!(found.contains(&shared.to_string()) && !found.contains("secret"), "{found}");
    assert!(finds(&app, &stranger, "xylophone").await.contains("Nothing was found"));
}

/// What the check of messages answers.
fn checked(flagged: bool) -> Script {
    let body = json!({"results": [{"flagged": flagged, "categories": {"violence": flagged}}]});
    Script::plain(200, "application/json", body.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_did_not_pass_the_check_is_found_in_no_other_chat_until_it_does() {
    let app = TestApp::start().await;
    app.client.order("set_moderation", &[("moderation", "true")]).await.unwrap();
    app.upstream.answer_at(CHECK, |request| match request.body["input"].as_str().unwrap_or_default() {
        text if text.contains("bad") => checked(true),
        text if text.contains("unclear") => Script::error(404, "Not here"),
        _ => checked(false),
    });
    let (bad, _) = app.client.ask("A bad xylophone").await;
    let (unclear, _) = app.client.ask("An unclear xylophone").await;
    assert_eq!(app.upstream.calls(), 0, "neither was sent");
    app.upstream.answer(Script::reply("Noted."));
    app.client.send_and_follow(bad.chat, "A harmless marimba").await;
    assert!(finds(&app, &app.client, "xylophone").await.contains("Nothing was found"));
    // Nor is its title told with what else was said there.
    let found = finds(&app, &app.client, "marimba").await;
    assert!(found.contains("A harmless marimba") && !found.contains("xylophone"), "{found}");

    app.upstream.answer_at(CHECK, |_| checked(false));
    for reply in [bad.reply, unclear.reply] {
        app.upstream.answer(Script::reply("Fine."));
        let again = app.client.regenerate(reply).await.unwrap();
        app.client.follow_to_end(again.reply, 0).await;
    }
    let found = finds(&app, &app.client, "xylophone").await;
    assert_eq!(counts(&found), (2, 2), "{found}");
}

/// How many titles and how many messages are among what was found.
fn counts(found: &str) -> (usize, usize) {
    (found.matches(", a chat last used ").count(), found.matches(", a person on ").count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_found_than_fits_a_look_and_titles_leave_half_of_it_to_messages() {
    let app = TestApp::start().await;
    for number in 0..12 {
        says(&app, &app.client, &format!("Invoice {number}")).await;
    }
    let found = finds(&app, &app.client, "invoice").await;
    assert_eq!(found.matches("(/chats/").count(), 10, "{found}");
    assert_eq!(counts(&found), (5, 5), "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_messages_do_not_need_titles_have_and_the_other_way_round() {
    let app = TestApp::start().await;
    for number in 0..12 {
        let chat = says(&app, &app.client, &format!("Number {number}")).await;
        app.client.rename(chat, &format!("Receipt {number}")).await.unwrap();
    }
    assert_eq!(counts(&finds(&app, &app.client, "receipt").await), (10, 0));
    let lost = says(&app, &app.client, "Where is the receipt?").await;
    app.client.rename(lost, "Lost").await.unwrap();
    assert_eq!(counts(&finds(&app, &app.client, "receipt").await), (9, 1));
    app.client.rename(lost, "Numbers").await.unwrap();
    assert_eq!(counts(&finds(&app, &app.client, "number").await), (1, 9));
}
