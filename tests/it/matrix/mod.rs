//! Every page, route and server function, found from the router and the registry, against everybody who may ask.

mod lines;
mod world;

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use parlance::server::{
    config::Auth,
    http::{page_paths, plain_paths},
    outbound::Private,
};
use reqwest::{Response, StatusCode};
use serde_json::json;

use self::{lines::LINES, world::World};
use crate::support::{
    app::TestApp,
    client::Client,
    openapi::{Api, Function, registered},
    picture::PNG,
    script::Script,
    wait::soon,
};

/// Who asks.
const COLUMNS: [&str; 9] =
    ["owner", "admin", "member", "viewer", "stranger", "suspended", "anonymous", "reading", "writing"];

/// How many lines are tried at the same time.
const AT_ONCE: usize = 4;

/// A line of the matrix.
#[derive(Clone, Debug)]
struct Line {
    asked: Asked,
    chat: &'static str,
    answers: Vec<&'static str>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Function(&'static str),
    Path(&'static str),
}

fn lines() -> Vec<Line> {
    let text = LINES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).skip(1);
    text.map(|line| {
        let mut words = line.split_whitespace();
        let asked = match words.next() {
            Some("GET") => Asked::Path(words.next().expect("a path")),
            function => Asked::Function(function.expect("a function")),
        };
        let (chat, answers) = (words.next().expect("a chat"), words.collect::<Vec<_>>());
        assert_eq!(answers.len(), COLUMNS.len(), "{line}");
        Line { asked, chat, answers }
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_route_and_function_has_a_line() {
    // Pages are found by rendering their routes, as a server does when it starts.
    let _app = TestApp::start().await;
    let pages = page_paths().into_iter().chain(plain_paths().map(str::to_owned)).map(|path| format!("GET {path}"));
    let there: BTreeSet<String> = pages.chain(registered().into_iter().map(str::to_owned)).collect();
    let named = lines().into_iter().map(|line| match line.asked {
        Asked::Function(name) => format!("/api/{name}"),
        Asked::Path(path) => format!("GET {path}"),
    });
    let named: BTreeSet<String> = named.collect();
    let missing: Vec<_> = there.difference(&named).collect();
    assert!(missing.is_empty(), "say in tests/it/matrix/lines.rs who may ask for these: {missing:#?}");
    let gone: Vec<_> = named.difference(&there).collect();
    assert!(gone.is_empty(), "these are in tests/it/matrix/lines.rs and not there any more: {gone:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_may_do_what_the_matrix_says_and_nothing_else() {
    let app = TestApp::start_with(|config| {
        config.access.auth = Auth::On;
        // The provider and the MCP server are on this machine.
        config.models.private = Private::Allowed;
    });
    let app = app.await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    app.upstream.lists(&json!({ "data": [{ "id": "loom" }] }));
    app.client.set_up().await;
    let (api, functions) = (Api::read(), Api::read().functions());
    let tried = stream::iter(lines()).map(|line| Trial { app: &app, api: &api, functions: &functions, line }.run());
    let wrong: Vec<String> = tried.buffer_unordered(AT_ONCE).flat_map(stream::iter).collect().await;
    assert!(wrong.is_empty(), "not as the matrix says:\n{}", wrong.join("\n"));
}

/// A line that is tried.
struct Trial<'a> {
    app: &'a TestApp,
    api: &'a Api,
    functions: &'a [Function],
    line: Line,
}

impl Trial<'_> {
    /// What is not as the line says. Whoever is refused changes nothing, and all of them find the same world; whoever is
    /// let in finds a new one.
    async fn run(self) -> Vec<String> {
        let mut wrong = Vec::new();
        let common = World::new(self.app, self.line.chat).await;
        for (column, expected) in self.line.answers.iter().copied().enumerate() {
            let own = if expected == "ok" { Some(World::new(self.app, self.line.chat).await) } else { None };
            let world = own.as_ref().unwrap_or(&common);
            let answer = self.ask(world, &world.people[column]).await;
            wrong.extend(self.judge(COLUMNS[column], expected, answer).await);
        }
        let is_closed = !matches!(self.line.asked, Asked::Path("/healthz" | "/readyz" | "/metrics"));
        let answer = self.ask(&common, &common.suspended_token).await;
        let expected = if is_closed { "401" } else { "ok" };
        wrong.extend(self.judge("the token of whoever is suspended", expected, answer).await);
        wrong
    }

    async fn ask(&self, world: &World, client: &Client) -> Response {
        match self.line.asked {
            Asked::Path(path) => client.get(&world.path(path)).await,
            Asked::Function(name) => {
                let function = self.function(name);
                let fields = function.fields.iter().filter_map(|field| {
                    let sample = || field.required.then(|| self.api.sample(&field.schema));
                    Some((field.name.as_str(), world.value(name, &field.name).or_else(sample)?))
                });
                let fields: Vec<_> = fields.collect();
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let request = match function.takes_text {
                    true => client.post(name, &fields),
                    false => {
                        let others: Vec<_> = fields.into_iter().filter(|(field, _)| *field != "picture").collect();
                        client.upload(name, &others, ("picture", PNG))
                    }
                };
                soon(format!("an answer of {name}"), request.send()).await.expect("an answer")
            }
        }
    }

    async fn judge(&self, who: &str, expected: &str, answer: Response) -> Option<String> {
        let (status, asked) = (answer.status(), self.line.asked);
        let about = format!("{asked:?} {} for {who}: expected {expected}, was answered {status}", self.line.chat);
        if expected != "ok" {
            return (status.as_str() != expected).then_some(about);
        }
        if status != StatusCode::OK {
            return Some(format!("{about} {}", answer.text().await.unwrap_or_default()));
        }
        let Asked::Function(name) = asked else { return None };
        // A stream has no end to wait for.
        let schema = self.function(name).answer.as_ref()?;
        let value = soon("a whole answer", answer.json()).await.expect("JSON");
        self.api.differs(schema, &value, name).map(|difference| format!("{about}, but {difference}"))
    }

    fn function(&self, name: &str) -> &Function {
        let found = self.functions.iter().find(|function| function.name == name);
        found.unwrap_or_else(|| panic!("{name} is not in docs/openapi.json"))
    }
}

#[test]
fn the_documented_scope_is_the_one_that_the_matrix_asks_for() {
    let functions = Api::read().functions();
    for line in lines() {
        let Asked::Function(name) = line.asked else { continue };
        let function = functions.iter().find(|function| function.name == name).expect("a documented function");
        let [reads, writes] = [line.answers[7], line.answers[8]].map(|answer| answer != "403");
        let scope = if reads { Some("read") } else { writes.then_some("write") };
        match function.open {
            true => assert_eq!(line.answers[0], line.answers[6], "{name} is not open to everybody"),
            false => assert_eq!(function.scope.as_deref(), scope, "{name}"),
        }
    }
}
