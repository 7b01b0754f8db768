//! What a model gives a tool: read, and held against what the tool takes.

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value};

/// The most bytes of one call's arguments: a long letter.
pub const ARGUMENT_BYTES: usize = 64 * 1024;

/// How many references a schema may have: each may be followed by each other one, and the work doubles with every two.
const REFERENCES: usize = 16;

/// The longest sentence about one of them, in characters.
const SENTENCE_CHARS: usize = 300;

/// Why arguments are not taken, in sentences for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadArguments(pub String);

/// The arguments as they are given to the tool. No text stands for none.
///
/// # Errors
/// If they are not a JSON object, or not one that the schema allows.
pub fn read(text: &str, schema: &Value) -> Result<Map<String, Value>, BadArguments> {
    if text.len() > ARGUMENT_BYTES {
        return Err(BadArguments(format!("The arguments are too long: at most {ARGUMENT_BYTES} bytes.")));
    }
    let text = if text.trim().is_empty() { "{}" } else { text };
    let value: Value = serde_json::from_str(text)
        .map_err(|error| BadArguments(format!("The arguments are not JSON: {error}. Nothing was done.")))?;
    let validator = validator(schema).map_err(|_| {
        BadArguments("What this tool takes is not known: its schema is not a JSON schema. Nothing was done.".to_owned())
    })?;
    // The first thing that is wrong: a schema may be made so that all of them have no end.
    if let Err(error) = validator.validate(&value) {
        let wrong = sentence(&error);
        return Err(BadArguments(format!("The arguments do not fit what the tool takes: {wrong}. Nothing was done.")));
    }
    match value {
        Value::Object(arguments) => Ok(arguments),
        _ => Err(BadArguments("The arguments are not a JSON object. Nothing was done.".to_owned())),
    }
}

/// Whether a schema is one that can be held against arguments in no time.
#[must_use]
pub fn is_schema(schema: &Value) -> bool {
    schema.is_object() && references(schema) <= REFERENCES && validator(schema).is_ok()
}

fn references(schema: &Value) -> usize {
    let text = schema.to_string();
    ["\"$ref\"", "\"$dynamicRef\"", "\"$recursiveRef\""].iter().map(|name| text.matches(name).count()).sum()
}

/// Nothing is fetched that a schema refers to, and its patterns take time in proportion to the text: it may be anybody's.
fn validator(schema: &Value) -> Result<Validator, jsonschema::ValidationError<'static>> {
    jsonschema::options().with_pattern_options(PatternOptions::regex()).build(schema)
}

fn sentence(error: &jsonschema::ValidationError<'_>) -> String {
    let place = error.instance_path().to_string();
    let place = if place.is_empty() { "/".to_owned() } else { place };
    let said: String = error.to_string().chars().take(SENTENCE_CHARS).collect();
    format!("at {place}: {said}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(text: &str, schema: &Value) -> String {
        read(text, schema).unwrap_err().0
    }

    #[test]
    fn what_fits_is_given_to_the_tool_and_what_does_not_is_said_to_the_model() {
        let schema = json!({
            "type": "object", "required": ["city"], "additionalProperties": false,
            "properties": {"city": {"type": "string", "minLength": 1}, "days": {"type": "integer"}},
        });
        assert_eq!(Value::Object(read(r#"{"city": "Rome"}"#, &schema).unwrap()), json!({"city": "Rome"}));
        assert!(refused("{}", &schema).contains("city"));
        assert!(refused("", &schema).contains("city"));
        assert!(refused(r#"{"city": "Rome", "days": "two"}"#, &schema).contains("at /days"));
        assert!(refused(r#"{"city": "Rome", "sky": 1}"#, &schema).contains("sky"));
        assert!(refused(r#"{"city": "Ro"#, &schema).contains("not JSON"));
        assert!(refused("[]", &json!({})).contains("not a JSON object"));
        assert!(refused(&" ".repeat(ARGUMENT_BYTES + 1), &schema).contains("too long"));
        assert!(read("", &json!({"type": "object"})).unwrap().is_empty());
    }

    #[test]
    fn a_schema_reaches_nothing_outside_of_itself() {
        for schema in [json!({"$ref": "http://127.0.0.1:9/schema.json"}), json!({"$ref": "file:///etc/passwd"})] {
            assert!(!is_schema(&schema), "{schema}");
            assert!(refused("{}", &schema).contains("not known"));
        }
        assert!(!is_schema(&json!({"type": 7})) && !is_schema(&json!([])) && is_schema(&json!({})));
    }

    #[test]
    fn a_schema_that_would_take_for_ever_is_none() {
        let mut definitions = Map::from_iter([("d0".to_owned(), json!({"type": "string"}))]);
        for number in 1..30 {
            let below = json!({"$ref": format!("#/$defs/d{}", number - 1)});
            definitions.insert(format!("d{number}"), json!({"allOf": [below, below]}));
        }
        assert!(!is_schema(&json!({"$defs": definitions, "properties": {"a": {"$ref": "#/$defs/d29"}}})));
        assert!(is_schema(&json!({"$defs": {"d": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/d"}}})));
    }
}
