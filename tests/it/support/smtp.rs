//! A mail server that keeps what it is given.

use std::{net::SocketAddr, sync::Arc};

use parlance::server::config::{MailSettings, MailTls};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::wait::until;

/// The mail server.
pub struct SmtpServer {
    address: SocketAddr,
    mails: Arc<watch::Sender<Vec<SentMail>>>,
}

/// A mail that it was given.
#[derive(Clone, Debug, Default)]
pub struct SentMail {
    /// For whom, as the envelope says.
    pub to: Vec<String>,
    /// All of it, its head included.
    pub text: String,
}

impl SmtpServer {
    /// Starts one on a port of its own.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mails = Arc::new(watch::Sender::new(Vec::new()));
        let kept = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Self { address, mails }
    }

    /// The settings of a server that sends its mails here, and is at this address itself.
    pub fn settings(&self, url: &str) -> MailSettings {
        settings(self.address.port(), url)
    }

    /// How a process is told to send its mails here.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The mails that it was given, as soon as there are so many.
    pub async fn mails(&self, number: usize) -> Vec<SentMail> {
        until(format!("{number} mails"), &self.mails, |mails| mails.len() >= number).await
    }
}

/// The settings of a server that sends its mails to this port, and is at this address itself.
pub fn settings(port: u16, url: &str) -> MailSettings {
    MailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: MailTls::Off,
        credentials: None,
        from: "Parlance <chat@example.com>".parse().expect("an address"),
        url: url.to_owned(),
    }
}

impl SentMail {
    /// What stands in it between this and the end of its line.
    ///
    /// # Panics
    /// If it does not stand there.
    pub fn line_from(&self, begin: &str) -> &str {
        let rest = &self.text[self.text.find(begin).unwrap_or_else(|| panic!("no {begin} in {}", self.text))..];
        rest.lines().next().expect("a line").trim_end()
    }
}

/// As much of the protocol as a client needs that hands in one mail after the other (RFC 5321).
async fn serve(mut stream: TcpStream, mails: Arc<watch::Sender<Vec<SentMail>>>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    let mut mail = SentMail::default();
    writer.write_all(b"220 test\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "RCPT" => {
                mail.to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_owned());
                "250 ok"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.text.push_str(&line);
                    mail.text.push('\n');
                }
                let whole = std::mem::take(&mut mail);
                mails.send_modify(|mails| mails.push(whole));
                "250 ok"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
