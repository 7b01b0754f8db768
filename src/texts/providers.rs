//! Providers of models.

use crate::domain::{
    limits::{KEY_CHARS, MODEL_CHARS, NAME_CHARS, URL_CHARS},
    provider::{TestedBy, TestedProvider},
};

pub const PROVIDERS: &str = "Providers";
pub const LEAD: &str = "Whose models answer in this workspace: anybody with an API like OpenAI's.";
pub const ADD: &str = "Add provider";
pub const PROVIDER: &str = "Provider";
pub const OF_OPERATOR: &str = "set by whoever runs this server";
pub const OF_OPERATOR_LEAD: &str =
    "Whoever runs this server has set this provider, for every workspace. It cannot be changed here.";
pub const OFF: &str = "switched off";
pub const NEVER_LISTED: &str = "its models were never listed";
pub const LISTED: &str = "Models listed";
pub const PROBLEM: &str = "Its list of models could not be read:";

pub const ADDRESS: &str = "Address";
pub const ADDRESS_HINT: &str =
    "Up to and with /v1, like https://api.openai.com/v1. At another address a provider needs its key again.";
pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "Left empty, it is called by its address.";
pub const KEY: &str = "Key";
pub const KEY_HINT: &str = "Kept encrypted and never shown again. Leave it empty for a provider that wants none.";
pub const KEY_KEPT_HINT: &str = "A key is kept. Leave this empty to keep it, or enter another one in its place.";
pub const MODEL: &str = "Model";
pub const MODEL_HINT: &str = "The name of a model that it has: for a provider that lists none, and to test the key of one that lists them to everybody.";
pub const SAVE: &str = "Save";
pub const TEST: &str = "Test connection";
pub const TESTING: &str = "Testing…";
pub const REFRESH: &str = "Refresh models";
pub const SEE_MODELS: &str = "See its models";
pub const SWITCH_ON: &str = "Switch on";
pub const SWITCH_OFF: &str = "Switch off";
pub const SWITCH_LEAD: &str = "While it is switched off nobody can choose its models. Its key is kept.";
pub const DELETE: &str = "Delete provider";
pub const DELETE_LEAD: &str =
    "Its key, its models and what was set for them are deleted. Chats that used it choose another model.";

pub const SWITCHED_ON: &str = "switched on";
pub const SWITCHED_OFF: &str = "switched off";

pub const FULL: &str =
    "This workspace has as many providers as it can have. Delete one that nobody uses, then save again.";
pub const NO_MASTER_KEY: &str = "Keys cannot be kept on this server yet: whoever runs it has to set PARLANCE_MASTER_KEY first. A provider that wants no key can be added without one.";
pub const NOT_SEALED: &str = "The key could not be encrypted, and was not kept. Try again in a moment.";
pub const BEING_LISTED: &str = "Its models were listed a moment ago, or are being listed. Look again in half a minute.";
pub const KEY_LOST: &str = "The key that is kept cannot be read any more: this server has another master key than the one with which it was kept. Enter it anew.";
pub const NOT_SET_HERE: &str = "The settings of this command are not the server's: this provider is set in another way there. Give it the same, then try again.";
pub const NO_MASTER_KEY_HERE: &str =
    "PARLANCE_MASTER_KEY is not set for this command, so that the provider's key cannot be read.";

/// What is wrong with a field.
#[must_use]
pub fn name_unfit() -> String {
    format!("{NAME}: at most {NAME_CHARS} characters. Shorten it and save again.")
}

#[must_use]
pub fn address_unfit() -> String {
    format!("{ADDRESS}: at most {URL_CHARS} characters. Shorten it and save again.")
}

#[must_use]
pub fn key_unfit() -> String {
    format!(
        "{KEY}: at most {KEY_CHARS} characters, without spaces, line breaks or quotation marks around it. Enter it again."
    )
}

#[must_use]
pub fn model_unfit() -> String {
    format!("{MODEL}: at most {MODEL_CHARS} characters. Change it and save again.")
}

/// What the audit log says of a provider that was saved.
#[must_use]
pub fn saved(base_url: &str, with_key: bool) -> String {
    if with_key { format!("{base_url}, with a new key") } else { base_url.to_owned() }
}

/// How many models a provider has.
#[must_use]
pub fn models(count: u64) -> String {
    if count == 1 { "1 model".to_owned() } else { format!("{count} models") }
}

/// How a test went well, and what it has not shown.
#[must_use]
pub fn works(tested: TestedProvider) -> String {
    let Some(listed) = tested.models.map(models) else {
        return "The connection works: the model has answered. The provider lists no models.".to_owned();
    };
    match tested.by {
        TestedBy::List => format!("The connection works: the provider lists {listed}."),
        TestedBy::Model => format!("The connection works: the model has answered. The provider lists {listed}."),
        TestedBy::Key => format!("The connection works: the provider takes the key. It lists {listed}."),
        TestedBy::OpenList => format!(
            "The provider is there and lists {listed}, but to everybody, with any key and with none: whether it takes this key could not be tested. Name one of its models and test again, which asks it for one token."
        ),
    }
}

/// That a list was not there to be read, and what can be done about it.
#[must_use]
pub fn name_a_model(problem: &str) -> String {
    format!("{problem} If the provider lists no models, name one of them and test again.")
}
pub const IN_USE: &str =
    "A reply is being written by one of its models. Wait for it or stop it, then delete the provider.";
