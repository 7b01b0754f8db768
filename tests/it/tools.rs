//! A model calls tools: they are carried out, it is told what they gave, and what came of it is part of the reply.

use parlance::{
    domain::{
        message::{Role, Status},
        parameter::Parameter,
        tool::{CallStatus, ChatTools},
    },
    server::providers::MAIN,
    texts::tools::NONE_TAKEN,
};
use serde_json::json;

use crate::support::{
    app::TestApp,
    database::value,
    models::Listed,
    process::Launch,
    script::{Gate, Script},
    tools::{offered, results},
    upstream::{MODEL, Upstream},
    wait::eventually,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_carried_out_and_the_model_goes_on_with_what_it_gave() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    let calling =
        Script::stream().role().text("Let me see.").call(0, "call_a", "calculate", &json!({"expression": "6*7"}));
    app.upstream.answer(calling.finish("tool_calls").usage(10, 4).done());
    app.upstream.answer(Script::stream().role().text("It is 42.").finish("stop").usage(20, 6).done());
    let made = app.client.send(started.chat, "What is 6*7?").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Let me see.\n\nIt is 42.", Some(Status::Complete)));
    let usage = seen.usage().unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (30, 10), "the rounds add up");

    let message = app.client.message(started.chat, made.reply).await;
    assert_eq!(message.reply(), seen.reply());
    let [call] = message.tool_calls.as_slice() else { panic!("{:?}", message.tool_calls) };
    assert_eq!((call.name.as_str(), call.status), ("calculate", CallStatus::Done));
    assert_eq!((call.arguments.as_str(), call.result.as_deref()), (r#"{"expression":"6*7"}"#, Some("42")));
    let times = "SELECT count(*) FROM tool_calls WHERE created_at <= started_at AND started_at <= ended_at";
    assert_eq!(value(&app.database(), times).await, 1);

    let requests = app.upstream.requests(3).await;
    assert!(offered(&requests[0]).is_empty(), "a chat begins without tools");
    assert_eq!(offered(&requests[1]), ["calculate"]);
    let turns = requests[2].body["messages"].as_array().unwrap();
    let [asked, result] = &turns[turns.len() - 2..] else { panic!("{turns:?}") };
    assert_eq!(asked["content"], "Let me see.");
    assert_eq!(asked["tool_calls"][0]["function"]["name"], "calculate");
    assert_eq!(
        (&result["role"], &result["tool_call_id"], &result["content"]),
        (&json!("tool"), &json!("call_a"), &json!("42"))
    );

    let page = app.client.chat_page(started.chat).await;
    assert!(page.contains("calculate") && page.contains("6*7") && page.contains("It is 42."), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_begins_with_the_tools_that_its_first_message_names() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "6*7"})));
    app.upstream.answer(Script::reply("42."));
    let named = [("tools", "calculate\r\ncurrent_time\ncalculate")];
    let started = app.client.start_asking("6*7?", &named).await.unwrap();
    assert_eq!(app.client.follow_to_end(started.reply, 0).await.text(), "42.");
    assert_eq!(offered(&app.upstream.requests(1).await[0]), ["current_time", "calculate"]);
    let on = |tools: ChatTools| tools.tools.into_iter().filter(|tool| tool.on).map(|tool| tool.key).collect::<Vec<_>>();
    assert_eq!(on(app.client.tools(started.chat).await), ["current_time", "calculate"]);
    let offered: ChatTools = app.client.call("offered_tools", &[]).await.unwrap();
    assert!(offered.may_change && offered.tools.len() >= 3 && on(offered).is_empty());

    let refusal = app.client.start_asking("6*7?", &[("tools", "no such tool")]).await.unwrap_err();
    assert!(refusal.body.contains("There is no such tool any more"), "{}", refusal.body);
    assert_eq!(app.client.chats(false).await.len(), 1, "nothing is left of what was refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_tools_gave_is_part_of_the_conversation_from_then_on() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer(Script::calling("call_a", "calculate", &json!({"expression": "1+1"})));
    app.upstream.answer(Script::reply("Two."));
    let made = app.client.send(started.chat, "1+1?").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    app.upstream.answer(Script::reply("You are welcome."));
    let made = app.client.send(started.chat, "Thanks").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    let request = app.upstream.requests(4).await.remove(3);
    let roles: Vec<String> = request.messages().into_iter().map(|(role, _)| role).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant", "tool", "assistant", "user"]);
    assert_eq!(results(&request), [("call_a".to_owned(), "2".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_calls_in_several_rounds_are_one_reply() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate", "current_time"]).await;
    let two = Script::stream().role().call(0, "a", "calculate", &json!({"expression": "2+2"})).call(
        1,
        "b",
        "current_time",
        &json!({"utc_offset": "+02:00"}),
    );
    app.upstream.answer(two.finish("tool_calls").done());
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "4*4"})));
    app.upstream.answer(Script::reply("Done."));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!(seen.text(), "Done.");
    let calls = app.client.calls(started.chat, made.reply).await;
    let known: Vec<_> = calls.iter().map(|call| (call.number, call.round, call.name.as_str())).collect();
    assert_eq!(known, [(0, 0, "calculate"), (1, 0, "current_time"), (2, 1, "calculate")]);
    assert!(calls[1].result.as_deref().unwrap().ends_with("UTC+02:00"), "{calls:?}");
    assert_ne!(calls[0].call_id, calls[2].call_id, "an id that comes again gets another one");
    let last = app.upstream.requests(4).await.remove(3);
    let ids: Vec<String> = results(&last).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [calls[0].call_id.as_str(), calls[1].call_id.as_str(), calls[2].call_id.as_str()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_in_which_servers_send_calls_is_understood() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    let arguments = json!({"expression": "2*3"});
    let whole = json!({"tool_calls": [{"function": {"name": "calculate", "arguments": arguments}}]});
    let old = json!({"function_call": {"name": "calculate", "arguments": arguments.to_string()}});
    let completion = json!({
        "choices": [{"index": 0, "message": {"role": "assistant", "content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "calculate", "arguments": arguments.to_string()}},
        ]}, "finish_reason": "tool_calls"}],
    });
    for script in [
        Script::stream().delta(whole).finish("stop").done(),
        Script::stream().delta(old).finish("function_call").done(),
        Script::plain(200, "application/json", completion.to_string()),
    ] {
        app.upstream.answer(script);
        app.upstream.answer(Script::reply("Six."));
        let made = app.client.send(started.chat, "2*3?").await.unwrap();
        assert_eq!(app.client.follow_to_end(made.reply, 0).await.text(), "Six.");
        let calls = app.client.calls(started.chat, made.reply).await;
        assert_eq!(calls[0].result.as_deref(), Some("6"), "{calls:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_goes_back_to_the_model_with_what_is_wrong() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    let broken =
        json!({"tool_calls": [{"index": 3, "id": "d", "function": {"name": "calculate", "arguments": "{\"expr"}}]});
    let calling = Script::stream()
        .role()
        .call(0, "a", "calculate", &json!({"formula": "1"}))
        .call(1, "b", "search_chats", &json!({"query": "x"}))
        .call(2, "c", "no such tool", &json!({}))
        .delta(broken);
    app.upstream.answer(calling.finish("tool_calls").done());
    app.upstream.answer(Script::reply("Sorry."));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Sorry.", Some(Status::Complete)));
    let calls = app.client.calls(started.chat, made.reply).await;
    assert!(calls.iter().all(|call| call.status == CallStatus::Failed), "{calls:?}");
    let said: Vec<&str> = calls.iter().map(|call| call.result.as_deref().unwrap()).collect();
    assert!(said[0].contains("formula"), "{said:?}");
    assert!(said[1].contains("no tool of this name"), "a tool that is off is not there: {said:?}");
    assert!(said[2].contains("no tool of this name") && said[3].contains("not JSON"), "{said:?}");
    // What APIs would refuse is not sent back to them.
    let request = app.upstream.requests(3).await.remove(2);
    let turns = request.body["messages"].as_array().unwrap();
    let sent = &turns.iter().find(|turn| turn["tool_calls"].is_array()).unwrap()["tool_calls"];
    assert_eq!((&sent[2]["function"]["name"], &sent[3]["function"]["arguments"]), (&json!("unknown"), &json!("{}")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_takes_no_tools_answers_without_them() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer_with(|request| {
        (!offered(request).is_empty()).then(|| Script::error(400, "registry/llama does not support tools"))
    });
    app.upstream.answer(Script::reply("From memory."));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("From memory.", Some(Status::Complete)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_known_to_call_no_tools_is_offered_none_and_its_reply_says_so() {
    let plain = Listed { tools: Some(false), ..Listed::named(MODEL) };
    let app = TestApp::start().await.listing(&[plain]).await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer(Script::reply("From memory."));
    let reply = app.client.send_and_follow(started.chat, "6*7?").await;
    assert!(offered(&app.upstream.requests(2).await[1]).is_empty());
    // It is written beside the reply.
    let dropped = async |reply| app.client.message(started.chat, reply).await.dropped;
    eventually("the note that tools were left out", async || !dropped(reply).await.is_empty()).await;
    assert_eq!(dropped(reply).await, [Parameter::Tools]);
    assert!(dropped(started.reply).await.is_empty(), "none were switched on then");
    let page = app.client.chat_page(started.chat).await;
    assert!(page.contains("This model takes no tools; they were left out.") && page.contains(NONE_TAKEN), "{page}");

    // Whoever knows better says so.
    let model = app.client.model_of(MAIN, MODEL).await;
    app.client.save_model(model.id, &[("tools", "true")]).await.unwrap();
    app.upstream.answer(Script::reply("42."));
    app.client.send_and_follow(started.chat, "And now?").await;
    assert_eq!(offered(&app.upstream.requests(3).await[2]), ["calculate"]);
    assert!(!app.client.chat_page(started.chat).await.contains(NONE_TAKEN));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_a_provider_finds_wrong_takes_no_tools_from_later_replies() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    // As Anthropic says it, and as FastAPI does.
    let schema = "tools.0.custom.input_schema: JSON schema is invalid. It must match draft 2020-12";
    let place = r#"{"detail":[{"loc":["body","tools",0,"function","parameters"],"msg":"Field required"}]}"#;
    app.upstream.answer(Script::error(400, schema));
    app.upstream.answer(Script::reply("From memory."));
    app.client.send_and_follow(started.chat, "One").await;
    app.upstream.answer(Script::plain(422, "application/json", place));
    app.client.send_and_follow(started.chat, "Two").await;
    app.upstream.answer(Script::reply("With them."));
    app.client.send_and_follow(started.chat, "Three").await;
    let asked: Vec<usize> = app.upstream.requests(5).await.iter().map(|request| offered(request).len()).collect();
    assert_eq!(asked, [0, 1, 0, 1, 1], "nothing was learnt of the model");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_goes_on_keeps_its_calls() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "1+2"})));
    app.upstream.answer(Script::stream().role().text("It is").hold());
    let made = app.client.send(started.chat, "Go").await.unwrap();
    app.client.follow(made.reply, 0).await.until_text("It is").await;
    app.client.stop(made.reply).await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "3+0"})));
    app.upstream.answer(Script::reply(" 3."));
    let on = app.client.continue_reply(made.reply).await.unwrap();
    let seen = app.client.follow_to_end(on.reply, 0).await;
    assert_eq!(seen.text(), "It is 3.");
    let calls = app.client.calls(started.chat, on.reply).await;
    let known: Vec<_> = calls.iter().map(|call| (call.number, call.round, call.result.as_deref())).collect();
    assert_eq!(known, [(0, 0, Some("3")), (1, 1, Some("3"))]);
    assert_eq!(app.client.message(started.chat, on.reply).await.reply(), seen.reply());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_follows_from_the_middle_sees_what_everybody_sees() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    let gate = Gate::new();
    let first = Script::stream().role().text("A").call(0, "a", "calculate", &json!({"expression": "1"}));
    app.upstream.answer(first.finish("tool_calls").done());
    app.upstream.answer(Script::stream().role().text("B").wait(&gate).finish("stop").done());
    let made = app.client.send(started.chat, "Go").await.unwrap();
    gate.reached().await;
    let mut early = app.client.follow(made.reply, 0).await;
    early.until_text("B").await;
    gate.open();
    let whole = early.until_end().await;
    for cursor in 0..=whole.position() {
        let part = app.client.follow_to_close(made.reply, cursor).await;
        let at = usize::try_from(part.start.unwrap()).unwrap();
        assert_eq!(part.log, whole.log[at..], "from {cursor}");
    }
    // As the database has it.
    let app = app.restart().await;
    assert_eq!(app.client.follow_to_end(made.reply, 0).await, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_a_crash_cut_off_are_said_to_have_failed() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    let started = server.client.chat_with_tools(&upstream, &["calculate"]).await;
    server.client.ask_before_tools(started.chat, true).await.unwrap();
    upstream.answer(Script::calling("a", "calculate", &json!({"expression": "1"})));
    let made = server.client.send(started.chat, "Go").await.unwrap();
    server.client.follow(made.reply, 0).await.until_call(0, CallStatus::Asked).await;
    // What is older than a tenth of a second is kept; it is there when another look sees it in the database.
    let asked = "SELECT count(*) FROM tool_calls WHERE status = 'asked'";
    eventually("the call to be kept", async || value(&server.database(), asked).await > 0).await;
    server.kill_9().await;
    let server = server.restart().await;
    let seen = server.client.follow_to_end(made.reply, 0).await;
    assert_eq!(seen.status(), Some(Status::Interrupted));
    let message = server.client.message(started.chat, made.reply).await;
    assert_eq!(message.tool_calls[0].status, CallStatus::Failed);
    assert_eq!(message.reply(), seen.reply());
    assert!(server.client.allow(made.reply, 0, false).await.is_err(), "nobody waits for that any more");
    assert_eq!(upstream.calls(), 2, "no call was made by itself");
    let said = server.client.said(started.chat).await;
    assert_eq!(said.last().unwrap().0, Role::Assistant);
}
