//! The calls of a reply's tools, folded: what each was given, what it gave, and where it stands; with buttons where a person
//! has to allow it.

use leptos::{html, prelude::*};
use server_fn::ServerFn;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDivElement, HtmlElement};

use super::api::{AllowToolCall, DeclineToolCall};
use crate::{
    domain::{
        id::MessageId,
        tool::{CallStatus, ToolCall},
    },
    texts::tools as texts,
    ui::{
        focus::hand_on,
        form::{Done, Form},
    },
};

/// The calls of a reply; nothing if there are none. `writes` says whether one may answer those that wait.
#[component]
pub fn Calls(reply: MessageId, calls: RwSignal<Vec<ToolCall>>, writes: Memo<bool>) -> impl IntoView {
    let numbers = Memo::new(move |_| calls.with(|calls| calls.iter().map(|call| call.number).collect::<Vec<_>>()));
    view! {
        {move || {
            let has_any = numbers.with(|numbers| !numbers.is_empty());
            has_any.then(|| view! {
                <ul class="calls" aria-label=texts::CALLS>
                    <For each=move || numbers.get() key=|number| *number children=move |number| one(reply, calls, number, writes) />
                </ul>
            }.into_any())
        }}
    }
}

fn one(reply: MessageId, calls: RwSignal<Vec<ToolCall>>, number: u32, writes: Memo<bool>) -> AnyView {
    let call = Memo::new(move |_| calls.with(|calls| calls.iter().find(|call| call.number == number).cloned()));
    // What a call is of and what it is given stay as they are.
    let with =
        move |look: fn(&ToolCall) -> String| call.with_untracked(|call| call.as_ref().map(look).unwrap_or_default());
    let status = Memo::new(move |_| call.with(|call| call.as_ref().map_or(CallStatus::Failed, |call| call.status)));
    let waits = Memo::new(move |_| status.get() == CallStatus::Asked);
    let name = with(|call| call.name.clone());
    let (asked, shown) = (name.clone(), name);
    view! {
        <li class="call" data-status=move || status.get().as_str()>
            <details open=move || waits.get()>
                <summary>
                    <code>{shown}</code>
                    <span class="state" role="status">{move || texts::status(status.get())}</span>
                </summary>
                <p class="label">{texts::ARGUMENTS}</p>
                <pre tabindex="0" role="group" aria-label=texts::ARGUMENTS>{with(|call| pretty(&call.arguments))}</pre>
                {move || {
                    let result = call.with(|call| call.as_ref().and_then(|call| call.result.clone()));
                    result.map(|result| view! {
                        <p class="label">{texts::RESULT}</p>
                        <pre tabindex="0" role="group" aria-label=texts::RESULT>{result}</pre>
                    }.into_any())
                }}
            </details>
            {move || waits.get().then(|| answers(reply, number, &asked, writes))}
        </li>
    }
    .into_any()
}

/// The buttons of a call that waits; for those who may not answer, that it does.
fn answers(reply: MessageId, number: u32, name: &str, writes: Memo<bool>) -> AnyView {
    if !writes.get() {
        return view! { <p class="about">{texts::WAITS}</p> }.into_any();
    }
    let part = NodeRef::<html::Div>::new();
    hand_on(part, summary);
    // The stream brings what comes of it.
    let done = Done::new(|()| ());
    let answer = |action: &'static str, verb: &'static str, class: &'static str, always: bool| {
        let label = if always { texts::always(name) } else { texts::to_tool(verb, name) };
        let always = always.then(|| view! { <input type="hidden" name="always" value="true" /> }.into_any());
        view! {
            <Form action=action label=label.clone() class="answer" done=done>
                <input type="hidden" name="reply" value=reply.to_string() />
                <input type="hidden" name="number" value=number.to_string() />
                {always}
                <button class=class type="submit" aria-label=label>{verb}</button>
            </Form>
        }
        .into_any()
    };
    view! {
        <div class="answers" role="group" aria-label=texts::waits(name) node_ref=part>
            {answer(AllowToolCall::PATH, texts::ALLOW, "button primary", false)}
            {answer(AllowToolCall::PATH, texts::ALWAYS, "button", true)}
            {answer(DeclineToolCall::PATH, texts::DECLINE, "button", false)}
        </div>
    }
    .into_any()
}

/// What folds the call that these buttons are of.
fn summary(answers: &HtmlDivElement) -> Option<HtmlElement> {
    answers.parent_element()?.query_selector("summary").ok()??.dyn_into().ok()
}

/// JSON with a line for each of its parts; anything else as it is.
fn pretty(text: &str) -> String {
    let value = serde_json::from_slice::<serde_json::Value>(text.as_bytes());
    value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}

/// Reads out that a call waits. It stands outside of the message, which is busy, and a busy region is not read.
#[component]
pub fn WaitingCalls(
    /// The calls of the newest reply.
    calls: Signal<Vec<ToolCall>>,
) -> impl IntoView {
    let waiting = Memo::new(move |_| {
        calls.with(|calls| {
            let waits = calls.iter().find(|call| call.status == CallStatus::Asked);
            waits.map(|call| texts::waits(&call.name)).unwrap_or_default()
        })
    });
    view! { <div class="visually-hidden" aria-live="polite" data-waiting="">{waiting}</div> }
}
