//! A scripted OpenAI-compatible server on a real port: it answers what a test tells it to, byte by byte where that
//! matters, and remembers what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    fmt::Write as _,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet, yield_now},
    time::sleep,
};

use super::{
    script::{Framing, Head, Script, Step},
    wait::until,
};

/// The key that the server under test is given for this upstream.
pub const KEY: &str = "sk-test-4f1d0c7a9b-never-shown";

/// The model that the server under test is told to ask for.
pub const MODEL: &str = "test-model";

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path, with the query.
    pub path: String,
    /// Its headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// Its body.
    pub body: Value,
    /// When it was there.
    pub at: Instant,
}

impl Request {
    /// The roles and texts of the conversation.
    pub fn messages(&self) -> Vec<(String, String)> {
        let word = |message: &Value, name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let messages = self.body["messages"].as_array();
        messages.into_iter().flatten().map(|message| (word(message, "role"), word(message, "content"))).collect()
    }

    fn last_user_text(&self) -> String {
        let mut messages = self.messages();
        messages.retain(|(role, _)| role == "user");
        messages.pop().map(|(_, text)| text).unwrap_or_default()
    }
}

/// A request for a completion, and what became of it.
#[derive(Clone, Debug)]
struct Call {
    request: Request,
    peer_closed: Option<Instant>,
}

type Serving = Box<dyn FnMut(&Request) -> Script + Send>;

type Answering = Box<dyn FnMut(&Request) -> Option<Script> + Send>;

#[derive(Default)]
struct Answers {
    rules: Vec<Answering>,
    queue: VecDeque<Script>,
    list: Option<Serving>,
    elsewhere: HashMap<String, Serving>,
}

#[derive(Default)]
struct Shared {
    calls: watch::Sender<Vec<Call>>,
    /// The requests for the list of models.
    lists: watch::Sender<Vec<Request>>,
    others: Mutex<Vec<Request>>,
    answers: Mutex<Answers>,
}

/// The scripted server. It ends, with all its connections, when it is dropped.
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

impl Upstream {
    /// Starts one that has nothing to say yet: a call that no script was given for is answered with an error that says so.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port to listen on");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared::default());
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Self { address, shared, listening }
    }

    /// The base URL, up to and with `/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers the next call that no rule takes; the first given first.
    pub fn answer(&self, script: Script) {
        self.answers().queue.push_back(script);
    }

    /// Answers every call whose last user message contains the marker.
    pub fn answer_to(&self, marker: &str, script: Script) {
        let marker = marker.to_owned();
        self.answer_with(move |request| request.last_user_text().contains(&marker).then(|| script.clone()));
    }

    /// Answers every call for which the rule gives a script. Rules are asked before the queue, the newest first.
    pub fn answer_with(&self, rule: impl FnMut(&Request) -> Option<Script> + Send + 'static) {
        self.answers().rules.insert(0, Box::new(rule));
    }

    /// Lists its models like this from now on; before, it has no list.
    pub fn lists(&self, list: &Value) {
        self.lists_by(Script::plain(200, "application/json", list.to_string()));
    }

    /// Answers like this from now on when it is asked for its list of models.
    pub fn lists_by(&self, script: Script) {
        self.lists_with(move |_| script.clone());
    }

    /// Answers by this rule from now on when it is asked for its list of models.
    pub fn lists_with(&self, rule: impl FnMut(&Request) -> Script + Send + 'static) {
        self.answers().list = Some(Box::new(rule));
    }

    /// Lists its models like this from now on to whoever has this key, and to nobody else.
    pub fn lists_to(&self, key: &str, list: &Value) {
        let (bearer, list) = (format!("Bearer {key}"), list.to_string());
        self.lists_with(move |request| {
            let knows = request.headers.get("authorization") == Some(&bearer);
            if knows {
                Script::plain(200, "application/json", list.as_str())
            } else {
                Script::error(401, "No such key")
            }
        });
    }

    /// The first `n` requests for the list of models, as soon as there are as many.
    pub async fn list_requests(&self, n: usize) -> Vec<Request> {
        let what = format!("{n} requests for the list of models");
        until(what, &self.shared.lists, |lists| lists.len() >= n).await
    }

    /// Answers requests for something else than a completion, by method and path (`POST /v1/moderations`). They are no calls.
    pub fn answer_at(&self, what: &str, rule: impl FnMut(&Request) -> Script + Send + 'static) {
        self.answers().elsewhere.insert(what.to_owned(), Box::new(rule));
    }

    /// The requests for something else than a completion, so far.
    pub fn other_requests(&self) -> Vec<Request> {
        self.shared.others.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn answers(&self) -> std::sync::MutexGuard<'_, Answers> {
        self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.shared.calls.borrow().len()
    }

    /// The requests of the first `n` calls, as soon as there are as many.
    pub async fn requests(&self, n: usize) -> Vec<Request> {
        let what = format!("{n} calls of the upstream, of which {} had come", self.calls());
        let calls = until(what, &self.shared.calls, |calls| calls.len() >= n).await;
        calls.into_iter().map(|call| call.request).collect()
    }

    /// The moment at which the other side closed the connection of a call, counted from 0, as soon as it has.
    pub async fn wait_closed(&self, call: usize) -> Instant {
        let closed = |calls: &Vec<Call>| calls.get(call).and_then(|call| call.peer_closed);
        let what = format!("the server to close its connection for upstream call {call}");
        let calls = until(what, &self.shared.calls, |calls| closed(calls).is_some()).await;
        closed(&calls).expect("that was the condition")
    }

    /// The base URL of a port on which nobody listens, and on which nobody will as long as the test runs: it is taken.
    pub async fn nobody() -> String {
        let taken = TcpSocket::new_v4().expect("a socket");
        taken.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        let address = taken.local_addr().expect("a bound socket has an address");
        std::mem::forget(taken);
        format!("http://{address}/v1")
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
}

/// Answers the requests of one connection, one after the other.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    stream.set_nodelay(true).ok();
    let mut received = Vec::new();
    let mut last = None;
    while let Some(request) = read_request(&stream, &mut received).await {
        let (call, script) = shared.take(request);
        last = call.or(last);
        let outcome = tokio::select! {
            outcome = play(&stream, script) => outcome,
            () = closed(&stream, &mut received) => Outcome::PeerClosed,
        };
        match outcome {
            Outcome::Answered => {}
            Outcome::PeerClosed => break,
            Outcome::Close => return,
            Outcome::Reset => {
                socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)).ok();
                return;
            }
        }
    }
    if let Some(call) = last {
        let now = Instant::now();
        shared.calls.send_modify(|calls| calls[call].peer_closed = Some(now));
    }
}

impl Shared {
    /// Writes a request down and finds its answer.
    fn take(&self, request: Request) -> (Option<usize>, Script) {
        if request.method == "GET" && request.path.starts_with("/v1/models") {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            let script = answers.list.as_mut().map(|rule| rule(&request));
            drop(answers);
            self.lists.send_modify(|lists| lists.push(request));
            return (None, script.unwrap_or_else(|| Script::error(404, "there are only completions here")));
        }
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if request.method != "POST" || request.path != "/v1/chat/completions" {
            let what = format!("{} {}", request.method, request.path);
            let script = answers.elsewhere.get_mut(&what).map(|rule| rule(&request));
            self.others.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            return (None, script.unwrap_or_else(|| Script::error(404, "there are only completions here")));
        }
        let script = answers.next(&request);
        drop(answers);
        let mut number = 0;
        self.calls.send_modify(|calls| {
            number = calls.len();
            calls.push(Call { request, peer_closed: None });
        });
        (Some(number), script)
    }
}

impl Answers {
    fn next(&mut self, request: &Request) -> Script {
        let ruled = self.rules.iter_mut().find_map(|rule| rule(request));
        ruled
            .or_else(|| self.queue.pop_front())
            .unwrap_or_else(|| Script::error(400, "the test gave no script for this call"))
    }
}

enum Outcome {
    Answered,
    PeerClosed,
    Close,
    Reset,
}

/// How an answer goes on after a step, if not with the next one.
async fn play(stream: &TcpStream, script: Script) -> Outcome {
    let framing = script.head.as_ref().map_or(Framing::Chunked, |head| head.framing);
    if let Some(head) = script.head
        && send(stream, head_bytes(&head).as_bytes()).await.is_err()
    {
        return Outcome::PeerClosed;
    }
    for step in script.steps {
        if let Some(outcome) = perform(stream, step, framing).await {
            return outcome;
        }
    }
    if framing == Framing::Chunked && send(stream, b"0\r\n\r\n").await.is_err() {
        return Outcome::PeerClosed;
    }
    Outcome::Answered
}

async fn perform(stream: &TcpStream, step: Step, framing: Framing) -> Option<Outcome> {
    match step {
        Step::Body(bytes, pieces) => {
            for piece in bytes.chunks(pieces.unwrap_or(bytes.len()).max(1)) {
                if send_body(stream, piece, framing).await.is_err() {
                    return Some(Outcome::PeerClosed);
                }
                // Lets the reader have a look, so that a cut is seen as one.
                yield_now().await;
            }
        }
        Step::Wait(gate) => gate.pass().await,
        Step::Pause(time) => sleep(time).await,
        Step::Feed(feed) => {
            let mut feed = feed.lock().await;
            while let Some(script) = feed.recv().await {
                for step in script.steps {
                    if let Some(outcome) = Box::pin(perform(stream, step, framing)).await {
                        return Some(outcome);
                    }
                }
            }
        }
        Step::Close => return Some(Outcome::Close),
        Step::Reset => return Some(Outcome::Reset),
        Step::Hold => std::future::pending().await,
    }
    None
}

fn head_bytes(head: &Head) -> String {
    let mut text = format!("HTTP/1.1 {} Scripted\r\n", head.status);
    for (name, value) in &head.headers {
        write!(text, "{name}: {value}\r\n").expect("a String takes everything");
    }
    match head.framing {
        Framing::Chunked => text.push_str("transfer-encoding: chunked\r\n\r\n"),
        Framing::Length(length) => {
            write!(text, "content-length: {length}\r\n\r\n").expect("a String takes everything");
        }
    }
    text
}

async fn send_body(stream: &TcpStream, bytes: &[u8], framing: Framing) -> io::Result<()> {
    match framing {
        Framing::Length(_) => send(stream, bytes).await,
        Framing::Chunked => {
            let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
            chunk.extend_from_slice(bytes);
            chunk.extend_from_slice(b"\r\n");
            send(stream, &chunk).await
        }
    }
}

async fn send(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads what there is; `false` once the other side has closed or reset the connection.
async fn receive(stream: &TcpStream, received: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 16 * 1024];
    loop {
        if stream.readable().await.is_err() {
            return false;
        }
        match stream.try_read(&mut buffer) {
            Ok(0) => return false,
            Ok(read) => {
                received.extend_from_slice(&buffer[..read]);
                return true;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return false,
        }
    }
}

/// Waits until the other side closes the connection; keeps what it sends before.
async fn closed(stream: &TcpStream, received: &mut Vec<u8>) {
    while receive(stream, received).await {}
}

/// The next request, or `None` if the other side closes instead.
async fn read_request(stream: &TcpStream, received: &mut Vec<u8>) -> Option<Request> {
    loop {
        if let Some((request, length)) = parse(received) {
            received.drain(..length);
            return Some(request);
        }
        if !receive(stream, received).await {
            return None;
        }
    }
}

/// A whole request at the beginning of the bytes, and its length.
fn parse(bytes: &[u8]) -> Option<(Request, usize)> {
    let head_length = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..head_length]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let (method, path) = (first.next()?, first.next()?);
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    assert!(!headers.contains_key("transfer-encoding"), "the scripted upstream reads bodies with a length only");
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    let body = bytes.get(head_length..head_length + length)?;
    let body = serde_json::from_slice(body).unwrap_or(Value::Null);
    Some((Request { method, path, headers, body, at: Instant::now() }, head_length + length))
}
