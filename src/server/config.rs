//! Configuration: the command line and the environment, read once, checked whole.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueEnum,
    error::{ContextKind, ContextValue, ErrorKind},
};
use secrecy::{ExposeSecret, SecretString};

use super::store::sqlite::{encoded, file_of};

/// A self-hosted AI chat for teams.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    /// What to do; without it, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the pages and answer in the chats (the default).
    Serve,
}

impl Cli {
    /// Reads the command line and the environment.
    ///
    /// # Errors
    /// With a sentence that names the variable, if a value does not make sense. A request for help, and flags
    /// that do not exist, are answered here and end the program.
    pub fn read() -> Result<Self, ConfigError> {
        Self::try_parse().map_err(|error| match wrong_setting(&error) {
            Some(wrong) => wrong,
            None => error.exit(),
        })
    }
}

/// Which variable a value of the wrong form was for.
fn wrong_setting(error: &clap::Error) -> Option<ConfigError> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = named.split_whitespace().next()?.trim_start_matches('-');
    let command = Cli::command();
    let argument = command.get_arguments().find(|argument| argument.get_long() == Some(flag))?;
    let variable = argument.get_env()?.to_str()?.to_owned();
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let problem = cause.unwrap_or_else(|| {
        let possible: Vec<String> =
            argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        // A setting without a list of its values is refused here only if there is none.
        if possible.is_empty() {
            return "must not be empty".to_owned();
        }
        format!("must be one of: {}", possible.join(", "))
    });
    Some(ConfigError { variable, problem })
}

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
    /// The database: sqlite://PATH. Default: parlance.db in the data folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// The folder for the database and everything else that is kept
    #[arg(long, env = "PARLANCE_DATA", default_value = "data", global = true)]
    pub data: PathBuf,
    /// The address to listen on. Port 0 takes a free one
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000", global = true)]
    pub site_addr: SocketAddr,
    /// Names under which the server is reached, separated by commas; localhost and addresses always are
    #[arg(long, env = "PARLANCE_HOSTS", value_delimiter = ',', global = true)]
    pub hosts: Vec<String>,
    /// The folder with the page's scripts and styles, as cargo-leptos builds it
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site", global = true)]
    pub site_root: PathBuf,
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
}

/// Where replies come from.
#[derive(Clone, Debug)]
pub enum Provider {
    /// The built-in demo model.
    Demo,
    /// An OpenAI-compatible API.
    Api {
        /// Its address, up to and with `/v1`, without a slash at the end.
        base_url: String,
        /// The key, if it wants one.
        key: Option<SecretString>,
        /// The model that answers where a chat names none.
        model: String,
    },
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
    /// The database's URL.
    pub database_url: String,
    /// The folder for everything that is kept.
    pub data: PathBuf,
    /// Where to listen.
    pub address: SocketAddr,
    /// Names under which it is reached, besides localhost and addresses.
    pub hosts: Vec<String>,
    /// Where the page's scripts and styles are.
    pub site_root: PathBuf,
    /// Where replies come from.
    pub provider: Provider,
    /// How many replies this node writes at the same time.
    pub concurrency: usize,
    /// The limits of a call to the model.
    pub model_limits: ModelLimits,
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

const OPENAI: &str = "https://api.openai.com/v1";
/// The model asked for at OpenAI's own address if none is named: small, and every key may use it.
const OPENAI_DEFAULT_MODEL: &str = "gpt-4o-mini";

impl Settings {
    /// Checks the settings and fills in what follows from them.
    ///
    /// # Errors
    /// If one of them does not make sense, naming it.
    pub fn check(self) -> Result<Config, ConfigError> {
        let provider = self.provider()?;
        Ok(Config {
            database_url: self.database_url()?,
            hosts: self.hosts()?,
            data: self.data,
            address: self.site_addr,
            site_root: self.site_root,
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

    fn database_url(&self) -> Result<String, ConfigError> {
        let Some(url) = self.database_url.as_deref().map(str::trim).filter(|url| !url.is_empty()) else {
            return Ok(format!("sqlite://{}", encoded(&self.data.join("parlance.db").to_string_lossy())));
        };
        if url.starts_with("sqlite:") && !matches!(file_of(url).as_str(), "" | ":memory:") {
            return Ok(url.to_owned());
        }
        // The value may hold a password, so the sentence does not repeat it.
        Err(ConfigError {
            variable: "DATABASE_URL".to_owned(),
            problem: "must begin with sqlite:// and name a file, for example sqlite://data/parlance.db".to_owned(),
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
            .collect()
    }

    fn provider(&self) -> Result<Provider, ConfigError> {
        let keys = [("OPENAI_API_KEY", &self.openai_api_key), ("OPENAI_ACCESS_TOKEN", &self.openai_access_token)];
        let key = keys
            .into_iter()
            .filter_map(|(variable, key)| Some((variable, key.as_ref()?)))
            .find(|(_, key)| !key.expose_secret().trim().is_empty());
        let base = self.openai_base_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        if key.is_none() && base.is_none() {
            return Ok(Provider::Demo);
        }
        let key = key.map(|(variable, key)| checked_key(variable, key)).transpose()?;
        let base_url = base.map_or(Ok(OPENAI.to_owned()), checked_base_url)?;
        let named = self.openai_model.as_deref().map(str::trim).filter(|model| !model.is_empty());
        let model = match named {
            Some(model) => model.to_owned(),
            None if base_url == OPENAI => OPENAI_DEFAULT_MODEL.to_owned(),
            None => {
                return Err(ConfigError {
                    variable: "OPENAI_MODEL".to_owned(),
                    problem: "is not set: name the model to ask for at OPENAI_BASE_URL".to_owned(),
                });
            }
        };
        Ok(Provider::Api { base_url, key, model })
    }
}

fn checked_key(variable: &str, key: &SecretString) -> Result<SecretString, ConfigError> {
    let trimmed = key.expose_secret().trim();
    if trimmed.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(SecretString::from(trimmed.to_owned()));
    }
    Err(ConfigError {
        variable: variable.to_owned(),
        problem: "holds a character that no key has (a space, a line break, a quotation mark?)".to_owned(),
    })
}

fn checked_base_url(text: &str) -> Result<String, ConfigError> {
    let problem = |problem: &str| ConfigError { variable: "OPENAI_BASE_URL".to_owned(), problem: problem.to_owned() };
    let url =
        reqwest::Url::parse(text).map_err(|_| problem("is not a URL: it looks like http://127.0.0.1:11434/v1"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(problem("must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem("must not hold a user name or password; put the key into OPENAI_API_KEY"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(problem("must end with the path, without ? or #"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
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
    use super::*;

    fn settings(arguments: &[&str]) -> Settings {
        let given = std::iter::once("parlance").chain(arguments.iter().copied());
        Cli::try_parse_from(given).expect("flags that parse").settings
    }

    fn problem(arguments: &[&str]) -> String {
        settings(arguments).check().expect_err("a setting that does not make sense").to_string()
    }

    #[test]
    fn without_key_and_address_the_demo_model_answers() {
        assert!(matches!(settings(&[]).check().unwrap().provider, Provider::Demo));
        assert!(matches!(settings(&["--openai-api-key", " "]).check().unwrap().provider, Provider::Demo));
    }

    #[test]
    fn a_key_alone_means_openai() {
        let Provider::Api { base_url, model, .. } =
            settings(&["--openai-access-token", "sk-1"]).check().unwrap().provider
        else {
            panic!("expected an API");
        };
        assert_eq!((base_url.as_str(), model.as_str()), (OPENAI, OPENAI_DEFAULT_MODEL));
    }

    #[test]
    fn a_slash_at_the_end_of_the_address_does_not_matter() {
        let given = ["--openai-base-url", "http://127.0.0.1:11434/v1/", "--openai-model", "llama"];
        let Provider::Api { base_url, .. } = settings(&given).check().unwrap().provider else {
            panic!("expected an API");
        };
        assert_eq!(base_url, "http://127.0.0.1:11434/v1");
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

    #[test]
    fn a_key_is_not_shown_when_the_configuration_is_printed() {
        let config = settings(&["--openai-api-key", "sk-secret"]).check().unwrap();
        assert!(!format!("{config:?}").contains("sk-secret"));
    }
}
