//! An MCP server of the tests' own, written with the official SDK: of its tools each does something that servers do.

use std::sync::{Arc, Mutex, PoisonError};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
        ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the server was asked, and what it is to list.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// The tools that were called, with what they were given.
    called: Vec<(String, Value)>,
    /// What stood in the header that says who asks, of each request.
    authorizations: Vec<Option<String>>,
    /// Whether it has another tool than at first.
    grown: bool,
}

impl Shared {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The tools that were called, with what they were given.
    pub fn called(&self) -> Vec<(String, Value)> {
        self.with(|state| state.called.clone())
    }

    /// What stood in the header that says who asks, of each request.
    pub fn authorizations(&self) -> Vec<Option<String>> {
        self.with(|state| state.authorizations.clone())
    }

    /// From now on it lists another tool.
    pub fn grow(&self) {
        self.with(|state| state.grown = true);
    }
}

/// The handler of one session.
#[derive(Clone, Debug)]
struct Handler(Shared);

fn tool(name: &str, description: &str, schema: Value) -> Tool {
    let Value::Object(schema) = schema else { panic!("a schema is an object") };
    Tool::new(name.to_owned(), description.to_owned(), schema)
}

fn tools(grown: bool) -> Vec<Tool> {
    let nothing = || json!({"type": "object", "properties": {}});
    let numbers = json!({
        "type": "object", "required": ["a", "b"], "additionalProperties": false,
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    });
    let mut tools = vec![
        tool("add", "Adds two numbers.", numbers),
        tool("fails", "Says that it failed.", nothing()),
        tool("refuses", "Answers with an error of the protocol.", nothing()),
        tool("structured", "Gives JSON and nothing else.", nothing()),
        tool("dirty.name", "Gives signs that no database takes, and much of them.", nothing()),
        tool("picture", "Gives a picture and a word.", nothing()),
        tool("hangs", "Never answers.", nothing()),
        // No model could call these.
        tool("broken", "Takes what is no schema.", json!({"type": 7})),
        tool("huge", "Takes more than anybody reads.", json!({"type": "object", "description": "x".repeat(64 * 1024)})),
    ];
    if grown {
        tools.push(tool("another", "Was not there before.", nothing()));
    }
    tools
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        // In two pages.
        let all = tools(self.0.with(|state| state.grown));
        let is_second = request.and_then(|request| request.cursor).is_some();
        let (first, second) = all.split_at(3);
        let mut page = ListToolsResult::with_all_items(if is_second { second.to_vec() } else { first.to_vec() });
        page.next_cursor = (!is_second).then(|| "second".to_owned());
        Ok(page)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let given = Value::Object(request.arguments.unwrap_or_default());
        self.0.with(|state| state.called.push((request.name.to_string(), given.clone())));
        let text = |text: String| vec![ContentBlock::text(text)];
        let result = match request.name.as_ref() {
            "add" => {
                let number = |name: &str| given[name].as_i64().unwrap_or_default();
                CallToolResult::success(text((number("a") + number("b")).to_string()))
            }
            "fails" => CallToolResult::error(text("The printer is on fire.".to_owned())),
            "refuses" => return Err(ErrorData::invalid_params("Not today.", None)),
            "structured" => {
                let mut result = CallToolResult::structured(json!({"degrees": 21}));
                result.content = Vec::new();
                result
            }
            "dirty.name" => CallToolResult::success(text(format!("a\u{0}b{}", "ü".repeat(40_000)))),
            "picture" => {
                let picture = ContentBlock::image("AAAA".to_owned(), "image/png".to_owned());
                CallToolResult::success(vec![picture, ContentBlock::text("a word")])
            }
            "hangs" => std::future::pending().await,
            other => return Err(ErrorData::invalid_params(format!("there is no {other}"), None)),
        };
        Ok(result.into())
    }
}

/// Serves it at `/mcp` until the task is dropped; with a token, to nobody who does not have it.
pub async fn serve(listener: TcpListener, shared: Shared, token: Option<String>) -> std::io::Result<()> {
    use axum::{
        extract::Request,
        http::{StatusCode, header::AUTHORIZATION},
        middleware::{Next, from_fn},
        response::IntoResponse,
    };
    let handler = Handler(shared.clone());
    let service: StreamableHttpService<Handler, LocalSessionManager> = StreamableHttpService::new(
        move || Ok(handler.clone()),
        Default::default(),
        StreamableHttpServerConfig::default(),
    );
    let check = from_fn(move |request: Request, next: Next| {
        let (shared, token) = (shared.clone(), token.clone());
        async move {
            let said = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
            shared.with(|state| state.authorizations.push(said.clone()));
            if token.is_some_and(|token| said != Some(format!("Bearer {token}"))) {
                return StatusCode::UNAUTHORIZED.into_response();
            }
            next.run(request).await
        }
    });
    axum::serve(listener, axum::Router::new().nest_service("/mcp", service).layer(check)).await
}
