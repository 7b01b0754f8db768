//! One person in several workspaces: made, named, switched between, and never mixed up.

use parlance::domain::{
    error::AppError,
    id::{ChatId, MessageId, WorkspaceId},
    limits::{NAME_CHARS, WORKSPACES_PER_PERSON},
    member::MemberRole,
    workspace::WorkspaceOverview,
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    client::{Client, Made, Refusal},
    database::{change, value},
    html::{form, hidden_fields},
    people::error_of,
    script::Script,
    wait::soon,
};

/// A server with its owner, signed in.
async fn with_owner() -> (TestApp, Client) {
    let app = TestApp::with_sign_in().await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    let owner = app.client.set_up().await;
    (app, owner)
}

async fn make(client: &Client, name: &str) -> Result<WorkspaceId, Refusal> {
    client.call("create_workspace", &[("name", name)]).await
}

async fn switch(client: &Client, workspace: WorkspaceId) -> Result<(), Refusal> {
    client.order("switch_workspace", &[("workspace", &workspace.to_string())]).await
}

async fn rename(client: &Client, name: &str) -> Result<(), Refusal> {
    client.order("rename_workspace", &[("name", name)]).await
}

async fn overview(client: &Client) -> WorkspaceOverview {
    client.call("workspace_overview", &[]).await.unwrap()
}

async fn shown(client: &Client) -> WorkspaceId {
    client.me().await.workspace.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_makes_a_second_workspace_and_finds_each_as_they_left_it() {
    let (_app, ada) = with_owner().await;
    let engines = shown(&ada).await;
    let (started, _) = ada.ask("Hello").await;

    let sales = make(&ada, " Sales\nNorth ").await.unwrap();
    assert_eq!(shown(&ada).await, sales);
    let new = overview(&ada).await;
    assert_eq!((new.membership.name.as_str(), new.membership.role), ("Sales North", MemberRole::Owner));
    assert_eq!((new.people, new.chats), (1, 0));
    assert!(ada.chats(false).await.is_empty());
    ada.ask("Hello, Sales").await;

    switch(&ada, engines).await.unwrap();
    let chats = ada.chats(false).await;
    assert_eq!(chats.iter().map(|chat| chat.id).collect::<Vec<_>>(), [started.chat]);
    assert_eq!(ada.me().await.workspaces.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_goes_on_writing_into_the_workspace_that_it_shows() {
    let (_app, ada) = with_owner().await;
    let engines = shown(&ada).await;
    let page = ada.page("/").await;
    // In another tab of the same browser.
    let sales = make(&ada, "Sales").await.unwrap();

    // The tab's plain form.
    let mut fields = hidden_fields(form(&page, "/api/start_chat"));
    fields.push(("text", "From the old tab"));
    let made: Result<Made, Refusal> = ada.call("start_chat", &fields).await;
    made.unwrap();
    // The tab's script.
    let named = [("workspace", engines.to_string()), ("archived", "false".to_owned())];
    let named: Vec<(&str, &str)> = named.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let list: parlance::domain::chat::ChatList = ada.call("list_chats", &named).await.unwrap();
    assert_eq!(list.workspace, engines);
    assert_eq!(list.chats.iter().map(|chat| chat.title.as_str()).collect::<Vec<_>>(), ["From the old tab"]);
    // The other tab.
    assert_eq!(shown(&ada).await, sales);
    assert!(ada.chats(false).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_into_a_workspace_that_they_are_not_in() {
    let (app, ada) = with_owner().await;
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    let (engines, elsewhere) = (shown(&ada).await, shown(&stranger).await);
    assert_eq!(error_of(switch(&stranger, engines).await.unwrap_err()), AppError::NotFound);
    assert_eq!(error_of(switch(&stranger, WorkspaceId::new()).await.unwrap_err()), AppError::NotFound);
    assert_eq!(shown(&stranger).await, elsewhere);
    let (workspace, chat, message) = (engines.to_string(), ChatId::new().to_string(), MessageId::new().to_string());
    for (function, fields) in [
        (
            "start_chat",
            vec![("workspace", workspace.as_str()), ("chat", &chat), ("message", &message), ("text", "Hello")],
        ),
        ("list_chats", vec![("workspace", &workspace), ("archived", "false")]),
        ("workspace_overview", vec![("workspace", &workspace)]),
        ("rename_workspace", vec![("workspace", &workspace), ("name", "Mine")]),
        ("follow_changes", vec![("workspace", &workspace), ("since", "0")]),
    ] {
        let refusal = stranger.order(function, &fields).await.unwrap_err();
        assert_eq!(error_of(refusal), AppError::NotFound, "{function}");
    }
    assert_eq!(overview(&ada).await.membership.name, "Engines");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_loses_the_workspace_that_is_shown_goes_on_in_another_one() {
    let (app, ada) = with_owner().await;
    let engines = shown(&ada).await;
    let sales = make(&ada, "Sales").await.unwrap();
    change(&app.database(), &format!("DELETE FROM members WHERE workspace_id = '{sales}'")).await;
    assert_eq!(shown(&ada).await, engines);
    assert!(ada.page("/").await.contains("Workspace: Engines"));
    change(&app.database(), "DELETE FROM members").await;
    let page = ada.page("/").await;
    assert!(
        page.contains("You are not in this workspace any more.") && page.contains("Account: Ada Lovelace"),
        "{page}"
    );
    assert!(!page.contains("workspace-menu"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_owners_make_workspaces() {
    let (app, ada) = with_owner().await;
    let admin = app.client.member(&app.database(), "Grace", MemberRole::Admin).await;
    let refusal = make(&admin, "Mine").await.unwrap_err();
    assert!(matches!(error_of(refusal), AppError::Forbidden { message } if message.starts_with("Only owners")));
    for name in ["", " \n", &"x".repeat(NAME_CHARS + 1)] {
        assert_eq!(make(&ada, name).await.unwrap_err().status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(value(&app.database(), "SELECT count(*) FROM workspaces").await, 1);
    assert!(ada.page("/").await.contains("New workspace"));
    assert!(!admin.page("/").await.contains("New workspace"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_in_a_hundred_workspaces_makes_no_more() {
    let (app, ada) = with_owner().await;
    let user = ada.me().await.person.id;
    let ids: Vec<WorkspaceId> = (2..WORKSPACES_PER_PERSON).map(|_| WorkspaceId::new()).collect();
    let rows = |row: &dyn Fn(&WorkspaceId) -> String| ids.iter().map(row).collect::<Vec<_>>().join(", ");
    let workspaces = rows(&|id| format!("('{id}', 'Many', 1)"));
    change(&app.database(), &format!("INSERT INTO workspaces (id, name, created_at) VALUES {workspaces}")).await;
    let members = rows(&|id| format!("('{id}', '{user}', 'member', 1)"));
    let into = "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES";
    change(&app.database(), &format!("{into} {members}")).await;
    make(&ada, "The last").await.unwrap();
    let refusal = make(&ada, "One too many").await.unwrap_err();
    assert!(matches!(error_of(refusal), AppError::Invalid { message } if message.contains("100 workspaces")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn admins_rename_a_workspace_and_others_do_not() {
    let (app, ada) = with_owner().await;
    let admin = app.client.member(&app.database(), "Grace", MemberRole::Admin).await;
    let member = app.client.member(&app.database(), "Joan", MemberRole::Member).await;
    rename(&admin, "Engines & Co").await.unwrap();
    assert_eq!(overview(&ada).await.membership.name, "Engines & Co");
    assert!(matches!(error_of(rename(&member, "Mine").await.unwrap_err()), AppError::Forbidden { .. }));
    assert_eq!(rename(&admin, "").await.unwrap_err().status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(admin.page("/workspace").await.contains("Rename workspace"));
    let page = member.page("/workspace").await;
    assert!(page.contains("Engines &amp; Co") && !page.contains("Rename workspace"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_overview_counts_whoever_may_come_in_and_what_one_may_see() {
    let (app, ada) = with_owner().await;
    let grace = app.client.member(&app.database(), "Grace", MemberRole::Admin).await;
    ada.ask("Of Ada").await;
    let (deleted, _) = ada.ask("Deleted").await;
    ada.delete(deleted.chat).await.unwrap();
    grace.ask("Of Grace").await;
    let (shared, _) = grace.ask("Of all").await;
    change(&app.database(), &format!("UPDATE chats SET sharing = 'read' WHERE id = '{}'", shared.chat)).await;
    let seen = overview(&ada).await;
    assert_eq!((seen.people, seen.chats), (2, 2));
    let name = "SELECT id FROM users WHERE name = 'Grace'";
    change(&app.database(), &format!("UPDATE members SET suspended_at = 1 WHERE user_id IN ({name})")).await;
    assert_eq!(overview(&ada).await.people, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_opened_by_its_link_says_that_it_is_in_another_workspace_and_switches_there() {
    let (_app, ada) = with_owner().await;
    let (started, _) = ada.ask("Hello").await;
    assert!(!ada.chat_page(started.chat).await.contains("This chat is in"));
    make(&ada, "Sales").await.unwrap();
    let page = ada.chat_page(started.chat).await;
    assert!(page.contains("This chat is in Engines.") && page.contains("Workspace: Sales"), "{page}");
    let notice = &page[page.find("This chat is in").unwrap()..];
    let fields = hidden_fields(form(notice, "/api/switch_workspace"));
    let request = ada.post("switch_workspace", &fields).header("accept", "text/html").send();
    let answer = soon("an answer", request).await.unwrap();
    assert_eq!(answer.headers()["location"].to_str().unwrap(), format!("/chats/{}", started.chat));
    let page = ada.chat_page(started.chat).await;
    assert!(page.contains("Workspace: Engines") && !page.contains("This chat is in"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switching_leads_nowhere_but_to_a_page_of_this_server() {
    let (_app, ada) = with_owner().await;
    let engines = shown(&ada).await.to_string();
    for (next, to) in [("/chats/archived", "/chats/archived"), ("https://evil.example/", "/"), ("/api/sign_out", "/")] {
        let fields = [("workspace", engines.as_str()), ("next", next)];
        let answer =
            soon("an answer", ada.post("switch_workspace", &fields).header("accept", "text/html").send()).await;
        assert_eq!(answer.unwrap().headers()["location"].to_str().unwrap(), to, "{next}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_says_whose_it_is_and_where_one_signs_out() {
    let (_app, ada) = with_owner().await;
    for path in ["/", "/workspace", "/workspace/new", "/chats/archived"] {
        let page = ada.page(path).await;
        assert!(page.contains("Workspace: Engines") && page.contains("Account: Ada Lovelace"), "{path}: {page}");
        form(&page, "/api/sign_out");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_sign_in_there_is_one_workspace_and_nobody_signs_out() {
    let app = TestApp::start().await;
    let page = app.client.page("/").await;
    assert!(page.contains("Workspace: Workspace") && page.contains("Account: You"), "{page}");
    assert!(!page.contains("/api/sign_out") && !page.contains("New workspace"), "{page}");
    for refusal in [
        make(&app.client, "Another").await.err().unwrap(),
        switch(&app.client, parlance::server::access::FIRST_WORKSPACE).await.err().unwrap(),
    ] {
        assert!(matches!(error_of(refusal), AppError::Forbidden { message } if message.contains("no sign-in")));
    }
}
