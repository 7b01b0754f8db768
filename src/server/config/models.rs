//! What people may set about models themselves, by the settings.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::{
    ConfigError, Settings,
    providers::{FurtherProvider, further},
};
use crate::server::{
    outbound::Private,
    seal::{MASTER_KEY_BYTES, MasterKey},
};

/// Whether admins may name addresses of this machine and of the networks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrivateProviders {
    /// They may.
    Allow,
    /// They may not.
    Refuse,
}

/// Whether models are asked for titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Titles {
    /// They are.
    On,
    /// The first words of a chat stay its title.
    Off,
}

/// The settings as they are written.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// 32 random bytes as hex or base64, with which keys that admins save are sealed: openssl rand -hex 32. Without it none can be saved
    #[arg(long, env = "PARLANCE_MASTER_KEY", hide_env_values = true, global = true)]
    pub master_key: Option<SecretString>,
    /// Whether admins may add providers and tools at addresses of this machine or its networks, like http://127.0.0.1:11434/v1
    #[arg(long, env = "PARLANCE_PRIVATE_PROVIDERS", value_enum, default_value = "refuse", global = true)]
    pub private_providers: PrivateProviders,
    /// Providers beside the main one, for every workspace: name=address, with blanks or commas between
    #[arg(long, env = "PARLANCE_PROVIDERS", global = true)]
    pub providers: Option<String>,
    /// Their keys: name=key, with blanks or commas between
    #[arg(long, env = "PARLANCE_PROVIDER_KEYS", hide_env_values = true, global = true)]
    pub provider_keys: Option<SecretString>,
    /// Whether a model is asked for a title after the first reply of a chat; without one its first words stay the title
    #[arg(long, env = "PARLANCE_TITLES", value_enum, default_value = "on", global = true)]
    pub titles: Titles,
}

/// How long calls of tools are waited for. No setting says otherwise; tests have less of it.
#[derive(Clone, Copy, Debug)]
pub struct ToolPatience {
    /// How long a tool may take.
    pub call: Duration,
    /// How long a call waits for a person.
    pub answer: Duration,
}

impl Default for ToolPatience {
    fn default() -> Self {
        Self { call: Duration::from_secs(30), answer: Duration::from_secs(10 * 60) }
    }
}

/// What people may set themselves, checked.
#[derive(Debug)]
pub struct ModelSettings {
    /// With what their keys are sealed, if any can be.
    pub master_key: Option<MasterKey>,
    /// Whether they may name private addresses.
    pub private: Private,
    /// The providers that the operator set beside the main one.
    pub further: Vec<FurtherProvider>,
    /// Whether models are asked for titles.
    pub titles: bool,
    /// How long calls of tools are waited for.
    pub tools: ToolPatience,
}

impl Clone for ModelSettings {
    fn clone(&self) -> Self {
        let master_key = self.master_key.as_ref().map(|key| SecretBox::new(Box::new(*key.expose_secret())));
        let Self { private, titles, tools, .. } = *self;
        Self { master_key, private, further: self.further.clone(), titles, tools }
    }
}

impl Settings {
    pub(super) fn models(&self) -> Result<ModelSettings, ConfigError> {
        let given = self.models.master_key.as_ref().map(|key| key.expose_secret().trim()).filter(|key| !key.is_empty());
        let private = match self.models.private_providers {
            PrivateProviders::Allow => Private::Allowed,
            PrivateProviders::Refuse => Private::Refused,
        };
        let further = further(self.models.providers.as_deref(), self.models.provider_keys.as_ref())?;
        let titles = self.models.titles == Titles::On;
        let master_key = given.map(master_key).transpose()?;
        Ok(ModelSettings { master_key, private, further, titles, tools: ToolPatience::default() })
    }
}

fn master_key(text: &str) -> Result<MasterKey, ConfigError> {
    let bytes = from_hex(text).or_else(|| STANDARD.decode(text).ok());
    let key: Option<[u8; MASTER_KEY_BYTES]> = bytes.and_then(|bytes| bytes.try_into().ok());
    key.map(|key| SecretBox::new(Box::new(key))).ok_or_else(|| ConfigError {
        variable: "PARLANCE_MASTER_KEY".to_owned(),
        problem: "must be 32 random bytes as hex or base64: openssl rand -hex 32 makes some".to_owned(),
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        (pair.len() == 2).then(|| u8::from_str_radix(pair, 16).ok())?
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::settings, *};

    fn key(text: &str) -> Result<Option<[u8; MASTER_KEY_BYTES]>, String> {
        let checked = settings(&["--master-key", text]).check().map_err(|error| error.to_string())?;
        Ok(checked.models.master_key.map(|key| *key.expose_secret()))
    }

    #[test]
    fn a_master_key_is_32_bytes_as_hex_or_base64() {
        assert_eq!(key(&"0a".repeat(32)), Ok(Some([10; 32])));
        assert_eq!(key("CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo="), Ok(Some([10; 32])));
        assert_eq!(key(" "), Ok(None));
        for wrong in ["hunter2-hunter2", &"0a".repeat(31), &"語".repeat(32), &"+1".repeat(32)] {
            let problem = key(wrong).unwrap_err();
            assert!(problem.starts_with("PARLANCE_MASTER_KEY") && !problem.contains(wrong), "{problem}");
        }
    }
}
