//! The way back from an OpenID provider. It is the one GET that changes something, since the protocol wants it so; what it
//! changes depends on the cookie of the browser in which the sign-in was begun, so that nobody can be signed in by a link
//! that somebody else made.

use axum::{
    extract::{Query, Request, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::deadline::Deadline;
use crate::{
    domain::{entry::OidcProblem, person::SignInMethod},
    server::{
        access::{
            self,
            oidc::{Circumstances, Oidc},
            session::Transport,
        },
        config::Auth,
        state::AppState,
        store::{in_time, oidc_attempts::Attempt},
    },
};

/// What the provider says in the address (OpenID Connect Core 1.0, 3.1.2.5 and 3.1.2.6; RFC 9207).
#[derive(Deserialize)]
struct Answer {
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Somebody is signed in: their cookie, and where they wanted to go.
struct Done {
    cookie: Option<HeaderValue>,
    next: String,
}

pub(super) async fn come_back(State(server): State<AppState>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let outcome = finish(&server, &request).await;
    let has_ended = !matches!(outcome, Err(OidcProblem::Expired));
    let (to, cookie) = match outcome {
        Ok(done) => (done.next, done.cookie),
        Err(problem) => (format!("/sign-in?oidc={}", problem.as_str()), None),
    };
    let mut response = Redirect::to(&to).into_response();
    let forgotten = Transport::of(&request).no_attempt_cookie().filter(|_| has_ended);
    for cookie in cookie.into_iter().chain(forgotten) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn finish(server: &AppState, request: &Parts) -> Result<Done, OidcProblem> {
    let oidc = server.access.oidc().filter(|_| server.access.settings().auth == Auth::On);
    let oidc = oidc.ok_or(OidcProblem::Expired)?;
    let Query(answer) = Query::<Answer>::try_from_uri(&request.uri).map_err(|_| OidcProblem::Expired)?;
    let browser = Transport::of(request).attempt(&request.headers).ok_or(OidcProblem::Expired)?;
    let attempt = in_time(server.store.take_attempt(browser.as_str(), &answer.state)).await.map_err(|error| {
        tracing::warn!(%error, "a sign-in at the OpenID provider could not be taken up");
        OidcProblem::Busy
    })?;
    let attempt = attempt.ok_or(OidcProblem::Expired)?;
    let code = code(oidc, answer)?;
    enter(server, oidc, request, attempt, code).await
}

/// The code, if the provider sends one.
fn code(oidc: &Oidc, answer: Answer) -> Result<String, OidcProblem> {
    if !oidc.is_issuer(answer.iss.as_deref()) {
        tracing::warn!("an answer to a sign-in came from another issuer than the one that was asked");
        return Err(OidcProblem::Refused);
    }
    match (answer.code, answer.error.as_deref()) {
        (Some(code), None) => Ok(code),
        (_, Some("access_denied")) => Err(OidcProblem::Denied),
        (_, Some("temporarily_unavailable" | "server_error")) => Err(OidcProblem::Away),
        (_, error) => {
            tracing::warn!(error, "the OpenID provider sent somebody back without a code");
            Err(OidcProblem::Refused)
        }
    }
}

async fn enter(
    server: &AppState,
    oidc: &Oidc,
    request: &Parts,
    attempt: Attempt,
    code: String,
) -> Result<Done, OidcProblem> {
    let store = &server.store;
    let arrival = oidc.arrive(code, &attempt, store.now()).await?;
    let circumstances = Circumstances {
        sign_up: server.access.settings().sign_up,
        invitation: attempt.invitation.as_deref(),
        origin: access::origin_of(&request.extensions),
    };
    let entering = async {
        let entered = oidc.enter(store, &arrival, circumstances).await?;
        let begun = access::begin::begin(store, request, entered.who, SignInMethod::Oidc, None, &entered.subject).await;
        begun.map_err(|_| OidcProblem::Busy)
    };
    // Of its own: the provider may have taken long.
    let cookie = Deadline::begin().within(entering).await.unwrap_or(Err(OidcProblem::Busy))?;
    Ok(Done { cookie, next: attempt.next })
}
