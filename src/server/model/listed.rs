//! A provider's list of models, read leniently: each kind of server says other things of its models under other names, and
//! what is missing or odd is as if it had not been said.

use std::collections::HashSet;

use serde_json::Value;

use crate::domain::{limits::MODEL_CHARS, model_facts::ModelFacts, money::Money};

/// The most models of one provider; the longest list, OpenRouter's, has about 400.
const MOST: usize = 5_000;
/// The most characters that are kept of what a model is called for people.
const NAME_CHARS: usize = 120;
/// The most characters that are kept of what is said about a model.
const DESCRIPTION_CHARS: usize = 1_000;
/// Nano-dollars for [`TOKENS_PER_PRICE`](crate::domain::money::TOKENS_PER_PRICE) tokens in a dollar for one.
const PER_TOKEN: f64 = 1e12;

/// The models of a list that can be talked with, each once; `None` if it is no list.
pub(super) fn read(list: &Value) -> Option<Vec<(String, ModelFacts)>> {
    let inside = ["data", "models"].iter().find_map(|name| list.get(name)?.as_array());
    // Ollama's of no models is null.
    let is_empty = list.get("object").is_some_and(|kind| kind == "list");
    let Some(entries) = list.as_array().or(inside) else { return is_empty.then(Vec::new) };
    let mut seen = HashSet::new();
    let models = entries.iter().filter(|entry| can_talk(entry)).filter_map(|entry| Some((id(entry)?, facts(entry))));
    Some(models.filter(|(id, _)| seen.insert(id.clone())).take(MOST).collect())
}

fn id(entry: &Value) -> Option<String> {
    let named = || ["id", "name", "model"].iter().find_map(|name| entry.get(name)?.as_str());
    let id = entry.as_str().or_else(named)?;
    let fits = !id.is_empty() && id.chars().count() <= MODEL_CHARS && !id.chars().any(char::is_control);
    fits.then(|| id.to_owned())
}

fn facts(entry: &Value) -> ModelFacts {
    let can = Abilities::of(entry);
    ModelFacts {
        name: line(entry, &["display_name", "name"], NAME_CHARS),
        description: line(entry, &["description"], DESCRIPTION_CHARS),
        context_length: tokens(
            entry,
            &[
                "/context_length",
                "/max_model_len",
                "/context_window",
                "/max_context_length",
                "/max_input_tokens",
                "/meta/n_ctx",
                "/meta/n_ctx_train",
            ],
        ),
        max_output: tokens(
            entry,
            &["/top_provider/max_completion_tokens", "/max_completion_tokens", "/max_output_tokens", "/max_tokens"],
        ),
        input: entry.pointer("/pricing/prompt").and_then(price),
        output: entry.pointer("/pricing/completion").and_then(price),
        vision: can.take("image").or_else(|| can.have("vision")),
        audio: can.take("audio").or_else(|| can.have("audio")),
        tools: can.be_told("tools").or_else(|| can.have("function_calling")).or_else(|| can.have("tools")),
        reasoning: can.be_told("reasoning").or_else(|| can.have("reasoning")).or_else(|| can.have("thinking")),
    }
}

/// What a list says of what a model can do: nothing, or a list in which something stands or does not.
struct Abilities<'a> {
    /// What it takes in (OpenRouter).
    inputs: Option<&'a Value>,
    /// Which parameters it knows (OpenRouter).
    parameters: Option<&'a Value>,
    /// What else: words, or words with yes or no (Mistral, Ollama, llama.cpp).
    capabilities: Option<&'a Value>,
}

impl<'a> Abilities<'a> {
    fn of(entry: &'a Value) -> Self {
        Self {
            inputs: entry.pointer("/architecture/input_modalities"),
            parameters: entry.get("supported_parameters"),
            capabilities: entry.get("capabilities"),
        }
    }

    fn take(&self, kind: &str) -> Option<bool> {
        lists(self.inputs?, kind)
    }

    fn be_told(&self, parameter: &str) -> Option<bool> {
        lists(self.parameters?, parameter)
    }

    fn have(&self, capability: &str) -> Option<bool> {
        let capabilities = self.capabilities?;
        // A list of words leaves out what its server does not know, too.
        capabilities
            .get(capability)
            .and_then(Value::as_bool)
            .or_else(|| lists(capabilities, capability).filter(|has| *has))
    }
}

fn lists(list: &Value, word: &str) -> Option<bool> {
    Some(list.as_array()?.iter().any(|other| other == word))
}

fn line(entry: &Value, names: &[&str], most: usize) -> Option<String> {
    let text = names.iter().find_map(|name| entry.get(name)?.as_str())?;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).take(most).collect();
    (!line.is_empty()).then_some(line)
}

/// A number of tokens above 0, written as a number or as text.
fn tokens(entry: &Value, places: &[&str]) -> Option<u64> {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let fits = |number: &u64| (1..=i64::MAX.unsigned_abs()).contains(number);
    places.iter().find_map(|place| number(entry.pointer(place)?).filter(fits))
}

/// Dollars for one token, written as text or as a number. Below 0 it depends on something (OpenRouter's router says -1).
fn price(value: &Value) -> Option<Money> {
    let dollars: f64 = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    let nanos = (dollars * PER_TOKEN).round();
    // Whatever costs more than a million dollars for 1,000 tokens is no price.
    if !(dollars >= 0.0 && nanos <= 1e15) {
        return None;
    }
    // What is not free stays so.
    Some(Money((nanos as i64).max(i64::from(dollars > 0.0))))
}

/// Whether it is a model that answers with text: lists name those as well that measure, draw or speak.
fn can_talk(entry: &Value) -> bool {
    const OTHER_KINDS: [&str; 6] = ["embedding", "image", "audio", "moderation", "rerank", "transcribe"];
    const OTHER_WORDS: [&str; 14] = [
        "embed",
        "whisper",
        "tts",
        "dall",
        "moderation",
        "transcribe",
        "realtime",
        "sora",
        "davinci",
        "babbage",
        "imagen",
        "veo",
        "rerank",
        "aqa",
    ];
    let writes = entry.pointer("/architecture/output_modalities").and_then(|kinds| lists(kinds, "text"));
    let completes = entry.pointer("/capabilities/completion_chat").and_then(Value::as_bool);
    let kind = entry.get("type").and_then(Value::as_str).unwrap_or_default();
    let id = id(entry).unwrap_or_default().to_lowercase();
    let is_other = || {
        let last = id.rsplit('/').next().unwrap_or_default();
        last.starts_with("gpt-image")
            || last.split(['-', '_', '.', ':']).any(|word| {
                OTHER_WORDS.iter().any(|other| word == *other || (*other == "embed" && word.starts_with("embed")))
            })
    };
    completes != Some(false) && !OTHER_KINDS.contains(&kind) && writes.unwrap_or_else(|| !is_other())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(entry: Value) -> ModelFacts {
        let mut models = read(&json!({ "data": [entry] })).unwrap();
        assert_eq!(models.len(), 1);
        models.remove(0).1
    }

    #[test]
    fn openrouter_says_everything_and_its_prices_are_dollars_for_a_token() {
        let facts = one(json!({
            "id": "openai/gpt-4o-mini", "name": "OpenAI: GPT-4o-mini", "description": "Small.\nFast.",
            "context_length": 128_000, "architecture": { "input_modalities": ["text", "image"], "output_modalities": ["text"] },
            "pricing": { "prompt": "0.00000015", "completion": "0.0000006", "image": "0.000217" },
            "top_provider": { "context_length": 128_000, "max_completion_tokens": 16_384 },
            "supported_parameters": ["max_tokens", "temperature", "tools"],
        }));
        let expected = ModelFacts {
            name: Some("OpenAI: GPT-4o-mini".to_owned()),
            description: Some("Small. Fast.".to_owned()),
            context_length: Some(128_000),
            max_output: Some(16_384),
            input: Some(Money(150_000)),
            output: Some(Money(600_000)),
            vision: Some(true),
            audio: Some(false),
            tools: Some(true),
            reasoning: Some(false),
        };
        assert_eq!(facts, expected);
    }

    #[test]
    fn other_servers_say_the_length_of_the_context_in_their_own_words() {
        for entry in [
            json!({ "id": "vllm", "object": "model", "max_model_len": 8192 }),
            json!({ "id": "llama.cpp", "meta": { "n_ctx_train": 8192 } }),
            json!({ "id": "groq", "context_window": 8192, "max_completion_tokens": null }),
            json!({ "id": "mistral", "max_context_length": "8192" }),
        ] {
            assert_eq!(one(entry.clone()).context_length, Some(8192), "{entry}");
        }
        let mistral = one(json!({ "id": "m", "capabilities": { "vision": true, "function_calling": false } }));
        assert_eq!((mistral.vision, mistral.tools, mistral.reasoning), (Some(true), Some(false), None));
        let ollama = one(json!({ "name": "llama3.2", "capabilities": ["completion", "tools"] }));
        assert_eq!((ollama.tools, ollama.vision), (Some(true), None));
    }

    #[test]
    fn a_list_is_read_in_every_form_and_each_model_once() {
        let ids = |list: Value| read(&list).map(|models| models.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
        let both = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(ids(json!({ "data": [{ "id": "a" }, { "id": "b" }, { "id": "a" }] })), Some(both.clone()));
        assert_eq!(ids(json!({ "models": [{ "name": "a" }, { "model": "b" }] })), Some(both.clone()));
        assert_eq!(ids(json!([{ "id": "a" }, "b", 1, null, { "id": "" }, { "id": "x\n" }])), Some(both));
        assert_eq!(ids(json!({ "object": "list", "data": null })), Some(Vec::new()));
        for nothing in [json!({}), json!("a"), json!(null), json!({ "data": {} }), json!({ "error": "no" })] {
            assert_eq!(ids(nothing), None);
        }
        let many: Vec<Value> = (0..MOST + 10).map(|number| json!({ "id": number.to_string() })).collect();
        assert_eq!(ids(json!(many)).unwrap().len(), MOST);
    }

    #[test]
    fn what_is_odd_is_as_if_it_had_not_been_said() {
        let facts = one(json!({
            "id": "odd", "name": 7, "context_length": -1, "max_model_len": 0, "pricing": { "prompt": "-1", "completion": {} },
            "architecture": [], "supported_parameters": "tools", "capabilities": null, "description": "\u{7}",
        }));
        assert_eq!(facts, ModelFacts::default());
        for free in [json!("0"), json!(0)] {
            assert_eq!(price(&free), Some(Money(0)));
        }
        assert_eq!(price(&json!(1e-20)), Some(Money(1)));
        for none in [json!("NaN"), json!("inf"), json!("1e300"), json!(null), json!("")] {
            assert_eq!(price(&none), None, "{none}");
        }
    }

    #[test]
    fn what_does_not_answer_with_text_is_left_out() {
        for other in [
            "text-embedding-3-small",
            "whisper-1",
            "tts-1-hd",
            "gpt-4o-mini-tts",
            "dall-e-3",
            "omni-moderation-latest",
            "gpt-4o-realtime-preview",
            "gpt-4o-transcribe",
            "gpt-image-1",
            "babbage-002",
            "nomic-embed-text:latest",
            "models/embedding-001",
        ] {
            assert_eq!(read(&json!([other])), Some(Vec::new()), "{other}");
        }
        assert_eq!(read(&json!([{ "id": "x", "architecture": { "output_modalities": ["image"] } }])), Some(Vec::new()));
        for talks in ["gpt-4o", "gpt-4o-audio-preview", "claude-sonnet-4-5", "org/battsy-7b"] {
            assert_eq!(read(&json!([talks])).unwrap().len(), 1, "{talks}");
        }
    }
}
