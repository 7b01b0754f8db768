//! The audit log: what was done, by whom, when and from where, for the owners.

use parlance::domain::{
    audit::{AuditAction, AuditEntry, AuditPage},
    error::AppError,
    id::{AuditId, WorkspaceId},
    invitation::FreshInvitation,
    limits::AUDIT_PER_PAGE,
    member::MemberRole,
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    client::{Client, Refusal},
    database::change,
    html::{attribute, tags},
    people::{OWNER, error_of},
    script::Script,
};

/// Noon of 2026-01-02, in microseconds since 1970 UTC.
const NOON: i64 = 1_767_355_200_000_000;

async fn try_log(client: &Client, fields: &[(&str, &str)]) -> Result<AuditPage, Refusal> {
    client.call("audit_log", fields).await
}

async fn log(client: &Client, fields: &[(&str, &str)]) -> Vec<AuditEntry> {
    try_log(client, fields).await.unwrap().entries
}

/// The whole log, page by page.
async fn whole_log(client: &Client, fields: &[(&str, &str)]) -> Vec<AuditId> {
    let mut read = Vec::new();
    let mut before = None::<String>;
    loop {
        let place = before.as_deref().map(|entry| ("before", entry));
        let page = try_log(client, &fields.iter().copied().chain(place).collect::<Vec<_>>()).await.unwrap();
        assert!(page.entries.len() <= AUDIT_PER_PAGE);
        read.extend(page.entries.into_iter().map(|entry| entry.id));
        before = page.older.map(|entry| entry.to_string());
        if before.is_none() {
            return read;
        }
    }
}

fn actions(entries: &[AuditEntry]) -> Vec<AuditAction> {
    entries.iter().map(|entry| entry.action).collect()
}

/// Writes an entry past the server.
async fn record(app: &TestApp, workspace: WorkspaceId, subject: &str, at: i64) -> AuditId {
    let id = AuditId::new();
    let sql = format!(
        "INSERT INTO audit_entries (id, workspace_id, user_id, action, subject, details, address, request_id, created_at)
         VALUES ('{id}', '{workspace}', NULL, 'exported', '{subject}', '', '192.0.2.1', '', {at})"
    );
    change(&app.database(), &sql).await;
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_who_did_what_to_whom_when_and_from_where() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let ada = app.client.set_up().await;
    app.client.sign_in(OWNER, "another horse battery").await.err().unwrap();
    ada.order("rename_workspace", &[("name", "Mills")]).await.unwrap();
    // The same name again changes nothing.
    ada.order("rename_workspace", &[("name", "Mills")]).await.unwrap();

    let entries = log(&ada, &[]).await;
    let expected =
        [AuditAction::WorkspaceRenamed, AuditAction::SignInRefused, AuditAction::SignedIn, AuditAction::ServerSetUp];
    assert_eq!(actions(&entries), expected);
    let [renamed, refused, ..] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((renamed.subject.as_str(), renamed.details.as_str()), ("Mills", "before: Engines"));
    assert_eq!((renamed.name.as_deref(), refused.subject.as_str()), (Some("Ada Lovelace"), OWNER));
    assert!(entries.iter().all(|entry| entry.address == "127.0.0.1" && entry.at > NOON), "{entries:?}");
    assert!(entries.is_sorted_by_key(|entry| std::cmp::Reverse(entry.at)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_chat_and_its_return_are_in_the_log_once_and_a_private_one_without_its_title() {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let ada = app.client.set_up().await;
    let (secret, _) = ada.ask("My secret plan").await;
    let (shared, _) = ada.ask("Our plan").await;
    change(&app.database(), &format!("UPDATE chats SET sharing = 'read' WHERE id = '{}'", shared.chat)).await;
    // What is not deleted needs no return.
    for chat in [secret.chat, shared.chat] {
        ada.restore(chat).await.unwrap();
    }
    for chat in [secret.chat, secret.chat, shared.chat] {
        ada.delete(chat).await.unwrap();
    }
    for chat in [secret.chat, secret.chat, shared.chat] {
        ada.restore(chat).await.unwrap();
    }
    for action in ["chat_deleted", "chat_restored"] {
        let entries = log(&ada, &[("action", action)]).await;
        let told: Vec<_> = entries.iter().map(|entry| (entry.subject.clone(), entry.details.clone())).collect();
        let expected = [("Our plan", shared.chat), ("a private chat", secret.chat)];
        assert_eq!(told, expected.map(|(subject, chat)| (subject.to_owned(), chat.to_string())), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_read_the_log_and_nobody_else_does() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let engines = ada.me().await.workspace.unwrap().to_string();
    for role in [MemberRole::Viewer, MemberRole::Member, MemberRole::Admin] {
        let other = app.client.member(&app.database(), role.as_str(), role).await;
        assert!(matches!(error_of(try_log(&other, &[]).await.unwrap_err()), AppError::Forbidden { .. }), "{role:?}");
        let page = other.get("/workspace/audit").await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN);
        assert!(!page.text().await.unwrap().contains(OWNER));
    }
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    let refusal = try_log(&stranger, &[("workspace", &engines)]).await.unwrap_err();
    assert_eq!(error_of(refusal), AppError::NotFound);
    assert_eq!(error_of(try_log(&app.client, &[]).await.unwrap_err()), AppError::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_a_workspace_tells_of_its_own_people_and_things_alone() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    app.client.member(&app.database(), "Grace", MemberRole::Member).await;
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    for email in ["grace@example.com", "mallory@example.com", "nobody@example.com"] {
        app.client.sign_in(email, "another horse battery").await.err().unwrap();
    }
    stranger.order("rename_workspace", &[("name", "A lair")]).await.unwrap();
    let seen =
        async |client: &Client| log(client, &[]).await.into_iter().map(|entry| entry.subject).collect::<Vec<_>>();
    let (ours, theirs) = (seen(&ada).await, seen(&stranger).await);
    assert_eq!(theirs, ["A lair", "mallory@example.com"]);
    assert_eq!(ours, ["grace@example.com", OWNER, OWNER]);
    // What they have is no place in our log: not even whether it is there can be found out.
    for entry in log(&stranger, &[]).await {
        let refusal = try_log(&ada, &[("before", &entry.id.to_string())]).await.unwrap_err();
        assert_eq!(error_of(refusal), AppError::NotFound, "{}", entry.subject);
    }
    let account = log(&ada, &[]).await.into_iter().find(|entry| entry.subject == "grace@example.com").unwrap();
    assert_eq!(log(&ada, &[("before", &account.id.to_string())]).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_account_owners_know_what_was_done_while_it_was_one_of_their_people() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let grace = app.client.stranger(&url, "Grace").await;
    let user = grace.me().await.person.id;
    let knock = async || app.client.sign_in("grace@example.com", "another horse battery").await.err().unwrap();
    let seen = async || {
        let fields = [("action", "sign_in_refused")];
        (log(&ada, &fields).await.len(), try_log(&ada, &fields).await.unwrap().people.len())
    };
    // Before she comes.
    knock().await;
    assert_eq!(seen().await, (0, 1));
    let fresh: FreshInvitation = ada.call("invite", &[("role", "member")]).await.unwrap();
    let secret = fresh.path.strip_prefix("/join/").unwrap();
    grace.order("accept_invitation", &[("secret", secret)]).await.unwrap();
    knock().await;
    assert_eq!(seen().await, (1, 2));
    // What was is no secret once she is gone, what comes after is none of ours.
    ada.order("remove_member", &[("member", &user.to_string())]).await.unwrap();
    knock().await;
    assert_eq!(seen().await, (1, 2));
    assert_eq!(log(&ada, &[("person", &user.to_string())]).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_chooses_by_person_by_kind_and_by_day() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let me = ada.me().await;
    let (user, workspace) = (me.person.id.to_string(), me.workspace.unwrap());
    for (subject, at) in [("noon", NOON), ("next midnight", NOON + 12 * 3_600_000_000)] {
        record(&app, workspace, subject, at).await;
    }
    let chosen = async |fields: &[(&str, &str)]| {
        log(&ada, fields).await.into_iter().map(|entry| entry.subject).collect::<Vec<_>>()
    };
    assert_eq!(chosen(&[("from", "2026-01-02"), ("to", "2026-01-02")]).await, ["noon"]);
    assert_eq!(chosen(&[("from", "2026-01-03"), ("to", "2026-01-03")]).await, ["next midnight"]);
    assert_eq!(chosen(&[("to", "2026-01-03")]).await, ["next midnight", "noon"]);
    assert_eq!(chosen(&[("to", "2026-01-01")]).await, Vec::<String>::new());
    assert_eq!(chosen(&[("action", "signed_in"), ("to", "")]).await, [OWNER]);
    assert_eq!(chosen(&[("action", "exported")]).await.len(), 2);
    assert_eq!(chosen(&[("person", &user)]).await.len(), 2);
    assert_eq!(chosen(&[("person", &user), ("action", "exported")]).await.len(), 0);
    for day in ["2026-02-30", "tomorrow", "2026-01-01T00:00:00Z"] {
        let refusal = try_log(&ada, &[("from", day)]).await.unwrap_err();
        assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
    }
    let people = try_log(&ada, &[]).await.unwrap().people;
    assert_eq!(people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["Ada Lovelace"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_log_is_read_page_by_page_to_its_end() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let workspace = ada.me().await.workspace.unwrap();
    let mut written = Vec::new();
    for number in 0..2 * AUDIT_PER_PAGE as i64 {
        // Many within the same moment.
        written.push(record(&app, workspace, "many", NOON + number / 30).await);
    }
    written.reverse();
    assert_eq!(whole_log(&ada, &[("action", "exported")]).await, written);
    let refusal = try_log(&ada, &[("before", &AuditId::new().to_string())]).await.unwrap_err();
    assert_eq!(error_of(refusal), AppError::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_did_to_their_accounts_stands_among_the_rest_once_and_what_strangers_did_does_not() {
    let app = TestApp::with_sign_in().await;
    let (ada, url) = (app.client.set_up().await, app.database());
    let ours = ada.me().await.workspace.unwrap();
    let (grace, frank) = (
        app.client.member(&url, "Grace", MemberRole::Member).await.me().await.person.id,
        app.client.member(&url, "Frank", MemberRole::Member).await.me().await.person.id,
    );
    let mallory = app.client.stranger(&url, "Mallory").await.me().await.person.id;
    // Grace came at noon. Frank came then, too, left and came back at once, and is gone.
    let (back, gone) = (NOON + 101, NOON + 200);
    change(&url, &format!("UPDATE members SET created_at = {NOON} WHERE user_id = '{grace}'")).await;
    change(&url, &format!("DELETE FROM members WHERE user_id = '{frank}'")).await;
    let stays = format!(
        "INSERT INTO former_members (workspace_id, user_id, joined_at, left_at)
         VALUES ('{ours}', '{frank}', {NOON}, {back}), ('{ours}', '{frank}', {back}, {gone})"
    );
    assert_eq!(change(&url, &stays).await, 2);
    let (mut rows, mut told, mut of_frank) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..500 {
        // Of Grace, Frank, Mallory, somebody whom nobody knows, and the workspace.
        let (id, at) = (AuditId::new(), NOON - 20 + number);
        let who = [Some(grace), Some(frank), Some(mallory), None, None][number as usize % 5];
        let user = who.map_or_else(|| "NULL".to_owned(), |user| format!("'{user}'"));
        let is_ours = number % 5 == 4;
        let workspace = if is_ours { format!("'{ours}'") } else { "NULL".to_owned() };
        rows.push(format!("('{id}', {workspace}, {user}, 'session_ended', 'x', '', '192.0.2.1', '', {at})"));
        let is_franks = who == Some(frank) && (NOON..=gone).contains(&at);
        if is_ours || is_franks || (who == Some(grace) && at >= NOON) {
            told.push(id);
        }
        if is_franks {
            of_frank.push((id, at));
        }
    }
    assert!(of_frank.iter().any(|(_, at)| *at == back), "one is of both of Frank's stays");
    let sql = format!(
        "INSERT INTO audit_entries (id, workspace_id, user_id, action, subject, details, address, request_id, created_at)
         VALUES {}",
        rows.join(", ")
    );
    assert_eq!(change(&url, &sql).await, 500);
    told.reverse();
    assert!(told.len() > 2 * AUDIT_PER_PAGE, "more than two pages");
    assert_eq!(whole_log(&ada, &[("action", "session_ended")]).await, told);
    let person = frank.to_string();
    let of_frank: Vec<AuditId> = of_frank.into_iter().rev().map(|(id, _)| id).collect();
    assert_eq!(whole_log(&ada, &[("action", "session_ended"), ("person", &person)]).await, of_frank);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_works_as_a_plain_form_and_keeps_what_was_chosen_from_page_to_page() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let workspace = ada.me().await.workspace.unwrap();
    for number in 0..AUDIT_PER_PAGE as i64 {
        record(&app, workspace, "many", NOON + 1 + number).await;
    }
    record(&app, workspace, "<the oldest>", NOON).await;
    let page = ada.page("/workspace/audit").await;
    assert!(page.contains("set the server up") && page.contains("127.0.0.1"), "{page}");

    let page = ada.page("/workspace/audit?person=&action=exported&from=2026-01-02&to=").await;
    assert!(!page.contains("<td>signed in"), "{page}");
    assert!(page.contains(r#"datetime="2026-01-02T12:00:00Z""#) && page.contains("192.0.2.1"), "{page}");
    let day = tags(&page, "input").into_iter().find(|tag| attribute(tag, "name") == Some("from")).unwrap();
    assert_eq!(attribute(day, "value"), Some("2026-01-02"));
    let chosen = tags(&page, "option").into_iter().filter(|tag| tag.contains("selected")).collect::<Vec<_>>();
    assert_eq!(chosen.iter().map(|tag| attribute(tag, "value")).collect::<Vec<_>>(), [Some("exported")]);
    assert!(!page.contains("&lt;the oldest&gt;"));
    let older = tags(&page, "a").into_iter().filter_map(|tag| attribute(tag, "href")).find(|to| to.contains("before="));
    let older = older.unwrap().replace("&amp;", "&");
    assert!(older.contains("action=exported") && older.contains("from=2026%2D01%2D02"), "{older}");
    let page = ada.page(&older).await;
    assert!(page.contains("&lt;the oldest&gt;") && page.contains(">Newest<"), "{page}");

    let refused = ada.get("/workspace/audit?from=tomorrow").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.unwrap();
    assert!(page.contains("A day is written like 2026-11-21.") && page.contains(r#"name="from""#), "{page}");
}
