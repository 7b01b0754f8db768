//! An address inside of this server, for whoever is sent there.

/// A path of this server, from an address that came from outside: nothing that a browser takes for another server, and
/// nothing that is no page.
#[must_use]
pub fn local_path(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('/')?;
    // "//host" is another server, and browsers take a backslash for a slash.
    let leaves = rest.starts_with(['/', '\\']) || text.contains(|c: char| c.is_control() || c == '\\');
    // What is not ASCII has to be escaped in an address.
    let is_page = !rest.starts_with("api/") && text.is_ascii() && text.len() <= 2_048;
    (!leaves && is_page).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_server_are_kept_as_they_are() {
        for path in ["/", "/chats/1?x=y#z", "/account/devices"] {
            assert_eq!(local_path(path), Some(path));
        }
    }

    #[test]
    fn nothing_leads_elsewhere() {
        for path in [
            "",
            "chats",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil",
            "/a\nb",
            "/api/sign_out",
            "/ä",
        ] {
            assert_eq!(local_path(path), None, "{path:?}");
        }
    }
}
