//! What a chat API sends, read leniently: a field that is missing, null or of another type is as if it had
//! not been sent, and what is unknown is passed over.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

/// One event of a stream, or a whole completion: the two differ only in the name of a field.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Chunk {
    #[serde(default, deserialize_with = "or_default")]
    pub choices: Vec<Choice>,
    #[serde(default, deserialize_with = "or_default")]
    pub usage: Option<WireUsage>,
    #[serde(default)]
    pub error: Option<WireError>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub index: Option<u32>,
    #[serde(default)]
    pub delta: Option<Delta>,
    /// In a whole completion. Some servers repeat all that was said here in every chunk: `delta` goes first.
    #[serde(default)]
    pub message: Option<Delta>,
    #[serde(default)]
    pub finish_reason: Words,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta {
    #[serde(default)]
    pub content: Words,
    #[serde(default)]
    pub reasoning_content: Words,
    #[serde(default)]
    pub reasoning: Words,
    #[serde(default)]
    pub refusal: Words,
    /// As they come: what is in them differs from server to server.
    #[serde(default)]
    pub tool_calls: Value,
    /// The one call of the time before there were several.
    #[serde(default)]
    pub function_call: Value,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct WireUsage {
    #[serde(default, deserialize_with = "or_default")]
    pub prompt_tokens: u64,
    #[serde(default, deserialize_with = "or_default")]
    completion_tokens: u64,
    #[serde(default, deserialize_with = "or_default")]
    total_tokens: u64,
    #[serde(default)]
    pub prompt_tokens_details: Option<TokenDetails>,
    #[serde(default)]
    pub completion_tokens_details: Option<TokenDetails>,
}

impl WireUsage {
    /// How many tokens were thought, as far as it says.
    pub fn reasoning(&self) -> Option<u64> {
        self.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens)
    }

    /// How many tokens were written and thought. OpenAI counts the second among the first; xAI counts them beside it
    /// and in the total, and gateways to Gemini in the total alone. All of it is paid for as what was written.
    ///
    /// So the total is believed where it says more: no further than what was thought, if that is told, since a total
    /// may hold other things too; and only beside a number of what was read, without which all of that would be counted
    /// as written.
    pub fn completion(&self) -> u64 {
        let counted = self.prompt_tokens.saturating_add(self.completion_tokens);
        let more = if self.prompt_tokens == 0 { 0 } else { self.total_tokens.saturating_sub(counted) };
        let beside = self.reasoning().map_or(more, |reasoning| more.min(reasoning));
        self.completion_tokens.saturating_add(beside)
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenDetails {
    #[serde(default)]
    pub cached_tokens: Option<u64>,
    #[serde(default)]
    pub reasoning_tokens: Option<u64>,
}

/// An error object; some servers send a bare string.
#[derive(Debug, Default)]
pub(super) struct WireError {
    pub message: String,
    /// A word of the provider's own, or the number of an HTTP status.
    pub code: String,
    /// What it calls errors of this kind.
    pub kind: String,
    /// Which field of the request it is about.
    pub param: String,
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// Text where text is expected: a string, the texts of a list of parts, and nothing for anything else.
#[derive(Debug, Default)]
pub(super) struct Words(pub String);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WordsVisitor)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Words, E> {
        Ok(Words(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Words, E> {
        Ok(Words(text))
    }

    fn visit_unit<E>(self) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_none<E>(self) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Words, A::Error> {
        let mut all = String::new();
        while let Some(part) = parts.next_element::<Words>()? {
            all.push_str(&part.0);
        }
        Ok(Words(all))
    }

    /// A part of a list, `{"type": "text", "text": "…"}`.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Words, A::Error> {
        let mut words = Words::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "text" {
                words = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(words)
    }
}

impl<'de> Deserialize<'de> for WireError {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WireErrorVisitor)
    }
}

struct WireErrorVisitor;

impl<'de> Visitor<'de> for WireErrorVisitor {
    type Value = WireError;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error")
    }

    fn visit_str<E>(self, text: &str) -> Result<WireError, E> {
        Ok(WireError { message: text.to_owned(), ..WireError::default() })
    }

    fn visit_bool<E>(self, _: bool) -> Result<WireError, E> {
        Ok(WireError::default())
    }

    fn visit_i64<E>(self, code: i64) -> Result<WireError, E> {
        Ok(WireError { code: code.to_string(), ..WireError::default() })
    }

    fn visit_u64<E>(self, code: u64) -> Result<WireError, E> {
        Ok(WireError { code: code.to_string(), ..WireError::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WireError, A::Error> {
        let mut error = WireError::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "message" => error.message = map.next_value::<Words>()?.0,
                "code" => error.code = word(&map.next_value::<Value>()?),
                "type" => error.kind = word(&map.next_value::<Value>()?),
                "param" => error.param = word(&map.next_value::<Value>()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(error)
    }
}

/// A word, or a number as one; nothing for anything else.
fn word(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// An error's own words in a body of unknown form: `{"error": …}`, `{"message": …}`, `{"detail": …}`.
pub(super) fn error_in(body: &[u8]) -> Option<WireError> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        error: Option<WireError>,
        #[serde(default)]
        message: Words,
        #[serde(default)]
        detail: Words,
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    if body.error.is_some() {
        return body.error;
    }
    let message = if body.message.0.is_empty() { body.detail.0 } else { body.message.0 };
    (!message.is_empty()).then_some(WireError { message, ..WireError::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(json: &str) -> String {
        let chunk: Chunk = serde_json::from_str(json).expect("lenient");
        chunk
            .choices
            .into_iter()
            .filter_map(|choice| choice.delta.or(choice.message))
            .map(|delta| delta.content.0)
            .collect()
    }

    #[test]
    fn every_known_form_of_text_is_read() {
        assert_eq!(text_of(r#"{"choices":[{"delta":{"content":"a"}}]}"#), "a");
        assert_eq!(text_of(r#"{"choices":[{"message":{"role":"assistant","content":"a"}}]}"#), "a");
        assert_eq!(
            text_of(r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"image"},"b"]}}]}"#),
            "ab"
        );
    }

    #[test]
    fn what_is_missing_null_or_of_another_type_is_as_if_not_sent() {
        for json in [
            "{}",
            r#"{"choices":null,"usage":null}"#,
            r#"{"choices":[]}"#,
            r#"{"choices":[{"delta":null,"finish_reason":null}]}"#,
            r#"{"choices":[{"delta":{"content":null,"reasoning":{"effort":"high"},"tool_calls":[]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":7}}],"extra":{"a":[1]}}"#,
        ] {
            assert_eq!(text_of(json), "", "{json}");
        }
    }

    #[test]
    fn what_was_thought_is_counted_as_written_wherever_it_is_counted() {
        let completion = |json: &str| serde_json::from_str::<WireUsage>(json).expect("lenient").completion();
        let thought = r#""completion_tokens_details":{"reasoning_tokens":386}"#;
        let with = |counts: &str| completion(&format!("{{{counts},{thought}}}"));
        assert_eq!(with(r#""prompt_tokens":12,"completion_tokens":387,"total_tokens":399"#), 387, "among it");
        assert_eq!(with(r#""prompt_tokens":12,"completion_tokens":1,"total_tokens":399"#), 387, "beside it");
        assert_eq!(with(r#""prompt_tokens":12,"completion_tokens":1,"total_tokens":9000"#), 387, "and something else");
        let total = completion(r#"{"prompt_tokens":20,"completion_tokens":198,"total_tokens":623}"#);
        assert_eq!(total, 603, "in the total alone");
    }

    #[test]
    fn a_total_that_makes_no_sense_changes_nothing() {
        let completion = |json: &str| serde_json::from_str::<WireUsage>(json).expect("lenient").completion();
        for total in ["", r#","total_tokens":null"#, r#","total_tokens":0"#, r#","total_tokens":29"#] {
            assert_eq!(completion(&format!(r#"{{"prompt_tokens":20,"completion_tokens":10{total}}}"#)), 10, "{total}");
        }
        assert_eq!(completion(r#"{"completion_tokens":10,"total_tokens":5000}"#), 10, "most of it was read");
        let most = u64::MAX;
        assert_eq!(
            completion(&format!(r#"{{"prompt_tokens":{most},"completion_tokens":{most},"total_tokens":1}}"#)),
            most
        );
    }

    #[test]
    fn an_error_is_found_in_every_usual_form() {
        for body in [
            r#"{"error":{"message":"no","code":"x"}}"#,
            r#"{"error":"no"}"#,
            r#"{"message":"no"}"#,
            r#"{"detail":"no"}"#,
            r#"{"error":{"message":"no","code":404,"param":null}}"#,
        ] {
            assert_eq!(error_in(body.as_bytes()).map(|error| error.message).as_deref(), Some("no"), "{body}");
        }
        assert!(error_in(b"<html>").is_none());
    }

    #[test]
    fn the_code_of_an_error_is_a_word_or_a_number() {
        let error = |body: &str| error_in(body.as_bytes()).map(|error| (error.code, error.kind, error.param));
        let said = |code: &str, kind: &str, param: &str| Some((code.to_owned(), kind.to_owned(), param.to_owned()));
        assert_eq!(error(r#"{"error":{"message":"no","code":429}}"#), said("429", "", ""));
        assert_eq!(error(r#"{"error":{"message":"no","code":"x","type":"y","param":"z"}}"#), said("x", "y", "z"));
        assert_eq!(error(r#"{"error":{"message":"no","code":null,"type":[1],"param":{}}}"#), said("", "", ""));
    }
}
