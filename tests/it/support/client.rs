//! Someone who uses the server over HTTP, as the page does.

use std::{net::SocketAddr, time::Duration};

use parlance::domain::{
    chat::{ChatList, ChatPage, ChatSummary, OlderMessages, Sharing},
    error::AppError,
    id::{ChatId, MessageId},
    message::{Message, Role},
};
use reqwest::{RequestBuilder, Response, StatusCode, Url, redirect};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use super::{
    listener::Listener,
    viewer::{Seen, Viewer},
    wait::soon,
};

/// A client of one server.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    cookie: Option<String>,
    token: Option<String>,
}

/// What the server said instead of doing what was asked.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body as it came.
    pub body: String,
    /// The error in it, where it is one.
    pub error: Option<AppError>,
}

/// A chat that was begun.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    /// The chat.
    pub chat: ChatId,
    /// The message that began it.
    pub message: MessageId,
    /// The reply to it.
    pub reply: MessageId,
}

/// The answer to everything that makes a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Made {
    /// The reply.
    pub reply: MessageId,
}

impl Client {
    /// A client of the server at this address.
    pub fn new(address: SocketAddr) -> Self {
        // reqwest wants a provider even where no TLS is spoken; a second one is refused, which is no harm.
        rustls::crypto::ring::default_provider().install_default().ok();
        // The server ends a connection that is silent for half a minute: one must not be used at that very moment.
        let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(Duration::from_secs(15));
        let http = http.redirect(redirect::Policy::none()).build();
        Self { http: http.expect("a client"), base: format!("http://{address}"), cookie: None, token: None }
    }

    /// The same one, with this cookie and nothing else that says who they are.
    pub fn with_cookie(&self, pair: &str) -> Self {
        Self { cookie: Some(pair.to_owned()), token: None, ..self.clone() }
    }

    /// The same one, with this API token and nothing else that says who they are.
    pub fn with_token(&self, secret: &str) -> Self {
        Self { cookie: None, token: Some(secret.to_owned()), ..self.clone() }
    }

    /// What says who they are.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// A request to a path.
    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = self.cookie.iter().fold(request, |request, cookie| request.header("cookie", cookie));
        self.token.iter().fold(request, |request, token| request.bearer_auth(token))
    }

    /// The origin of the server, as a browser names it.
    pub fn origin(&self) -> &str {
        &self.base
    }

    /// What a path answers.
    pub async fn get(&self, path: &str) -> Response {
        let request = self.request(reqwest::Method::GET, path).header("accept", "text/html");
        soon(format!("an answer to GET {path}"), request.send()).await.expect("an answer")
    }

    /// The page at a path.
    ///
    /// # Panics
    /// If there is none.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "GET {path}");
        soon(format!("the whole of {path}"), answer.text()).await.expect("a page")
    }

    /// The page of a chat.
    pub async fn chat_page(&self, chat: ChatId) -> String {
        self.page(&format!("/chats/{chat}")).await
    }

    /// A call of a server function, not sent yet.
    pub fn post(&self, function: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.request(reqwest::Method::POST, &format!("/api/{function}"))
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(fields))
    }

    /// A call of a server function that takes a file, the last of its parts, not sent yet.
    pub fn upload(&self, function: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> RequestBuilder {
        let part = |name: &str, content: &[u8]| {
            let head = format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
            [head.as_bytes(), content, b"\r\n"].concat()
        };
        let mut body: Vec<u8> = fields.iter().flat_map(|(name, text)| part(name, text.as_bytes())).collect();
        body.extend(part(file.0, file.1));
        body.extend(b"--cut--\r\n");
        self.request(reqwest::Method::POST, &format!("/api/{function}"))
            .header("accept", "application/json")
            .header("content-type", "multipart/form-data; boundary=cut")
            .body(body)
    }

    /// What a request that was put together elsewhere is answered.
    pub async fn execute(&self, request: reqwest::Request) -> Response {
        let what = format!("an answer to {} {}", request.method(), request.url());
        soon(what, self.http.execute(request)).await.expect("an answer")
    }

    /// What a server function answers.
    pub async fn call<T: DeserializeOwned>(&self, function: &str, fields: &[(&str, &str)]) -> Result<T, Refusal> {
        let answer = self.send_request(function, fields).await?;
        let body = soon(format!("the whole answer of {function}"), answer.text()).await.expect("a whole answer");
        Ok(serde_json::from_str(&body).unwrap_or_else(|error| panic!("{function} answered {body:?}: {error}")))
    }

    async fn send_request(&self, function: &str, fields: &[(&str, &str)]) -> Result<Response, Refusal> {
        match soon(format!("an answer of {function}"), self.post(function, fields).send()).await {
            Ok(answer) => accepted(answer).await,
            Err(error) => {
                let (status, body) =
                    (StatusCode::SERVICE_UNAVAILABLE, format!("{function} was not answered: {error:?}"));
                Err(Refusal { status, body, error: Some(AppError::Unreachable) })
            }
        }
    }

    /// Begins a chat.
    pub async fn start(&self, text: &str) -> Started {
        let (chat, message) = (ChatId::new(), MessageId::new());
        let made = self.start_as(chat, message, text).await.expect("a chat to begin");
        Started { chat, message, reply: made.reply }
    }

    /// Begins a chat under ids made before.
    pub async fn start_as(&self, chat: ChatId, message: MessageId, text: &str) -> Result<Made, Refusal> {
        let (chat, message) = (chat.to_string(), message.to_string());
        self.call("start_chat", &[("chat", &chat), ("message", &message), ("text", text)]).await
    }

    /// Begins a chat, again and again while the database has too much to do: with the same ids, as a page does.
    pub async fn start_among_many(&self, text: &str) -> Result<Made, Refusal> {
        let (chat, message) = (ChatId::new(), MessageId::new());
        soon("a chat among many to begin or to be refused", async {
            loop {
                match self.start_as(chat, message, text).await {
                    Err(refusal) if refusal.error == Some(AppError::Unavailable) => {}
                    settled => return settled,
                }
            }
        })
        .await
    }

    /// Sends a message into a chat.
    pub async fn send(&self, chat: ChatId, text: &str) -> Result<Made, Refusal> {
        self.send_as(chat, MessageId::new(), text).await
    }

    /// Sends a message under an id made before.
    pub async fn send_as(&self, chat: ChatId, message: MessageId, text: &str) -> Result<Made, Refusal> {
        let (chat, message) = (chat.to_string(), message.to_string());
        self.call("send_message", &[("chat", &chat), ("message", &message), ("text", text)]).await
    }

    /// Has something done of which the answer says no more than that it is done.
    pub async fn order(&self, function: &str, fields: &[(&str, &str)]) -> Result<(), Refusal> {
        self.call::<IgnoredAny>(function, fields).await.map(|_| ())
    }

    /// Stops a reply.
    pub async fn stop(&self, reply: MessageId) -> Result<(), Refusal> {
        self.order("stop_reply", &[("reply", &reply.to_string())]).await
    }

    /// Asks again for a reply.
    pub async fn regenerate(&self, reply: MessageId) -> Result<Made, Refusal> {
        self.regenerate_as(reply, MessageId::new()).await
    }

    /// Asks again for a reply, under an id made before.
    pub async fn regenerate_as(&self, reply: MessageId, message: MessageId) -> Result<Made, Refusal> {
        self.call("regenerate_reply", &[("reply", &reply.to_string()), ("message", &message.to_string())]).await
    }

    /// Asks for more of a reply that broke off.
    pub async fn continue_reply(&self, reply: MessageId) -> Result<Made, Refusal> {
        self.continue_as(reply, MessageId::new()).await
    }

    /// Asks for more of a reply that broke off, under an id made before.
    pub async fn continue_as(&self, reply: MessageId, message: MessageId) -> Result<Made, Refusal> {
        self.call("continue_reply", &[("reply", &reply.to_string()), ("message", &message.to_string())]).await
    }

    /// Says something else in place of a message.
    pub async fn edit(&self, edited: MessageId, text: &str) -> Result<Made, Refusal> {
        let (edited, message) = (edited.to_string(), MessageId::new().to_string());
        self.call("edit_message", &[("edited", &edited), ("message", &message), ("text", text)]).await
    }

    /// Shows the path that leads through a message.
    pub async fn select(&self, message: MessageId) -> Result<(), Refusal> {
        self.order("select_message", &[("message", &message.to_string())]).await
    }

    /// A chat as its page shows it.
    pub async fn chat(&self, chat: ChatId) -> ChatPage {
        self.try_chat(chat).await.expect("a chat that is there")
    }

    /// A chat, if it is there.
    pub async fn try_chat(&self, chat: ChatId) -> Result<ChatPage, Refusal> {
        self.call("load_chat", &[("chat", &chat.to_string())]).await
    }

    /// A message of a chat's shown path.
    ///
    /// # Panics
    /// If it is not among the newest.
    pub async fn message(&self, chat: ChatId, message: MessageId) -> Message {
        let page = self.chat(chat).await;
        let found = page.messages.iter().find(|shown| shown.id == message).cloned();
        found.unwrap_or_else(|| panic!("{message} is not among {:?}", page.messages))
    }

    /// The roles and texts that a chat shows.
    pub async fn said(&self, chat: ChatId) -> Vec<(Role, String)> {
        self.chat(chat).await.messages.into_iter().map(|message| (message.role, message.content)).collect()
    }

    /// The messages above one of the shown path.
    pub async fn older(&self, before: MessageId) -> Result<OlderMessages, Refusal> {
        self.call("older_messages", &[("before", &before.to_string())]).await
    }

    /// The list of chats, or of those put away.
    pub async fn chats(&self, archived: bool) -> Vec<ChatSummary> {
        let list: Result<ChatList, Refusal> = self.call("list_chats", &[("archived", &archived.to_string())]).await;
        list.expect("a list of chats").chats
    }

    /// Gives a chat another title.
    pub async fn rename(&self, chat: ChatId, title: &str) -> Result<(), Refusal> {
        self.order("rename_chat", &[("chat", &chat.to_string()), ("title", title)]).await
    }

    /// Puts a chat away, or takes it out again.
    pub async fn archive(&self, chat: ChatId, archived: bool) -> Result<(), Refusal> {
        self.order("archive_chat", &[("chat", &chat.to_string()), ("archived", &archived.to_string())]).await
    }

    /// Says who else sees a chat.
    pub async fn share(&self, chat: ChatId, sharing: Sharing) -> Result<(), Refusal> {
        self.order("share_chat", &[("chat", &chat.to_string()), ("sharing", sharing.as_str())]).await
    }

    /// Listens to changes of chats from now on.
    pub async fn listen(&self) -> Listener {
        let answer = self.send_request("follow_changes", &[("since", &i64::MAX.to_string())]).await;
        Listener::new(answer.expect("changes to listen to")).await
    }

    /// Deletes a chat.
    pub async fn delete(&self, chat: ChatId) -> Result<(), Refusal> {
        self.order("delete_chat", &[("chat", &chat.to_string())]).await
    }

    /// Takes the deletion of a chat back.
    pub async fn restore(&self, chat: ChatId) -> Result<(), Refusal> {
        self.order("restore_chat", &[("chat", &chat.to_string())]).await
    }

    /// Follows a reply from a position.
    pub async fn follow(&self, reply: MessageId, cursor: u64) -> Viewer {
        self.try_follow(reply, cursor).await.expect("a reply to follow")
    }

    /// Follows a reply, if it is there.
    pub async fn try_follow(&self, reply: MessageId, cursor: u64) -> Result<Viewer, Refusal> {
        let fields = [("message", reply.to_string()), ("cursor", cursor.to_string())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.send_request("follow_reply", &fields).await.map(Viewer::new)
    }

    /// Follows a reply from a position to its end.
    pub async fn follow_to_end(&self, reply: MessageId, cursor: u64) -> Seen {
        self.follow(reply, cursor).await.until_end().await
    }

    /// Follows a reply from a position to the end of the connection, which may have nothing more to say.
    pub async fn follow_to_close(&self, reply: MessageId, cursor: u64) -> Seen {
        self.follow(reply, cursor).await.until_close().await.seen
    }

    /// Begins a chat and follows the reply to its end.
    pub async fn ask(&self, text: &str) -> (Started, Seen) {
        let started = self.start(text).await;
        (started, self.follow_to_end(started.reply, 0).await)
    }
}

/// The answer, or the refusal in it.
pub async fn accepted(answer: Response) -> Result<Response, Refusal> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = soon("the whole of a refusal", answer.text()).await.unwrap_or_default();
    Err(Refusal { status, error: serde_json::from_str(&body).ok(), body })
}

/// The fields as a form sends them.
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut url = Url::parse("http://form/").expect("a URL");
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}
