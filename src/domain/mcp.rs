//! MCP servers: where the tools come from that admins add to a workspace.

use serde::{Deserialize, Serialize};

use super::{
    id::{McpServerId, WorkspaceId},
    limits::{KEY_CHARS, NAME_CHARS},
};

/// A server as its admins see it: its token is never among that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpServer {
    /// Its id.
    pub id: McpServerId,
    /// The workspace that it belongs to.
    pub workspace: WorkspaceId,
    /// Its name: what the names of its tools begin with.
    pub name: String,
    /// Where it answers.
    pub url: String,
    /// Whether it is asked with a token.
    pub has_token: bool,
    /// Whether its tools may be used.
    pub enabled: bool,
    /// When its list of tools was last read, in microseconds since 1970 UTC.
    pub listed_at: Option<i64>,
    /// What went wrong when it could not be read, in a sentence.
    pub problem: Option<String>,
    /// Its tools, by name.
    pub tools: Vec<McpTool>,
}

/// A tool of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpTool {
    /// Its name there.
    pub name: String,
    /// What it does, as the server says.
    pub description: String,
}

/// What of the fields does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The name is missing or too long.
    Name,
    /// The token is too long, or no token.
    Token,
}

/// The name of a server as it is kept.
///
/// # Errors
/// If it is none.
pub fn cleaned_name(name: &str) -> Result<String, Misfit> {
    let name = name.trim();
    let fits = (1..=NAME_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(Misfit::Name) }
}

/// A token as it is kept; `None` if there is none.
///
/// # Errors
/// If it cannot be one: it travels in a header.
pub fn cleaned_token(token: &str) -> Result<Option<String>, Misfit> {
    let token = token.trim();
    let fits = token.len() <= KEY_CHARS && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        return Err(Misfit::Token);
    }
    Ok((!token.is_empty()).then(|| token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_and_a_token_fits_a_header() {
        assert_eq!(cleaned_name(" CRM "), Ok("CRM".to_owned()));
        for wrong in ["", " ", "a\nb", &"x".repeat(NAME_CHARS + 1)] {
            assert_eq!(cleaned_name(wrong), Err(Misfit::Name), "{wrong:?}");
        }
        assert_eq!(cleaned_token(""), Ok(None));
        assert_eq!(cleaned_token(" abc "), Ok(Some("abc".to_owned())));
        for wrong in ["a b", "a\r\nx-evil: 1", "é", &"x".repeat(KEY_CHARS + 1)] {
            assert_eq!(cleaned_token(wrong), Err(Misfit::Token), "{wrong:?}");
        }
    }
}
