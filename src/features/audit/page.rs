//! The audit log as its owners read it.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use super::{api::audit_log, filter::Filter};
use crate::{
    domain::{
        audit::{AuditAction, AuditEntry, AuditPage},
        error::AppError,
        id::AuditId,
    },
    features::{loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::audit as texts,
    ui::{table::Table, time::Time},
};

/// `/workspace/audit`.
#[component]
pub fn AuditLogPage() -> impl IntoView {
    let query = use_query_map();
    let log = load(move || query.get(), asked);
    view! {
        <SettingsPage heading=texts::AUDIT_LOG>
            <p>{texts::LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    let chosen = query.get_untracked();
                    match log.await {
                        Ok(page) => view! { <Log page chosen /> }.into_any(),
                        Err(error) => view! { <Refused error chosen /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
}

/// What the page's address asks for. An id or a kind of action that is none was not chosen here, and is passed over.
async fn asked(query: ParamsMap) -> Result<AuditPage, AppError> {
    let person = query.get_str("person").and_then(|id| id.parse().ok());
    let action = query.get_str("action").and_then(AuditAction::from_word);
    let before = query.get_str("before").and_then(|id| id.parse().ok());
    audit_log(None, person, action, query.get("from"), query.get("to"), before).await
}

/// What was chosen does not make sense, and can be chosen again; or the log is not for the reader.
#[component]
fn Refused(error: AppError, chosen: ParamsMap) -> impl IntoView {
    let choose = matches!(error, AppError::Invalid { .. });
    view! {
        {choose.then(|| view! { <Filter people=Vec::new() chosen /> })}
        <NotLoaded error />
    }
    .into_any()
}

#[component]
fn Log(page: AuditPage, chosen: ParamsMap) -> impl IntoView {
    let older = page.older.map(|entry| older_than(entry, chosen.clone()));
    let is_first = chosen.get_str("before").is_none();
    let newest = (!is_first).then(|| {
        let mut newest = chosen.clone();
        newest.remove("before");
        address(&newest)
    });
    let links = [(newest, texts::NEWEST), (older, texts::OLDER)].into_iter();
    let links: Vec<AnyView> =
        links.filter_map(|(to, name)| Some(view! { <a class="button" href=to?>{name}</a> }.into_any())).collect();
    view! {
        <Filter people=page.people chosen />
        <Entries entries=page.entries />
        <p class="pages">{links}</p>
    }
    .into_any()
}

fn older_than(entry: AuditId, mut chosen: ParamsMap) -> String {
    chosen.replace("before", entry.to_string());
    address(&chosen)
}

fn address(chosen: &ParamsMap) -> String {
    format!("/workspace/audit{}", chosen.to_query_string())
}

#[component]
fn Entries(entries: Vec<AuditEntry>) -> impl IntoView {
    if entries.is_empty() {
        return view! { <p class="empty">{texts::NONE}</p> }.into_any();
    }
    let rows = entries.into_iter().map(row).collect_view().into_any();
    view! { <Table label=texts::ENTRIES columns=texts::COLUMNS rows /> }.into_any()
}

fn row(entry: AuditEntry) -> AnyView {
    let who = entry.name.unwrap_or_else(|| texts::NOBODY.to_owned());
    view! {
        <tr>
            <td>
                <Time at=entry.at />
            </td>
            <td>{who}</td>
            <td>{texts::action(entry.action)}</td>
            <td>
                {entry.subject}
                {(!entry.details.is_empty()).then(|| view! { <span class="about">{entry.details}</span> }.into_any())}
            </td>
            <td>{entry.address}</td>
        </tr>
    }
    .into_any()
}
