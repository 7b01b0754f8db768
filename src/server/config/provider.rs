//! Where replies come from, by the settings.

use secrecy::{ExposeSecret, SecretString};

use super::{ConfigError, Settings};

/// Where replies come from.
#[derive(Clone, Debug)]
pub enum Provider {
    /// The built-in demo model.
    Demo,
    /// An OpenAI-compatible API.
    Api {
        /// Its address, up to and with `/v1`, without a slash at the end.
        base_url: String,
        /// The key, if it wants one.
        key: Option<SecretString>,
        /// The model that answers where a chat names none.
        model: String,
    },
}

const OPENAI: &str = "https://api.openai.com/v1";
/// The model asked for at OpenAI's own address if none is named: small, and every key may use it.
const OPENAI_DEFAULT_MODEL: &str = "gpt-4o-mini";

impl Settings {
    /// Where replies come from.
    ///
    /// # Errors
    /// If key, address and model do not make sense together.
    pub(super) fn provider(&self) -> Result<Provider, ConfigError> {
        let keys = [("OPENAI_API_KEY", &self.openai_api_key), ("OPENAI_ACCESS_TOKEN", &self.openai_access_token)];
        let key = keys
            .into_iter()
            .filter_map(|(variable, key)| Some((variable, key.as_ref()?)))
            .find(|(_, key)| !key.expose_secret().trim().is_empty());
        let base = self.openai_base_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        if key.is_none() && base.is_none() {
            return Ok(Provider::Demo);
        }
        let key = key.map(|(variable, key)| checked_key(variable, key)).transpose()?;
        let base_url = base.map_or(Ok(OPENAI.to_owned()), checked_base_url)?;
        let named = self.openai_model.as_deref().map(str::trim).filter(|model| !model.is_empty());
        let model = match named {
            Some(model) => model.to_owned(),
            None if base_url == OPENAI => OPENAI_DEFAULT_MODEL.to_owned(),
            None => {
                return Err(ConfigError {
                    variable: "OPENAI_MODEL".to_owned(),
                    problem: "is not set: name the model to ask for at OPENAI_BASE_URL".to_owned(),
                });
            }
        };
        Ok(Provider::Api { base_url, key, model })
    }
}

fn checked_key(variable: &str, key: &SecretString) -> Result<SecretString, ConfigError> {
    let trimmed = key.expose_secret().trim();
    if trimmed.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(SecretString::from(trimmed.to_owned()));
    }
    Err(ConfigError {
        variable: variable.to_owned(),
        problem: "holds a character that no key has (a space, a line break, a quotation mark?)".to_owned(),
    })
}

fn checked_base_url(text: &str) -> Result<String, ConfigError> {
    let problem = |problem: &str| ConfigError { variable: "OPENAI_BASE_URL".to_owned(), problem: problem.to_owned() };
    let url =
        reqwest::Url::parse(text).map_err(|_| problem("is not a URL: it looks like http://127.0.0.1:11434/v1"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(problem("must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem("must not hold a user name or password; put the key into OPENAI_API_KEY"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(problem("must end with the path, without ? or #"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{super::tests::settings, *};

    #[test]
    fn without_key_and_address_the_demo_model_answers() {
        assert!(matches!(settings(&[]).check().unwrap().provider, Provider::Demo));
        assert!(matches!(settings(&["--openai-api-key", " "]).check().unwrap().provider, Provider::Demo));
    }

    #[test]
    fn a_key_alone_means_openai() {
        let Provider::Api { base_url, model, .. } =
            settings(&["--openai-access-token", "sk-1"]).check().unwrap().provider
        else {
            panic!("expected an API");
        };
        assert_eq!((base_url.as_str(), model.as_str()), (OPENAI, OPENAI_DEFAULT_MODEL));
    }

    #[test]
    fn a_slash_at_the_end_of_the_address_does_not_matter() {
        let given = ["--openai-base-url", "http://127.0.0.1:11434/v1/", "--openai-model", "llama"];
        let Provider::Api { base_url, .. } = settings(&given).check().unwrap().provider else {
            panic!("expected an API");
        };
        assert_eq!(base_url, "http://127.0.0.1:11434/v1");
    }

    #[test]
    fn a_key_is_not_shown_when_the_configuration_is_printed() {
        let config = settings(&["--openai-api-key", "sk-secret"]).check().unwrap();
        assert!(!format!("{config:?}").contains("sk-secret"));
    }
}
