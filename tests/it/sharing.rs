//! Chats that a workspace shares: who reads them, who writes in them, and who hears of them.

use std::time::{Duration, Instant};

use parlance::domain::{
    change::Change,
    chat::Sharing,
    error::AppError,
    id::{ChatId, MessageId},
    member::MemberRole,
    message::{Role, Status},
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    client::{Client, Refusal, Started},
    database::{change, value},
    html,
    people::error_of,
    script::Script,
};

/// A server with its owner, Ada, and a chat of hers that is shared so.
async fn with_chat(sharing: Sharing) -> (TestApp, Client, Started) {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let ada = app.client.set_up().await;
    let (started, _) = ada.ask("Hello").await;
    if sharing != Sharing::Private {
        ada.share(started.chat, sharing).await.unwrap();
    }
    (app, ada, started)
}

async fn member(app: &TestApp, name: &str, role: MemberRole) -> Client {
    app.client.member(&app.database(), name, role).await
}

/// Has the next call answered so.
fn answer_once(app: &TestApp, script: Script) {
    let mut script = Some(script);
    app.upstream.answer_with(move |_| script.take());
}

fn is_forbidden<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> bool {
    answer.unwrap_err().status == StatusCode::FORBIDDEN
}

/// Whom the messages of a chat that a person reads are by: `None` for their own, and for replies.
async fn authors(client: &Client, chat: ChatId) -> Vec<Option<String>> {
    let messages = client.chat(chat).await.messages;
    messages.into_iter().map(|message| message.author.map(|author| author.name)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_is_its_creators_alone_until_they_share_it() {
    let (app, ada, started) = with_chat(Sharing::Private).await;
    let admin = member(&app, "Grace", MemberRole::Admin).await;
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    let sees_nothing = async |client: &Client| {
        assert!(client.chats(false).await.is_empty());
        assert_eq!(client.get(&format!("/chats/{}", started.chat)).await.status(), StatusCode::NOT_FOUND);
        for refusal in [
            client.try_chat(started.chat).await.unwrap_err(),
            client.try_follow(started.reply, 0).await.err().unwrap(),
            client.send(started.chat, "Me too").await.unwrap_err(),
            client.regenerate(started.reply).await.unwrap_err(),
            client.share(started.chat, Sharing::Write).await.unwrap_err(),
            client.older(started.reply).await.unwrap_err(),
        ] {
            assert_eq!(error_of(refusal), AppError::NotFound);
        }
    };
    sees_nothing(&admin).await;
    sees_nothing(&stranger).await;

    ada.share(started.chat, Sharing::Read).await.unwrap();
    sees_nothing(&stranger).await;
    let [shared] = admin.chats(false).await.try_into().unwrap();
    assert_eq!((shared.sharing, shared.creator.unwrap().name.as_str()), (Sharing::Read, "Ada Lovelace"));
    assert_eq!(admin.follow_to_end(started.reply, 0).await.text(), "Hello.");
    let [own] = ada.chats(false).await.try_into().unwrap();
    assert_eq!((own.sharing, own.creator), (Sharing::Read, None));

    ada.share(started.chat, Sharing::Private).await.unwrap();
    sees_nothing(&admin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_only_read_changes_nothing() {
    let (app, ada, started) = with_chat(Sharing::Read).await;
    let viewer = member(&app, "Vera", MemberRole::Viewer).await;
    let grace = member(&app, "Grace", MemberRole::Admin).await;
    for reader in [&viewer, &grace] {
        let page = reader.chat(started.chat).await;
        assert_eq!((page.may_write, page.may_manage, page.messages.len()), (false, false, 2));
        assert!(is_forbidden(reader.send(started.chat, "Me too").await));
        assert!(is_forbidden(reader.regenerate(started.reply).await));
        assert!(is_forbidden(reader.edit(started.message, "Otherwise").await));
        assert!(is_forbidden(reader.select(started.message).await));
        assert!(is_forbidden(reader.stop(started.reply).await));
        assert!(is_forbidden(reader.share(started.chat, Sharing::Write).await));
        assert!(is_forbidden(reader.rename(started.chat, "Mine").await));
        assert!(is_forbidden(reader.archive(started.chat, true).await));
        assert!(is_forbidden(reader.delete(started.chat).await));
        let html = reader.chat_page(started.chat).await;
        assert!(html.contains("You can read this chat.") && html.contains("Shared by Ada Lovelace"), "{html}");
        assert!(!html.contains("id=\"composer\"") && !html.contains("aria-label=\"Sharing\""), "{html}");
    }
    // A viewer writes nowhere, however the chat is shared.
    ada.share(started.chat, Sharing::Write).await.unwrap();
    assert!(is_forbidden(viewer.send(started.chat, "Me too").await));
    assert!(!viewer.chat(started.chat).await.may_write && grace.chat(started.chat).await.may_write);
    assert!(is_forbidden(grace.share(started.chat, Sharing::Private).await));
    assert_eq!(ada.said(started.chat).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_is_told_what_they_can_do_where_others_begin_a_chat() {
    let (app, ada, _) = with_chat(Sharing::Private).await;
    let viewer = member(&app, "Vera", MemberRole::Viewer).await;
    for page in ["/", "/chats/new"] {
        let html = viewer.page(page).await;
        assert!(html.contains("You read what your workspace shares"), "{html}");
        assert!(!html.contains("id=\"composer\""), "{html}");
        assert!(ada.page(page).await.contains("id=\"composer\""));
    }
    assert!(is_forbidden(viewer.start_as(ChatId::new(), MessageId::new(), "Hello").await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_of_a_shared_chat_says_whose_it_is() {
    let (app, ada, started) = with_chat(Sharing::Write).await;
    let grace = member(&app, "Grace", MemberRole::Member).await;
    let made = grace.send(started.chat, "And me").await.unwrap();
    grace.follow_to_end(made.reply, 0).await;
    assert_eq!(authors(&ada, started.chat).await, [None, None, Some("Grace".to_owned()), None]);
    assert_eq!(authors(&grace, started.chat).await, [Some("Ada Lovelace".to_owned()), None, None, None]);
    let html = ada.chat_page(started.chat).await;
    assert!(html.contains("aria-label=\"Grace\"") && html.contains("aria-label=\"You\""), "{html}");
    // Whoever asked is who counts for how much is asked for.
    let asked = format!(
        "SELECT count(*) FROM messages WHERE id = '{}' AND author_id = '{}'",
        made.reply,
        grace.me().await.person.id
    );
    assert_eq!(value(&app.database(), &asked).await, 1);
    // Not shared any more, it still says who wrote what.
    ada.share(started.chat, Sharing::Private).await.unwrap();
    assert_eq!(authors(&ada, started.chat).await, [None, None, Some("Grace".to_owned()), None]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_person_sends_the_others_see_as_it_is_written() {
    let (app, ada, started) = with_chat(Sharing::Write).await;
    let viewer = member(&app, "Vera", MemberRole::Viewer).await;
    let grace = member(&app, "Grace", MemberRole::Member).await;
    let (feed, script) = Script::stream().role().feed();
    answer_once(&app, script.hold());
    let mut listening = [ada.listen().await, viewer.listen().await];
    let made = grace.send(started.chat, "Count").await.unwrap();
    for listener in &mut listening {
        assert_eq!(listener.next().await, Some(Change::Chat(started.chat)));
    }
    feed.text("One, ");
    let mut viewers = [ada.follow(made.reply, 0).await, viewer.follow(made.reply, 0).await];
    for viewer in &mut viewers {
        viewer.until_text("One, ").await;
    }
    feed.text("two, ");
    for viewer in &mut viewers {
        viewer.until_text("two, ").await;
    }
    assert_eq!(viewer.message(started.chat, made.reply).await.content, "One, two, ");
    // Whoever may write may stop what another asked for, and ask again.
    ada.stop(made.reply).await.unwrap();
    for viewer in viewers {
        assert_eq!(viewer.until_end().await.status(), Some(Status::Stopped));
    }
    let again = ada.regenerate(made.reply).await.unwrap();
    assert_eq!(viewer.follow_to_end(again.reply, 0).await.text(), "Hello.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_somebody_else_used_does_not_get_one_their_answer() {
    let (app, ada, started) = with_chat(Sharing::Write).await;
    let grace = member(&app, "Grace", MemberRole::Member).await;
    let message = MessageId::new();
    let made = ada.send_as(started.chat, message, "Mine").await.unwrap();
    ada.follow_to_end(made.reply, 0).await;
    let refusal = grace.send_as(started.chat, message, "Mine too").await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refusal.body);
    let sibling = MessageId::new();
    let again = ada.regenerate_as(made.reply, sibling).await.unwrap();
    ada.follow_to_end(again.reply, 0).await;
    let refusal = grace.regenerate_as(made.reply, sibling).await.unwrap_err();
    assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refusal.body);
    assert_eq!(ada.send_as(started.chat, message, "Mine").await.unwrap(), made);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_of_chats_that_they_may_not_see() {
    let (app, ada, private) = with_chat(Sharing::Private).await;
    let grace = member(&app, "Grace", MemberRole::Owner).await;
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    let mut before = ada.listen().await;
    let (shared, _) = ada.ask("Together").await;
    ada.share(shared.chat, Sharing::Read).await.unwrap();
    ada.rename(private.chat, "Quiet").await.unwrap();
    // Words come one after the other: whoever listens from now on hears none of those.
    while before.next().await != Some(Change::Chat(private.chat)) {}
    let (mut her, mut colleague, mut elsewhere) = (ada.listen().await, grace.listen().await, stranger.listen().await);
    ada.rename(private.chat, "Secret").await.unwrap();
    ada.rename(shared.chat, "Open").await.unwrap();
    let (theirs, _) = stranger.ask("Hello").await;
    // Each hears what concerns them, and so nothing of what came before it.
    assert_eq!(her.next().await, Some(Change::Chat(private.chat)));
    assert_eq!(her.next().await, Some(Change::Chat(shared.chat)));
    assert_eq!(colleague.next().await, Some(Change::Chat(shared.chat)));
    assert_eq!(elsewhere.next().await, Some(Change::Chat(theirs.chat)));
    // Whoever loses sight of a chat hears of that.
    ada.share(shared.chat, Sharing::Private).await.unwrap();
    assert_eq!(colleague.next().await, Some(Change::Chat(shared.chat)));
    ada.archive(shared.chat, true).await.unwrap();
    ada.share(private.chat, Sharing::Read).await.unwrap();
    assert_eq!(colleague.next().await, Some(Change::Chat(private.chat)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_streams_end_when_one_may_not_read_any_more() {
    let (app, ada, started) = with_chat(Sharing::Write).await;
    let grace = member(&app, "Grace", MemberRole::Member).await;
    answer_once(&app, Script::stream().role().text("Well").hold());
    let theirs = ada.send(started.chat, "More").await.unwrap().reply;
    let mut viewer = grace.follow(theirs, 0).await;
    viewer.until_text("Well").await;
    answer_once(&app, Script::stream().role().text("Good").hold());
    let own = grace.start("Mine").await;
    let mut own_viewer = grace.follow(own.reply, 0).await;
    own_viewer.until_text("Good").await;
    let listener = grace.listen().await;
    let mut her = ada.follow(theirs, 0).await;
    let begun = Instant::now();
    ada.share(started.chat, Sharing::Private).await.unwrap();
    let demoted = format!("UPDATE members SET role = 'viewer' WHERE user_id = '{}'", grace.me().await.person.id);
    assert_eq!(change(&app.database(), &demoted).await, 1);
    // The chat of another that is not shared any more; one's own, of which a viewer has none; and the changes.
    for (chat, viewer) in [(started.chat, viewer), (own.chat, own_viewer)] {
        viewer.until_close().await;
        assert_eq!(error_of(grace.try_chat(chat).await.unwrap_err()), AppError::NotFound);
    }
    listener.until_close().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
    // Whoever still may reads on.
    her.until_text("Well").await;
    let last = ada.said(started.chat).await.pop().unwrap();
    assert_eq!((last.0, last.1.as_str()), (Role::Assistant, "Well"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_is_shared_without_scripts_too() {
    let (_app, ada, started) = with_chat(Sharing::Private).await;
    let page = ada.chat_page(started.chat).await;
    let form = html::form(&page, "/api/share_chat");
    assert_eq!(html::hidden_fields(form), [("chat", started.chat.to_string().as_str())]);
    assert!(form.contains("aria-label=\"Sharing\"") && form.contains("type=\"submit\""), "{form}");
    let fields = [("chat", started.chat.to_string()), ("sharing", "write".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let here = format!("{}/chats/{}", ada.origin(), started.chat);
    // `post` asks for JSON; a browser's form asks for a page.
    let mut request = ada.post("share_chat", &fields).header("referer", &here).build().unwrap();
    request.headers_mut().insert("accept", "text/html".parse().unwrap());
    let answer = ada.execute(request).await;
    // The framework leaves a question mark where it took an old error out of the address.
    let back = answer.headers()["location"].to_str().unwrap().trim_end_matches('?');
    assert_eq!((answer.status(), back), (StatusCode::FOUND, here.as_str()));
    let page = ada.chat_page(started.chat).await;
    let chosen = html::tags(html::form(&page, "/api/share_chat"), "option");
    let chosen: Vec<&str> = chosen.into_iter().filter(|tag| tag.contains("selected")).collect();
    assert_eq!(chosen.iter().map(|tag| html::attribute(tag, "value")).collect::<Vec<_>>(), [Some("write")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sharing_is_noted_once_for_each_change() {
    let (app, ada, started) = with_chat(Sharing::Read).await;
    ada.share(started.chat, Sharing::Read).await.unwrap();
    ada.share(started.chat, Sharing::Write).await.unwrap();
    let noted = "SELECT count(*) FROM audit_entries WHERE action = 'chat_shared' AND subject = 'Hello'";
    assert_eq!(value(&app.database(), noted).await, 2);
    for sharing in ["", "everybody", "Read"] {
        let fields = [("chat", started.chat.to_string()), ("sharing", sharing.to_owned())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let refusal = ada.order("share_chat", &fields).await.unwrap_err();
        assert!(refusal.status.is_client_error(), "{sharing:?}: {} {}", refusal.status, refusal.body);
    }
    assert_eq!(ada.chat(started.chat).await.chat.sharing, Sharing::Write);
    ada.delete(started.chat).await.unwrap();
    assert_eq!(error_of(ada.share(started.chat, Sharing::Read).await.unwrap_err()), AppError::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_look_after_the_shared_chats_of_whoever_does_not_any_more() {
    let (app, ada, _) = with_chat(Sharing::Private).await;
    let (grace, admin) =
        (member(&app, "Grace", MemberRole::Member).await, member(&app, "Alan", MemberRole::Admin).await);
    let user = grace.me().await.person.id.to_string();
    let mut chats = Vec::new();
    for sharing in [Sharing::Read, Sharing::Write, Sharing::Private] {
        let (started, _) = grace.ask("Hers").await;
        if sharing != Sharing::Private {
            grace.share(started.chat, sharing).await.unwrap();
        }
        chats.push(started.chat);
    }
    let [read, written, private] = chats[..] else { panic!("{chats:?}") };
    // As long as she does they are hers.
    assert!(is_forbidden(ada.share(read, Sharing::Private).await) && is_forbidden(ada.delete(read).await));
    ada.order("set_role", &[("member", &user), ("role", "viewer")]).await.unwrap();
    ada.rename(read, "Whose?").await.unwrap();
    ada.order("remove_member", &[("member", &user)]).await.unwrap();
    for other in [&admin, &grace] {
        assert!(other.share(read, Sharing::Private).await.is_err() && other.delete(written).await.is_err());
    }
    for answer in [ada.share(private, Sharing::Read).await, ada.delete(private).await, ada.rename(private, "x").await] {
        assert_eq!(error_of(answer.unwrap_err()), AppError::NotFound);
    }
    assert!(html::form(&ada.chat_page(read).await, "/api/share_chat").contains("aria-label=\"Sharing\""));
    ada.share(read, Sharing::Private).await.unwrap();
    assert_eq!(error_of(admin.try_chat(read).await.unwrap_err()), AppError::NotFound);
    assert_eq!(error_of(ada.try_chat(read).await.unwrap_err()), AppError::NotFound);
    ada.delete(written).await.unwrap();
    assert_eq!(error_of(admin.try_chat(written).await.unwrap_err()), AppError::NotFound);
    ada.restore(written).await.unwrap();
    assert_eq!(admin.chat(written).await.chat.title, "Hers");
}
