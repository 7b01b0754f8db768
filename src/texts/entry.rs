//! The way in.

use crate::domain::limits::{NAME_CHARS, PASSWORD_MAX, PASSWORD_MIN};

pub const SET_UP: &str = "Set up Parlance";
pub const FIRST_HERE: &str = "You are the first here. Say who you are, and name the workspace of your team.";
pub const YOUR_NAME: &str = "Your name";
pub const EMAIL: &str = "Email";
pub const PASSWORD: &str = "Password";
pub const PASSWORD_HINT: &str = "At least 8 characters. A few words are good.";
pub const WORKSPACE: &str = "Workspace";
pub const CREATE_WORKSPACE: &str = "Create workspace";
pub const SIGN_IN: &str = "Sign in";
pub const SIGN_OUT: &str = "Sign out";
pub const MAKE_ACCOUNT: &str = "Make an account";

pub const SET_UP_ALREADY: &str = "This server is set up already. Sign in instead.";
pub const NO_WORKSPACE: &str = "You are in no workspace of this server, or suspended. Ask an admin of your workspace.";
pub const NO_SIGN_IN: &str = "This server has no sign-in: PARLANCE_AUTH is off.";
pub const NO_EMAIL: &str = "This is no email address. It looks like ada@example.com.";
pub const COMMON_PASSWORD: &str =
    "This password is among the first that somebody would try. Take a longer one: a few words are good.";
pub const IN_THE_CLEAR: &str = "This page came without encryption, so your browser will not keep you signed in. Open it by its https:// address, or ask whoever runs this server to put it behind TLS.";

/// A password with too few characters.
#[must_use]
pub fn short_password() -> String {
    format!("The password is too short: it needs at least {PASSWORD_MIN} characters.")
}

/// A password with too many.
#[must_use]
pub fn long_password() -> String {
    format!("The password is too long: at most {PASSWORD_MAX} characters.")
}

/// A name that is empty or too long.
#[must_use]
pub fn bad_name() -> String {
    format!("A name has 1 to {NAME_CHARS} characters.")
}
