//! How a model is asked: the settings of a chat and of its workspace, and what came of them.

use crate::domain::{
    limits::{MAX_TOKENS as MOST_TOKENS, SYSTEM_PROMPT_CHARS},
    parameter::Parameter,
    settings::{Effort, MAX_TEMPERATURE, Misfit},
};

/// A question that the model cannot read.
#[must_use]
pub fn prompt_too_long(room: u64) -> String {
    format!(
        "What you wrote, with what the model is told, is longer than this model can read: there is room for {room} tokens. \
         Shorten it, or choose a model that reads more."
    )
}

/// That earlier messages were not sent.
#[must_use]
pub fn left_out(count: u32) -> String {
    match count {
        1 => "1 earlier message was not sent: there was no room for it.".to_owned(),
        count => format!("{count} earlier messages were not sent: there was no room for them."),
    }
}

/// What a parameter is called.
#[must_use]
pub fn parameter(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Temperature => "temperature",
        Parameter::MaxTokens => "limit of tokens",
        Parameter::ReasoningEffort => "reasoning effort",
        Parameter::Tools => "tools",
    }
}

/// That a model does not take something.
#[must_use]
pub fn dropped(parameters: &[Parameter]) -> String {
    let names: Vec<&str> = parameters.iter().map(|one| parameter(*one)).collect();
    let was = match parameters {
        [one] if *one != Parameter::Tools => "it was",
        _ => "they were",
    };
    format!("This model takes no {}; {was} left out.", names.join(" and no "))
}

pub const MODEL: &str = "Model";
pub const SETTINGS: &str = "Chat settings";
pub const SETTINGS_LEAD: &str = "They hold from the next reply on. What is left empty is as the workspace says.";
pub const SAVE: &str = "Save";
pub const SAVED: &str = "The settings are saved.";
pub const DONE: &str = "Done";
pub const SYSTEM_PROMPT: &str = "System prompt";
pub const SYSTEM_PROMPT_HINT: &str = "What the model is told before everything else.";
pub const NO_SYSTEM_PROMPT: &str = "Nothing";
pub const TEMPERATURE: &str = "Temperature";
pub const MAX_TOKENS: &str = "Max tokens";
pub const EFFORT: &str = "Reasoning effort";
pub const NO_MODEL: &str = "Model: 1 to 120 characters in one line. Change it and save again.";
pub const OTHERS: &str = "Other models";
pub const DEFAULTS: &str = "Defaults";
pub const DEFAULTS_LEAD: &str = "How models are asked in the chats of this workspace, where a chat says nothing else.";
pub const OF_SERVER: &str = "As this server says";

/// What stands for no choice of a model: the one that answers then.
#[must_use]
pub fn unchosen(model: &str) -> String {
    format!("Default: {model}")
}

/// A model that was chosen and cannot be asked any more.
#[must_use]
pub fn gone(model: &str) -> String {
    format!("{model} (gone)")
}

/// What goes on with another model.
#[must_use]
pub fn use_model(model: &str) -> String {
    format!("Use {model}")
}

/// How much of the system prompt there is.
#[must_use]
pub fn counted(characters: usize) -> String {
    format!("{characters} of {SYSTEM_PROMPT_CHARS} characters.")
}

/// What a temperature is.
#[must_use]
pub fn temperature_hint() -> String {
    format!("0 is strict, {MAX_TEMPERATURE} is free.")
}

/// What the number of tokens is.
#[must_use]
pub fn max_tokens_hint() -> String {
    format!("How long a reply may be, with what the model thinks: 1 to {MOST_TOKENS}.")
}

/// How much a model thinks.
#[must_use]
pub fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::Minimal => "Minimal",
        Effort::Low => "Low",
        Effort::Medium => "Medium",
        Effort::High => "High",
    }
}

/// What stands for no choice of an effort: what holds then.
#[must_use]
pub fn usual_effort(usual: Option<Effort>) -> String {
    format!("Default: {}", usual.map_or("as the model thinks fit", effort))
}

/// What of the settings does not fit.
#[must_use]
pub fn misfit(misfit: Misfit) -> String {
    match misfit {
        Misfit::SystemPrompt => {
            format!("{SYSTEM_PROMPT}: at most {SYSTEM_PROMPT_CHARS} characters. Shorten it and try again.")
        }
        Misfit::Temperature => format!("{TEMPERATURE}: a number from 0 to {MAX_TEMPERATURE}. Change it and try again."),
        Misfit::MaxTokens => format!("{MAX_TOKENS}: a whole number from 1 to {MOST_TOKENS}. Change it and try again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said_of_one_thing_of_several_and_of_tools() {
        assert_eq!(dropped(&[Parameter::Temperature]), "This model takes no temperature; it was left out.");
        assert_eq!(
            dropped(&[Parameter::Temperature, Parameter::Tools]),
            "This model takes no temperature and no tools; they were left out."
        );
        assert_eq!(dropped(&[Parameter::Tools]), "This model takes no tools; they were left out.");
    }
}
