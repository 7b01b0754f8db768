//! The database's URL: which ones are taken.

use secrecy::{ExposeSecret, SecretString};

use super::{ConfigError, Settings};
use crate::server::store::{
    is_postgres_url,
    sqlite::{encoded, file_of},
};

impl Settings {
    /// The database's URL, checked.
    ///
    /// # Errors
    /// If it names none.
    pub fn database_url(&self) -> Result<SecretString, ConfigError> {
        match self.database_url.as_ref().map(|url| url.expose_secret().trim()).filter(|url| !url.is_empty()) {
            Some(url) => checked_database_url("DATABASE_URL", url),
            None => Ok(format!("sqlite://{}", encoded(&self.data.join("parlance.db").to_string_lossy())).into()),
        }
    }
}

/// What may follow the `?` of a PostgreSQL URL: what sqlx reads there, but for passwords.
const POSTGRES_OPTIONS: [&str; 14] = [
    "application_name",
    "channel_binding",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
];

/// The URL of a database, if it is one.
///
/// # Errors
/// If it names none, naming the setting that it was given for.
pub fn checked_database_url(variable: &str, url: &str) -> Result<SecretString, ConfigError> {
    if url.starts_with("sqlite:") && !matches!(file_of(url).as_str(), "" | ":memory:") {
        return Ok(url.into());
    }
    if let Some(parsed) = reqwest::Url::parse(url).ok().filter(|parsed| is_postgres_url(url) && parsed.path().len() > 1)
    {
        // The driver writes what it does not know into the log, with its value.
        if let Some((name, _)) = parsed.query_pairs().find(|(name, _)| !POSTGRES_OPTIONS.contains(&name.as_ref())) {
            return Err(ConfigError {
                variable: variable.to_owned(),
                problem: format!("has an unknown option: {name}"),
            });
        }
        return Ok(url.into());
    }
    // The value may hold a password, so the sentence does not repeat it.
    Err(ConfigError {
        variable: variable.to_owned(),
        problem:
            "must begin with sqlite:// and name a file, for example sqlite://data/parlance.db, or with postgres:// and \
                  name a database, for example postgres://parlance@127.0.0.1/parlance"
                .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, tests::settings};

    #[test]
    fn a_password_is_not_shown_when_settings_or_commands_are_printed() {
        let url = "postgres://me:hunter2@db/parlance";
        let given = settings(&["--database-url", url]);
        assert!(!format!("{given:?}").contains("hunter2"));
        assert!(!format!("{:?}", given.check().unwrap()).contains("hunter2"));
        let copy = Cli::try_parse_from(["parlance", "copy", "--from", url, "--to", url]).unwrap();
        assert!(!format!("{copy:?}").contains("hunter2"));
    }
}
