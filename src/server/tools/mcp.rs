//! MCP servers, asked by the official SDK over our own HTTP client: it goes where it may, follows no redirect, and reads no
//! more than it has room for. A connection lasts for one question.

use std::time::Duration;

use rmcp::{
    RoleClient, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResult, ClientConfig, ContentBlock, Implementation, PaginatedRequestParams,
        ResourceContents, Tool,
    },
    service::RunningService,
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{
    arguments,
    mcp_error::{McpError, why},
};
use crate::{
    domain::{limits::TOOLS_PER_SERVER, mcp::McpTool, text::without_nul},
    server::outbound::{self, Private},
};

/// How long a server may take for its connection.
const CONNECT: Duration = Duration::from_secs(10);
/// How long one exchange may take, to the end of its answer: longer than a call may (`ToolPatience`).
const EXCHANGE: Duration = Duration::from_secs(40);
/// The shortest token that is looked for in a server's words: a shorter one may be any word.
const SHORTEST_TOKEN: usize = 4;
/// How much of one answer is read: what is kept of it is far less.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// How much of an error is read.
const ERROR_BYTES: usize = 4 * 1024;
/// How many pages of a list are read.
const PAGES: usize = 20;
/// The longest name of a tool, in characters, and the longest description: the beginning says what it is.
const NAME_CHARS: usize = 200;
const DESCRIPTION_CHARS: usize = 2_000;
/// The largest schema, in bytes. The model reads all of it with every question.
const SCHEMA_BYTES: usize = 32 * 1024;

/// Where a server is, and with what it is asked.
#[derive(Debug)]
pub struct Reach {
    /// Where it answers.
    pub url: String,
    /// Its token.
    pub token: Option<SecretString>,
    /// Whether it may be at a private address.
    pub private: Private,
}

/// What a server gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// As text.
    pub text: String,
    /// Whether it says itself that this is an error.
    pub is_error: bool,
}

impl Reach {
    /// The tools that the server has, each with what it takes. What a model could not call is left out.
    ///
    /// # Errors
    /// If it does not list them within `patience`.
    pub async fn list(&self, patience: Duration) -> Result<Vec<(McpTool, Value)>, McpError> {
        let listing = async {
            let service = self.connect().await?;
            let mut tools = Vec::new();
            let mut cursor = None;
            for _ in 0..PAGES {
                let asked = Some(PaginatedRequestParams::default().with_cursor(cursor));
                let page = service.list_tools(asked).await.map_err(|error| self.hidden(why(&error)))?;
                tools.extend(page.tools.into_iter().filter_map(usable));
                cursor = page.next_cursor;
                if cursor.is_none() || tools.len() >= TOOLS_PER_SERVER {
                    break;
                }
            }
            tools.truncate(TOOLS_PER_SERVER);
            Ok(tools)
        };
        tokio::time::timeout(patience, listing).await.unwrap_or(Err(McpError::TooSlow))
    }

    /// Has the server carry a tool out. Whoever drops this hangs up.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn call(&self, tool: &str, arguments: Map<String, Value>) -> Result<Given, McpError> {
        let service = self.connect().await?;
        let asked = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let result = service.call_tool(asked).await.map_err(|error| self.hidden(why(&error)))?;
        let given = given(result);
        Ok(Given { text: self.hide(given.text), ..given })
    }

    async fn connect(&self) -> Result<RunningService<RoleClient, ClientConfig>, McpError> {
        // What was allowed when it was entered may not be any more.
        outbound::checked_url(&self.url, self.private).map_err(|bad| McpError::BadAddress(bad.0))?;
        let http = outbound::client(self.private)
            .connect_timeout(CONNECT)
            // Whoever waits hangs up sooner; the SDK's own tasks do not.
            .timeout(EXCHANGE)
            // A connection is closed when its answer was not read to the end.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|_| McpError::Unreachable)?;
        let mut config = StreamableHttpClientTransportConfig::with_uri(self.url.as_str());
        config.auth_header = self.token.as_ref().map(|token| token.expose_secret().to_owned());
        config.max_sse_event_size = ANSWER_BYTES;
        config.max_json_response_size = ANSWER_BYTES;
        config.max_error_response_size = ERROR_BYTES;
        let transport = StreamableHttpClientTransport::with_client(http, config);
        let myself = Implementation::new("parlance", env!("CARGO_PKG_VERSION"));
        let client = ClientConfig::new(Default::default(), myself);
        client.serve(transport).await.map_err(|error| self.hidden(why(&error)))
    }

    /// A server's words without the token, which it may repeat.
    fn hide(&self, text: String) -> String {
        match self.token.as_ref().map(ExposeSecret::expose_secret) {
            Some(token) if token.len() >= SHORTEST_TOKEN => text.replace(token, "•••"),
            _ => text,
        }
    }

    fn hidden(&self, error: McpError) -> McpError {
        match error {
            McpError::Refused(said) => McpError::Refused(self.hide(said)),
            error => error,
        }
    }
}

/// A tool that a model can call, with its schema.
fn usable(tool: Tool) -> Option<(McpTool, Value)> {
    let parameters = Value::Object((*tool.input_schema).clone());
    let fits = parameters.to_string().len() <= SCHEMA_BYTES && arguments::is_schema(&parameters);
    let name = tool.name.into_owned();
    if !fits || name.is_empty() || name.chars().count() > NAME_CHARS || name.contains('\0') {
        return None;
    }
    let description = tool.description.map(|text| shortened(&text, DESCRIPTION_CHARS)).unwrap_or_default();
    Some((McpTool { name, description }, parameters))
}

fn shortened(text: &str, most: usize) -> String {
    without_nul(text).chars().take(most).collect()
}

/// The result as text: what is text in it, a word for everything else; what is only there as JSON, as that.
fn given(result: CallToolResult) -> Given {
    let parts: Vec<String> = result.content.into_iter().map(part).collect();
    let text = match (&result.structured_content, parts.iter().all(String::is_empty)) {
        (Some(structured), true) => structured.to_string(),
        _ => parts.join("\n"),
    };
    Given { text, is_error: result.is_error.unwrap_or_default() }
}

fn part(block: ContentBlock) -> String {
    match block {
        ContentBlock::Text(text) => text.text,
        ContentBlock::Image(_) => "(a picture, which cannot be shown here)".to_owned(),
        ContentBlock::Audio(_) => "(a sound, which cannot be played here)".to_owned(),
        ContentBlock::Resource(resource) => match resource.resource {
            ResourceContents::TextResourceContents { text, .. } => text,
            _ => "(a file, which cannot be shown here)".to_owned(),
        },
        ContentBlock::ResourceLink(link) => format!("(a file: {})", link.uri),
        _ => String::new(),
    }
}
