//! Which tools a chat uses: a button beside where one writes, and the switches that it opens.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::api::{AskBeforeTools, SwitchTool, chat_tools};
use crate::{
    domain::{
        id::ChatId,
        tool::{ChatTools, ToolChoice},
    },
    features::loaded::{Loaded, load},
    texts::tools as texts,
    ui::{
        form::{Done, Form},
        icon::{Icon, Shape},
        popover::Popover,
    },
};

/// The button and the switches; nothing if they cannot be read.
#[component]
pub fn ToolsPanel(chat: ChatId) -> impl IntoView {
    let tools = load(|| (), move |()| chat_tools(chat));
    let done = Done::new(move |()| tools.refetch());
    view! {
        <div class="tools-panel">
            <Popover id="tools" label=texts::TOOLS.to_owned() face=face(tools)>
                <p class="about">{texts::LEAD}</p>
                <Transition>
                    {move || Suspend::new(async move {
                        tools.await.ok().map(|tools| switches(chat, tools, done))
                    })}
                </Transition>
            </Popover>
        </div>
    }
    .into_any()
}

fn face(tools: Loaded<ChatTools>) -> AnyView {
    view! {
        <Icon shape=Shape::Tools />
        <span>{texts::TOOLS}</span>
        <Transition>
            {move || Suspend::new(async move {
                let number = tools.await.map(|tools| tools.tools.iter().filter(|tool| tool.on).count());
                number.ok().filter(|number| *number > 0).map(|number| {
                    view! { <span class="count">{number}</span> }.into_any()
                })
            })}
        </Transition>
    }
    .into_any()
}

fn switches(chat: ChatId, tools: ChatTools, done: Done) -> AnyView {
    let has_servers = tools.tools.iter().any(|tool| tool.server.is_some());
    let fixed = !tools.may_change;
    let rows = tools.tools.into_iter().map(|tool| row(chat, tool, fixed, done)).collect_view();
    view! {
        <ul class="rows">{rows}</ul>
        <div class="every-call">
            {switch(AskBeforeTools::PATH, texts::ASK.to_owned(), tools.ask, fixed, done, "ask", vec![("chat", chat.to_string())])}
            <span aria-hidden="true">{texts::ASK}</span>
        </div>
        {(!has_servers).then(|| view! { <p class="about">{texts::NO_OTHERS}</p> }.into_any())}
    }
    .into_any()
}

fn row(chat: ChatId, tool: ToolChoice, fixed: bool, done: Done) -> AnyView {
    let fields = vec![("chat", chat.to_string()), ("tool", tool.key)];
    let asks = (tool.on && tool.waits).then(|| format!(" · {}", texts::ASKS));
    view! {
        <li>
            {switch(SwitchTool::PATH, tool.name.clone(), tool.on, fixed, done, "on", fields)}
            <div class="what">
                <code aria-hidden="true">{tool.name}</code>
                <p class="about">{tool.description} {asks}</p>
            </div>
        </li>
    }
    .into_any()
}

/// A switch, which a press turns over.
fn switch(
    action: &'static str,
    name: String,
    on: bool,
    fixed: bool,
    done: Done,
    field: &'static str,
    fields: Vec<(&'static str, String)>,
) -> AnyView {
    let verb = if on { texts::SWITCH_OFF } else { texts::SWITCH_ON };
    let hidden =
        fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any());
    let checked = if on { "true" } else { "false" };
    view! {
        <Form action=action label=texts::to_tool(verb, &name) class="switch-form" done=done>
            {hidden.collect_view()}
            <input type="hidden" name=field value=(!on).to_string() />
            <button class="switch" type="submit" role="switch" aria-checked=checked aria-label=name disabled=fixed></button>
        </Form>
    }
    .into_any()
}
