//! What a page loads from the server.

use std::{future::Future, str::FromStr};

use codee::{Decoder, Encoder};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Serialize, de::DeserializeOwned};

use super::signed_out::heed;
use crate::domain::error::AppError;

/// Something that is there before the page is sent, and comes anew whenever its source changes.
pub type Loaded<T> = Resource<Result<T, AppError>, Json>;

/// Loads it.
pub fn load<T, S, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Loaded<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    S: PartialEq + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let heeding = move |source: S| {
        let answer = fetch(source);
        async move { answer.await.inspect_err(heed) }
    };
    Resource::new_with_options(source, heeding, true)
}

/// Loads what the address names by its id; `new` names nothing, for a page that makes another one. What is no id is not
/// found.
pub fn load_named<I, T, Fut>(fetch: impl Fn(Option<I>) -> Fut + Copy + Send + Sync + 'static) -> Loaded<T>
where
    I: FromStr + Send + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let params = use_params_map();
    let named = Memo::new(move |_| params.with(|params| params.get("id").filter(|id| id != "new")));
    load(
        move || named.get(),
        move |named: Option<String>| {
            let id = named.as_deref().map(str::parse::<I>).transpose().map_err(|_| AppError::NotFound);
            async move { fetch(id?).await }
        },
    )
}

/// How it travels in the page: as JSON, read as bytes like the answers of server functions. Read as text it
/// would need all of the reading code, a twentieth of the browser's part, a second time.
#[derive(Debug)]
pub struct Json;

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        serde_json::from_slice(text.as_bytes())
    }
}
