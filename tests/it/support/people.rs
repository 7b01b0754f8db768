//! People who use a server with sign-in.

use std::time::{SystemTime, UNIX_EPOCH};

use parlance::{
    domain::{
        error::AppError,
        id::{SessionId, UserId, WorkspaceId},
        member::MemberRole,
        person::Me,
    },
    server::access::{
        FIRST_WORKSPACE,
        secret::{Secret, SecretHash},
    },
};

use super::{
    client::{Client, Refusal},
    database::change,
    wait::soon,
};

/// A password that nobody guesses.
pub const PASSWORD: &str = "correct horse battery staple";

/// The first owner's address.
pub const OWNER: &str = "ada@example.com";

impl Client {
    /// Sets the server up, as [`OWNER`]: the client of the owner, signed in.
    pub async fn set_up(&self) -> Client {
        let fields = [("name", "Ada Lovelace"), ("email", OWNER), ("password", PASSWORD), ("workspace", "Engines")];
        self.entering("set_up", &fields).await.expect("to be the first")
    }

    /// Signs in: a client with a session of its own.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Client, Refusal> {
        self.entering("sign_in", &[("email", email), ("password", password)]).await
    }

    /// Calls a function that begins a session: a client that is in it.
    pub async fn entering(&self, function: &str, fields: &[(&str, &str)]) -> Result<Client, Refusal> {
        let answer = soon(format!("an answer of {function}"), self.post(function, fields).send()).await;
        let answer = super::client::accepted(answer.expect("an answer")).await?;
        let cookie = answer.headers().get("set-cookie").expect("a cookie").to_str().expect("text");
        let (pair, _) = cookie.split_once(';').expect("a cookie with attributes");
        Ok(self.with_cookie(pair))
    }

    /// Somebody new in the first workspace of the server on this database, signed in: written past the server, as if they
    /// had been invited. Their address is their name, in lower case, at example.com.
    pub async fn member(&self, url: &str, name: &str, role: MemberRole) -> Client {
        self.member_of(url, FIRST_WORKSPACE, name, role).await
    }

    /// The same in another workspace.
    pub async fn member_of(&self, url: &str, workspace: WorkspaceId, name: &str, role: MemberRole) -> Client {
        let (user, now) = (UserId::new(), now());
        let email = format!("{}@example.com", name.to_lowercase());
        for sql in [
            format!("INSERT INTO users (id, name, email, created_at) VALUES ('{user}', '{name}', '{email}', {now})"),
            format!(
                "INSERT INTO members (workspace_id, user_id, role, created_at)
                 VALUES ('{workspace}', '{user}', '{}', {now})",
                role.as_str()
            ),
        ] {
            change(url, &sql).await;
        }
        self.session_of(url, user, workspace).await
    }

    /// Somebody new who owns another workspace of the server on this database, and nothing in the first.
    pub async fn stranger(&self, url: &str, name: &str) -> Client {
        let workspace = WorkspaceId::new();
        let sql = format!(
            "INSERT INTO workspaces (id, name, created_at) VALUES ('{workspace}', 'Elsewhere of {name}', {})",
            now()
        );
        change(url, &sql).await;
        self.member_of(url, workspace, name, MemberRole::Owner).await
    }

    /// One more session of a person who is in the database: a client that is in it.
    pub async fn session_of(&self, url: &str, user: UserId, workspace: WorkspaceId) -> Client {
        const HOUR: i64 = 60 * 60 * 1_000_000;
        let (secret, now) = (Secret::new("").expect("randomness"), now());
        let sql = format!(
            "INSERT INTO sessions (id, secret_hash, user_id, workspace_id, method, device, address, created_at, seen_at, expires_at)
             VALUES ('{}', '{}', '{user}', '{workspace}', 'password', 'A test', '127.0.0.1', {now}, {now}, {})",
            SessionId::new(),
            SecretHash::of(secret.expose()).as_str(),
            now + HOUR
        );
        change(url, &sql).await;
        self.with_cookie(&format!("parlance={}", secret.expose()))
    }

    /// Who one is.
    pub async fn me(&self) -> Me {
        self.call("who_am_i", &[]).await.expect("to be known")
    }
}

/// Microseconds since 1970 UTC.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    i64::try_from(since.as_micros()).expect("a time that fits")
}

/// The error of a refusal.
///
/// # Panics
/// If there is none in it.
pub fn error_of(refusal: Refusal) -> AppError {
    refusal.error.unwrap_or_else(|| panic!("{} {}", refusal.status, refusal.body))
}
