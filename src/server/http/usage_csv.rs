//! What was used, as a file for spreadsheets.

use axum::{
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{api_error, foreign_error::FETCH_SITE, request_id, security};
use crate::{
    domain::{
        actor::Actor,
        audit::AuditAction,
        day::Day,
        error::AppError,
        id::WorkspaceId,
        usage::{UsagePeriod, span},
    },
    server::{
        access::{self, Person, policy::InWorkspace},
        state::AppState,
        store::{audit::Entry, in_time, usage_report::UsageLine},
    },
    texts::usage as texts,
};

/// Where it is.
pub(super) const PATH: &str = "/workspace/usage.csv";

/// What is wanted, as the page of usage says it.
#[derive(Deserialize)]
struct Wanted {
    workspace: Option<WorkspaceId>,
    period: Option<UsagePeriod>,
    from: Option<String>,
    to: Option<String>,
}

/// A file and its name.
struct File {
    name: String,
    text: Vec<u8>,
}

pub(super) async fn serve(State(server): State<AppState>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    if is_foreign(&request.headers) {
        return security::refused();
    }
    match make(&server, &request).await {
        Ok(file) => (headers(&file.name), file.text).into_response(),
        Err(error) => api_error::of(&error),
    }
}

/// Whether a page of another site leads here: it would have somebody's browser write into the audit log in their name. An
/// address that was typed is as good as our own page, and so is a script that says nothing.
fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get(FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none")
}

async fn make(server: &AppState, request: &Parts) -> Result<File, AppError> {
    let person = request.extensions.get::<Person>().ok_or(AppError::SignedOut)?;
    let Query(wanted) = Query::<Wanted>::try_from_uri(&request.uri).map_err(|_| AppError::invalid(texts::BAD_QUERY))?;
    let (workspace, role) = access::stand_in(&server.store, person, wanted.workspace, InWorkspace::Look).await?;
    let actor = Actor { user: person.id, workspace, role, origin: access::origin_of(&request.extensions) };
    let today = Day::of(server.store.now());
    let (from, to) = span(wanted.period, wanted.from.as_deref(), wanted.to.as_deref(), today)?;
    let lines = in_time(server.store.usage_lines(&actor, from, to)).await?;
    let days = texts::days(&from.to_string(), &to.to_string());
    let entry = Entry::of(AuditAction::Exported, texts::CSV_SUBJECT).by_actor(&actor).saying(&days);
    in_time(server.store.record(entry, actor.origin)).await?;
    let text = tokio::task::spawn_blocking(move || written(&lines)).await;
    let text = text.ok().flatten().ok_or_else(request_id::internal)?;
    Ok(File { name: format!("usage-{from}-{to}.csv"), text })
}

fn headers(name: &str) -> HeaderMap {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let fields: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    fields.into_iter().collect()
}

/// The file; `None` if it cannot be written, which in memory does not happen.
fn written(lines: &[UsageLine]) -> Option<Vec<u8>> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(texts::CSV_COLUMNS).ok()?;
    for line in lines {
        let sums = &line.sums;
        let figures = [
            sums.requests,
            sums.prompt_tokens,
            sums.completion_tokens,
            sums.reasoning_tokens,
            sums.cached_tokens,
            sums.total_tokens(),
        ];
        let words = [&line.person, &line.email, &line.provider, &line.model].map(|text| harmless(text));
        let day = std::iter::once(line.day.to_string());
        let cost = [sums.cost.dollars(), sums.unpriced.to_string()];
        file.write_record(day.chain(words).chain(figures.map(|figure| figure.to_string())).chain(cost)).ok()?;
    }
    file.into_inner().ok()
}

/// A text that no spreadsheet takes for a formula (OWASP, "CSV Injection").
fn harmless(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{money::Money, usage::Sums};

    #[test]
    fn a_name_is_a_text_and_never_a_formula() {
        let sums =
            Sums { requests: 2, prompt_tokens: 10, completion_tokens: 5, cost: Money(1_500_000), ..Sums::default() };
        let line = UsageLine {
            day: "2026-11-21".parse().unwrap(),
            person: "=HYPERLINK(\"https://x\")".to_owned(),
            email: "@a".to_owned(),
            provider: "Main, \"the\" one".to_owned(),
            model: "-m".to_owned(),
            sums,
        };
        let text = String::from_utf8(written(&[line]).unwrap()).unwrap();
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows[0], texts::CSV_COLUMNS.join(","));
        assert_eq!(
            rows[1],
            r#"2026-11-21,"'=HYPERLINK(""https://x"")",'@a,"Main, ""the"" one",'-m,2,10,5,0,0,15,0.0015,0"#
        );
    }
}
