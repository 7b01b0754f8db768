//! Providers beside the main one, by the settings.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};

use super::ConfigError;
use crate::{
    domain::limits::NAME_CHARS,
    server::outbound::{Private, checked_url},
};

const PROVIDERS: &str = "PARLANCE_PROVIDERS";
const KEYS: &str = "PARLANCE_PROVIDER_KEYS";

/// A provider that the operator set beside the main one.
#[derive(Clone, Debug)]
pub struct FurtherProvider {
    /// Its name, from which its id follows.
    pub name: String,
    /// Its address, up to and with `/v1`, without a slash at the end.
    pub base_url: String,
    /// The key, if it wants one.
    pub key: Option<SecretString>,
}

/// The providers of `name=url …` and `name=key …`.
///
/// # Errors
/// If one does not make sense. A key is never repeated.
pub(super) fn further(urls: Option<&str>, keys: Option<&SecretString>) -> Result<Vec<FurtherProvider>, ConfigError> {
    let mut keys = keys_by_name(keys.map(ExposeSecret::expose_secret).unwrap_or_default())?;
    let mut all: Vec<FurtherProvider> = Vec::new();
    for word in words(urls.unwrap_or_default()) {
        let Some((name, url)) = word.split_once('=') else {
            return wrong(PROVIDERS, "must hold a name and an address each, like groq=https://api.groq.com/openai/v1");
        };
        if name.is_empty() || name.chars().count() > NAME_CHARS {
            return wrong(PROVIDERS, &format!("must name every provider with 1 to {NAME_CHARS} characters"));
        }
        if all.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
            return wrong(PROVIDERS, &format!("names {name} twice"));
        }
        // The operator's own networks are the operator's to use.
        let base_url = checked_url(url, Private::Allowed)
            .or_else(|bad| wrong(PROVIDERS, &format!("has no usable address for {name}: {bad}")))?;
        all.push(FurtherProvider { name: name.to_owned(), base_url, key: keys.remove(name) });
    }
    match keys.into_keys().next() {
        Some(name) => wrong(KEYS, &format!("has a key for {name}, which {PROVIDERS} does not name")),
        None => Ok(all),
    }
}

fn keys_by_name(text: &str) -> Result<HashMap<String, SecretString>, ConfigError> {
    let mut keys = HashMap::new();
    for word in words(text) {
        // What is wrong may be a key: it is not repeated.
        let Some((name, key)) = word.split_once('=').filter(|(name, key)| !name.is_empty() && !key.is_empty()) else {
            return wrong(KEYS, "must hold a name and a key each, like groq=gsk_…");
        };
        if !key.chars().all(|c| c.is_ascii_graphic()) {
            return wrong(KEYS, "holds a character that no key has");
        }
        if keys.insert(name.to_owned(), SecretString::from(key.to_owned())).is_some() {
            return wrong(KEYS, &format!("has two keys for {name}"));
        }
    }
    Ok(keys)
}

/// Blanks, line breaks and commas stand between two.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty())
}

fn wrong<T>(variable: &str, problem: &str) -> Result<T, ConfigError> {
    Err(ConfigError { variable: variable.to_owned(), problem: problem.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::settings, *};

    fn read(urls: &str, keys: &str) -> Result<Vec<FurtherProvider>, String> {
        let checked = settings(&["--providers", urls, "--provider-keys", keys]).check();
        checked.map(|config| config.models.further).map_err(|error| error.to_string())
    }

    #[test]
    fn providers_stand_apart_by_blanks_or_commas_and_each_has_its_own_key() {
        let all = read("groq=https://api.groq.com/openai/v1/, local=http://10.0.0.5:8000/v1", "groq=gsk=1").unwrap();
        let seen: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.base_url.as_str())).collect();
        assert_eq!(seen, [("groq", "https://api.groq.com/openai/v1"), ("local", "http://10.0.0.5:8000/v1")]);
        let keys: Vec<_> = all.iter().map(|one| one.key.as_ref().map(|key| key.expose_secret().to_owned())).collect();
        assert_eq!(keys, [Some("gsk=1".to_owned()), None]);
        assert!(read(" ", "").unwrap().is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_named_and_no_key_is_repeated() {
        for (urls, keys, named) in [
            ("groq", "", PROVIDERS),
            ("=https://x.example/v1", "", PROVIDERS),
            ("a=nonsense", "", PROVIDERS),
            ("a=https://me:hunter2@x.example/v1", "", PROVIDERS),
            ("a=https://x.example/v1 A=https://y.example/v1", "", PROVIDERS),
            ("a=https://x.example/v1", "b=hunter2", KEYS),
            ("a=https://x.example/v1", "hunter2", KEYS),
            ("a=https://x.example/v1", "a=hunter2 a=hunter2", KEYS),
            ("a=https://x.example/v1", "a=hunter2语", KEYS),
        ] {
            let problem = read(urls, keys).unwrap_err();
            assert!(problem.starts_with(named) && !problem.contains("hunter2"), "{problem}");
        }
    }
}
