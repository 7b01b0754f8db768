//! Mails.

pub const RESET_SUBJECT: &str = "Choose a new password for Parlance";

/// The mail with a link to choose a password anew.
#[must_use]
pub fn reset(name: &str, link: &str) -> String {
    format!(
        "Hello {name},\n\nsomebody, probably you, has asked for a new password for your account. Choose it here:\n\n{link}\n\n\
         The link works once, and for one hour. Choosing a new password signs you out on all your devices, and ends all your \
         API tokens.\n\nIf it was not you, do nothing: your password stays as it is.\n"
    )
}
