//! Finds out who is asking, once a request, and sends whoever is not signed in to where one does that.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{api_error, away, body, deadline::Deadline, stylesheet};
use crate::{
    domain::{credential::Credential, error::AppError},
    server::{
        access::{
            self, Person,
            secret::SecretHash,
            session::{ABSOLUTE, IDLE, NOTED_EVERY, Transport},
        },
        config::{AccessSettings, Auth, RETURN_PATH},
        error::accepts_html,
        state::AppState,
        store::{Store, in_time, sessions::Session},
    },
};

/// The pages that one reads without having signed in. Everything else is closed.
const OPEN_PAGES: [&str; 7] = ["/setup", "/sign-in", "/sign-up", "/join", "/forgot", "/reset", RETURN_PATH];
/// Of these, the ones of no use to whoever has signed in.
const ENTRY_PAGES: [&str; 3] = ["/setup", "/sign-in", "/sign-up"];

pub(super) async fn identify(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (deadline, transport) = (Deadline::begin(), transport(state.access.settings(), &parts.headers));
    parts.extensions.insert(deadline);
    parts.extensions.insert(transport);
    let Some(kind) = kind(&parts) else { return next.run(Request::from_parts(parts, body)).await };
    let detour = deadline.within(note_person(&state, &mut parts, transport, kind)).await;
    match detour.unwrap_or(Err(AppError::Unavailable)) {
        Ok(None) => next.run(Request::from_parts(parts, body)).await,
        Ok(Some(elsewhere)) => elsewhere,
        Err(error) if kind == Kind::Page && accepts_html(&parts.headers) => {
            away::page(&error, &stylesheet(&state.leptos))
        }
        Err(error) => {
            body::throw_away(body).await;
            api_error::of(&error)
        }
    }
}

/// Leaves who is asking with the request. Gives the answer if they have to go elsewhere first.
async fn note_person(
    state: &AppState,
    request: &mut Parts,
    transport: Transport,
    kind: Kind,
) -> Result<Option<Response>, AppError> {
    let person = who(state, request, transport).await?;
    let detour = match kind {
        Kind::Page => detour(state, person.is_some(), request).await?,
        Kind::Call => None,
    };
    if let Some(person) = person {
        request.extensions.insert(person);
    }
    Ok(detour)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Page,
    Call,
}

/// What is asked for; `None` if nobody needs to know who asks: the page's own files, and how the server is.
fn kind(request: &Parts) -> Option<Kind> {
    let route = request.extensions.get::<MatchedPath>()?.as_str();
    match route {
        "/healthz" | "/readyz" | "/metrics" => None,
        route if route.starts_with("/api/") || route.starts_with("/images/") => Some(Kind::Call),
        _ if matches!(request.method, Method::GET | Method::HEAD) => Some(Kind::Page),
        _ => Some(Kind::Call),
    }
}

/// Who is asking, if anybody who is known.
async fn who(state: &AppState, request: &mut Parts, transport: Transport) -> Result<Option<Person>, AppError> {
    if state.access.settings().auth == Auth::Off {
        let workspace = Some(access::FIRST_WORKSPACE);
        return Ok(Some(Person { id: access::FIRST_USER, workspace, credential: Credential::None }));
    }
    if let Some(secret) = bearer(&request.headers) {
        return by_token(&state.store, &secret).await.map(Some);
    }
    let Some(secret) = transport.session(&request.headers) else { return Ok(None) };
    let Some(session) = state.store.session(secret.as_str()).await? else { return Ok(None) };
    note(&state.store, session, request).await;
    // For the page's first element, which is written before anything is asked.
    request.extensions.insert(session.theme);
    Ok(Some(Person { id: session.user, workspace: session.workspace, credential: Credential::Session(session.id) }))
}

/// The token that a script says that it has. What else may be in this header belongs to whoever stands before the server.
fn bearer(headers: &HeaderMap) -> Option<SecretHash> {
    let value = String::from_utf8_lossy(headers.get(header::AUTHORIZATION)?.as_bytes());
    let (scheme, secret) = value.split_once(' ').unwrap_or((&value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretHash::of(secret.trim()))
}

/// Whose token it is. One that is not good is refused, whatever else the request brings: whoever sends one means it.
async fn by_token(store: &Store, secret: &SecretHash) -> Result<Person, AppError> {
    let token = store.good_token(secret.as_str()).await?.ok_or(AppError::BadToken)?;
    if is_due(store, token.used_at)
        && let Err(error) = in_time(store.note_token(token.id)).await
    {
        tracing::warn!(%error, "that a token is used could not be noted");
    }
    let credential = Credential::Token(token.id, token.scope);
    Ok(Person { id: token.user, workspace: Some(token.workspace), credential })
}

/// Whether it is time to note a use again.
fn is_due(store: &Store, noted_at: Option<i64>) -> bool {
    let unnoted = store.now().saturating_sub(noted_at.unwrap_or_default());
    unnoted >= NOTED_EVERY.as_micros() as i64
}

/// Notes that a session is used, now and then. That this fails is no reason to keep anybody out.
async fn note(store: &Store, session: Session, request: &Parts) {
    if !is_due(store, Some(session.seen_at)) {
        return;
    }
    let origin = access::origin_of(&request.extensions);
    if let Err(error) = in_time(store.note_session(session, IDLE, ABSOLUTE, origin)).await {
        tracing::warn!(%error, "that a session is used could not be noted");
    }
}

/// Where whoever asks for this page has to go first.
async fn detour(state: &AppState, signed_in: bool, request: &Parts) -> Result<Option<Response>, AppError> {
    let path = request.uri.path();
    let is_any = |pages: &[&str]| {
        pages.iter().any(|page| path == *page || path.strip_prefix(page).is_some_and(|rest| rest.starts_with('/')))
    };
    if signed_in {
        return Ok(is_any(&ENTRY_PAGES).then(|| Redirect::to("/").into_response()));
    }
    if !state.access.is_set_up(&state.store).await? {
        return Ok((path != "/setup").then(|| Redirect::to("/setup").into_response()));
    }
    if path == "/setup" {
        return Ok(Some(Redirect::to("/sign-in").into_response()));
    }
    if is_any(&OPEN_PAGES) {
        return Ok(None);
    }
    let wanted = request.uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    let to = match wanted {
        "/" => "/sign-in".to_owned(),
        wanted => format!("/sign-in?next={}", utf8_percent_encode(wanted, NON_ALPHANUMERIC)),
    };
    Ok(Some(Redirect::to(&to).into_response()))
}

/// How the browser reaches the server. In the clear only on this machine, without anything in between: a proxy that does
/// not say who asked looks like this machine, but adds a header of its own.
fn transport(settings: &AccessSettings, headers: &HeaderMap) -> Transport {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_forwarded =
        headers.keys().any(|name| name == header::FORWARDED || name.as_str().starts_with("x-forwarded-"));
    let in_the_clear = settings.on_loopback && !settings.is_behind_tls() && !is_forwarded && is_loopback(host);
    if in_the_clear { Transport::Loopback } else { Transport::Secure }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::server::config::SignUp;

    fn transport_of(url: Option<&str>, on_loopback: bool, headers: &[(&'static str, &'static str)]) -> Transport {
        let settings = AccessSettings {
            auth: Auth::On,
            sign_up: SignUp::Invitation,
            url: url.map(str::to_owned),
            oidc: None,
            on_loopback,
        };
        let headers = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
        transport(&settings, &headers.collect())
    }

    #[test]
    fn the_plain_cookie_is_for_a_browser_on_this_machine_alone() {
        for host in ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "app.localhost"] {
            let headers = [("host", "x")].map(|(name, _)| (name, host));
            assert_eq!(transport_of(None, true, &headers), Transport::Loopback, "{host}");
        }
        assert_eq!(transport_of(None, true, &[("host", "chat.example.com")]), Transport::Secure);
        assert_eq!(transport_of(None, false, &[("host", "localhost")]), Transport::Secure);
        assert_eq!(transport_of(Some("https://x"), true, &[("host", "localhost")]), Transport::Secure);
        let proxied = [("host", "127.0.0.1:3000"), ("x-forwarded-for", "192.0.2.1")];
        assert_eq!(transport_of(None, true, &proxied), Transport::Secure);
    }
}
