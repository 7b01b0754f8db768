//! The page of the API tokens.

/// The page's name.
pub const HEADING: &str = "API tokens";

/// What tokens are for.
pub const LEAD: &str = "A script uses a token in place of a sign-in. It acts in your name in one workspace, as far as its \
    scope and your role reach. The documentation of the API (docs/api.md) lists what it can ask for.";

/// Above a token that was just made.
pub const FRESH: &str = "Your new token";

/// What one has to know about it.
pub const FRESH_HINT: &str = "Copy it now: it is not shown again. Whoever has it acts in your name.";

/// What is read out of the field that holds it.
pub const FRESH_LABEL: &str = "Token";

/// Takes it to the clipboard.
pub const COPY: &str = "Copy";

/// Above the list.
pub const LIST: &str = "In use";

/// There is none.
pub const NONE: &str = "You have no tokens.";

/// Takes one back.
pub const REVOKE: &str = "Revoke";

/// The form that takes one back, for those who do not see it.
pub const REVOKE_FORM: &str = "Revoke token";

/// The form for another one, and its button.
pub const CREATE: &str = "Create token";

/// What the name is for.
pub const NAME: &str = "Name";

/// What to name it after.
pub const NAME_HINT: &str = "What will use it, so that you know later which one to revoke.";

/// How far it reaches.
pub const SCOPE: &str = "Scope";

/// It reads.
pub const SCOPE_READ: &str = "Read chats";

/// It writes, too.
pub const SCOPE_WRITE: &str = "Read and write chats";

/// For which workspace a new one is.
#[must_use]
pub fn bound_to(workspace: &str) -> String {
    format!("It will be good for {workspace} alone. To make one for another workspace, switch to that first.")
}

/// What is to be known of one.
#[must_use]
pub fn about(scope: &str, workspace: &str, created: &str) -> String {
    format!("{scope} · {workspace} · made {created}")
}

/// When one was used.
#[must_use]
pub fn used(at: Option<&str>) -> String {
    at.map_or_else(|| "never used".to_owned(), |at| format!("last used {at}"))
}

/// A token that is not good.
pub const BAD: &str =
    "This API token is not good any more, or never was. Make another one in Parlance, under API tokens.";

/// Nobody has so many.
pub const TOO_MANY: &str = "You have too many tokens to keep apart. Revoke one that is not used any more.";
