//! The provider's check of what somebody wrote, before a model is asked.

use std::{collections::BTreeSet, time::Duration};

use async_openai::config::Config as _;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    client::ModelClient,
    error::{ModelError, presentable},
    transport::{read_body, refusal},
};
use crate::texts::moderation as texts;

/// The model that OpenAI names for this; others take the name for their own or pass over it.
const MODEL: &str = "omni-moderation-latest";
/// How long a check may take. From the product's contract, as that it is tried twice.
const LIMIT: Duration = Duration::from_secs(10);
const RETRIES: u32 = 1;
/// The wait before it is tried again.
const WAIT: Duration = Duration::from_millis(300);
/// Long texts are checked in parts of about so many bytes: models that check read less than those that answer.
const PART: usize = 16 * 1024;

/// What a check says, read leniently.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    results: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    #[serde(default)]
    flagged: Value,
    #[serde(default)]
    categories: Value,
}

impl ModelClient {
    /// Has a text checked.
    ///
    /// # Errors
    /// `Moderated` if something is found in it, `RateLimited` if it is to be asked later, else `NotChecked`: an answer that
    /// cannot be read is none.
    pub async fn moderate(&self, text: &str) -> Result<(), ModelError> {
        let body = json!({"model": MODEL, "input": parts(text)}).to_string();
        let mut retries = 0;
        let error = loop {
            match self.check_once(&body).await {
                Ok(found) if found.is_empty() => return Ok(()),
                Ok(found) => return Err(ModelError::Moderated(texts::flagged(&found))),
                Err(error @ ModelError::RateLimited { .. }) => return Err(error),
                Err(error) if retries < RETRIES && may_pass(&error) => {
                    tracing::info!(code = error.code(), "checking again");
                    retries += 1;
                    sleep(WAIT).await;
                }
                Err(error) => break error,
            }
        };
        tracing::warn!(code = error.code(), "what was written could not be checked");
        Err(ModelError::NotChecked(match error {
            ModelError::NotFound(_) | ModelError::NotAnApi(_) | ModelError::Malformed(_) => texts::NO_CHECK.to_owned(),
            ModelError::Unauthorized => texts::KEY_REFUSED.to_owned(),
            ModelError::OutOfCredit { .. } => texts::USED_UP.to_owned(),
            _ => texts::BROKEN.to_owned(),
        }))
    }

    /// One call. Returns the categories of what was found.
    async fn check_once(&self, body: &str) -> Result<Vec<String>, ModelError> {
        let deadline = Instant::now() + LIMIT;
        let (http, endpoint) = (&self.http, &self.endpoint);
        let request = http
            .post(endpoint.url("/moderations"))
            .headers(endpoint.headers())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_owned());
        let response = match timeout_at(deadline, request.send()).await {
            Err(_) => return Err(ModelError::FirstByteTimeout),
            Ok(Err(error)) => {
                tracing::warn!(error = ?error.without_url(), "the provider cannot be reached");
                return Err(ModelError::Unreachable);
            }
            Ok(Ok(response)) => response,
        };
        if !response.status().is_success() {
            return Err(refusal(response, deadline, self.key()).await);
        }
        let body = read_body(response, deadline).await?;
        let answer = serde_json::from_slice(&body).map_err(|_| ModelError::Malformed("an answer that is not JSON"))?;
        found(answer).ok_or(ModelError::NotAnApi("it sends JSON without a finding in it"))
    }
}

fn may_pass(error: &ModelError) -> bool {
    error.is_transient() || matches!(error, ModelError::FirstByteTimeout)
}

/// A text as it is sent: whole if it is short, as most are.
fn parts(text: &str) -> Value {
    if text.len() <= PART {
        return json!(text);
    }
    let (mut parts, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(PART));
        parts.push(part);
        rest = after;
    }
    json!(parts)
}

/// The categories that any part of a text falls into; `None` if the answer does not say.
fn found(answer: Answer) -> Option<Vec<String>> {
    let mut all = BTreeSet::new();
    if answer.results.is_empty() {
        return None;
    }
    for Finding { flagged, categories } in answer.results {
        let named: Vec<String> = match &categories {
            Value::Object(categories) => {
                categories.iter().filter(|(_, is)| **is == Value::Bool(true)).map(|(name, _)| name.clone()).collect()
            }
            _ => Vec::new(),
        };
        // Some name categories and no verdict.
        let is_flagged = match flagged {
            Value::Bool(flagged) => flagged,
            _ if categories.is_object() => !named.is_empty(),
            _ => return None,
        };
        if is_flagged {
            let named = if named.is_empty() { vec![String::new()] } else { named };
            all.extend(named.iter().map(|name| presentable(name, None)));
        }
    }
    Some(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Option<Vec<String>> {
        serde_json::from_value(json).ok().and_then(found)
    }

    #[test]
    fn what_was_found_is_read_in_every_usual_form() {
        let clean = json!({"results": [{"flagged": false, "categories": {"violence": false}}]});
        assert_eq!(read(clean), Some(vec![]));
        let two = json!({"id": "m", "results": [
            {"flagged": true, "categories": {"violence": true, "hate": false}, "category_scores": {"violence": 0.9}},
            {"flagged": true, "categories": {"harassment": true, "violence": true}},
        ]});
        assert_eq!(read(two), Some(vec!["harassment".to_owned(), "violence".to_owned()]));
        let without_verdict = json!({"results": [{"categories": {"pii": true, "health": false}}]});
        assert_eq!(read(without_verdict), Some(vec!["pii".to_owned()]));
        let without_categories = json!({"results": [{"flagged": true, "categories": null}]});
        assert_eq!(read(without_categories), Some(vec![String::new()]));
    }

    #[test]
    fn an_answer_that_does_not_say_is_no_answer() {
        for json in [
            json!({}),
            json!({"results": []}),
            json!({"results": null}),
            json!({"results": [{}]}),
            json!({"results": [{"flagged": "no"}]}),
            json!({"results": "fine"}),
            json!([]),
        ] {
            assert_eq!(read(json.clone()), None, "{json}");
        }
    }

    #[test]
    fn a_long_text_goes_in_parts_that_are_all_of_it() {
        assert_eq!(parts("short"), json!("short"));
        let long = "ü".repeat(PART);
        let Value::Array(sent) = parts(&long) else { panic!("one part") };
        assert!(sent.len() > 1);
        assert_eq!(sent.iter().filter_map(Value::as_str).collect::<String>(), long);
    }
}
