//! How mails are sent, by the settings.

use clap::Args;
use lettre::message::Mailbox;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{AccessSettings, ConfigError, Settings};

/// The port at which mails are handed in over TLS from the start (RFC 8314, 3.3).
const TLS_PORT: u16 = 465;
/// The port at which they are handed in (RFC 6409, 3.1).
const SUBMISSION_PORT: u16 = 587;

/// The settings as they are written.
#[derive(Debug, Args)]
pub struct MailArgs {
    /// The server that sends mails: smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST. Without it none are sent
    #[arg(long, env = "PARLANCE_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<SecretString>,
    /// From whom mails are, like Parlance <chat@example.com>
    #[arg(long, env = "PARLANCE_MAIL_FROM", global = true)]
    pub mail_from: Option<String>,
}

/// How what is said to the mail server is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// TLS from the start.
    Whole,
    /// Begun in the clear, and not gone on with before TLS is agreed on.
    Upgraded,
    /// Not at all: for a mail server on this machine, or if somebody said so.
    Off,
}

/// How mails are sent, checked.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The mail server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub tls: MailTls,
    /// As whom, if it wants to know: name and password.
    pub credentials: Option<(String, SecretString)>,
    /// From whom mails are.
    pub from: Mailbox,
    /// The address of this server, with which links begin.
    pub url: String,
}

impl Settings {
    /// How mails are sent, if they are.
    pub(super) fn mail(&self, access: &AccessSettings) -> Result<Option<MailSettings>, ConfigError> {
        let Some(smtp) =
            self.mail.smtp_url.as_ref().map(|url| url.expose_secret().trim()).filter(|url| !url.is_empty())
        else {
            return Ok(None);
        };
        let from = self.mail.mail_from.as_deref().unwrap_or_default().parse().map_err(|_| {
            problem("PARLANCE_MAIL_FROM", "must say from whom mails are, like Parlance <chat@example.com>")
        })?;
        let url = access.url.clone().ok_or_else(|| {
            problem(
                "PARLANCE_URL",
                "must be set where mails are sent: their links begin with it, like https://chat.example.com",
            )
        })?;
        server(smtp, from, url).map(Some).ok_or_else(|| {
            // It may hold a password, so the sentence does not repeat it.
            problem(
                "PARLANCE_SMTP_URL",
                "must look like smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST, with signs like @ and / in \
                 the password percent-encoded",
            )
        })
    }
}

fn server(text: &str, from: Mailbox, url: String) -> Option<MailSettings> {
    let smtp = Url::parse(text).ok()?;
    // Of a scheme that is not the web's, the name is kept as it was written.
    let host = smtp.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let is_bare = matches!(smtp.path(), "" | "/") && smtp.fragment().is_none();
    let tls = match (smtp.scheme(), smtp.query()) {
        ("smtps", None) => MailTls::Whole,
        ("smtp", None) if is_loopback(&host) => MailTls::Off,
        ("smtp", None) => MailTls::Upgraded,
        ("smtp", Some("tls=off")) => MailTls::Off,
        _ => return None,
    };
    let usual = if tls == MailTls::Whole { TLS_PORT } else { SUBMISSION_PORT };
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().ok().map(String::from);
    let credentials = match (smtp.username(), smtp.password()) {
        ("", None) => None,
        (user, Some(password)) if !user.is_empty() => Some((decoded(user)?, SecretString::from(decoded(password)?))),
        _ => return None,
    };
    let port = smtp.port().unwrap_or(usual);
    (is_bare && !host.is_empty()).then_some(MailSettings { host, port, tls, credentials, from, url })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn problem(variable: &str, problem: &str) -> ConfigError {
    ConfigError { variable: variable.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::settings, *};

    const REST: [&str; 4] = ["--mail-from", "Parlance <chat@example.com>", "--url", "https://chat.example.com"];

    fn mail(smtp: &str, rest: &[&str]) -> Result<Option<MailSettings>, ConfigError> {
        settings(&[&["--smtp-url", smtp], rest].concat()).check().map(|config| config.mail)
    }

    #[test]
    fn without_a_mail_server_there_are_no_mails() {
        assert!(settings(&[]).check().unwrap().mail.is_none());
        assert!(mail(" ", &[]).unwrap().is_none());
    }

    #[test]
    fn mails_go_over_tls_unless_they_stay_on_this_machine_or_somebody_said_so() {
        let server = |smtp| mail(smtp, &REST).unwrap().unwrap();
        let of = |smtp| (server(smtp).host, server(smtp).port, server(smtp).tls);
        assert_eq!(of("smtps://mail.example.com"), ("mail.example.com".to_owned(), 465, MailTls::Whole));
        assert_eq!(of("smtp://mail.example.com"), ("mail.example.com".to_owned(), 587, MailTls::Upgraded));
        assert_eq!(of("smtp://127.0.0.1:25"), ("127.0.0.1".to_owned(), 25, MailTls::Off));
        assert_eq!(of("smtp://[::1]:25"), ("::1".to_owned(), 25, MailTls::Off));
        assert_eq!(of("smtp://relay:25?tls=off"), ("relay".to_owned(), 25, MailTls::Off));
        let (user, password) = server("smtps://me%40x:p%2Fw%40@h").credentials.unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("me@x", "p/w@"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_and_the_password_is_not_repeated() {
        let problem = |smtp, rest: &[&str]| mail(smtp, rest).unwrap_err().to_string();
        assert!(problem("smtp://h", &REST[2..]).starts_with("PARLANCE_MAIL_FROM"));
        assert!(problem("smtp://h", &REST[..2]).starts_with("PARLANCE_URL"));
        for smtp in
            ["h:25", "http://me:hunter2@h", "smtp://me@h", "smtps://h?tls=off", "smtp://me:hunter2@h/x", "smtp://"]
        {
            let problem = problem(smtp, &REST);
            assert!(problem.starts_with("PARLANCE_SMTP_URL") && !problem.contains("hunter2"), "{smtp}: {problem}");
        }
    }
}
