//! Providers: whose models answer.

use serde::{Deserialize, Serialize};

use super::{
    id::{ProviderId, WorkspaceId},
    words::words,
};

/// Addresses of providers that many people use, by what they are called: offered where one is entered.
pub const PRESETS: [(&str, &str); 6] = [
    ("OpenAI", "https://api.openai.com/v1"),
    ("OpenRouter", "https://openrouter.ai/api/v1"),
    ("Anthropic", "https://api.anthropic.com/v1"),
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("vLLM", "http://127.0.0.1:8000/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
];

/// What a provider at this address is called where nobody named it: as in [`PRESETS`], else by its host.
#[must_use]
pub fn usual_name(base_url: &str) -> String {
    let preset = PRESETS.iter().find(|(_, url)| *url == base_url).map(|(name, _)| *name);
    let host = || {
        let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
        let host = rest.split('/').next().unwrap_or(rest);
        // A port says nothing to people; what follows the last colon of an IPv6 address is none.
        host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(host, _)| host)
    };
    preset.unwrap_or_else(host).to_owned()
}

/// A provider as people see it: its key is never among that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its address, up to and with `/v1`, without a slash at the end; empty for one that the operator set, whose networks
    /// are nobody else's business.
    pub base_url: String,
    /// Whether a key of it is kept.
    pub has_key: bool,
    /// Whether the operator set it, for every workspace: nobody else changes it.
    pub of_operator: bool,
    /// Whether its models may be chosen.
    pub enabled: bool,
    /// When its list of models was last read, in microseconds since 1970 UTC.
    pub listed_at: Option<i64>,
    /// What went wrong when its list could not be read, in a sentence.
    pub problem: Option<String>,
}

impl Provider {
    /// Whether the operator has it still: what is not set any more is kept for what it has answered, and is nothing to see.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.enabled || !self.of_operator
    }
}

/// A provider on its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderDetails {
    /// What it is; its name is empty in a form that nobody has filled in yet.
    pub provider: Provider,
    /// The workspace in which it is looked at.
    pub workspace: WorkspaceId,
    /// How many models it has, those that are gone left out.
    pub models: u64,
    /// Whether keys can be kept here: the operator has set a master key.
    pub keeps_keys: bool,
}

words!(
    /// What has shown how a provider is.
    TestedBy {
        /// Its list of models: there is no key, or nobody gets the list without it.
        List = "list",
        /// The model that was named, which has answered.
        Model = "model",
        /// What it says of the key itself.
        Key = "key",
        /// A list of models that everybody gets: whether it takes the key is not known.
        OpenList = "open_list",
    }
);

/// How a test of a provider went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedProvider {
    /// How many models it lists; none if it lists none, and the model that was named has answered.
    pub models: Option<u64>,
    /// What has shown it.
    pub by: TestedBy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_nobody_named_is_called_by_its_address() {
        assert_eq!(usual_name("https://openrouter.ai/api/v1"), "OpenRouter");
        assert_eq!(usual_name("https://llm.example.com:8443/v1"), "llm.example.com");
        assert_eq!(usual_name("http://[::1]/v1"), "[::1]");
        assert_eq!(usual_name("http://[::1]:8080/v1"), "[::1]");
    }
}
