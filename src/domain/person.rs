//! A person and their account.

use serde::{Deserialize, Serialize};

use super::{
    id::{SessionId, UserId, WorkspaceId},
    limits::{EMAIL_CHARS, NAME_CHARS},
    member::{Membership, PersonSummary},
    words::words,
};

words!(
    /// The colours that a person wants.
    Theme {
        /// What the device says.
        System = "system",
        /// Light.
        Light = "light",
        /// Dark.
        Dark = "dark",
    }
);

words!(
    /// How a session was begun.
    SignInMethod {
        /// With address and password.
        Password = "password",
        /// At an OpenID provider.
        Oidc = "oidc",
        /// By a link: an invitation, or a new password.
        Link = "link",
    }
);

/// What one's own pages need to know of oneself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Oneself.
    pub person: PersonSummary,
    /// One's email address; none on a server without sign-in.
    pub email: Option<String>,
    /// The colours that one wants.
    pub theme: Theme,
    /// The workspaces that one is in, by name.
    pub workspaces: Vec<Membership>,
    /// The one that is shown. None for whoever is in none.
    pub workspace: Option<WorkspaceId>,
    /// Whether one has signed in, and so can sign out: not on a server without sign-in.
    pub signed_in: bool,
    /// Whether one has a password, and so can change it: not if one signs in at an OpenID provider alone.
    pub has_password: bool,
}

impl Me {
    /// What one is in the workspace that is shown.
    #[must_use]
    pub fn membership(&self) -> Option<&Membership> {
        self.workspaces.iter().find(|membership| Some(membership.workspace) == self.workspace)
    }
}

/// A device on which one is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its session.
    pub session: SessionId,
    /// What it is, in words, by what its browser says.
    pub name: String,
    /// The address it last came from.
    pub address: String,
    /// How the session was begun.
    pub method: SignInMethod,
    /// When, in microseconds since 1970 UTC.
    pub since: i64,
    /// When it was last used, to about a minute, in microseconds since 1970 UTC.
    pub seen_at: i64,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A person who was just found or made, for a session to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub user: UserId,
    /// The workspace that their pages show first.
    pub workspace: Option<WorkspaceId>,
}

/// A name as a person typed it, cleaned: one line, no outer space. `None` if nothing is left or it is too long.
#[must_use]
pub fn clean_name(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = line.chars().filter(|c| !c.is_control()).collect();
    (!name.is_empty() && name.chars().count() <= NAME_CHARS).then_some(name)
}

/// An email address as a person typed it, in the form in which it is kept: trimmed, and in lower case as far as it is ASCII.
/// All others stay as they are: some have a lower case in ASCII (U+212A, the sign of the kelvin), and two addresses would
/// become one. `None` if it cannot be one; whether anybody reads it only a mail could tell.
#[must_use]
pub fn clean_email(text: &str) -> Option<String> {
    let email = text.trim().to_ascii_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let fits = email.chars().count() <= EMAIL_CHARS;
    let is_clean =
        !email.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"'));
    let has_parts = !local.is_empty() && !local.contains('@') && domain.split('.').all(|label| !label.is_empty());
    (fits && is_clean && has_parts).then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_one_form() {
        assert_eq!(clean_email(" Ada@Example.COM "), Some("ada@example.com".to_owned()));
        assert_eq!(clean_email("a+b@localhost"), Some("a+b@localhost".to_owned()));
    }

    #[test]
    fn two_addresses_never_become_one() {
        assert_eq!(clean_email("\u{212a}im@Example.com"), Some("\u{212a}im@example.com".to_owned()));
        assert_ne!(clean_email("\u{212a}im@example.com"), clean_email("Kim@example.com"));
        assert_eq!(clean_email("JÖRG@example.com"), Some("jÖrg@example.com".to_owned()));
    }

    #[test]
    fn what_cannot_be_an_address_is_none() {
        let long = format!("{}@example.com", "a".repeat(EMAIL_CHARS));
        for text in ["", "ada", "@example.com", "ada@", "a@b..c", "a b@c.d", "a@b@c", "<a@b.c>", "a@b.c\n", &long] {
            assert_eq!(clean_email(text).filter(|_| text != "a@b.c\n"), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_one_clean_line() {
        assert_eq!(clean_name("  Ada\n Lovelace\u{7} "), Some("Ada Lovelace".to_owned()));
        assert_eq!(clean_name(" \u{7} "), None);
        assert_eq!(clean_name(&"x".repeat(NAME_CHARS + 1)), None);
    }
}
