//! Tools: what people read of them, and what models are told.

use crate::domain::{mcp::Misfit, tool::CallStatus};

pub const TOOLS: &str = "Tools";
pub const SERVERS_LEAD: &str = "MCP servers whose tools the models of this workspace may use, where somebody switches them on in a chat. Whoever \
     sees a chat sees what its tools were given and what they gave. Add only servers that you trust: what they say \
     goes to the model.";
pub const NO_SERVERS: &str = "There are no MCP servers yet.";
pub const ADD_SERVER: &str = "Add MCP server";
pub const SERVER: &str = "MCP server";
pub const DELETE_SERVER: &str = "Delete MCP server";
pub const DELETE_LEAD: &str = "Its tools go from every chat at once. What they gave before stays in the chats.";
pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "Short: the names of its tools begin with it.";
pub const URL: &str = "URL";
pub const URL_HINT: &str = "The address of its streamable HTTP transport, for example https://mcp.example.com/mcp.";
pub const TOKEN: &str = "Bearer token";
pub const TOKEN_KEPT: &str = "A token is kept. Leave this empty to go on with it.";
pub const TOKEN_HINT: &str = "If the server wants one. It is kept sealed, and never shown again.";
pub const FORGET_TOKEN: &str = "Forget the token";
pub const ENABLED: &str = "Its tools may be used";
pub const SAVE: &str = "Save";
pub const REFRESH: &str = "Refresh tools";
pub const LISTED: &str = "Tools of this server";
pub const NO_TOOLS: &str = "No tools are known yet.";
pub const OFF: &str = "switched off";
pub const NEVER_LISTED: &str = "not asked yet";

pub const TOO_MANY_SERVERS: &str = "This workspace has as many MCP servers as it can have. Delete one first.";
pub const NAME_TAKEN: &str = "Another MCP server of this workspace has this name. Choose another one.";
pub const NO_MASTER_KEY: &str = "Tokens cannot be kept on this server: whoever runs it has to set PARLANCE_MASTER_KEY. \
     Leave the token empty, or ask them.";
pub const TOKEN_ELSEWHERE: &str = "The address is of another host than before. Enter the token for it, or forget the one that is kept: a token goes \
     to no host but its own.";
pub const FULL: &str = "This chat has as many tools switched on as it can have. Switch another one off first.";
pub const NO_SUCH_TOOL: &str = "There is no such tool any more. Reload the page.";

pub const TOKEN_LOST: &str =
    "The token that is kept cannot be opened: it was sealed with another master key. Enter it again.";

// What the built-in tools do, for people and models.

pub const CURRENT_TIME: &str = "Tells the current date, day of the week and time.";
pub const CALCULATE: &str = "Calculates an arithmetic expression exactly. Use it instead of calculating yourself.";
pub const SEARCH_CHATS: &str = "Searches the other chats of this workspace that the person who asks may see, in titles and messages. \
     Gives places with links, newest first.";

pub const CALLS: &str = "Tool calls";
pub const ARGUMENTS: &str = "Arguments";
pub const RESULT: &str = "Result";
pub const ALLOW: &str = "Allow";
pub const ALWAYS: &str = "Always allow in this chat";
pub const DECLINE: &str = "Decline";
pub const WAITS: &str = "Waits for somebody who may write in this chat.";
pub const LEAD: &str = "What the model may call while it writes a reply in this chat.";
pub const NONE_TAKEN: &str = "The model that answers here is known to call no tools: its replies do without them.";
pub const NO_OTHERS: &str = "Admins add tools of MCP servers on the workspace's pages.";
pub const ASK: &str = "Ask before every call";
pub const ASKS: &str = "asks first";
pub const SWITCH_ON: &str = "Switch on";
pub const SWITCH_OFF: &str = "Switch off";

/// Where a call stands.
#[must_use]
pub fn status(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Asked => "waits for permission",
        CallStatus::Allowed => "allowed",
        CallStatus::Running => "running",
        CallStatus::Done => "done",
        CallStatus::Failed => "failed",
        CallStatus::Declined => "declined",
    }
}

/// What a button does, and to what.
#[must_use]
pub fn to_tool(action: &str, name: &str) -> String {
    format!("{action} {name}")
}

/// What the button does that lets a tool run in a chat from now on.
#[must_use]
pub fn always(name: &str) -> String {
    format!("Always allow {name} in this chat")
}

/// What is read out when a call waits.
#[must_use]
pub fn waits(name: &str) -> String {
    format!("The model wants to call {name}. Allow or decline it.")
}

/// How many tools a server has, and since when that is known.
#[must_use]
pub fn listed(number: usize, moment: &str) -> String {
    let tools = if number == 1 { "1 tool".to_owned() } else { format!("{number} tools") };
    format!("{tools}, listed {moment}")
}

/// What of the fields does not fit.
#[must_use]
pub fn misfit(misfit: Misfit) -> &'static str {
    match misfit {
        Misfit::Name => "Name: 1 to 100 characters in one line. Change it and save again.",
        Misfit::Token => {
            "Bearer token: letters, digits and signs without spaces, at most 4,000. Change it and save again."
        }
    }
}

// What the model is told in place of a result.

pub const DECLINED: &str = "A person did not allow this call. Nothing was done. Go on without it.";
pub const UNANSWERED: &str = "Nobody was there to allow this call. Nothing was done. Go on without it.";
pub const TOO_SLOW: &str = "The tool did not answer in time.";
pub const NOT_THERE: &str = "There is no tool of this name here. Nothing was done.";
pub const ASKER_GONE: &str = "Whoever asked is not in this workspace any more. Nothing was done.";
pub const BROKEN: &str = "The tool cannot be used at the moment. Nothing is known of what it did.";
pub const NOTHING: &str = "(The tool gave nothing.)";

/// What stands at the end of a result that was too long.
#[must_use]
pub fn cut(bytes: usize) -> String {
    format!("\n… (cut here: the whole result has {bytes} bytes)")
}
