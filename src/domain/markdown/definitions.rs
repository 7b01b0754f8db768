//! Link reference definitions: `[label]: https://…`.
//!
//! They may stand anywhere and count everywhere, so a definition can change blocks that were closed long ago.

use super::options;
use pulldown_cmark::Parser;
use std::collections::BTreeMap;

/// Where each label leads. Of several definitions of one label, the first counts.
type Addresses = BTreeMap<String, String>;

/// What a text defines.
#[derive(Default)]
pub(super) struct Definitions {
    /// In the closed part: these stay.
    closed: Addresses,
    /// In the open part, as far as it has been read.
    open: Addresses,
}

impl Definitions {
    /// Where the label leads.
    pub(super) fn address(&self, label: &str) -> Option<&str> {
        if self.closed.is_empty() && self.open.is_empty() {
            return None;
        }
        let label = folded(label);
        let found = self.closed.get(&label).or_else(|| self.open.get(&label));
        found.map(String::as_str)
    }

    /// Takes in the pieces that are closed now and what is still open behind them, which together were open
    /// before. Tells whether that brought news, so that earlier blocks may read differently.
    pub(super) fn read(&mut self, closed: &[&str], open: &str) -> bool {
        let mut all = Addresses::new();
        for piece in closed {
            collect(piece, |label, address| {
                all.entry(label.clone()).or_insert_with(|| address.clone());
                self.closed.entry(label).or_insert(address);
            });
        }
        let mut still_open = Addresses::new();
        collect(open, |label, address| {
            all.entry(label.clone()).or_insert_with(|| address.clone());
            still_open.entry(label).or_insert(address);
        });
        let known = std::mem::replace(&mut self.open, still_open);
        known != all
    }
}

fn collect(source: &str, mut definition: impl FnMut(String, String)) {
    // Most texts define nothing; they are not parsed for it.
    if !source.contains("]:") {
        return;
    }
    for (label, found) in Parser::new_ext(source, options()).reference_definitions().iter() {
        definition(folded(label), found.dest.to_string());
    }
}

/// Labels match whatever their case.
fn folded(label: &str) -> String {
    label.chars().flat_map(char::to_lowercase).collect()
}
