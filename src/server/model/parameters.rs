//! What a model is asked with beside the conversation, and what is known of what it refuses.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;
use serde_json::Value;

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
    /// Whether it may call tools: true where a question has any.
    pub tools: bool,
}

/// A field of a request that a refusal may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The wish to have the usage reported in a stream.
    StreamOptions,
    /// A parameter.
    Parameter(Parameter),
    /// The newer name of the number of tokens.
    MaxCompletionTokens,
}

/// The names by which refusals call the fields.
const NAMES: [(&str, Field); 7] = [
    ("stream_options", Field::StreamOptions),
    ("include_usage", Field::StreamOptions),
    ("temperature", Field::Parameter(Parameter::Temperature)),
    ("max_tokens", Field::Parameter(Parameter::MaxTokens)),
    ("max_completion_tokens", Field::MaxCompletionTokens),
    ("reasoning_effort", Field::Parameter(Parameter::ReasoningEffort)),
    ("tools", Field::Parameter(Parameter::Tools)),
];

/// Which fields a refusal is about, in whatever form it says so: OpenAI's `param`, the places that FastAPI lists, else
/// anywhere in it. The first two go before, since the rest may repeat the request.
pub(super) fn named(body: &[u8]) -> Vec<Field> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        error: Value,
        #[serde(default)]
        detail: Value,
    }
    let parsed: Option<Body> = serde_json::from_slice(body).ok();
    let param = parsed.as_ref().and_then(|body| body.error.get("param")?.as_str()).filter(|param| !param.is_empty());
    let places: Vec<String> = parsed
        .iter()
        .filter_map(|body| body.detail.as_array())
        .flatten()
        .filter_map(|problem| problem.get("loc").map(Value::to_string))
        .collect();
    match param {
        Some(param) => fields(param),
        None if !places.is_empty() => {
            let places: Vec<String> = places.into_iter().filter(|place| !names_one_tool(place)).collect();
            fields(&places.join(" "))
        }
        None => fields(&String::from_utf8_lossy(body)),
    }
}

/// The same of an error that names its place, or that has words alone.
pub(super) fn named_by(param: &str, message: &str) -> Vec<Field> {
    fields(if param.is_empty() { message } else { param })
}

fn fields(text: &str) -> Vec<Field> {
    // What else it names are parts of that tool.
    if names_one_tool(text) {
        return Vec::new();
    }
    let mut fields: Vec<Field> = NAMES.iter().filter(|(name, _)| is_in(text, name)).map(|(_, field)| *field).collect();
    fields.dedup();
    fields
}

/// Whether a text is about one of the tools, and not about tools as such: others may still be taken. Providers name it
/// as `tools[0]`, `tools.0`, and in lists of places as `"tools",0`.
fn names_one_tool(text: &str) -> bool {
    words_in(text, "tools").any(|(_, after)| {
        let is_part = after.strip_prefix('.').is_some_and(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()));
        let next = after.trim_start_matches(['"', '\'', ',', ' ']);
        after.starts_with('[') || is_part || next.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Whether a name stands in a text as a word of its own.
fn is_in(text: &str, name: &str) -> bool {
    words_in(text, name).next().is_some()
}

/// Where a name stands in a text as a word of its own: what is before it, and what is after it.
fn words_in<'a>(text: &'a str, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let around = text.match_indices(name);
    let around = around.filter_map(move |(at, _)| Some((text.get(..at)?, text.get(at + name.len()..)?)));
    around.filter(move |(before, after)| !before.ends_with(is_part) && !after.starts_with(is_part))
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
    /// sense.
    pub fn learn(&self, model: &str, sent: &Fitted, about: &[Field]) -> bool {
        let mut known = self.known();
        if known.refused.len() + known.newer_name.len() >= REMEMBERED {
            *known = Known { no_usage: known.no_usage, ..Known::default() };
        }
        let mut learnt = false;
        if about.contains(&Field::StreamOptions) && sent.usage {
            known.no_usage = true;
            learnt = true;
        }
        let tokens = if sent.newer_name { Field::MaxCompletionTokens } else { Field::Parameter(Parameter::MaxTokens) };
        for (parameter, value) in values(sent.parameters) {
            let field = if parameter == Parameter::MaxTokens { tokens } else { Field::Parameter(parameter) };
            // A model that is asked by the newer name may still complain by the older one.
            let is_meant = about.contains(&field) || about.contains(&Field::Parameter(parameter));
            if !is_meant {
                continue;
            }
            learnt = true;
            if parameter == Parameter::MaxTokens && !sent.newer_name {
                known.newer_name.insert(model.to_owned());
            } else {
                known.refused.insert((model.to_owned(), parameter, value));
            }
        }
        learnt
    }
}

/// The parameters that are there, each with its value as text.
fn values(parameters: Parameters) -> Vec<(Parameter, String)> {
    let Parameters { temperature, max_tokens, effort, tools } = parameters;
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

    const WANTED: Parameters =
        Parameters { temperature: Some(0.7), max_tokens: Some(1_000), effort: None, tools: false };

    fn about(body: &str) -> Vec<Field> {
        named(body.as_bytes())
    }

    #[test]
    fn a_refusal_is_about_what_it_names_in_whatever_form() {
        let temperature = [Field::Parameter(Parameter::Temperature)];
        for body in [
            r#"{"error":{"message":"Unsupported value","param":"temperature","code":"unsupported_value"}}"#,
            r#"{"detail":[{"loc":["body","temperature"],"msg":"Extra inputs are not permitted","input":"max_tokens"}]}"#,
            r#"{"error":"temperature is not supported"}"#,
            "no 'temperature' here",
        ] {
            assert_eq!(about(body), temperature, "{body}");
        }
        assert_eq!(
            about(r#"{"error":{"message":"bad","param":"stream_options.include_usage"}}"#),
            [Field::StreamOptions]
        );
    }

    #[test]
    fn a_refusal_that_only_repeats_the_request_is_about_what_it_says() {
        let body = r#"{"error":{"message":"Too long: max_tokens 1000, temperature 0.7","param":"messages"}}"#;
        assert!(about(body).is_empty());
        assert!(about(r#"{"detail":[{"loc":["body","seed"],"input":{"temperature":0.7}}]}"#).is_empty());
        assert!(about("toolset, my_temperature, max_tokens_total").is_empty());
    }

    #[test]
    fn a_refusal_of_one_tool_is_about_no_field() {
        let tools = [Field::Parameter(Parameter::Tools)];
        for body in [
            r#"{"error":{"message":"Invalid schema","param":"tools[0].function.parameters"}}"#,
            r#"{"error":{"message":"Invalid schema","param":"tools.0.custom"}}"#,
            r#"{"detail":[{"loc":["body","tools",0,"function","parameters","temperature"],"msg":"Field required"}]}"#,
            // Anthropic's, and vLLM's.
            r#"{"error":{"message":"tools.0.custom.input_schema.properties.temperature: JSON schema is invalid"}}"#,
            r#"{"object":"error","message":"[{'loc': ('body', 'tools', 0, 'function', 'name')}]"}"#,
            "tools[12] has no name",
        ] {
            assert!(about(body).is_empty(), "{body}");
        }
        for body in [
            r#"{"error":{"message":"Not supported","param":"tools"}}"#,
            r#"{"detail":[{"loc":["body","tools"],"msg":"Extra inputs are not permitted"}]}"#,
            r#"{"error":"llama does not support tools."}"#,
            "This model does not take tools. Ask without.",
        ] {
            assert_eq!(about(body), tools, "{body}");
        }
        let two = r#"{"detail":[{"loc":["body","tools",0]},{"loc":["body","temperature"]}]}"#;
        assert_eq!(about(two), [Field::Parameter(Parameter::Temperature)]);
    }

    #[test]
    fn a_number_of_tokens_that_is_refused_goes_by_its_newer_name_first_and_is_then_left_out() {
        let habits = Habits::default();
        let sent = habits.fit("o9", WANTED);
        assert!(!sent.newer_name && sent.dropped.is_empty());
        let told = about(r#"{"error":{"message":"Use 'max_completion_tokens' instead","param":"max_tokens"}}"#);
        assert!(habits.learn("o9", &sent, &told));
        let sent = habits.fit("o9", WANTED);
        assert!(sent.newer_name && sent.parameters == WANTED && sent.dropped.is_empty());
        assert!(habits.learn("o9", &sent, &[Field::MaxCompletionTokens]));
        let sent = habits.fit("o9", WANTED);
        assert_eq!((sent.parameters.max_tokens, sent.dropped.as_slice()), (None, &[Parameter::MaxTokens][..]));
        assert!(!habits.learn("o9", &sent, &[Field::MaxCompletionTokens]), "there is nothing left to leave out");
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
