//! What stands around every page: its title, the frame of the list, the menus of the workspace and of oneself, and short
//! words about what just happened.

pub const PARLANCE: &str = "Parlance";

/// The title of a page.
#[must_use]
pub fn title(page: &str) -> String {
    format!("{page} · {PARLANCE}")
}

pub const SKIP: &str = "Skip to the conversation";
pub const OPEN_SIDEBAR: &str = "Open sidebar";
pub const CLOSE_SIDEBAR: &str = "Close sidebar";
pub const NOT_FOUND: &str = "Not found";
pub const NOTHING_HERE: &str = "There is nothing here";
pub const TRY_AGAIN: &str = "Try again";
pub const UNDO: &str = "Undo";
pub const DISMISS: &str = "Dismiss";
pub const CONNECTION_LOST: &str = "The connection to the server is lost. Trying again; nothing is lost.";

// That only the demo model answers, with the names of two settings between the parts; for those who may add a provider,
// with a link to that before the end.

pub const DEMO_ANSWERS: &str = "The built-in demo model answers, from a script. Set ";
pub const OR: &str = " or ";
pub const CONNECT_REAL: &str = " and restart to connect a real one";
pub const OR_ELSE: &str = ", or ";
pub const ADD_PROVIDER: &str = "add a provider";
pub const AND_CHOOSE: &str = " and make one of its models the default.";
pub const STOP: &str = ".";

/// The button of the workspace's menu.
#[must_use]
pub fn workspace_menu(name: &str) -> String {
    format!("Workspace: {name}")
}

/// The button of one's own menu.
#[must_use]
pub fn account_menu(name: &str) -> String {
    format!("Account: {name}")
}

/// The form that switches to a workspace, and its button beside a chat that is there.
#[must_use]
pub fn switch_to(name: &str) -> String {
    format!("Switch to {name}")
}

/// Beside a chat that is not in the workspace that is shown.
#[must_use]
pub fn chat_is_in(name: &str) -> String {
    format!("This chat is in {name}.")
}

pub const WORKSPACES: &str = "Workspaces";
pub const WORKSPACE_SETTINGS: &str = "Workspace settings";
pub const SETTINGS: &str = "Settings";
pub const NOT_IN_WORKSPACE: &str =
    "You are not in this workspace any more. Go on in another one, or ask one of its admins.";
pub const GO_ON: &str = "Go on";
