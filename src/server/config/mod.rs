//! Configuration: the command line and the environment, read once, checked whole.

mod access;
mod command;
mod database_url;
mod mail;
mod models;
mod oidc;
mod provider;
mod providers;
mod proxies;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret, SecretString};

pub use self::{
    access::{AccessArgs, AccessSettings, Auth, SignUp},
    command::{Cli, Command, Part},
    database_url::checked_database_url,
    mail::{MailArgs, MailSettings, MailTls},
    models::{ModelArgs, ModelSettings, PrivateProviders, Titles, ToolPatience},
    oidc::{OidcArgs, OidcSettings, RETURN_PATH},
    provider::Provider,
    providers::FurtherProvider,
    proxies::Proxies,
};
use super::store::{DEFAULT_CONNECTIONS, is_postgres_url};

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: one readable line an event.
    Pretty,
    /// For programs: one JSON object an event.
    Json,
}

/// The settings as they are written: every one a flag and a variable.
#[derive(Debug, Args)]
pub struct Settings {
    /// The database: sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME. Default: parlance.db in the data folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,
    /// How many connections to PostgreSQL the requests of this node share; up to six more are its own. SQLite needs none
    #[arg(long, env = "PARLANCE_DATABASE_CONNECTIONS", default_value_t = DEFAULT_CONNECTIONS, value_parser = clap::value_parser!(u32).range(1..=1_000), global = true)]
    pub database_connections: u32,
    /// The folder for the database and everything else that is kept
    #[arg(long, env = "PARLANCE_DATA", default_value = "data", global = true)]
    pub data: PathBuf,
    /// The address to listen on. Port 0 takes a free one
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000", global = true)]
    pub site_addr: SocketAddr,
    /// Names under which the server is reached, separated by commas; localhost and addresses always are
    #[arg(long, env = "PARLANCE_HOSTS", value_delimiter = ',', global = true)]
    pub hosts: Vec<String>,
    /// How many connections one address may have open. Default: 256 for all but this machine; proxies have no limit
    #[arg(long, env = "PARLANCE_CONNECTIONS_PER_ADDRESS", value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub connections_per_address: Option<u32>,
    /// Proxies in front whose X-Forwarded-For and -Proto are believed: addresses or networks, separated by commas
    #[arg(long, env = "PARLANCE_PROXIES", value_delimiter = ',', global = true)]
    pub proxies: Vec<String>,
    /// The folder with the page's scripts and styles, as cargo-leptos builds it. A release has them inside
    #[arg(long, env = "LEPTOS_SITE_ROOT", global = true)]
    pub site_root: Option<PathBuf>,
    /// The provider's key. Without key and base URL the built-in demo model answers
    #[arg(long, env = "OPENAI_API_KEY", hide_env_values = true, global = true)]
    pub openai_api_key: Option<SecretString>,
    /// Another name for the provider's key, used if OPENAI_API_KEY is not set
    #[arg(long, env = "OPENAI_ACCESS_TOKEN", hide_env_values = true, global = true)]
    pub openai_access_token: Option<SecretString>,
    /// The address of an OpenAI-compatible API, up to and with /v1
    #[arg(long, env = "OPENAI_BASE_URL", global = true)]
    pub openai_base_url: Option<String>,
    /// The model that answers where a chat names none
    #[arg(long, env = "OPENAI_MODEL", global = true)]
    pub openai_model: Option<String>,
    /// What is logged: error, warn, info, debug, trace, or by module (tracing's filter syntax)
    #[arg(long, env = "PARLANCE_LOG", default_value = "info", global = true)]
    pub log: String,
    /// The form of the log
    #[arg(long, env = "PARLANCE_LOG_FORMAT", value_enum, default_value = "pretty", global = true)]
    pub log_format: LogFormat,
    /// How many replies this node writes at the same time
    #[arg(long, env = "PARLANCE_CONCURRENCY", default_value = "512", value_parser = clap::value_parser!(u32).range(1..=100_000), global = true)]
    pub concurrency: u32,
    /// Seconds to wait for a connection to the provider
    #[arg(long, env = "PARLANCE_CONNECT_TIMEOUT", default_value = "5", value_parser = seconds, global = true)]
    pub connect_timeout: Duration,
    /// Seconds to wait for the first byte of an answer
    #[arg(long, env = "PARLANCE_FIRST_BYTE_TIMEOUT", default_value = "120", value_parser = seconds, global = true)]
    pub first_byte_timeout: Duration,
    /// Seconds of silence after which a running answer is given up
    #[arg(long, env = "PARLANCE_IDLE_TIMEOUT", default_value = "120", value_parser = seconds, global = true)]
    pub idle_timeout: Duration,
    /// The most bytes of one reply; what comes after is cut off
    #[arg(long, env = "PARLANCE_MAX_REPLY_BYTES", default_value = "2097152", value_parser = clap::value_parser!(u64).range(1_024..=268_435_456), global = true)]
    pub max_reply_bytes: u64,
    /// Who may come in.
    #[command(flatten)]
    pub access: AccessArgs,
    /// How mails are sent.
    #[command(flatten)]
    pub mail: MailArgs,
    /// What people may set about models.
    #[command(flatten)]
    pub models: ModelArgs,
}

/// How long the parts of a call to the model may take, and how much may come.
#[derive(Clone, Debug)]
pub struct ModelLimits {
    /// To connect.
    pub connect: Duration,
    /// From the request to the first byte of the answer's body.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
    /// The most bytes of text and reasoning of one reply.
    pub reply_bytes: u64,
}

/// The configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which part of the work this node does.
    pub part: Part,
    /// The database's URL, which may hold a password.
    pub database_url: SecretString,
    /// How many of its connections requests share, if it is PostgreSQL.
    pub database_connections: u32,
    /// The folder for everything that is kept.
    pub data: PathBuf,
    /// Where to listen.
    pub address: SocketAddr,
    /// Names under which it is reached, besides localhost and addresses.
    pub hosts: Vec<String>,
    /// How many connections one address may have open, if somebody said so.
    pub connections_per_address: Option<u32>,
    /// Whose word about the address of a client is believed.
    pub proxies: Proxies,
    /// Where the page's scripts and styles are, if somebody said so.
    pub site_root: Option<PathBuf>,
    /// Where replies come from.
    pub provider: Provider,
    /// How many replies this node writes at the same time.
    pub concurrency: usize,
    /// The limits of a call to the model.
    pub model_limits: ModelLimits,
    /// Who may come in.
    pub access: AccessSettings,
    /// How mails are sent, if they are.
    pub mail: Option<MailSettings>,
    /// What people may set about models.
    pub models: ModelSettings,
}

impl Config {
    /// The settings, checked, for a node that does this part of the work.
    ///
    /// # Errors
    /// If one of them does not make sense, naming it.
    pub fn node(settings: Settings, part: Part) -> Result<Config, ConfigError> {
        let config = Config { part, ..settings.check()? };
        if part != Part::Whole && !is_postgres_url(config.database_url.expose_secret()) {
            return Err(ConfigError {
                variable: "DATABASE_URL".to_owned(),
                problem:
                    "must name a PostgreSQL database where several nodes share the work: on SQLite one process does \
                          it all"
                        .to_owned(),
            });
        }
        Ok(config)
    }
}

/// A setting that does not make sense; the sentence names its variable.
#[derive(Debug, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigError {
    /// The variable's name.
    pub variable: String,
    /// What is wrong with it, to follow the name.
    pub problem: String,
}

impl Settings {
    /// Checks the settings and fills in what follows from them.
    ///
    /// # Errors
    /// If one of them does not make sense, naming it.
    pub fn check(self) -> Result<Config, ConfigError> {
        let provider = self.provider()?;
        let access = self.access()?;
        let mail = self.mail(&access)?;
        let models = self.models()?;
        Ok(Config {
            access,
            mail,
            models,
            part: Part::Whole,
            database_url: self.database_url()?,
            database_connections: self.database_connections,
            hosts: self.hosts()?,
            connections_per_address: self.connections_per_address,
            proxies: Proxies::read(self.proxies.iter().map(String::as_str))?,
            data: self.data,
            address: self.site_addr,
            site_root: self.site_root.filter(|folder| !folder.as_os_str().is_empty()),
            provider,
            concurrency: self.concurrency as usize,
            model_limits: ModelLimits {
                connect: self.connect_timeout,
                first_byte: self.first_byte_timeout,
                idle: self.idle_timeout,
                reply_bytes: self.max_reply_bytes,
            },
        })
    }

    fn hosts(&self) -> Result<Vec<String>, ConfigError> {
        self.hosts
            .iter()
            .map(|host| host.trim())
            .filter(|host| !host.is_empty())
            .map(|host| {
                // A request's name is compared without scheme, port and path: one with them would never match.
                if host.contains(['/', ':']) {
                    let problem = format!("must hold names alone, like chat.example.com, without / and : ({host})");
                    return Err(ConfigError { variable: "PARLANCE_HOSTS".to_owned(), problem });
                }
                Ok(host.to_owned())
            })
            // The name in its own address is one of them.
            .chain(self.access.url.iter().filter_map(|url| {
                let url = reqwest::Url::parse(url.trim()).ok()?;
                url.host_str().map(|host| Ok(host.to_owned()))
            }))
            .collect()
    }
}

/// Whole or decimal seconds, above 0 and at most a day.
fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "is not a number of seconds above 0 and at most 86400".to_owned();
    let seconds: f64 = text.trim().parse().map_err(|_| wrong())?;
    if !(seconds > 0.0 && seconds <= 86_400.0) {
        return Err(wrong());
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    pub(super) fn settings(arguments: &[&str]) -> Settings {
        let given = std::iter::once("parlance").chain(arguments.iter().copied());
        Cli::try_parse_from(given).expect("flags that parse").settings
    }

    fn problem(arguments: &[&str]) -> String {
        settings(arguments).check().expect_err("a setting that does not make sense").to_string()
    }

    #[test]
    fn names_may_stand_apart() {
        assert_eq!(settings(&["--hosts", " a, b ,,"]).check().unwrap().hosts, ["a", "b"]);
        assert!(settings(&["--hosts", ""]).check().unwrap().hosts.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named_and_secrets_are_not_repeated() {
        assert!(problem(&["--database-url", "mysql://me:hunter2@host/x"]).starts_with("DATABASE_URL must"));
        assert!(!problem(&["--database-url", "mysql://me:hunter2@host/x"]).contains("hunter2"));
        assert!(problem(&["--openai-base-url", "ftp://x", "--openai-model", "m"]).starts_with("OPENAI_BASE_URL"));
        assert!(problem(&["--openai-base-url", "http://host/v1"]).starts_with("OPENAI_MODEL"));
        assert!(problem(&["--openai-api-key", "sk 1"]).starts_with("OPENAI_API_KEY"));
        assert!(problem(&["--openai-access-token", "sk 1"]).starts_with("OPENAI_ACCESS_TOKEN"));
        assert!(problem(&["--hosts", "a,https://b"]).starts_with("PARLANCE_HOSTS"));
        assert!(problem(&["--hosts", "a:443"]).starts_with("PARLANCE_HOSTS"));
    }
}
