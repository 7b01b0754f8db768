//! Whatever is sent to whatever takes it: it is answered, never with a fault of the server's, and the process lives.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use futures::{StreamExt, stream};
use parlance::{
    domain::{
        id::{ChatId, MessageId},
        limits::PICTURE_BYTES,
        token::FreshToken,
    },
    server::{
        access::{FIRST_USER, FIRST_WORKSPACE},
        http::{page_paths, plain_paths},
    },
};
use reqwest::{Method, RequestBuilder};

use crate::support::{
    app::TestApp,
    client::{Client, form},
    database::change,
    openapi::{Api, Field, Function},
    picture::PNG,
    process::{Launch, TestProcess},
    script::Script,
    upstream::{MODEL, Upstream},
    wait::soon,
};

/// Longer than anything that is kept: most functions refuse it unread.
const HUGE: usize = 300 * 1024;
/// Longer than any name or address, and shorter than what is refused unread.
const LONG: usize = 48 * 1024;
/// Longer than any picture may be.
const TOO_LARGE: usize = PICTURE_BYTES + 256 * 1024;
/// How deep the brackets of a name go.
const DEEP: usize = 10_000;
/// More than a request's head may hold.
const HEAD: usize = 512 * 1024;
/// How many functions are tried at the same time.
const AT_ONCE: usize = 4;
/// After so many tries at a function that counts them it is forgotten how many there were: else most would be refused
/// before anybody looks at them.
const UNCOUNTED: usize = 16;

/// A process with an owner who has a chat.
struct Target {
    process: TestProcess,
    _upstream: Upstream,
    token: String,
    known: BTreeMap<&'static str, String>,
}

impl Target {
    async fn start() -> Self {
        let upstream = Upstream::start().await;
        upstream.answer_with(|_| Some(Script::reply("Hello.")));
        let process = Launch::new(&upstream).variable("PARLANCE_AUTH", "on");
        // So that what is sent to providers is sent: to the one of the test.
        let process = process
            .variable("PARLANCE_PRIVATE_PROVIDERS", "allow")
            .variable("PARLANCE_MASTER_KEY", &"0a".repeat(32))
            .start()
            .await;
        let owner = process.client.set_up().await;
        let fields = [("name", "Script"), ("scope", "write")];
        let token: FreshToken = owner.call("create_token", &fields).await.expect("a token");
        let revoked: FreshToken = owner.call("create_token", &fields).await.expect("a token");
        let (started, _) = owner.ask("Hello").await;
        let known = BTreeMap::from([
            ("chat", started.chat.to_string()),
            ("message", started.message.to_string()),
            ("edited", started.message.to_string()),
            ("reply", started.reply.to_string()),
            ("before", started.reply.to_string()),
            ("workspace", FIRST_WORKSPACE.to_string()),
            ("token", revoked.id.to_string()),
            ("whom", "everybody".to_owned()),
            ("amount", "5000".to_owned()),
            ("product", owner.product("Engine", "500 kg").await.to_string()),
            ("provider", owner.provider("Engines", &upstream.base_url(), "").await.to_string()),
            ("base_url", upstream.base_url()),
            ("expert", owner.expert("Hopper", "Be brief.", "").await.to_string()),
        ]);
        Self { process, _upstream: upstream, token: token.secret, known }
    }

    /// Nobody, the owner in a session of their own, which may end, and a script of theirs.
    async fn everybody(&self) -> [Client; 3] {
        let client = &self.process.client;
        let owner = client.session_of(&self.process.database(), FIRST_USER, FIRST_WORKSPACE).await;
        [client.clone(), owner, client.with_token(&self.token)]
    }

    /// What makes sense in a field, so that what is wrong with another is found as deep inside as can be.
    fn sensible(&self, api: &Api, function: &Function, field: &Field) -> String {
        let asks =
            ["send_message", "edit_message", "regenerate_reply", "continue_reply"].contains(&function.name.as_str());
        match field.name.as_str() {
            "chat" if function.name == "start_chat" => ChatId::new().to_string(),
            "message" if asks || function.name == "start_chat" => MessageId::new().to_string(),
            "workspace" if function.name == "set_up" => "Engines".to_owned(),
            // What answers in all chats to come: another one may be gone by then.
            "model" if function.name == "save_defaults" => MODEL.to_owned(),
            name => self.known.get(name).cloned().unwrap_or_else(|| api.sample(&field.schema)),
        }
    }
}

/// Values that make no sense in most fields.
fn odd_values() -> Vec<Vec<u8>> {
    let texts = [
        "",
        " ",
        "null",
        "undefined",
        "NaN",
        "true",
        "-1",
        "0",
        "1.5",
        "1e309",
        "18446744073709551616",
        "-9223372036854775809",
        "[]",
        "{}",
        "\u{0}",
        "\r\n",
        "\u{feff}",
        "\u{202e}",
        "😀",
        "../../etc/passwd",
        "' OR 1=1 --",
        "<script>",
        "%00",
        "%",
        "%zz",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ];
    let mut values: Vec<Vec<u8>> = texts.iter().map(|text| escaped(text.as_bytes())).collect();
    values.push(b"%FF%FE%80".to_vec());
    values.push(b"\xff\xfe\x00".to_vec());
    values.push(b"%ED%A0%80".to_vec());
    values.push(vec![b'x'; HUGE]);
    values.push(vec![b'x'; LONG]);
    values.push("%F0%9F%98%80".repeat(LONG / 12).into_bytes());
    values.push("%F0%9F%98%80".repeat(HUGE / 12).into_bytes());
    values
}

fn escaped(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect()
}

/// A form of which one field is something else, or not there.
fn form_with(fields: &[(String, String)], name: &str, value: Option<&[u8]>) -> Vec<u8> {
    let others: Vec<(&str, &str)> =
        fields.iter().filter(|(other, _)| other != name).map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut body = form(&others).into_bytes();
    if let Some(value) = value {
        body.extend_from_slice(format!("&{name}=").as_bytes());
        body.extend_from_slice(value);
    }
    body
}

/// Bodies that are no form of this function.
fn odd_bodies(fields: &[(String, String)]) -> Vec<Vec<u8>> {
    let whole = form_with(fields, "", None);
    let deep = format!("a{}=1", "[b]".repeat(DEEP)).into_bytes();
    let json = serde_json::json!({ "chat": [[[[{}]]]], "text": null }).to_string().into_bytes();
    let nested = ["[".repeat(DEEP), "]".repeat(DEEP)].concat().into_bytes();
    let more: [&[u8]; 9] =
        [b"", b"&&&&", b"====", b"%%%&&&===", b"\x00", b"\xff\xfe", b"a[]=1&a[]=2", b"a[0]=1&a[b]=2", b"__proto__=1"];
    let mut bodies: Vec<Vec<u8>> = more.iter().map(|body| body.to_vec()).collect();
    bodies.extend([deep, json, nested]);
    bodies.push([&whole[..], b"&", &whole].concat());
    bodies.push([&whole[..], b"&nobody_knows_this=1"].concat());
    bodies.push("a=1&".repeat(20_000).into_bytes());
    bodies
}

/// A part of a form with files, whatever is in its head.
fn part(head: &[u8], content: &[u8]) -> Vec<u8> {
    [b"--cut\r\n", head, b"\r\n\r\n", content, b"\r\n"].concat()
}

fn named(name: &str, content: &[u8]) -> Vec<u8> {
    part(format!("content-disposition: form-data; name=\"{name}\"; filename=\"a\"").as_bytes(), content)
}

/// Forms with files that are none of this function, each with what is wrong with it.
fn odd_uploads(fields: &[(String, String)]) -> Vec<(String, Vec<u8>)> {
    let content = |name: &str, text: &str| if name == "picture" { PNG.to_vec() } else { text.as_bytes().to_vec() };
    let parts: Vec<Vec<u8>> = fields.iter().map(|(name, text)| named(name, &content(name, text))).collect();
    let whole = [&parts.concat()[..], b"--cut--\r\n"].concat();
    let with = |more: &[u8]| [&parts.concat()[..], more, b"--cut--\r\n"].concat();
    let mut odd = vec![("as it should be".to_owned(), whole.clone()), ("nothing".to_owned(), Vec::new())];
    for (at, (name, _)) in fields.iter().enumerate() {
        let instead = |part: &[u8]| {
            let others = parts.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, part)| &part[..]);
            [others.collect::<Vec<_>>().concat(), part.to_vec(), b"--cut--\r\n".to_vec()].concat()
        };
        odd.push((format!("without {name}"), instead(b"")));
        odd.push((format!("{name} twice"), with(&parts[at])));
        let huge = if name == "picture" { TOO_LARGE } else { HUGE };
        for value in [&b""[..], b"\xff\xfe\x00", b"null", b"\r\n--cut", &[b'x'; LONG], &vec![0; huge]] {
            odd.push((format!("{name} of {} bytes", value.len()), instead(&named(name, value))));
        }
    }
    let heads = [
        &b""[..],
        b"content-disposition: form-data",
        b"content-disposition: form-data; name=",
        b"content-disposition: form-data; name=\"picture",
        b"content-disposition: form-data; name=\"\"",
        b"content-disposition: form-data; name=\"\xff\xfe\"",
        b"\xff: \xfe",
        b"name=\"picture\"",
        &[b'x'; LONG],
    ];
    odd.extend(heads.map(|head| (format!("a head like {}", String::from_utf8_lossy(head)), with(&part(head, b"x")))));
    odd.push(("a part that nobody knows".to_owned(), with(&named("nobody_knows_this", b"x"))));
    odd.push(("very many parts".to_owned(), with(&named("picture", b"").repeat(1_000))));
    let first = format!("--{}\r\n", "x".repeat(1_000)).into_bytes();
    let no_divisions =
        [&b"--"[..], b"--\r\n", b"\r\n", b"--cut", b"--cut\r\n", b"--cut--", b"--cut\r\n--cut--", &first];
    odd.extend(no_divisions.map(|body| (String::from_utf8_lossy(body).into_owned(), body.to_vec())));
    odd.extend((0..16).map(|cut| (format!("cut off, {cut} of 16"), whole[..whole.len() * cut / 16].to_vec())));
    odd
}

fn post(client: &Client, path: &str, kind: &str, body: Vec<u8>) -> RequestBuilder {
    client.request(Method::POST, path).header("content-type", kind).header("accept", "application/json").body(body)
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Everything that is tried with a function, by one who asks.
fn attacks(target: &Target, api: &Api, function: &Function, client: &Client) -> Vec<(String, RequestBuilder)> {
    let path = format!("/api/{}", function.name);
    let fields = function.fields.iter().map(|field| (field.name.clone(), target.sensible(api, function, field)));
    let fields: Vec<_> = fields.collect();
    let whole = form_with(&fields, "", None);
    let mut attacks = Vec::new();
    for (name, _) in &fields {
        attacks.push((format!("without {name}"), post(client, &path, FORM, form_with(&fields, name, None))));
        for value in odd_values() {
            let about = format!("{name}={}", String::from_utf8_lossy(&value).chars().take(40).collect::<String>());
            attacks.push((about, post(client, &path, FORM, form_with(&fields, name, Some(&value)))));
        }
    }
    for body in odd_bodies(&fields) {
        let about = format!("body {}", String::from_utf8_lossy(&body).chars().take(40).collect::<String>());
        attacks.push((about, post(client, &path, FORM, body)));
    }
    for kind in
        ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "a/b;c=\u{e9}"]
    {
        attacks.push((format!("labelled {kind:?}"), post(client, &path, kind, whole.clone())));
    }
    for (about, body) in if function.takes_text { Vec::new() } else { odd_uploads(&fields) } {
        for kind in ["multipart/form-data; boundary=cut", "multipart/form-data; boundary=\"", "multipart/form-data"] {
            let about = about.chars().take(60).collect::<String>();
            attacks.push((format!("{kind}, {about}"), post(client, &path, kind, body.clone())));
        }
    }
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
        let about = format!("{method} with a body");
        attacks.push((about, client.request(method, &path).header("content-type", FORM).body(whole.clone())));
    }
    for more in ["/", "//", "/..%2f", "?chat=1", "%00"] {
        attacks.push((format!("{path}{more}"), post(client, &format!("{path}{more}"), FORM, whole.clone())));
    }
    for (name, value) in
        [("accept", "text/html"), ("accept", "\u{e9}"), ("referer", "nonsense"), ("accept-encoding", "br;q=x")]
    {
        attacks.push((format!("{name}: {value}"), post(client, &path, FORM, whole.clone()).header(name, value)));
    }
    attacks
}

/// What was answered with a fault of the server's.
async fn faults(target: &Target, api: &Api, function: &Function) -> Vec<String> {
    let mut faults = Vec::new();
    for (who, client) in ["anonymous", "owner", "script"].into_iter().zip(target.everybody().await) {
        for (number, (about, request)) in attacks(target, api, function, &client).into_iter().enumerate() {
            if function.open && number % UNCOUNTED == 0 {
                change(&target.process.database(), "DELETE FROM throttles").await;
            }
            let what = format!("{} by {who}, {about}", function.name);
            // The body of a stream has no end, so no answer is read further than its head.
            match soon(&what, request.send()).await {
                Ok(answer) if answer.status().is_server_error() => faults.push(format!("{what}: {}", answer.status())),
                Ok(_) => {}
                Err(error) => faults.push(format!("{what}: {error:?}")),
            }
        }
    }
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_input_of_any_function_is_answered_with_a_fault() {
    let target = Target::start().await;
    let (api, functions) = (Api::read(), Api::read().functions());
    let tried = stream::iter(&functions).map(|function| faults(&target, &api, function));
    let faults: Vec<String> = tried.buffer_unordered(AT_ONCE).flat_map(stream::iter).collect().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    lives(&target).await;
}

/// Whether the process does its work still, and nothing in it has panicked.
async fn lives(target: &Target) {
    // What was tried may have been too much in a short time.
    change(&target.process.database(), "DELETE FROM throttles").await;
    let [_, owner, script] = target.everybody().await;
    assert!(owner.me().await.signed_in);
    assert_eq!(script.ask("Are you well?").await.1.status(), Some(parlance::domain::message::Status::Complete));
    let log = target.process.log();
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_and_no_head_is_answered_with_a_fault() {
    let target = Target::start().await;
    // The pages are found as a server finds them when it starts.
    let _app = TestApp::start().await;
    let odd = ["", "1", "null", "%00", "%FF", "..%2f..%2f", "00000000-0000-0000-0000-000000000000"];
    let long = "x".repeat(4_000);
    for path in page_paths().into_iter().chain(plain_paths().map(str::to_owned)) {
        for (client, part) in target
            .everybody()
            .await
            .iter()
            .flat_map(|client| odd.iter().copied().chain([long.as_str()]).map(move |part| (client, part)))
        {
            let path = if path.contains('{') {
                with_parameter(&path, part)
            } else {
                format!("{path}?{part}=%FF&__err={part}")
            };
            for method in [Method::GET, Method::HEAD, Method::POST] {
                let what = format!("{method} {}", path.chars().take(80).collect::<String>());
                let answer = soon(&what, client.request(method, &path).send()).await.expect("an answer");
                assert!(!answer.status().is_server_error(), "{what}: {}", answer.status());
            }
        }
    }
    lives(&target).await;
}

fn with_parameter(path: &str, value: &str) -> String {
    let before = path.split('{').next().unwrap_or_default();
    let after = path.rsplit('}').next().unwrap_or_default();
    format!("{before}{value}{after}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_credential_however_long_or_odd_is_answered_with_a_fault() {
    let target = Target::start().await;
    let address = target.process.address;
    for name in ["Cookie", "Authorization", "Referer", "Accept", "Sec-Fetch-Site", "X-Forwarded-For", "Content-Type"] {
        let before = if name == "Authorization" { "Bearer parlance_" } else { "parlance=" };
        for value in [vec![b'x'; HEAD], vec![b'x'; 8 * 1024], b"\xff\xfe".to_vec(), b"=;=;;;".to_vec(), Vec::new()] {
            let length = value.len();
            let head =
                [b"POST /api/who_am_i HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n", name.as_bytes(), b": "]
                    .concat();
            let request = [&head[..], before.as_bytes(), &value, b"\r\nConnection: close\r\n\r\n"].concat();
            let answer = tokio::task::spawn_blocking(move || exchange(address, &request));
            let answer = soon("an end of the connection", answer).await.expect("an exchange");
            let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 2");
            assert!(refused, "{name} of {length} bytes: {answer}");
        }
    }
    lives(&target).await;
}

/// What is answered to these bytes, if anything is before the connection ends.
fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    // A server that has seen enough hangs up, and need not be written to.
    stream.write_all(request).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}
