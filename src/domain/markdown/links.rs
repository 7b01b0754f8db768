//! Links, and the images that are shown as links.

use super::{definitions::Definitions, escape::push_escaped, render::Carry};
use pulldown_cmark::LinkType;

/// How many bytes of addresses a text may copy from its definitions. Without a limit one long definition and many
/// short mentions of it would make a page of any length.
const COPIED: usize = 100_000;

/// The link that is being written.
pub(super) struct Link<'a> {
    definitions: &'a Definitions,
    /// How many links and images are open, each within the one before. Only the outermost is shown as a link.
    open: usize,
    /// Where the outermost one leads, if it may, and where its text begins.
    shown: Option<(String, usize)>,
}

impl<'a> Link<'a> {
    pub(super) fn new(definitions: &'a Definitions) -> Self {
        Self { definitions, open: 0, shown: None }
    }

    pub(super) fn start(&mut self, html: &mut String, carry: &mut Carry, kind: LinkType, address: &str, label: &str) {
        self.open += 1;
        if self.open > 1 {
            return;
        }
        let address = match kind {
            LinkType::Email => Some(format!("mailto:{address}")),
            LinkType::Inline | LinkType::Autolink => Some(address.to_owned()),
            _ => self.defined(carry, label, address),
        };
        let Some(address) = address.filter(|address| allowed(address)) else {
            return;
        };
        open(html, &address);
        self.shown = Some((address, html.len()));
    }

    /// Whether what comes is the text of a link.
    pub(super) fn is_open(&self) -> bool {
        self.open > 0
    }

    pub(super) fn end(&mut self, html: &mut String) {
        self.open = self.open.saturating_sub(1);
        if self.open > 0 {
            return;
        }
        let Some((address, text)) = self.shown.take() else {
            return;
        };
        // A link without a text could be neither seen nor announced.
        if html.get(text..).is_none_or(|text| text.trim().is_empty()) {
            push_escaped(html, &address);
        }
        html.push_str("</a>");
    }

    /// The address that the whole text defines for the label: the parser knows its own piece alone.
    fn defined(&self, carry: &mut Carry, label: &str, in_piece: &str) -> Option<String> {
        let address = self.definitions.address(label).unwrap_or(in_piece);
        carry.copied += address.len();
        (carry.copied <= COPIED).then(|| address.to_owned())
    }
}

/// Opens a link to an address that is [`allowed`]. Nothing that a model wrote gets a hold of this page, learns its
/// address, or gains rank by being named.
pub(super) fn open(html: &mut String, address: &str) {
    html.push_str("<a href=\"");
    push_escaped(html, address);
    html.push_str("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">");
}

/// Whether a link may lead there: to another site or to a mailbox, by an address that this function and every
/// browser read alike.
pub(super) fn allowed(address: &str) -> bool {
    if address.contains(misread) {
        return false;
    }
    let Some((scheme, rest)) = address.split_once(':') else {
        return false;
    };
    if scheme.eq_ignore_ascii_case("mailto") {
        return !rest.is_empty();
    }
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return false;
    }
    // Without the slashes or without a host, a browser may look for the path on this very site.
    let host = rest.strip_prefix("//").unwrap_or_default();
    host.starts_with(|first: char| !matches!(first, '/' | '?' | '#' | ':' | '@'))
}

/// Characters that a browser drops, turns into others or shows as nothing: with them, the address that is followed
/// is not the one that was checked, or not the one that a person reads.
fn misread(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    invisible || c == '\\' || c.is_control() || c.is_whitespace()
}
