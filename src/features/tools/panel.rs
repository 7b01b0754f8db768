//! Which tools a chat uses: a button beside where one writes, and the switches that it opens.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    Tooling,
    api::{AskBeforeTools, SwitchTool},
};
use crate::{
    domain::{
        id::ChatId,
        tool::{ChatTools, ToolChoice},
    },
    features::{
        asking::{COMPOSER, Offered, meant},
        chat::Conversation,
    },
    texts::tools as texts,
    ui::{
        form::{Done, Form},
        handler::handler,
        icon::{Icon, Shape},
        popover::Popover,
    },
};

/// The field of the form that begins a chat which says with what tools, by their keys, one a line.
pub(in crate::features) const FIELD: &str = "tools";

/// The button and the switches; nothing if they cannot be read.
#[component]
pub fn ToolsPanel(
    /// The chat.
    conversation: Conversation,
) -> impl IntoView {
    let chat = conversation.chat;
    let tools = expect_context::<Tooling>().0;
    let done = Done::new(move |()| tools.refetch());
    let number = view! {
        <Transition>
            {move || Suspend::new(async move {
                let number = tools.await.map(|tools| tools.tools.iter().filter(|tool| tool.on).count());
                count(number.unwrap_or_default())
            })}
        </Transition>
    };
    view! {
        <div class="tools-panel">
            <Popover id="tools" label=texts::TOOLS.to_owned() face=face(number.into_any())>
                <p class="about">{texts::LEAD}</p>
                <NoneTaken conversation />
                <Transition>
                    {move || Suspend::new(async move {
                        tools.await.ok().map(|tools| switches(chat, tools, done)).into_any()
                    })}
                </Transition>
            </Popover>
        </div>
    }
    .into_any()
}

/// The same for a chat that is about to begin: what is switched on goes along with its first message.
#[component]
pub fn FirstTools(
    /// The chat.
    conversation: Conversation,
) -> impl IntoView {
    let tools = expect_context::<Tooling>().0;
    let on = RwSignal::new(Vec::<String>::new());
    view! {
        <div class="tools-panel scripted">
            <input type="hidden" name=FIELD form=COMPOSER autocomplete="off" prop:value=move || on.get().join("\n") />
            <Popover
                id="tools"
                label=texts::TOOLS.to_owned()
                face=face(view! { {move || count(on.read().len())} }.into_any())
            >
                <p class="about">{texts::LEAD}</p>
                <NoneTaken conversation />
                <Transition>
                    {move || Suspend::new(async move {
                        tools.await.ok().map(|tools| first_switches(tools, on)).into_any()
                    })}
                </Transition>
            </Popover>
        </div>
    }
    .into_any()
}

/// That the model which answers calls no tools, as long as that is known of it.
#[component]
fn NoneTaken(conversation: Conversation) -> impl IntoView {
    let offered = expect_context::<Offered>();
    let meant = meant(&conversation);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let offer = offered.0.await.ok();
                let lacks = move || {
                    offer.as_ref().is_some_and(|offer| meant.with(|meant| offer.lacks_tools(meant.as_ref())))
                };
                view! {
                    {move || lacks().then(|| view! { <p class="notice">{texts::NONE_TAKEN}</p> }.into_any())}
                }
                .into_any()
            })}
        </Transition>
    }
    .into_any()
}

fn first_switches(tools: ChatTools, on: RwSignal<Vec<String>>) -> AnyView {
    let has_servers = tools.tools.iter().any(|tool| tool.server.is_some());
    let row = move |tool: ToolChoice| {
        let ToolChoice { key, name, description, .. } = tool;
        let turned = key.clone();
        let is_on = move || on.read().contains(&key);
        let turn = move |_| {
            on.update(|on| match on.iter().position(|known| *known == turned) {
                Some(place) => drop(on.remove(place)),
                None => on.push(turned.clone()),
            });
        };
        view! {
            <li>
                <div class="switch-form">
                    <button
                        class="switch"
                        type="button"
                        role="switch"
                        aria-checked=move || is_on().to_string()
                        aria-label=name.clone()
                        on:click=handler(turn)
                    ></button>
                </div>
                <div class="what">
                    <code aria-hidden="true">{name}</code>
                    <p class="about">{description}</p>
                </div>
            </li>
        }
        .into_any()
    };
    view! {
        <ul class="rows">{tools.tools.into_iter().map(row).collect_view()}</ul>
        {(!has_servers).then(|| view! { <p class="about">{texts::NO_OTHERS}</p> }.into_any())}
    }
    .into_any()
}

fn face(number: AnyView) -> AnyView {
    view! {
        <Icon shape=Shape::Tools />
        <span>{texts::TOOLS}</span>
        {number}
    }
    .into_any()
}

/// How many are on, if any are.
fn count(number: usize) -> AnyView {
    (number > 0).then(|| view! { <span class="count">{number}</span> }.into_any()).into_any()
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
