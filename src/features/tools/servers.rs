//! The page of all MCP servers of a workspace.

use leptos::prelude::*;

use super::servers_api::list_mcp_servers;
use crate::{
    domain::{mcp::McpServer, moment::utc},
    features::{loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::tools as texts,
};

/// `/workspace/tools`.
#[component]
pub fn McpServersPage() -> impl IntoView {
    let servers = load(|| (), |()| list_mcp_servers(None));
    view! {
        <SettingsPage heading=texts::TOOLS>
            <p>{texts::SERVERS_LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match servers.await {
                        Ok(servers) if servers.is_empty() => {
                            view! { <p class="empty">{texts::NO_SERVERS}</p> }.into_any()
                        }
                        Ok(servers) => {
                            let rows = servers.into_iter().map(row).collect_view();
                            view! { <ul class="rows">{rows}</ul> }.into_any()
                        }
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
            <p><a class="button primary" href="/workspace/tools/new">{texts::ADD_SERVER}</a></p>
        </SettingsPage>
    }
    .into_any()
}

fn row(server: McpServer) -> AnyView {
    let state = state(&server);
    let off = (!server.enabled).then(|| format!(" · {}", texts::OFF));
    view! {
        <li>
            <div class="what">
                <a href=format!("/workspace/tools/{}", server.id)>{server.name}</a>
                <p class="about">{state} {off}</p>
            </div>
        </li>
    }
    .into_any()
}

/// How it stands with a server's list.
pub(super) fn state(server: &McpServer) -> String {
    match (&server.problem, server.listed_at) {
        (Some(problem), _) => problem.clone(),
        (None, Some(at)) => texts::listed(server.tools.len(), &utc(at)),
        (None, None) => texts::NEVER_LISTED.to_owned(),
    }
}
