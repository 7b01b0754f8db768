//! Who may come in, by the settings.

use clap::{Args, ValueEnum};
use reqwest::Url;

use super::{ConfigError, OidcArgs, OidcSettings, Settings};

/// Whether people sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    /// They do.
    On,
    /// Everybody is the same person: for a server that listens on this machine alone.
    Off,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignUp {
    /// Whoever was invited.
    Invitation,
    /// Everybody, with a workspace of their own.
    Open,
}

/// The settings as they are written.
#[derive(Debug, Args)]
pub struct AccessArgs {
    /// Whether people sign in. Without it everybody is the same person: only on a server that listens on this machine alone
    #[arg(long, env = "PARLANCE_AUTH", value_enum, default_value = "on", global = true)]
    pub auth: Auth,
    /// Who may make an account: whoever was invited, or everybody
    #[arg(long, env = "PARLANCE_SIGN_UP", value_enum, default_value = "invitation", global = true)]
    pub sign_up: SignUp,
    /// The address at which people reach the server, like https://chat.example.com: for links in mails, and for sign-in at an OpenID provider
    #[arg(long, env = "PARLANCE_URL", global = true)]
    pub url: Option<String>,
    /// The OpenID provider at which people may sign in.
    #[command(flatten)]
    pub oidc: OidcArgs,
}

/// Who may come in, checked.
#[derive(Clone, Debug)]
pub struct AccessSettings {
    /// Whether people sign in.
    pub auth: Auth,
    /// Who may make an account.
    pub sign_up: SignUp,
    /// The address at which people reach the server, without a slash at the end, if it was said.
    pub url: Option<String>,
    /// The OpenID provider at which people may sign in, if there is one.
    pub oidc: Option<OidcSettings>,
    /// Whether the server listens on this machine alone.
    pub on_loopback: bool,
}

impl AccessSettings {
    /// Whether people reach the server over TLS, as far as the settings say.
    #[must_use]
    pub fn is_behind_tls(&self) -> bool {
        self.url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

impl Settings {
    pub(super) fn access(&self) -> Result<AccessSettings, ConfigError> {
        let on_loopback = self.site_addr.ip().is_loopback();
        if self.access.auth == Auth::Off && !on_loopback {
            return Err(ConfigError {
                variable: "PARLANCE_AUTH".to_owned(),
                problem: format!(
                    "must not be off while the server listens on {}: everybody who reaches it would be let in. Listen on \
                     127.0.0.1, or leave it on",
                    self.site_addr
                ),
            });
        }
        let url = self.access.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        let url = url.map(checked_url).transpose()?;
        Ok(AccessSettings {
            auth: self.access.auth,
            sign_up: self.access.sign_up,
            oidc: self.access.oidc.check(url.as_deref())?,
            url,
            on_loopback,
        })
    }
}

impl Settings {
    /// The address at which this server is reached, as far as the settings say.
    ///
    /// # Errors
    /// If it is no address.
    pub fn own_url(&self) -> Result<String, ConfigError> {
        Ok(self.access()?.url.unwrap_or_else(|| format!("http://{}", self.site_addr)))
    }
}

fn checked_url(text: &str) -> Result<String, ConfigError> {
    let problem = |problem: &str| ConfigError { variable: "PARLANCE_URL".to_owned(), problem: problem.to_owned() };
    let url = Url::parse(text).map_err(|_| problem("is not a URL: it looks like https://chat.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(problem("must begin with https:// or http://"));
    }
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !is_bare || !url.username().is_empty() || url.password().is_some() {
        return Err(problem("must hold scheme, name and port alone, like https://chat.example.com"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;

    fn problem(arguments: &[&str]) -> String {
        settings(arguments).check().expect_err("a setting that does not make sense").to_string()
    }

    #[test]
    fn without_sign_in_it_listens_on_this_machine_alone() {
        assert!(settings(&["--auth", "off", "--site-addr", "127.0.0.1:0"]).check().is_ok());
        assert!(settings(&["--auth", "off", "--site-addr", "[::1]:0"]).check().is_ok());
        for address in ["0.0.0.0:3000", "[::]:3000", "192.0.2.1:3000"] {
            assert!(problem(&["--auth", "off", "--site-addr", address]).starts_with("PARLANCE_AUTH"), "{address}");
            assert!(settings(&["--site-addr", address]).check().is_ok());
        }
    }

    #[test]
    fn the_address_of_the_server_is_scheme_name_and_port() {
        let url = |text| settings(&["--url", text]).check().unwrap().access.url;
        assert_eq!(url("https://chat.example.com/").as_deref(), Some("https://chat.example.com"));
        assert_eq!(url("http://127.0.0.1:3000").as_deref(), Some("http://127.0.0.1:3000"));
        assert_eq!(url(" "), None);
        for text in ["chat.example.com", "ftp://x", "https://x/y", "https://a:b@x", "https://x?y"] {
            assert!(problem(&["--url", text]).starts_with("PARLANCE_URL"), "{text}");
        }
    }
}
