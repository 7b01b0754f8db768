//! What a model is asked with beside the conversation, and what is known of what it refuses.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::fields::Field;
use crate::domain::{parameter::Parameter, settings::Effort};

/// How many refusals are remembered before all are forgotten and learnt anew: many times as many as there are models.
const REMEMBERED: usize = 1_000;

/// How a model is asked. What is none is left to the model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parameters {
    /// How freely it chooses its words.
    pub temperature: Option<f64>,
    /// How many tokens it may write.
    pub max_tokens: Option<u32>,
    /// How much it thinks before it speaks.
    pub effort: Option<Effort>,
    /// Whether it is told of tools: true where a question has any.
    pub tools: bool,
    /// Whether it may not call those that it is told of: they are only there for the calls of earlier turns.
    pub no_calls: bool,
}

/// What the models of one provider were found to refuse.
#[derive(Debug, Default)]
pub(super) struct Habits(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Whether the provider reports no usage in a stream.
    no_usage: bool,
    /// The models that know the number of tokens by its newer name alone.
    newer_name: HashSet<String>,
    /// The most tokens that may be asked for of a model.
    most_tokens: HashMap<String, u32>,
    /// The models that cannot be told not to call the tools that they are told of.
    no_choice: HashSet<String>,
    /// What was refused, of which model and with which value: with another one it may be taken.
    refused: HashSet<(String, Parameter, String)>,
}

/// How a model is asked that has its habits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fitted {
    /// What is left of what was wanted.
    pub parameters: Parameters,
    /// What was left out.
    pub dropped: Vec<Parameter>,
    /// Whether the number of tokens goes by its newer name.
    pub newer_name: bool,
    /// Whether the usage is asked for.
    pub usage: bool,
}

impl Habits {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What of the parameters a model takes, as far as that is known.
    pub fn fit(&self, model: &str, mut wanted: Parameters) -> Fitted {
        let known = self.known();
        if let Some(most) = known.most_tokens.get(model) {
            wanted.max_tokens = wanted.max_tokens.map(|tokens| tokens.min(*most));
        }
        // Without a word of it: nothing that anybody chose is left out.
        wanted.tools &= !(wanted.no_calls && known.no_choice.contains(model));
        let refuses = |(parameter, value)| known.refused.contains(&(model.to_owned(), parameter, value));
        let dropped: Vec<Parameter> =
            values(wanted).into_iter().filter(|value| refuses(value.clone())).map(|(parameter, _)| parameter).collect();
        for parameter in &dropped {
            match parameter {
                Parameter::Temperature => wanted.temperature = None,
                Parameter::MaxTokens => wanted.max_tokens = None,
                Parameter::ReasoningEffort => wanted.effort = None,
                Parameter::Tools => wanted.tools = false,
            }
        }
        let newer_name = known.newer_name.contains(model);
        Fitted { parameters: wanted, dropped, newer_name, usage: !known.no_usage }
    }

    /// Learns from a refusal what not to send again. Returns whether anything was learnt, so that asking again makes
    /// sense. What is about the prompt of this call teaches nothing of the number of tokens, which is for all.
    pub fn learn(&self, model: &str, sent: &Fitted, about: &[Field]) -> bool {
        let mut known = self.known();
        let (names, choices) = (known.newer_name.len() + known.most_tokens.len(), known.no_choice.len());
        if known.refused.len() + names + choices >= REMEMBERED {
            *known = Known { no_usage: known.no_usage, ..Known::default() };
        }
        let mut learnt = false;
        if about.contains(&Field::StreamOptions) && sent.usage {
            known.no_usage = true;
            learnt = true;
        }
        let chooses = sent.parameters.tools && sent.parameters.no_calls;
        // Some name the tools alone. If it is those that are refused, a call that may use them says so.
        let is_choice = |field: &Field| matches!(field, Field::ToolChoice | Field::Parameter(Parameter::Tools));
        let no_choice = chooses && about.iter().any(is_choice);
        if no_choice {
            known.no_choice.insert(model.to_owned());
            learnt = true;
        }
        for (parameter, value) in values(sent.parameters) {
            // They are named for the choice among them.
            if no_choice && parameter == Parameter::Tools {
                continue;
            }
            let is_tokens = parameter == Parameter::MaxTokens;
            let names_newer = is_tokens && about.contains(&Field::MaxCompletionTokens);
            // A model that is asked by the newer name may still complain by the older one.
            if !(about.contains(&Field::Parameter(parameter)) || names_newer && sent.newer_name) {
                continue;
            }
            let most = most_tokens(about).filter(|_| is_tokens);
            // No more than that was asked for: whatever the refusal is about, it is not how much this model writes.
            if most.is_some_and(|most| sent.parameters.max_tokens.is_some_and(|asked| asked <= most)) {
                continue;
            }
            learnt = true;
            if let Some(most) = most {
                known.most_tokens.insert(model.to_owned(), most);
            } else if names_newer && !sent.newer_name {
                // Nobody is asked by it unbidden: who does not know it passes over it, and writes without a limit.
                known.newer_name.insert(model.to_owned());
            } else {
                known.refused.insert((model.to_owned(), parameter, value));
            }
        }
        learnt
    }
}

/// How many tokens may be asked for by a refusal.
fn most_tokens(about: &[Field]) -> Option<u32> {
    about.iter().find_map(|field| if let Field::MostTokens(most) = field { Some(*most) } else { None })
}

/// The parameters that are there, each with its value as text.
fn values(parameters: Parameters) -> Vec<(Parameter, String)> {
    let Parameters { temperature, max_tokens, effort, tools, no_calls: _ } = parameters;
    [
        temperature.map(|temperature| (Parameter::Temperature, temperature.to_string())),
        max_tokens.map(|tokens| (Parameter::MaxTokens, tokens.to_string())),
        effort.map(|effort| (Parameter::ReasoningEffort, effort.as_str().to_owned())),
        // A model that calls tools calls any.
        tools.then(|| (Parameter::Tools, String::new())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::model::fields::named;

    const WANTED: Parameters =
        Parameters { temperature: Some(0.7), max_tokens: Some(1_000), effort: None, tools: false, no_calls: false };

    fn about(body: &str) -> Vec<Field> {
        named(body.as_bytes())
    }

    const TOKENS: Field = Field::Parameter(Parameter::MaxTokens);

    #[test]
    fn a_number_of_tokens_goes_by_its_newer_name_where_the_refusal_names_that_and_is_then_left_out() {
        let habits = Habits::default();
        let sent = habits.fit("o9", WANTED);
        assert!(!sent.newer_name && sent.dropped.is_empty());
        let said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                    'max_completion_tokens' instead.";
        let told = about(&format!(r#"{{"error":{{"message":"{said}","param":"max_tokens"}}}}"#));
        assert_eq!(told, [TOKENS, Field::MaxCompletionTokens]);
        assert!(habits.learn("o9", &sent, &told));
        let sent = habits.fit("o9", WANTED);
        assert!(sent.newer_name && sent.parameters == WANTED && sent.dropped.is_empty());
        assert!(habits.learn("o9", &sent, &[Field::MaxCompletionTokens]));
        let sent = habits.fit("o9", WANTED);
        assert_eq!((sent.parameters.max_tokens, sent.dropped.as_slice()), (None, &[Parameter::MaxTokens][..]));
        assert!(!habits.learn("o9", &sent, &[Field::MaxCompletionTokens]), "there is nothing left to leave out");
    }

    #[test]
    fn a_number_of_tokens_that_is_refused_without_its_newer_name_is_left_out() {
        let habits = Habits::default();
        let sent = habits.fit("old", WANTED);
        assert!(habits.learn("old", &sent, &about("max_tokens is not supported")));
        let sent = habits.fit("old", WANTED);
        assert_eq!((sent.newer_name, sent.dropped.as_slice()), (false, &[Parameter::MaxTokens][..]));
    }

    #[test]
    fn a_model_that_writes_less_is_asked_for_as_much_as_it_says() {
        let (habits, wanted) = (Habits::default(), Parameters { max_tokens: Some(9_000), ..WANTED });
        let told = [TOKENS, Field::MostTokens(512)];
        assert!(habits.learn("small", &habits.fit("small", wanted), &told));
        let sent = habits.fit("small", wanted);
        assert_eq!((sent.parameters.max_tokens, sent.dropped.len(), sent.newer_name), (Some(512), 0, false));
        let fewer = Parameters { max_tokens: Some(100), ..WANTED };
        assert_eq!(habits.fit("small", fewer).parameters, fewer);
        assert!(!habits.learn("small", &sent, &told), "no more than that was asked for");
        assert_eq!(habits.fit("small", wanted), sent);
    }

    #[test]
    fn a_prompt_that_is_too_long_leaves_the_limit_of_tokens_as_it_is_for_everybody() {
        let (habits, wanted) = (Habits::default(), Parameters { max_tokens: Some(16_000), ..WANTED });
        let sent = habits.fit("m", wanted);
        for said in [
            "'max_tokens' or 'max_completion_tokens' is too large: 16000. This model's maximum context length is 32768 \
             tokens and your request has 20000 input tokens (16000 > 32768 - 20000).",
            "input length and `max_tokens` exceed context limit: 188240 + 16000 > 200000, decrease input length or \
             `max_tokens` and try again",
            "The prompt and max_tokens are too long. Use max_completion_tokens instead.",
            "max_tokens or max_completion_tokens: together with the rest at most 32768",
        ] {
            assert!(!habits.learn("m", &sent, &about(said)), "{said}");
            assert_eq!(habits.fit("m", wanted), sent, "{said}");
        }
    }

    #[test]
    fn a_model_that_takes_no_tools_is_asked_without_them_from_then_on() {
        let (habits, wanted) = (Habits::default(), Parameters { tools: true, ..WANTED });
        let sent = habits.fit("small", wanted);
        assert!(sent.parameters.tools);
        assert!(habits.learn("small", &sent, &about("small does not support tools")));
        let sent = habits.fit("small", wanted);
        assert_eq!((sent.parameters.tools, sent.dropped.as_slice()), (false, &[Parameter::Tools][..]));
    }

    #[test]
    fn a_model_that_cannot_be_told_to_call_nothing_is_told_of_no_tools_then_and_of_all_else() {
        let habits = Habits::default();
        let (callable, shown) =
            (Parameters { tools: true, ..WANTED }, Parameters { tools: true, no_calls: true, ..WANTED });
        let sent = habits.fit("m", shown);
        assert!(sent.parameters.tools);
        assert!(habits.learn("m", &sent, &about("tool_choice is not supported with these tools")));
        let sent = habits.fit("m", shown);
        assert_eq!((sent.parameters.tools, sent.dropped.len()), (false, 0));
        assert!(!habits.learn("m", &sent, &[Field::ToolChoice]), "it was not sent");
        assert!(habits.fit("m", callable).parameters.tools);
    }

    #[test]
    fn tools_that_are_refused_where_none_may_be_called_are_still_there_where_they_may() {
        let habits = Habits::default();
        let (callable, shown) =
            (Parameters { tools: true, ..WANTED }, Parameters { tools: true, no_calls: true, ..WANTED });
        let sent = habits.fit("m", shown);
        assert!(!habits.learn("m", &sent, &about("tools[0] has no name")), "one tool alone teaches nothing");
        assert_eq!(habits.fit("m", shown), sent);
        assert!(habits.learn("m", &sent, &about("tools cannot be used with choice none")));
        let sent = habits.fit("m", shown);
        assert_eq!((sent.parameters.tools, sent.dropped.len()), (false, 0));
        let sent = habits.fit("m", callable);
        assert!(sent.parameters.tools);
        assert!(habits.learn("m", &sent, &about("m does not support tools")));
        assert_eq!(habits.fit("m", callable).dropped, [Parameter::Tools], "they were refused as such");
    }

    #[test]
    fn what_was_refused_is_remembered_of_that_model_and_that_value() {
        let habits = Habits::default();
        let sent = habits.fit("o9", WANTED);
        assert!(habits.learn("o9", &sent, &[Field::Parameter(Parameter::Temperature), Field::StreamOptions]));
        let sent = habits.fit("o9", WANTED);
        assert_eq!((sent.parameters.temperature, sent.usage), (None, false));
        assert_eq!(habits.fit("gpt", WANTED).parameters, WANTED);
        let other = Parameters { temperature: Some(1.0), ..WANTED };
        assert_eq!(habits.fit("o9", other).parameters, other);
        assert!(!habits.learn("o9", &sent, &[Field::Parameter(Parameter::Tools)]), "that was not sent");
    }
}
