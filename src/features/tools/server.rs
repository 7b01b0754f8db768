//! The page of an MCP server: its fields, its tools, and its end.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    servers::state,
    servers_api::{DeleteMcpServer, RefreshMcpServer, SaveMcpServer, load_mcp_server},
};
use crate::{
    domain::{
        limits::{KEY_CHARS, NAME_CHARS, URL_CHARS},
        mcp::McpServer,
    },
    features::{loaded::load_named, not_loaded::NotLoaded, settings::SettingsPage},
    texts::tools as texts,
    ui::{
        field::Field,
        form::{Done, Form},
    },
};

/// `/workspace/tools/{id}`, or `new` for another one.
#[component]
pub fn McpServerPage() -> impl IntoView {
    let server = load_named(|server| load_mcp_server(None, server));
    let done = Done::new(move |()| server.refetch());
    view! {
        <SettingsPage heading=texts::SERVER>
            <Transition>
                {move || Suspend::new(async move {
                    match server.await {
                        Ok(server) => fields(server, done),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

fn fields(server: McpServer, done: Done) -> AnyView {
    let is_kept = !server.name.is_empty();
    let ids = ids(&server);
    let below = is_kept.then(|| below(&server, done));
    let forget = server.has_token.then(|| checkbox("forget_token", texts::FORGET_TOKEN, false));
    let hint = if server.has_token { texts::TOKEN_KEPT } else { texts::TOKEN_HINT };
    view! {
        <Form action=SaveMcpServer::PATH label=texts::SERVER>
            {ids}
            <Field label=texts::NAME name="name" value=server.name max=NAME_CHARS hint=texts::NAME_HINT />
            <Field label=texts::URL name="url" kind="url" value=server.url max=URL_CHARS hint=texts::URL_HINT />
            <Field label=texts::TOKEN name="token" kind="password" max=KEY_CHARS optional=true hint=hint />
            {forget}
            {checkbox("enabled", texts::ENABLED, server.enabled)}
            <button class="button primary" type="submit">{texts::SAVE}</button>
        </Form>
        {below}
    }
    .into_any()
}

/// Which server, and whose: another tab may have switched the session's workspace meanwhile.
fn ids(server: &McpServer) -> AnyView {
    view! {
        <input type="hidden" name="workspace" value=server.workspace.to_string() />
        <input type="hidden" name="server" value=server.id.to_string() />
    }
    .into_any()
}

fn checkbox(name: &'static str, label: &'static str, checked: bool) -> AnyView {
    view! {
        <label class="check">
            <input type="checkbox" name=name value="true" checked=checked autocomplete="off" />
            <span>{label}</span>
        </label>
    }
    .into_any()
}

/// Its tools, and its end.
fn below(server: &McpServer, done: Done) -> AnyView {
    let (of_refresh, of_delete) = (ids(server), ids(server));
    let tools = server.tools.iter().map(|tool| {
        let (name, description) = (tool.name.clone(), tool.description.clone());
        view! {
            <li>
                <div class="what">
                    <code>{name}</code>
                    <p class="about">{description}</p>
                </div>
            </li>
        }
        .into_any()
    });
    let list = if server.tools.is_empty() {
        view! { <p class="empty">{texts::NO_TOOLS}</p> }.into_any()
    } else {
        view! { <ul class="rows">{tools.collect_view()}</ul> }.into_any()
    };
    let role = if server.problem.is_some() { "alert" } else { "status" };
    let state = state(server);
    view! {
        <section>
            <h2>{texts::LISTED}</h2>
            <p class="about" role=role>{state}</p>
            {list}
            <Form action=RefreshMcpServer::PATH label=texts::REFRESH done=done>
                {of_refresh}
                <button class="button" type="submit">{texts::REFRESH}</button>
            </Form>
        </section>
        <section>
            <h2>{texts::DELETE_SERVER}</h2>
            <p class="about">{texts::DELETE_LEAD}</p>
            <Form action=DeleteMcpServer::PATH label=texts::DELETE_SERVER>
                {of_delete}
                <button class="button danger" type="submit">{texts::DELETE_SERVER}</button>
            </Form>
        </section>
    }
    .into_any()
}
