//! A real OpenID provider, in a process of its own: `tests/provider/provider.mjs`.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

use parlance::server::config::{OidcSettings, RETURN_PATH};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::wait::soon;

/// Where people reach the server, as far as the provider knows. The browser of the tests knows where that is.
pub const HERE: &str = "http://parlance.localhost";

/// The provider, running until it is dropped.
pub struct Provider {
    /// What it calls itself.
    pub issuer: String,
    child: Child,
    wish: Value,
}

impl Provider {
    /// One that signs with RS256, gives names out only when it is asked for them, and knows these people.
    pub async fn start(people: Value) -> Self {
        Self::start_with(people, |_| {}).await
    }

    /// One that is otherwise.
    pub async fn start_with(people: Value, change: impl FnOnce(&mut Value)) -> Self {
        let mut wish = json!({
            "port": 0, "returnTo": format!("{HERE}{RETURN_PATH}"), "algorithm": "RS256", "inToken": false, "people": people,
        });
        change(&mut wish);
        Self::launch(wish).await
    }

    async fn launch(wish: Value) -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/provider/provider.mjs");
        let spawned =
            Command::new("node").arg(script).arg(wish.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("the tests need Node for an OpenID provider: {error}"));
        let said = BufReader::new(child.stdout.take().expect("a pipe"));
        let (tell, told) = oneshot::channel();
        thread::spawn(move || {
            let mut tell = Some(tell);
            // Read to its end: a process that can say nothing more ends.
            for line in said.lines().map_while(Result::ok) {
                let Some(issuer) = line.strip_prefix("issuer ") else { continue };
                tell.take().map(|tell| tell.send(issuer.to_owned()));
            }
        });
        let issuer = soon("the OpenID provider to start", told).await;
        let issuer = issuer.expect("the OpenID provider ended at once: what it says above is why");
        Self { issuer, child, wish }
    }

    /// Ends it, and starts it again in the same place: with other keys.
    pub async fn restart(self) -> Self {
        let (_, port) = self.issuer.rsplit_once(':').expect("an address with a port");
        let mut wish = self.wish.clone();
        wish["port"] = json!(port.parse::<u16>().expect("a port"));
        drop(self);
        Self::launch(wish).await
    }

    /// What a server has to know to be its client.
    pub fn settings(&self) -> OidcSettings {
        settings_for(&self.issuer)
    }
}

/// What a server has to know to be the client of a provider.
pub fn settings_for(issuer: &str) -> OidcSettings {
    OidcSettings {
        issuer: issuer.to_owned(),
        client_id: "parlance".to_owned(),
        client_secret: "secret of parlance".into(),
        name: "Acme".to_owned(),
        return_to: format!("{HERE}{RETURN_PATH}"),
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
