//! The tools that a model may call, as chat APIs want them.

use serde::Serialize;
use serde_json::Value;

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Its name: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What it takes, as a JSON schema.
    pub parameters: Value,
}

impl Offer {
    /// What of it a model reads.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { name, description, parameters } = self;
        format!("{name} {description} {parameters}\n")
    }
}

/// The same in a request.
#[derive(Clone, Copy, Serialize)]
pub(super) struct WireTool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: WireOffer<'a>,
}

#[derive(Clone, Copy, Serialize)]
struct WireOffer<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

impl<'a> WireTool<'a> {
    /// There are only functions.
    pub fn of(offer: &'a Offer) -> Self {
        let Offer { name, description, parameters } = offer;
        Self { kind: "function", function: WireOffer { name, description, parameters } }
    }
}
