//! Someone who asks and reads the answer as it comes, over one connection that is kept open.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use parlance::domain::{
    chat::{AskedReply, ChatPage},
    frame::{Frame, FrameDecoder},
    id::{ChatId, MessageId},
    message::Status,
    reply::Event,
};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::{net::TcpStream, time::Instant};
use tokio_util::io::InspectReader;

use super::upstream::{TOKEN_BYTES, TOKENS, question};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Which of the two servers is spoken to, and so how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Parlance: a chat is started, its reply followed.
    Parlance,
    /// The bare proxy: the model is asked through it.
    Proxy,
    /// Parlance, by a node that does not write replies.
    Far,
}

impl Kind {
    /// What it is called in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parlance => "parlance",
            Self::Proxy => "bare proxy",
            Self::Far => "another node",
        }
    }
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    /// When the question was sent, or the connection for it opened.
    pub clicked: Instant,
    /// When each token was there to its last byte.
    pub arrivals: Vec<Instant>,
    /// The text.
    pub text: String,
    /// The chat in which it is kept, if it is.
    pub chat: Option<ChatId>,
    /// How many bytes came over the connection for it.
    pub received: u64,
}

impl Answer {
    fn new(chat: Option<ChatId>) -> Self {
        Self { clicked: Instant::now(), arrivals: Vec::with_capacity(TOKENS), text: String::new(), chat, received: 0 }
    }

    fn take(&mut self, text: &str, now: Instant) {
        self.text.push_str(text);
        self.arrivals.resize(self.text.len() / TOKEN_BYTES, now);
    }
}

/// A client of one server.
pub struct Client {
    kind: Kind,
    address: SocketAddr,
    connection: Option<SendRequest<Full<Bytes>>>,
    received: Arc<AtomicU64>,
}

impl Client {
    /// A client that has not connected yet.
    pub fn new(kind: Kind, address: SocketAddr) -> Self {
        Self { kind, address, connection: None, received: Arc::default() }
    }

    /// Asks a stream's question and reads the answer to its end.
    pub async fn ask(&mut self, stream: u64) -> anyhow::Result<Answer> {
        let before = self.received.load(Ordering::Relaxed);
        let mut answer = match self.kind {
            Kind::Parlance | Kind::Far => self.ask_parlance(stream).await,
            Kind::Proxy => self.ask_proxy(stream).await,
        }?;
        answer.received = self.received.load(Ordering::Relaxed) - before;
        Ok(answer)
    }

    async fn ask_parlance(&mut self, stream: u64) -> anyhow::Result<Answer> {
        let chat = ChatId::new();
        let mut answer = Answer::new(Some(chat));
        let text = question(stream).replace(' ', "+");
        let AskedReply { reply, .. } =
            self.call("start_chat", format!("chat={chat}&message={}&text={text}", MessageId::new())).await?;
        let mut body = self.post("/api/follow_reply", FORM, format!("message={reply}&cursor=0")).await?;
        let mut decoder = FrameDecoder::default();
        let mut status = None;
        while let Some(bytes) = next_piece(&mut body).await? {
            let now = Instant::now();
            decoder.push(&bytes);
            while let Some(frame) = decoder.next_frame()? {
                match frame {
                    Frame::Event(Event::Text(text)) => answer.take(&text, now),
                    Frame::Event(Event::End(end)) => status = Some(end.status),
                    Frame::Reconnect => bail!("it was told to reconnect"),
                    _ => {}
                }
            }
        }
        ensure!(status == Some(Status::Complete), "it ended as {status:?} after {} bytes", answer.text.len());
        Ok(answer)
    }

    async fn ask_proxy(&mut self, stream: u64) -> anyhow::Result<Answer> {
        let mut answer = Answer::new(None);
        let request = serde_json::json!({
            "model": "bench", "stream": true, "messages": [{"role": "user", "content": question(stream)}],
        });
        let mut body = self.post("/v1/chat/completions", JSON, request.to_string()).await?;
        let (mut pending, mut done) = (Vec::new(), false);
        while let Some(bytes) = next_piece(&mut body).await? {
            let now = Instant::now();
            pending.extend_from_slice(&bytes);
            while let Some(end) = pending.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = pending.drain(..end + 2).collect();
                let data = event.strip_prefix(b"data: ").context("an event without data")?.trim_ascii();
                if data == b"[DONE]" {
                    done = true;
                } else if let Some(text) = text_of(data)? {
                    answer.take(&text, now);
                }
            }
        }
        ensure!(done, "it broke off after {} bytes", answer.text.len());
        Ok(answer)
    }

    /// The text of the reply that Parlance has kept in a chat.
    pub async fn kept(&mut self, chat: ChatId) -> anyhow::Result<String> {
        let mut page: ChatPage = self.call("load_chat", format!("chat={chat}")).await?;
        let reply = page.messages.pop().context("a chat without messages")?;
        ensure!(reply.status == Status::Complete, "it is kept as {:?}", reply.status);
        Ok(reply.content)
    }

    /// Looks on, as a page does on which nothing happens. The connection is open as long as the client and this.
    pub async fn look_on(&mut self) -> anyhow::Result<Incoming> {
        self.post("/api/follow_changes", FORM, "since=0".to_owned()).await
    }

    async fn call<T: DeserializeOwned>(&mut self, function: &str, form: String) -> anyhow::Result<T> {
        let body = self.post(&format!("/api/{function}"), FORM, form).await?.collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }

    async fn post(&mut self, path: &str, kind: &str, body: String) -> anyhow::Result<Incoming> {
        let request = Request::post(path)
            .header(header::HOST, self.address.to_string())
            .header(header::ACCEPT, JSON)
            .header(header::CONTENT_TYPE, kind)
            .body(Full::from(body))?;
        let mut connection = match self.connection.take().filter(|connection| !connection.is_closed()) {
            Some(open) => open,
            None => self.connect().await?,
        };
        connection.ready().await?;
        let answer = connection.send_request(request).await?;
        self.connection = Some(connection);
        ensure!(answer.status().is_success(), "{path} answered {}", answer.status());
        Ok(answer.into_body())
    }

    async fn connect(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let received = Arc::clone(&self.received);
        let counted = InspectReader::new(stream, move |bytes| {
            received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        });
        let (sender, connection) = http1::handshake(TokioIo::new(counted)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

async fn next_piece(body: &mut Incoming) -> anyhow::Result<Option<Bytes>> {
    let Some(frame) = body.frame().await else { return Ok(None) };
    Ok(Some(frame?.into_data().unwrap_or_default()))
}

fn text_of(data: &[u8]) -> anyhow::Result<Option<String>> {
    #[derive(Deserialize)]
    struct Chunk {
        choices: Vec<Choice>,
    }
    #[derive(Deserialize)]
    struct Choice {
        delta: Delta,
    }
    #[derive(Deserialize)]
    struct Delta {
        content: Option<String>,
    }
    let chunk: Chunk = serde_json::from_slice(data)?;
    Ok(chunk.choices.into_iter().next().and_then(|choice| choice.delta.content))
}
