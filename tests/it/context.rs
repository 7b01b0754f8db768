//! What a chat is about and who answers in it: chosen when it begins, told to the model, shown to whoever reads it.

use parlance::domain::{
    error::AppError,
    id::{ChatId, ExpertId, MessageId, ProductId},
    member::MemberRole,
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    database::change,
    html::{form, tags},
    people::error_of,
    script::Script,
    upstream::{MODEL, Request},
};

/// What a model was told before the conversation.
fn told(request: &Request) -> String {
    let messages = request.messages();
    let system: Vec<_> = messages.iter().filter(|(role, _)| role == "system").collect();
    assert!(system.len() <= 1 && system.first().is_none_or(|first| **first == messages[0]), "{messages:?}");
    system.first().map(|(_, text)| text.clone()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_is_told_of_the_product_and_speaks_as_the_expert() {
    let app = TestApp::start().await;
    let product = app.client.product("Engine", "It weighs 500 kg.").await;
    let expert = app.client.expert("Grace Hopper", "Be brief.", "another-model").await;
    app.upstream.answer(Script::reply("500 kg."));
    let started = app.client.start_with("How heavy is it?", Some(product), Some(expert)).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    let request = &app.upstream.requests(1).await[0];
    let system = told(request);
    assert!(system.starts_with("You are Grace Hopper, Adviser."), "{system}");
    assert!(system.contains("<instructions>\nBe brief.\n</instructions>"), "{system}");
    assert!(
        system.contains("the product Engine.") && system.contains("<facts>\nIt weighs 500 kg.\n</facts>"),
        "{system}"
    );
    assert_eq!(request.body["model"], "another-model");

    // Whoever reads the chat sees what the model was told, word for word.
    let page = app.client.chat(started.chat).await;
    assert_eq!((page.context.product.as_deref(), page.context.told.as_str()), (Some("Engine"), system.as_str()));
    assert_eq!(page.context.expert.map(|expert| expert.id), Some(expert));
    let html = app.client.chat_page(started.chat).await;
    let context = html.split("<details class=\"context\">").nth(1).unwrap().split("</details>").next().unwrap();
    for shown in ["Product: Engine", "Expert: Grace Hopper, Adviser", "Be brief.", "It weighs 500 kg."] {
        assert!(context.contains(shown), "{shown} is not in {context}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_later_reply_is_told_what_is_true_by_then_also_when_it_is_archived() {
    let app = TestApp::start().await;
    let product = app.client.product("Engine", "It weighs 500 kg.").await;
    app.upstream.answer(Script::stream().role().text("500").finish("length").usage(1, 1).done());
    (0..3).for_each(|_| app.upstream.answer(Script::reply("More.")));
    let started = app.client.start_with("How heavy is it?", Some(product), None).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    app.client.save_product(product, "Engine", "It weighs 600 kg.").await.unwrap();
    app.client.order("delete_product", &[("product", &product.to_string())]).await.unwrap();

    let again = app.client.continue_reply(started.reply).await.unwrap();
    app.client.follow_to_end(again.reply, 0).await;
    let again = app.client.regenerate(started.reply).await.unwrap();
    app.client.follow_to_end(again.reply, 0).await;
    let next = app.client.send(started.chat, "Really?").await.unwrap();
    app.client.follow_to_end(next.reply, 0).await;
    let requests = app.upstream.requests(4).await;
    assert!(told(&requests[0]).contains("500 kg"));
    for later in &requests[1..] {
        assert!(told(later).contains("600 kg") && !told(later).contains("500 kg"));
        assert_eq!(later.body["model"], MODEL);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_chooses_nothing_tells_the_model_nothing() {
    let app = TestApp::start().await;
    app.client.product("Engine", "It weighs 500 kg.").await;
    (0..2).for_each(|_| app.upstream.answer(Script::reply("Hello.")));
    app.client.ask("Hello").await;
    let started = app.client.start_with("Hello", None, None).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    for request in app.upstream.requests(2).await {
        assert_eq!(request.messages(), [("user".to_owned(), "Hello".to_owned())]);
    }
    assert!(!app.client.chat_page(started.chat).await.contains("<details class=\"context\">"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_another_workspace_gets_in_not_even_by_a_row_that_says_so() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    let product = stranger.product("Loom", "Our secret price is 7.").await;
    let expert = stranger.expert("Jacquard", "Tell nobody of the cards.", "their-model").await;
    for (product, expert) in [(Some(product), None), (None, Some(expert)), (Some(ProductId::new()), None)] {
        let refusal = ada.start_with("Hello", product, expert).await.unwrap_err();
        assert!(matches!(error_of(refusal), AppError::Invalid { .. }));
    }
    assert!(ada.chats(false).await.is_empty() && app.upstream.calls() == 0);

    (0..2).for_each(|_| app.upstream.answer(Script::reply("Hello.")));
    let (started, _) = ada.ask("Hello").await;
    let forged =
        format!("UPDATE chats SET product_id = '{product}', expert_id = '{expert}' WHERE id = '{}'", started.chat);
    assert_eq!(change(&app.database(), &forged).await, 1);
    let next = ada.send(started.chat, "What do you know?").await.unwrap();
    ada.follow_to_end(next.reply, 0).await;
    let request = &app.upstream.requests(2).await[1];
    assert!(told(request).is_empty() && request.body["model"] == MODEL, "{}", request.body);
    assert_eq!(ada.chat(started.chat).await.context, Default::default());
    assert!(!ada.chat_page(started.chat).await.contains("secret price"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_chat_offers_what_there_is_and_nothing_where_there_is_none() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let composer = async |path: &str| form(&ada.page(path).await, "/api/start_chat").to_owned();
    assert!(tags(&composer("/chats/new").await, "select").is_empty());
    let product = ada.product("Engine", "").await;
    let offered = composer("/").await;
    assert_eq!(tags(&offered, "select").len(), 1, "{offered}");
    assert!(offered.contains("No product") && offered.contains(&format!("<option value=\"{product}\">Engine")));
    let expert = ada.expert("Hopper", "Be brief.", "").await;
    assert!(composer("/chats/new").await.contains(&format!("<option value=\"{expert}\">Hopper, Adviser")));

    let member = app.client.member(&app.database(), "Charles", MemberRole::Member).await;
    app.upstream.answer(Script::reply("Hello."));
    let started = member.start_with("Hello", Some(product), Some(expert)).await.unwrap();
    assert_eq!(member.chat(started.chat).await.context.product.as_deref(), Some("Engine"));
    let viewer = app.client.member(&app.database(), "Vera", MemberRole::Viewer).await;
    let refusal = viewer.start_with("Hello", Some(product), None).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_is_begun_twice_keeps_what_was_chosen_first() {
    let app = TestApp::start().await;
    let (engine, loom) = (app.client.product("Engine", "").await, app.client.product("Loom", "").await);
    app.upstream.answer(Script::reply("Hello."));
    let (chat, message) = (ChatId::new().to_string(), MessageId::new().to_string());
    let begin = async |product: &str| {
        let fields = [("chat", chat.as_str()), ("message", &message), ("text", "Hello"), ("product", product)];
        app.client.call::<serde_json::Value>("start_chat", &fields).await
    };
    let first = begin(&engine.to_string()).await.unwrap();
    app.client.order("delete_product", &[("product", &engine.to_string())]).await.unwrap();
    for product in [engine.to_string(), loom.to_string(), ProductId::new().to_string(), String::new()] {
        assert_eq!(begin(&product).await.unwrap(), first);
    }
    let page = app.client.chat(chat.parse().unwrap()).await;
    assert_eq!(page.context.product.as_deref(), Some("Engine"));
    let nonsense = begin("engine").await.unwrap_err();
    assert!(nonsense.status.is_client_error(), "{nonsense:?}");
    let expert = ExpertId::new();
    let refusal = app.client.start_with("Hello", None, Some(expert)).await.unwrap_err();
    assert!(matches!(error_of(refusal), AppError::Invalid { .. }));
}
