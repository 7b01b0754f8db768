//! Tools of MCP servers: admins add them, people switch them on, and a model calls them once somebody allows it.

use parlance::{
    domain::{
        error::AppError,
        id::{McpServerId, WorkspaceId},
        limits::TOOL_RESULT_BYTES,
        member::MemberRole,
        message::Status,
        tool::{CallStatus, ToolCall},
    },
    server::{access::FIRST_WORKSPACE, config::Auth, outbound::Private, replies::tokens, seal::MASTER_KEY_BYTES},
    texts::tools as texts,
};
use reqwest::StatusCode;
use secrecy::SecretBox;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    html::{form, hidden_fields},
    mcp::TestMcp,
    models::Listed,
    people::error_of,
    process::Launch,
    script::Script,
    tools::{offered, results},
    upstream::{MODEL, Upstream},
    wait::eventually,
};

const TOKEN: &str = "mcp-4f1d0c7a9b-never-shown";

/// A server whose admins may add servers of this machine, with tokens.
async fn app() -> TestApp {
    TestApp::start_with(|config| {
        config.models.private = Private::Allowed;
        config.models.master_key = Some(SecretBox::new(Box::new([7; MASTER_KEY_BYTES])));
    })
    .await
}

/// Has a model call a tool that is on and never waits; what became of it.
async fn called(app: &TestApp, server: McpServerId, tool: &str, name: &str, arguments: Value) -> ToolCall {
    let key = format!("{server}/{tool}");
    let started = app.client.chat_with_tools(&app.upstream, &[&key]).await;
    let allowed = format!("UPDATE chats SET tools_allowed = tools WHERE id = '{}'", started.chat);
    change(&app.database(), &allowed).await;
    app.upstream.answer(Script::calling("a", name, &arguments));
    app.upstream.answer(Script::reply("Done."));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Done.", Some(Status::Complete)));
    app.client.calls(started.chat, made.reply).await.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tool_gives_is_shortened_to_what_the_model_can_read_and_kept_as_it_was() {
    let small = Listed { context_length: Some(3_000), tools: Some(true), ..Listed::named(MODEL) };
    let (app, mcp) = (app().await.listing(&[small]).await, TestMcp::start().await);
    let server = app.client.add_mcp("x", &mcp.url, "").await;
    let call = called(&app, server, "dirty.name", "x__dirty_name", json!({})).await;
    assert_eq!(call.result.unwrap().len(), TOOL_RESULT_BYTES);
    let asked = app.upstream.requests(3).await.remove(2);
    let (_, sent) = results(&asked).remove(0);
    assert!(sent.starts_with("a\u{fffd}b\u{fc}") && sent.contains("cut here"), "{sent}");
    let read: u64 = asked.messages().iter().map(|(_, text)| tokens::count(text)).sum();
    assert!((1_000..2_000).contains(&read), "{read} of the 2,000 that the reply leaves");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_added_is_asked_for_its_tools_and_a_call_of_one_waits_for_a_person() {
    let (app, mcp) = (app().await, TestMcp::start().await);
    let server = app.client.add_mcp("Our tools", &mcp.url, "").await;
    let known = app.client.mcp(server).await;
    let names: Vec<&str> = known.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["add", "dirty.name", "fails", "hangs", "picture", "refuses", "structured"]);
    assert!(known.listed_at.is_some() && known.problem.is_none(), "{known:?}");

    let key = format!("{server}/add");
    let started = app.client.chat_with_tools(&app.upstream, &[&key]).await;
    let names = app.client.tool_names(started.chat).await;
    assert!(names.contains(&"Our_tools__dirty_name".to_owned()) && names[0] == "current_time", "{names:?}");
    app.upstream.answer(Script::calling("a", "Our_tools__add", &json!({"a": 40, "b": 2})));
    app.upstream.answer(Script::reply("42."));
    let made = app.client.send(started.chat, "40+2?").await.unwrap();
    let mut viewer = app.client.follow(made.reply, 0).await;
    viewer.until_call(0, CallStatus::Asked).await;
    assert_eq!(mcp.asked.called(), [], "nothing is done before somebody allows it");
    app.client.allow(made.reply, 0, false).await.unwrap();
    assert_eq!(viewer.until_end().await.text(), "42.");
    let calls = app.client.calls(started.chat, made.reply).await;
    assert_eq!((calls[0].status, calls[0].result.as_deref()), (CallStatus::Done, Some("42")));
    assert_eq!(mcp.asked.called(), [("add".to_owned(), json!({"a": 40, "b": 2}))]);
    assert_eq!(offered(&app.upstream.requests(2).await[1]), ["Our_tools__add"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_while_its_server_moves_reaches_no_other_one() {
    let (app, mcp, other) = (app().await, TestMcp::start().await, TestMcp::start().await);
    let server = app.client.add_mcp("x", &mcp.url, "").await;
    let started = app.client.chat_with_tools(&app.upstream, &[&format!("{server}/add")]).await;
    app.upstream.answer(Script::calling("a", "x__add", &json!({"a": 40, "b": 2})));
    app.upstream.answer(Script::reply("Then not."));
    let made = app.client.send(started.chat, "40+2?").await.unwrap();
    let mut viewer = app.client.follow(made.reply, 0).await;
    viewer.until_call(0, CallStatus::Asked).await;
    app.client.save_mcp(server, "x", &other.url, "").await.unwrap();
    app.client.allow(made.reply, 0, false).await.unwrap();
    assert_eq!(viewer.until_end().await.text(), "Then not.");
    let calls = app.client.calls(started.chat, made.reply).await;
    assert_eq!((calls[0].status, calls[0].result.as_deref()), (CallStatus::Failed, Some(texts::NOT_THERE)));
    assert_eq!((mcp.asked.called(), other.asked.called()), (Vec::new(), Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_tool_gives_is_text_for_the_model() {
    let (app, mcp) = (app().await, TestMcp::start().await);
    let server = app.client.add_mcp("x", &mcp.url, "").await;
    let none = || json!({});
    let failed = called(&app, server, "fails", "x__fails", none()).await;
    assert_eq!((failed.status, failed.result.as_deref()), (CallStatus::Failed, Some("The printer is on fire.")));
    let refused = called(&app, server, "refuses", "x__refuses", none()).await;
    assert_eq!((refused.status, refused.result.unwrap().contains("Not today.")), (CallStatus::Failed, true));
    let structured = called(&app, server, "structured", "x__structured", none()).await;
    assert_eq!(structured.result.as_deref(), Some(r#"{"degrees":21}"#));
    let picture = called(&app, server, "picture", "x__picture", none()).await.result.unwrap();
    assert!(picture.contains("picture") && picture.ends_with("a word"), "{picture}");
    let long = called(&app, server, "dirty.name", "x__dirty_name", none()).await.result.unwrap();
    assert!(long.starts_with("a\u{fffd}bü") && long.len() <= 32 * 1024 && long.contains("cut here"), "{}", long.len());
    let misfit = called(&app, server, "add", "x__add", json!({"a": "one", "b": 2})).await;
    assert_eq!((misfit.status, misfit.result.unwrap().contains("at /a")), (CallStatus::Failed, true));
    assert!(mcp.asked.called().iter().all(|(name, _)| name != "add"), "what does not fit is not sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_hangs_up_on_a_tool_that_does_not_answer() {
    let (app, mcp) = (app().await, TestMcp::start().await);
    let server = app.client.add_mcp("x", &mcp.url, "").await;
    let key = format!("{server}/hangs");
    let started = app.client.chat_with_tools(&app.upstream, &[&key]).await;
    change(&app.database(), "UPDATE chats SET tools_allowed = tools").await;
    app.upstream.answer(Script::calling("a", "x__hangs", &json!({})));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let mut viewer = app.client.follow(made.reply, 0).await;
    viewer.until_call(0, CallStatus::Running).await;
    app.client.stop(made.reply).await.unwrap();
    let seen = viewer.until_end().await;
    assert_eq!(seen.status(), Some(Status::Stopped));
    assert_eq!(app.client.calls(started.chat, made.reply).await[0].status, CallStatus::Failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_sealed_sent_to_its_own_host_alone_and_never_shown() {
    let (app, mcp, other) = (app().await, TestMcp::with_token(TOKEN).await, TestMcp::start().await);
    let server = app.client.add_mcp("x", &mcp.url, "wrong").await;
    let known = app.client.mcp(server).await;
    assert_eq!(known.problem.as_deref(), Some("The MCP server does not take the token."));
    app.client.save_mcp(server, "x", &mcp.url, TOKEN).await.unwrap();
    let known = app.client.mcp(server).await;
    assert!(known.has_token && known.problem.is_none() && !known.tools.is_empty(), "{known:?}");
    // Left empty, it stays.
    app.client.save_mcp(server, "y", &mcp.url, "").await.unwrap();
    assert!(app.client.mcp(server).await.problem.is_none());
    assert_eq!(called(&app, server, "add", "y__add", json!({"a": 1, "b": 2})).await.result.as_deref(), Some("3"));
    let trusting = "SELECT count(*) FROM chats WHERE tools_allowed <> '[]'";
    assert_eq!(value(&app.database(), trusting).await, 1);

    let moved = app.client.save_mcp(server, "y", &other.url, "").await.unwrap_err();
    assert!(matches!(moved.error, Some(AppError::Invalid { .. })), "{moved:?}");
    let fields = [("server", server.to_string()), ("name", "y".into()), ("url", other.url.clone())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.client.order("save_mcp_server", &[&fields[..], &[("forget_token", "true")]].concat()).await.unwrap();
    assert!(!app.client.mcp(server).await.has_token);
    assert_eq!(value(&app.database(), trusting).await, 0, "a tool of the same name elsewhere is another one");
    assert!(other.asked.authorizations().iter().all(Option::is_none), "{:?}", other.asked.authorizations());

    app.client.save_mcp(server, "y", &mcp.url, TOKEN).await.unwrap();
    let page = app.client.page(&format!("/workspace/tools/{server}")).await;
    assert!(!page.contains(TOKEN) && page.contains("A token is kept"), "{page}");
    let in_clear = format!("SELECT count(*) FROM mcp_servers WHERE sealed_token LIKE '%{TOKEN}%'");
    assert_eq!(value(&app.database(), &in_clear).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_of_a_server_is_in_the_log_however_much_is_logged() {
    let (upstream, mcp) = (Upstream::start().await, TestMcp::with_token(TOKEN).await);
    let process = Launch::new(&upstream)
        .variable("PARLANCE_MASTER_KEY", &"0b".repeat(32))
        .variable("PARLANCE_PRIVATE_PROVIDERS", "allow")
        // With what the SDK says, which is otherwise left out.
        .variable("PARLANCE_LOG", "trace,rmcp=trace")
        .start()
        .await;
    let server = process.client.add_mcp("x", &mcp.url, &format!("{TOKEN}-mistyped")).await;
    let problem = process.client.mcp(server).await.problem;
    assert_eq!(problem.as_deref(), Some("The MCP server does not take the token."));
    process.client.save_mcp(server, "x", &mcp.url, TOKEN).await.unwrap();
    let started = process.client.chat_with_tools(&upstream, &[&format!("{server}/add")]).await;
    change(&process.database(), "UPDATE chats SET tools_allowed = tools").await;
    upstream.answer(Script::calling("a", "x__add", &json!({"a": 1, "b": 2})));
    upstream.answer(Script::reply("3."));
    let made = process.client.send(started.chat, "1+2?").await.unwrap();
    process.client.follow_to_end(made.reply, 0).await;
    assert_eq!(process.client.calls(started.chat, made.reply).await[0].result.as_deref(), Some("3"));
    process.terminate().await;
    let log = process.log();
    assert!(log.contains("a tool was called"), "{log}");
    assert!(!log.contains("never-shown") && !log.contains(&"0b".repeat(32)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_server_is_said() {
    let app = app().await;
    let nobody = app.client.add_mcp("nobody", "http://127.0.0.1:9/mcp", "").await;
    assert_eq!(app.client.mcp(nobody).await.problem.as_deref(), Some("The MCP server cannot be reached."));
    // A model's API is no MCP server.
    let model = app.client.add_mcp("model", &app.upstream.base_url(), "").await;
    let problem = app.client.mcp(model).await.problem.unwrap();
    assert!(problem.contains("no MCP server") || problem.contains("not an MCP server"), "{problem}");
    let page = app.client.page(&format!("/workspace/tools/{nobody}")).await;
    assert!(page.contains("cannot be reached"), "{page}");
    let refused = |name: &'static str, url: &'static str, token: &'static str| {
        let client = app.client.clone();
        async move { error_of(client.save_mcp(McpServerId::new(), name, url, token).await.unwrap_err()) }
    };
    for (name, url, token) in [
        ("", "http://127.0.0.1:9/mcp", ""),
        ("x", "", ""),
        ("x", "ftp://127.0.0.1/", ""),
        ("x", "http://me:secret@127.0.0.1:9/mcp", ""),
        ("x", "http://127.0.0.1:9/mcp", "two words"),
        ("nobody", "http://127.0.0.1:9/mcp", ""),
    ] {
        assert!(matches!(refused(name, url, token).await, AppError::Invalid { .. }), "{name:?} {url:?} {token:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_and_tokens_need_the_operators_word() {
    let app = TestApp::start().await;
    let mcp = TestMcp::start().await;
    let refused = app.client.save_mcp(McpServerId::new(), "x", &mcp.url, "").await.unwrap_err();
    assert!(matches!(refused.error, Some(AppError::Invalid { .. })), "{refused:?}");
    // However it came into the database.
    let server = McpServerId::new();
    let row = format!(
        "INSERT INTO mcp_servers (id, workspace_id, name, url, created_at, updated_at)
         SELECT '{server}', id, 'x', '{}', 1, 1 FROM workspaces",
        mcp.url.replace("127.0.0.1", "localhost")
    );
    change(&app.database(), &row).await;
    let fields = [("server", server.to_string())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.client.order("refresh_mcp_server", &fields).await.unwrap();
    assert!(app.client.mcp(server).await.problem.is_some());
    assert!(mcp.asked.authorizations().is_empty(), "nobody came");

    let app = TestApp::start_with(|config| config.models.private = Private::Allowed).await;
    let refused = app.client.save_mcp(McpServerId::new(), "x", &mcp.url, TOKEN).await.unwrap_err();
    assert!(refused.body.contains("PARLANCE_MASTER_KEY"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_read_again_by_a_button_and_when_it_is_old() {
    let (app, mcp) = (app().await, TestMcp::start().await);
    let server = app.client.add_mcp("x", &mcp.url, "").await;
    let has_another = async |client: &Client| client.mcp(server).await.tools.iter().any(|tool| tool.name == "another");
    mcp.asked.grow();
    assert!(!has_another(&app.client).await);
    app.client.order("refresh_mcp_server", &[("server", &server.to_string())]).await.unwrap();
    assert!(has_another(&app.client).await);

    change(&app.database(), "DELETE FROM mcp_tools WHERE name = 'another'").await;
    change(&app.database(), "UPDATE mcp_servers SET listed_at = 1").await;
    assert_eq!(called(&app, server, "add", "x__add", json!({"a": 1, "b": 1})).await.result.as_deref(), Some("2"));
    eventually("the list to be read again", async || has_another(&app.client).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_switched_off_or_deleted_has_no_tools_anywhere() {
    let (app, mcp) = (app().await, TestMcp::start().await);
    let server = app.client.add_mcp("x", &mcp.url, "").await;
    let key = format!("{server}/add");
    let started = app.client.chat_with_tools(&app.upstream, &[&key]).await;
    let id = server.to_string();
    let off = [("server", id.as_str()), ("name", "x"), ("url", &mcp.url)];
    app.client.order("save_mcp_server", &off).await.unwrap();
    app.upstream.answer(Script::calling("a", "x__add", &json!({"a": 1, "b": 1})));
    app.upstream.answer(Script::reply("Done."));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    assert!(offered(&app.upstream.requests(2).await[1]).is_empty());
    assert_eq!(mcp.asked.called(), []);

    app.client.order("delete_mcp_server", &[("server", &id)]).await.unwrap();
    assert!(app.client.order("delete_mcp_server", &[("server", &id)]).await.is_err());
    assert_eq!(app.client.tool_names(started.chat).await.len(), 3);
    let told = "SELECT count(*) FROM audit_entries WHERE action LIKE 'mcp_server_%'";
    assert_eq!(value(&app.database(), told).await, 3, "added, changed, deleted");
    // Another one of the same name does not take its place.
    let again = app.client.add_mcp("x", &mcp.url, "").await;
    assert_ne!(again, server);
    assert!(app.client.tools(started.chat).await.tools.iter().all(|tool| !tool.on));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_admins_of_the_workspace_see_and_change_its_servers() {
    let app = TestApp::start_with(|config| {
        config.access.auth = Auth::On;
        config.models.private = Private::Allowed;
    })
    .await;
    let mcp = TestMcp::start().await;
    let owner = app.client.set_up().await;
    let url = app.database();
    let server = owner.add_mcp("x", &mcp.url, "").await;
    let member = owner.member(&url, "Grace", MemberRole::Member).await;
    let stranger = owner.stranger(&url, "Mallory").await;
    assert!(matches!(
        error_of(member.save_mcp(server, "x", &mcp.url, "").await.unwrap_err()),
        AppError::Forbidden { .. }
    ));
    assert_eq!(error_of(stranger.save_mcp(server, "x", &mcp.url, "").await.unwrap_err()), AppError::NotFound);
    let named = [("server", server.to_string())];
    let named: Vec<_> = named.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for function in ["delete_mcp_server", "refresh_mcp_server", "load_mcp_server"] {
        assert!(matches!(error_of(member.order(function, &named).await.unwrap_err()), AppError::Forbidden { .. }));
        assert_eq!(error_of(stranger.order(function, &named).await.unwrap_err()), AppError::NotFound, "{function}");
    }
    app.upstream.answer(Script::reply("Hello."));
    let (theirs, _) = stranger.ask("Hello").await;
    assert_eq!(stranger.tool_names(theirs.chat).await.len(), 3, "tools of others are not there");
    let key = format!("{server}/add");
    assert!(stranger.switch_tool(theirs.chat, &key, true).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_server_goes_on_in_its_workspace_whatever_another_tab_shows_by_now() {
    let app = TestApp::start_with(|config| {
        config.access.auth = Auth::On;
        config.models.private = Private::Allowed;
    })
    .await;
    let mcp = TestMcp::start().await;
    let owner = app.client.set_up().await;
    let server = owner.add_mcp("x", &mcp.url, "").await;
    let (page, blank) =
        (owner.page(&format!("/workspace/tools/{server}")).await, owner.page("/workspace/tools/new").await);
    owner.call::<WorkspaceId>("create_workspace", &[("name", "Sales")]).await.unwrap();
    assert_eq!(owner.get(&format!("/workspace/tools/{server}")).await.status(), StatusCode::NOT_FOUND);
    let send = async |page: &str, function: &str, entered: &[(&str, &str)]| {
        let hidden = hidden_fields(form(page, &format!("/api/{function}")));
        owner.order(function, &[&hidden[..], entered].concat()).await.unwrap();
    };
    let there = format!("SELECT count(*) FROM mcp_servers WHERE workspace_id = '{FIRST_WORKSPACE}'");
    send(&page, "save_mcp_server", &[("name", "y"), ("url", mcp.url.as_str()), ("enabled", "true")]).await;
    send(&page, "refresh_mcp_server", &[]).await;
    send(&blank, "save_mcp_server", &[("name", "z"), ("url", mcp.url.as_str()), ("enabled", "true")]).await;
    assert_eq!(value(&app.database(), &there).await, 2);
    send(&page, "delete_mcp_server", &[]).await;
    assert_eq!(value(&app.database(), &there).await, 1);
}
