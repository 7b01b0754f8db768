//! Which fields of a request a refusal is about, as far as it names them.

use serde_json::Value;

use crate::domain::parameter::Parameter;

/// A field of a request that a refusal may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The wish to have the usage reported in a stream.
    StreamOptions,
    /// A parameter.
    Parameter(Parameter),
    /// The wish to have none of the tools called.
    ToolChoice,
    /// The newer name of the number of tokens.
    MaxCompletionTokens,
    /// The number of tokens: it may be this at most.
    MostTokens(u32),
    /// The prompt, alone or together with the number of tokens. It says nothing of what the model takes: the next
    /// prompt is another one.
    Prompt {
        /// How many tokens may be asked for beside this prompt, if it says so.
        left: Option<u32>,
    },
}

/// What the number of tokens is called where it goes by its newer name.
const NEWER_NAME: &str = "max_completion_tokens";

/// The names by which refusals call the fields.
const NAMES: [(&str, Field); 8] = [
    ("stream_options", Field::StreamOptions),
    ("include_usage", Field::StreamOptions),
    ("temperature", Field::Parameter(Parameter::Temperature)),
    ("max_tokens", Field::Parameter(Parameter::MaxTokens)),
    (NEWER_NAME, Field::MaxCompletionTokens),
    ("reasoning_effort", Field::Parameter(Parameter::ReasoningEffort)),
    ("tools", Field::Parameter(Parameter::Tools)),
    ("tool_choice", Field::ToolChoice),
];

/// The words after which refusals say how many tokens may be asked for: OpenAI's, Groq's and pydantic's, Anthropic's
/// (`max_tokens: 9000 > 8192`), DeepSeek's (`the valid range of max_tokens is [1, 8192]`).
const BEFORE_MOST: [&str; 4] = ["at most ", "less than or equal to ", " > ", "[1, "];

/// The words by which refusals of a number of tokens say that they are about the prompt: vLLM's and OpenAI's,
/// Anthropic's, and those of others. Not "context window": Groq names it beside the most that a model writes.
const ABOUT_PROMPT: [&str; 8] = [
    "context length",
    "context_length",
    "context limit",
    "input length",
    "input tokens",
    "input_tokens",
    "prompt",
    "prompt_tokens",
];

/// The fewest tokens that are taken for a limit: fewer are no answer, and more likely the number of something else.
const FEWEST: u32 = 256;

/// The fields in which an error's own words stand, or another error that is handed on (OpenRouter's `metadata.raw`).
/// Beside them a gateway may repeat the request, with whatever somebody wrote in it.
const OWN_WORDS: [&str; 7] = ["error", "errors", "message", "msg", "detail", "metadata", "raw"];

/// Which fields a refusal is about, in whatever form it says so: OpenAI's `param`, the places that FastAPI lists, else
/// anywhere in it. The first two go before, since the rest may repeat the request; of a number of tokens they do not
/// say what would be taken instead, which its own words may.
pub(super) fn named(body: &[u8]) -> Vec<Field> {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let param =
        parsed.as_ref().and_then(|body| body.get("error")?.get("param")?.as_str()).filter(|param| !param.is_empty());
    let places: Vec<String> = parsed
        .iter()
        .filter_map(|body| body.get("detail")?.as_array())
        .flatten()
        .filter_map(|problem| problem.get("loc").map(Value::to_string))
        .collect();
    let text = String::from_utf8_lossy(body);
    let said = parsed.as_ref().map_or_else(|| text.to_string(), own_words);
    match param {
        Some(param) => fields(param, &said),
        None if !places.is_empty() => {
            let places: Vec<String> = places.into_iter().filter(|place| !names_one_tool(place)).collect();
            fields(&places.join(" "), &said)
        }
        None => fields(&text, &said),
    }
}

/// What an error says in its own words; nothing if it has none where they are looked for.
fn own_words(value: &Value) -> String {
    match value {
        // What is handed on may be JSON as text.
        Value::String(said) => match serde_json::from_str::<Value>(said) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => own_words(&inner),
            _ => said.clone(),
        },
        Value::Array(parts) => parts.iter().map(own_words).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            OWN_WORDS.iter().filter_map(|name| fields.get(*name)).map(own_words).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// The same of an error that names its place, or that has words alone.
pub(super) fn named_by(param: &str, message: &str) -> Vec<Field> {
    fields(if param.is_empty() { message } else { param }, message)
}

/// The fields that `place` names; of a number of tokens also what `text` says of it, the error's own words.
fn fields(place: &str, text: &str) -> Vec<Field> {
    // What else it names are parts of that tool.
    if names_one_tool(place) {
        return Vec::new();
    }
    let named = NAMES.iter().filter(|(name, _)| is_in(place, name));
    let mut fields: Vec<Field> = named.map(|(_, field)| *field).collect();
    fields.dedup();
    let is_tokens =
        |field: &Field| matches!(field, Field::Parameter(Parameter::MaxTokens) | Field::MaxCompletionTokens);
    // What says nothing where its words are looked for may say it elsewhere: better to learn nothing of it.
    if fields.iter().any(is_tokens) && is_about_prompt(if text.is_empty() { place } else { text }) {
        return vec![Field::Prompt { left: left_in(text) }];
    }
    // Of several fields nobody knows which one a number belongs to.
    if !fields.is_empty() && fields.iter().all(is_tokens) {
        let names_newer = !fields.contains(&Field::MaxCompletionTokens) && is_in(text, NEWER_NAME);
        fields.extend(names_newer.then_some(Field::MaxCompletionTokens));
        fields.extend(most_in(text).map(Field::MostTokens));
    }
    fields
}

/// How many tokens a text says that may be asked for.
fn most_in(text: &str) -> Option<u32> {
    BEFORE_MOST.iter().find_map(|words| after(text, words).find_map(tokens))
}

/// How many tokens an account that is nearly used up still pays for, if its error says so: OpenRouter's "requires more
/// credits, or fewer max_tokens. You requested up to 16000 tokens, but can only afford 3210".
pub(super) fn affordable(message: &str) -> Option<u32> {
    let names_tokens = is_in(message, "max_tokens") || is_in(message, NEWER_NAME);
    after(message, "can only afford ").find_map(tokens).filter(|_| names_tokens)
}

/// What follows these words in a text, wherever they stand.
fn after<'a>(text: &'a str, words: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(words).filter_map(move |(at, _)| text.get(at + words.len()..))
}

/// The number of tokens with which a text begins, if it may be a limit.
fn tokens(text: &str) -> Option<u32> {
    let (tokens, _) = number(text.trim_start_matches(['`', '\'', '"']))?;
    (tokens >= FEWEST).then_some(tokens)
}

/// Whether a text is about the prompt.
fn is_about_prompt(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ABOUT_PROMPT.iter().any(|words| is_in(&text, words))
}

/// How many tokens a text says that are left beside the prompt: vLLM's `16000 > 32768 - 20000`, and Anthropic's
/// `188240 + 16000 > 200000`.
fn left_in(text: &str) -> Option<u32> {
    let (before, after) = text.split_once(" > ")?;
    let (room, after) = number(after)?;
    let prompt = match after.strip_prefix(" - ") {
        Some(prompt) => prompt,
        None => before.rsplit_once(" + ")?.0.rsplit(' ').next()?,
    };
    let (prompt, _) = number(prompt)?;
    room.checked_sub(prompt).filter(|left| *left >= FEWEST)
}

/// The number with which a text begins, and what follows it. Its digits may be set apart (`16,384`, `16_384`); what is
/// only a part of a number (of `16k`, of `1.5`) is none.
fn number(text: &str) -> Option<(u32, &str)> {
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let goes_on = |at: usize, c: char| is_digit(at) || at > 0 && matches!(c, ',' | '_') && is_digit(at + 1);
    let end = text.char_indices().find(|(at, c)| !goes_on(*at, *c)).map_or(text.len(), |(at, _)| at);
    let (digits, rest) = text.split_at_checked(end)?;
    let is_part = rest.starts_with(char::is_alphabetic) || rest.starts_with('.') && is_digit(end + 1);
    let number = digits.replace([',', '_'], "").parse::<u32>().ok()?;
    (!is_part).then_some((number, rest))
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_number_of_tokens_that_is_refused_is_told_with_what_would_be_taken() {
        let tokens = Field::Parameter(Parameter::MaxTokens);
        let newer = r#"{"error":{"message":"Use 'max_completion_tokens' instead.","param":"max_tokens"}}"#;
        assert_eq!(about(newer), [tokens, Field::MaxCompletionTokens]);
        assert_eq!(about("max_tokens is not supported"), [tokens]);
        for said in [
            // OpenAI's, Groq's, Anthropic's and DeepSeek's, and a place of FastAPI's.
            r#"{"error":{"message":"max_tokens is too large. This model supports at most 512.","param":"max_tokens"}}"#,
            r#"{"error":{"message":"`max_tokens` must be less than or equal to `512`, the maximum value"}}"#,
            r#"{"error":{"message":"max_tokens: 9000 > 512, which is the maximum allowed number of output tokens"}}"#,
            r#"{"error":{"message":"Invalid max_tokens value, the valid range of max_tokens is [1, 512]"}}"#,
            r#"{"detail":[{"loc":["body","max_tokens"],"msg":"Input should be less than or equal to 512"}]}"#,
        ] {
            assert_eq!(about(said), [tokens, Field::MostTokens(512)], "{said}");
        }
        let two = "max_tokens and temperature: at most 512";
        assert!(!about(two).contains(&Field::MostTokens(512)), "of which of the two?");
    }

    #[test]
    fn a_number_is_a_limit_only_as_a_whole_and_if_it_leaves_room_for_an_answer() {
        for (said, most) in [
            ("max_tokens: at most 16,384 tokens", Some(16_384)),
            ("max_tokens: at most 16_384.", Some(16_384)),
            ("max_tokens: at most 512, and no more", Some(512)),
            ("max_tokens: at most 256", Some(256)),
            ("max_tokens: at most 1 word, or less than or equal to 512", Some(512)),
            ("max_tokens: at most 1 image and at most 512 tokens", Some(512)),
            ("max_tokens: at most 16k", None),
            ("max_tokens: at most 512K", None),
            ("max_tokens: at most 300.000", None),
            ("max_tokens: at most 255", None),
            ("max_tokens: at most 99999999999", None),
            ("max_tokens: at most many", None),
            ("max_tokens: at most ", None),
        ] {
            let tokens = [Field::Parameter(Parameter::MaxTokens)].into_iter();
            assert_eq!(about(said), tokens.chain(most.map(Field::MostTokens)).collect::<Vec<_>>(), "{said}");
        }
    }

    #[test]
    fn what_a_refusal_repeats_of_the_request_says_nothing_of_the_number_of_tokens() {
        let tokens = [Field::Parameter(Parameter::MaxTokens)];
        for body in [
            r#"{"error":{"message":"Bad max_tokens","param":"max_tokens"},"messages":[{"content":"at most 900"}]}"#,
            r#"{"error":{"message":"Bad max_tokens"},"request":{"messages":[{"content":"at most 900: this prompt"}]}}"#,
            r#"{"detail":[{"loc":["body","max_tokens"],"msg":"No","input":{"messages":["at most 900 words"]}}]}"#,
            r#"{"problem":"max_tokens","request":"at most 900 words"}"#,
        ] {
            assert_eq!(about(body), tokens, "{body}");
        }
        let unclear = r#"{"problem":"max_tokens and the prompt are too long: at most 900"}"#;
        assert_eq!(about(unclear), [Field::Prompt { left: None }]);
        // Gemini's list of one, and what OpenRouter hands on of another.
        let said = "max_tokens must be less than or equal to 512";
        let error = serde_json::json!({"error": {"message": said}});
        for body in [
            serde_json::json!([error]),
            serde_json::json!({"error": {"message": "No", "metadata": {"raw": error.to_string()}}}),
            serde_json::json!({"error": {"message": "No", "metadata": {"raw": said}}}),
        ] {
            assert_eq!(about(&body.to_string()), [tokens[0], Field::MostTokens(512)], "{body}");
        }
    }

    #[test]
    fn a_refusal_of_a_prompt_is_about_that_also_where_it_names_the_number_of_tokens() {
        for (said, left) in [
            // vLLM's and Anthropic's.
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 16000. This model's maximum context length is \
                 32768 tokens and your request has 20000 input tokens (16000 > 32768 - 20000).",
                Some(12_768),
            ),
            (
                "input length and `max_tokens` exceed context limit: 188240 + 16000 > 200000, decrease input length or \
                 `max_tokens` and try again",
                Some(11_760),
            ),
            // Too little is left, or nothing, or nobody says how much.
            ("max_tokens and your input tokens: 1000 > 8192 - 8000", None),
            ("max_tokens and your input tokens: 1000 > 8192 - 9000", None),
            ("The sum of prompt tokens and max_tokens must not be more than 8192", None),
            ("Prompt is too long for tools and max_tokens", None),
        ] {
            assert_eq!(about(said), [Field::Prompt { left }], "{said}");
            let error = serde_json::json!({"error": {"message": said, "param": "max_tokens"}}).to_string();
            assert_eq!(about(&error), [Field::Prompt { left }], "{error}");
            assert_eq!(named_by("", said), [Field::Prompt { left }], "{said}");
        }
        // Groq's names the context of the model, and is about the number all the same.
        let groq = "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than \
                    the `context_window` for this model";
        assert_eq!(about(groq), [Field::Parameter(Parameter::MaxTokens), Field::MostTokens(8_192)]);
    }
}
