//! What compatible servers do differently and still mean well: the text arrives all the same, byte for byte.

use parlance::domain::{message::Status, reply::Usage};
use serde_json::json;

use crate::support::{
    app::TestApp,
    script::{Script, chunk},
    viewer::Seen,
};

const TEXT: &str = "Grüße 🦀 — “fine”, 世界!";

async fn answer(script: Script) -> Seen {
    let app = TestApp::start().await;
    app.upstream.answer(script);
    let (started, seen) = app.client.ask("Hello").await;
    let message = app.client.message(started.chat, started.reply).await;
    assert_eq!(message.reply(), seen.reply());
    assert_eq!(app.upstream.calls(), 1);
    seen
}

/// The text arrives whole and the reply is complete.
async fn is_understood(script: Script) -> Seen {
    let seen = answer(script).await;
    assert_eq!((seen.text().as_str(), seen.status()), (TEXT, Some(Status::Complete)), "{:?}", seen.end());
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_cut_at_every_byte_is_understood() {
    let whole = Script::stream().in_pieces_of(1).role().text("Grüße 🦀 — ").text("“fine”, 世界!").finish("stop");
    is_understood(whole.usage(1, 2).done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_cut_at_odd_places_is_understood() {
    for bytes in [2, 3, 7, 61] {
        let whole = Script::stream().in_pieces_of(bytes).role().text("Grüße 🦀 — ").text("“fine”, 世界!");
        is_understood(whole.finish("stop").done()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_in_one_write_is_understood() {
    is_understood(Script::reply(TEXT).in_one_write()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_that_end_in_cr_lf_are_understood() {
    is_understood(Script::stream().with_crlf().role().comment("ping").text(TEXT).finish("stop").done()).await;
    is_understood(Script::stream().with_crlf().in_pieces_of(1).role().text(TEXT).finish("stop").done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_without_a_space_is_understood() {
    is_understood(Script::stream().without_space().role().text(TEXT).finish("stop").done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comments_that_keep_the_connection_open_are_no_text() {
    let script = Script::stream().comment("OPENROUTER PROCESSING").role().comment("OPENROUTER PROCESSING").text(TEXT);
    is_understood(script.comment("").finish("stop").done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_fields_of_an_event_are_passed_over() {
    let script = Script::stream().bytes("event: message\nid: 1\nretry: 100\n").text(TEXT).bytes("event: ping\n\n");
    is_understood(script.finish("stop").done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_null_and_no_choices_are_no_text() {
    let script = Script::stream()
        .delta(json!({"role": "assistant", "content": null}))
        .event(&chunk(&json!([])))
        .event(&chunk(&json!(null)))
        .delta(json!({"content": null, "refusal": null, "tool_calls": null}))
        .delta(json!({}))
        .text(TEXT)
        .finish("stop");
    is_understood(script.done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_with_the_least_in_it_is_understood() {
    let event = json!({"choices": [{"delta": {"content": TEXT}}]});
    let end = json!({"choices": [{"finish_reason": "stop"}]});
    is_understood(Script::stream().event(&event).event(&end).done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_with_more_in_it_is_understood() {
    let mut event = chunk(&json!([{
        "index": 0, "delta": {"content": TEXT, "annotations": [], "audio": null}, "logprobs": {"content": []},
        "finish_reason": null, "native_finish_reason": null, "stop_reason": 3,
    }]));
    event["created"] = json!(1_700_000_000.25);
    event["provider"] = json!("Somebody");
    event["x_groq"] = json!({"id": "req_1"});
    event["usage"] = json!(null);
    event["error"] = json!(null);
    is_understood(Script::stream().event(&event).finish("stop").done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reason_to_finish_is_enough_without_done() {
    is_understood(Script::stream().role().text(TEXT).finish("stop")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_after_the_reason_to_finish_loses_nothing() {
    is_understood(Script::stream().role().text(TEXT).finish("stop").close()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn done_is_enough_without_a_reason_to_finish() {
    is_understood(Script::stream().role().text(TEXT).done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_stays_open_after_done_is_not_waited_for() {
    is_understood(Script::stream().role().text(TEXT).finish("stop").done().hold()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_beside_the_reason_to_finish_is_not_lost() {
    let end = chunk(&json!([{"index": 0, "delta": {"content": "!"}, "finish_reason": "stop"}]));
    let most = TEXT.trim_end_matches('!');
    is_understood(Script::stream().role().text(most).event(&end).done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_event_without_its_blank_line_is_not_lost() {
    let script = Script::stream().role().text(TEXT).bytes("data: [DONE]");
    is_understood(script).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_streaming_is_understood() {
    is_understood(Script::completion(TEXT)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_content_type_of_a_stream_is_understood() {
    let head = Script::plain(200, "text/plain; charset=utf-8", "").claiming_length(4_096);
    let script = head.role().text(TEXT).finish("stop").done();
    is_understood(script).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_is_understood_wherever_it_comes() {
    let usage = Some(Usage { prompt_tokens: 11, completion_tokens: 22, ..Usage::default() });
    let counts = json!({"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33});
    let seen = is_understood(Script::stream().role().text(TEXT).finish("stop").usage(11, 22).done()).await;
    assert_eq!(seen.usage(), usage);
    // Beside the reason to finish, as Mistral does.
    let mut end = chunk(&json!([{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]));
    end["usage"] = counts.clone();
    assert_eq!(is_understood(Script::stream().role().text(TEXT).event(&end).done()).await.usage(), usage);
    // Growing in every event, as vLLM can: the last one counts.
    let mut early = chunk(&json!([{"index": 0, "delta": {"content": TEXT}}]));
    early["usage"] = json!({"prompt_tokens": 11, "completion_tokens": 1, "total_tokens": 12});
    let script = Script::stream().event(&early).finish("stop").usage(11, 22).done();
    assert_eq!(is_understood(script).await.usage(), usage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn details_of_usage_are_kept() {
    let mut event = chunk(&json!([]));
    event["usage"] = json!({
        "prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33,
        "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": null},
        "completion_tokens_details": {"reasoning_tokens": 9},
        "cost": 0.0001,
    });
    let seen = is_understood(Script::stream().text(TEXT).finish("stop").event(&event).done()).await;
    let (reasoning_tokens, cached_tokens) = (Some(9), Some(8));
    let usage = Usage { prompt_tokens: 11, completion_tokens: 22, reasoning_tokens, cached_tokens, ..Usage::default() };
    assert_eq!(seen.usage(), Some(usage));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reasoning_that_is_counted_beside_what_was_written_is_part_of_it() {
    // As xAI does.
    let mut event = chunk(&json!([]));
    event["usage"] = json!({
        "prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 399,
        "completion_tokens_details": {"reasoning_tokens": 386},
    });
    let seen = is_understood(Script::stream().text(TEXT).finish("stop").event(&event).done()).await;
    let usage = Usage { prompt_tokens: 12, completion_tokens: 387, reasoning_tokens: Some(386), ..Usage::default() };
    assert_eq!(seen.usage(), Some(usage));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_names_of_reasoning_are_understood_and_not_doubled() {
    let both = json!({"reasoning": "two ", "reasoning_content": "two "});
    let script = Script::stream().role().reasoning("one ").delta(both).reasoning_content("three");
    let seen = is_understood(script.text(TEXT).finish("stop").done()).await;
    assert_eq!(seen.reasoning(), "one two three");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reasoning_after_text_keeps_its_place_in_the_log() {
    let script =
        Script::stream().reasoning("a").text("Grüße 🦀 — ").reasoning("b").text("“fine”, 世界!").finish("stop");
    let seen = is_understood(script.done()).await;
    assert_eq!(seen.reasoning(), "ab");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_refuses_stream_options_is_asked_again_without() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|request| {
        let refused = request.body.get("stream_options").is_some();
        let refusal = || Script::error(400, "Unrecognized request argument supplied: stream_options");
        Some(if refused { refusal() } else { Script::reply("Here I am.") })
    });
    let (_, seen) = app.client.ask("Hello").await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Here I am.", Some(Status::Complete)));
    let requests = app.upstream.requests(2).await;
    assert_eq!(requests.len(), 2);
    assert!(requests[0].body.get("stream_options").is_some() && requests[1].body.get("stream_options").is_none());
    assert_eq!(requests[0].messages(), requests[1].messages());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_ask_at_once_are_asked_again_without_what_the_provider_refuses() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|request| {
        let refused = request.body.get("stream_options").is_some();
        let said = r#"{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#;
        let refusal = || Script::plain(422, "application/json", said);
        Some(if refused { refusal() } else { Script::reply("Here I am.") })
    });
    let replies = (0..20).map(|_| app.client.ask("Hello"));
    for (_, seen) in futures::future::join_all(replies).await {
        assert_eq!((seen.text().as_str(), seen.status()), ("Here I am.", Some(Status::Complete)), "{:?}", seen.end());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_event_keeps_the_connection_alive_and_says_nothing() {
    let script = Script::stream().role().text("Grüße 🦀 — ").data("").text("“fine”, 世界!").finish("stop");
    is_understood(script.done()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_reply_arrives_byte_for_byte() {
    let paragraph = "Лорем ипсум — 漢字とかな 🦀 plain words. ".repeat(40);
    let text = paragraph.repeat(400);
    let script = (0..400).fold(Script::stream().role(), |script, _| script.text(&paragraph));
    assert!((900_000..2_000_000).contains(&text.len()), "{}", text.len());
    let seen = answer(script.finish("stop").done()).await;
    assert!(seen.text() == text, "{} of {} bytes", seen.text().len(), text.len());
    assert_eq!(seen.status(), Some(Status::Complete));
}
