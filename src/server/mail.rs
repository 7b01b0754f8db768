//! Mails. They are sent beside the request that asks for one: how long a mail server takes tells nobody anything.

use std::time::Duration;

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use secrecy::ExposeSecret;

use super::config::{MailSettings, MailTls};

/// How long the mail server may take for each thing that it is asked.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends mails. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    url: String,
}

/// A mail, of plain text.
pub struct Mail {
    /// To which address.
    pub to: String,
    /// What it is about.
    pub subject: &'static str,
    /// What it says. It may hold a link that lets somebody in: it is never logged.
    pub text: String,
}

impl Mailer {
    /// For this mail server. It is not asked anything yet.
    ///
    /// # Errors
    /// If the machine has no usable store of certificates.
    pub fn new(settings: MailSettings) -> anyhow::Result<Self> {
        let MailSettings { host, port, tls, credentials, from, url } = settings;
        let parameters = || {
            let made = TlsParameters::builder(host.clone()).build_rustls();
            made.context("PARLANCE_SMTP_URL needs TLS, for which this machine has no certificates")
        };
        let tls = match tls {
            MailTls::Whole => Tls::Wrapper(parameters()?),
            MailTls::Upgraded => Tls::Required(parameters()?),
            MailTls::Off => Tls::None,
        };
        let server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host).port(port).tls(tls);
        let server = server.timeout(Some(PATIENCE));
        let server = credentials.into_iter().fold(server, |server, (user, password)| {
            server.credentials(Credentials::new(user, password.expose_secret().to_owned()))
        });
        Ok(Self { server: server.build(), from, url })
    }

    /// The address of this server, with which links begin, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a mail. That it could not be sent is for the log: whoever waits for it asks again.
    pub async fn send(&self, mail: Mail) {
        if let Err(error) = self.try_send(mail).await {
            tracing::error!(error = format!("{error:#}"), "a mail could not be sent");
        }
    }

    async fn try_send(&self, mail: Mail) -> anyhow::Result<()> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(mail.to.parse().context("its address is none")?)
            .subject(mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .message_id(None)
            .body(mail.text)?;
        self.server.send(message).await?;
        tracing::info!("a mail was sent");
        Ok(())
    }
}
