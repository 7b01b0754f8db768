//! Choosing a password anew.

pub const FORGOT: &str = "Forgot your password?";
pub const RESET_PASSWORD: &str = "Reset password";
pub const SEND_LINK: &str = "Send the link";
pub const BACK: &str = "Back to sign-in";
pub const EMAIL: &str = "Email";
pub const LEAD: &str = "Say which address you sign in with. A link to choose a new password comes by mail.";
pub const ASKED: &str = "If there is an account with this address, a mail is on its way to it. Its link works once, and for one \
     hour. Look among the unwanted mails if it does not come.";
pub const ASK_WHOM: &str = "This server sends no mails. Ask whoever runs it for a link: the command is parlance reset-password, \
     with your email address.";
pub const NO_MAILS: &str = "This server sends no mails. Ask whoever runs it for a link.";
pub const NEW_PASSWORD: &str = "New password";
pub const NEW_LEAD: &str = "Choose a new password. It signs you out on all your devices, and ends all your API tokens.";
pub const SET_PASSWORD: &str = "Set the password";
pub const BAD_LINK: &str = "This link was used already or is too old. Ask for a new one.";
pub const NEW_LINK: &str = "Ask for a new link";
pub const DONE: &str = "Your new password is set. Sign in with it.";
