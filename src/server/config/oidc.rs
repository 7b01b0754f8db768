//! The OpenID provider at which people may sign in, by the settings.

use std::net::IpAddr;

use clap::Args;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::ConfigError;
use crate::domain::person::clean_name;

/// The path to which the provider sends people back. It is part of what the provider is told, and so does not change.
pub const RETURN_PATH: &str = "/oidc/return";

/// What the button says if nobody named the provider.
const DEFAULT_NAME: &str = "single sign-on";

/// The settings as they are written.
#[derive(Debug, Args)]
pub struct OidcArgs {
    /// The OpenID provider at which people may sign in: its issuer, exactly as its discovery document names it
    #[arg(long, env = "PARLANCE_OIDC_ISSUER", global = true)]
    pub oidc_issuer: Option<String>,
    /// The id under which the provider knows this server
    #[arg(long, env = "PARLANCE_OIDC_CLIENT_ID", global = true)]
    pub oidc_client_id: Option<String>,
    /// The secret that the provider gave out with that id
    #[arg(long, env = "PARLANCE_OIDC_CLIENT_SECRET", hide_env_values = true, global = true)]
    pub oidc_client_secret: Option<SecretString>,
    /// What people call the provider: the button says "Sign in with …"
    #[arg(long, env = "PARLANCE_OIDC_NAME", global = true)]
    pub oidc_name: Option<String>,
}

/// An OpenID provider, checked.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// Its issuer.
    pub issuer: String,
    /// Under which id it knows this server.
    pub client_id: String,
    /// The secret that goes with the id.
    pub client_secret: SecretString,
    /// What people call it.
    pub name: String,
    /// Where it sends people back to.
    pub return_to: String,
}

impl OidcArgs {
    /// The provider, if one is named; `url` is where people reach this server.
    pub(super) fn check(&self, url: Option<&str>) -> Result<Option<OidcSettings>, ConfigError> {
        let issuer = given(self.oidc_issuer.as_deref());
        let client_id = given(self.oidc_client_id.as_deref());
        let secret = given(self.oidc_client_secret.as_ref().map(ExposeSecret::expose_secret));
        let name = given(self.oidc_name.as_deref());
        if issuer.is_none() && client_id.is_none() && secret.is_none() && name.is_none() {
            return Ok(None);
        }
        let issuer = checked_issuer(needed("PARLANCE_OIDC_ISSUER", issuer)?)?;
        let client_id = needed("PARLANCE_OIDC_CLIENT_ID", client_id)?.to_owned();
        let client_secret = SecretString::from(needed("PARLANCE_OIDC_CLIENT_SECRET", secret)?);
        let url = url.ok_or_else(|| {
            problem("PARLANCE_URL", "is not set: the OpenID provider has to know where to send people back to")
        })?;
        let name = clean_name(name.unwrap_or(DEFAULT_NAME))
            .ok_or_else(|| problem("PARLANCE_OIDC_NAME", "is too long for a button: at most 100 characters"))?;
        Ok(Some(OidcSettings { issuer, client_id, client_secret, name, return_to: format!("{url}{RETURN_PATH}") }))
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn needed<'a>(variable: &str, value: Option<&'a str>) -> Result<&'a str, ConfigError> {
    value.ok_or_else(|| {
        problem(variable, "is not set: an OpenID provider needs PARLANCE_OIDC_ISSUER, …_CLIENT_ID and …_CLIENT_SECRET")
    })
}

/// Kept as it is written, since every token repeats it letter by letter.
fn checked_issuer(text: &str) -> Result<String, ConfigError> {
    let wrong = |what| problem("PARLANCE_OIDC_ISSUER", what);
    let url =
        Url::parse(text).map_err(|_| wrong("is not a URL: it looks like https://login.example.com/realms/team"))?;
    let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_bare || url.password().is_some() {
        return Err(wrong("must hold scheme, name, port and path alone, like https://login.example.com/realms/team"));
    }
    match url.scheme() {
        "https" => Ok(text.to_owned()),
        "http" if is_here(&url) => Ok(text.to_owned()),
        _ => Err(wrong("must begin with https://, save on this machine: who listens on the way could be anybody")),
    }
}

fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn problem(variable: &str, problem: &str) -> ConfigError {
    ConfigError { variable: variable.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::settings, *};

    const WHOLE: [&str; 8] = [
        "--url",
        "https://chat.example.com",
        "--oidc-issuer",
        "https://login.example.com/team/",
        "--oidc-client-id",
        "parlance",
        "--oidc-client-secret",
        "hunter2",
    ];

    fn with(changed: &str, value: &str) -> Vec<String> {
        let mut arguments: Vec<String> = WHOLE.map(str::to_owned).into();
        let at = arguments.iter().position(|argument| argument == changed);
        match at.and_then(|at| arguments.get_mut(at + 1)) {
            Some(before) => value.clone_into(before),
            None => arguments.extend([changed.to_owned(), value.to_owned()]),
        }
        arguments
    }

    fn checked(arguments: &[String]) -> Result<Option<OidcSettings>, String> {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let config = settings(&arguments).check();
        config.map(|config| config.access.oidc).map_err(|error| error.to_string())
    }

    #[test]
    fn a_provider_is_named_whole_or_not_at_all() {
        assert!(checked(&[]).unwrap().is_none());
        let whole = checked(&WHOLE.map(str::to_owned)).unwrap().unwrap();
        assert_eq!(
            (whole.issuer.as_str(), whole.return_to.as_str(), whole.name.as_str()),
            ("https://login.example.com/team/", "https://chat.example.com/oidc/return", "single sign-on")
        );
        for (left_out, named) in [
            ("--oidc-issuer", "PARLANCE_OIDC_ISSUER"),
            ("--oidc-client-id", "PARLANCE_OIDC_CLIENT_ID"),
            ("--oidc-client-secret", "PARLANCE_OIDC_CLIENT_SECRET"),
            ("--url", "PARLANCE_URL"),
        ] {
            let problem = checked(&with(left_out, " ")).unwrap_err();
            assert!(problem.starts_with(named) && !problem.contains("hunter2"), "{problem}");
        }
        assert!(
            checked(&["--oidc-name".to_owned(), "Acme".to_owned()]).unwrap_err().starts_with("PARLANCE_OIDC_ISSUER")
        );
        assert_eq!(checked(&with("--oidc-name", " Acme  Corp")).unwrap().unwrap().name, "Acme Corp");
        assert!(checked(&with("--oidc-name", &"x".repeat(101))).unwrap_err().starts_with("PARLANCE_OIDC_NAME"));
    }

    #[test]
    fn a_provider_in_the_clear_is_on_this_machine() {
        for issuer in ["http://127.0.0.1:8080", "http://[::1]:8080/x", "http://localhost:8080", "https://a.example"] {
            assert!(checked(&with("--oidc-issuer", issuer)).is_ok(), "{issuer}");
        }
        for issuer in ["http://login.example.com", "http://192.0.2.1", "ftp://x", "x", "https://x?y", "https://a:b@x"] {
            let problem = checked(&with("--oidc-issuer", issuer)).unwrap_err();
            assert!(problem.starts_with("PARLANCE_OIDC_ISSUER"), "{issuer}");
        }
    }

    #[test]
    fn the_secret_is_not_shown_when_the_configuration_is_printed() {
        assert!(!format!("{:?}", checked(&WHOLE.map(str::to_owned)).unwrap()).contains("hunter2"));
    }
}
