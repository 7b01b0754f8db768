//! The documented API: what `docs/openapi.json` says of every function, as far as the tests ask.

use std::collections::BTreeSet;

use serde_json::Value;

/// The document.
const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// How forms travel.
const FORM: &str = "application/x-www-form-urlencoded";

/// A field of a function.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Whether it may not be left out.
    pub required: bool,
    /// What it may hold.
    pub schema: Value,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name, which is its path after `/api/`.
    pub name: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Whether it takes a form of text; one with files is sent otherwise.
    pub takes_text: bool,
    /// What it answers, unless that is a stream.
    pub answer: Option<Value>,
    /// What a token has to be good for, if it may be used at all.
    pub scope: Option<String>,
    /// Whether it answers whoever asks.
    pub open: bool,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Api(Value);

impl Api {
    /// As it is written.
    pub fn read() -> Self {
        Self(serde_json::from_str(DOCUMENT).expect("docs/openapi.json is JSON"))
    }

    /// The documented paths, functions and others.
    pub fn paths(&self) -> BTreeSet<String> {
        self.0["paths"].as_object().expect("paths").keys().cloned().collect()
    }

    /// The functions.
    pub fn functions(&self) -> Vec<Function> {
        let paths = self.0["paths"].as_object().expect("paths");
        paths.iter().filter_map(|(path, item)| Some(function(path.strip_prefix("/api/")?, &item["post"]))).collect()
    }

    /// Something that a field with this schema takes.
    pub fn sample(&self, schema: &Value) -> String {
        let schema = self.resolve(schema);
        if let Some(word) = schema["enum"].as_array().and_then(|words| words.first()) {
            return word.as_str().expect("a word").to_owned();
        }
        match (schema["type"].as_str().expect("one type"), schema["format"].as_str().unwrap_or_default()) {
            ("boolean", _) => "false".to_owned(),
            ("integer" | "number", _) => schema["minimum"].as_i64().unwrap_or_default().to_string(),
            (_, "uuid") => uuid::Uuid::now_v7().to_string(),
            (_, "email") => "nobody@example.com".to_owned(),
            (_, "password") => "correct horse battery staple".to_owned(),
            _ => "Something".to_owned(),
        }
    }

    /// Whether a field with this schema takes any text.
    pub fn is_text(&self, schema: &Value) -> bool {
        let schema = self.resolve(schema);
        schema["type"] == "string" && schema["enum"].is_null() && schema["format"] != "uuid"
    }

    /// What about a value is not as the schema says, with the way to it; of the schemas the part that is used.
    pub fn differs(&self, schema: &Value, value: &Value, way: &str) -> Option<String> {
        let schema = self.resolve(schema);
        if let Some(choices) = schema["anyOf"].as_array() {
            let fits = choices.iter().any(|choice| self.differs(choice, value, way).is_none());
            return (!fits).then(|| format!("{way} is {value}"));
        }
        if let Some(words) = schema["enum"].as_array() {
            return (!words.contains(value)).then(|| format!("{way} is {value}"));
        }
        match value {
            Value::Object(fields) if takes(schema, "object") => {
                let known = schema["properties"].as_object().expect("an object's properties");
                let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let missing =
                    required.filter(|name| !fields.contains_key(*name)).map(|name| format!("{way} lacks {name}"));
                let odd = fields.iter().filter_map(|(name, value)| match known.get(name) {
                    Some(schema) => self.differs(schema, value, &format!("{way}.{name}")),
                    None => Some(format!("{way}.{name} is not documented")),
                });
                missing.chain(odd).next()
            }
            Value::Array(items) if takes(schema, "array") => {
                items.iter().find_map(|item| self.differs(&schema["items"], item, &format!("{way}[]")))
            }
            _ => (!takes(schema, kind(value))).then(|| format!("{way} is {value}")),
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let Some(reference) = schema["$ref"].as_str() else { return schema };
        let name = reference.strip_prefix("#/components/schemas/").expect("a schema of this document");
        let found = &self.0["components"]["schemas"][name];
        assert!(found.is_object(), "there is no schema {name}");
        found
    }
}

fn takes(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn function(name: &str, operation: &Value) -> Function {
    let content = &operation["requestBody"]["content"];
    let body = content.as_object().and_then(|kinds| kinds.values().next()).expect("a body");
    let required = body["schema"]["required"].as_array().cloned().unwrap_or_default();
    let fields = body["schema"]["properties"].as_object().expect("properties").iter().map(|(name, schema)| Field {
        name: name.clone(),
        required: required.iter().any(|field| field == name),
        schema: schema.clone(),
    });
    let security = operation["security"].as_array().expect("security");
    let scope = security.iter().find_map(|way| way["token"][0].as_str());
    Function {
        name: name.to_owned(),
        fields: fields.collect(),
        takes_text: content.get(FORM).is_some(),
        answer: operation["responses"]["200"]["content"]["application/json"].get("schema").cloned(),
        scope: scope.map(str::to_owned),
        open: security.is_empty(),
    }
}

/// The server functions that this program has.
pub fn registered() -> BTreeSet<&'static str> {
    server_fn::axum::server_fn_paths().map(|(path, _)| path).collect()
}
