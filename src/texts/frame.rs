//! What stands around every page: the menus of the workspace and of oneself.

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
