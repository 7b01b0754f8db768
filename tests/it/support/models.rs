//! Models that a server offers, and what is said of how they are asked.

use parlance::{
    domain::{
        asking::Offer,
        id::{ChatId, MessageId, ModelId},
    },
    server::providers::MAIN,
};

use super::{
    app::TestApp,
    client::{Client, Made, Refusal, Started},
    database::change,
    people::now,
};

/// A model, as its provider's list would have it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// How many tokens it takes in.
    pub context_length: Option<u32>,
    /// How many tokens it writes.
    pub max_output: Option<u32>,
    /// Whether it calls tools, if that is known.
    pub tools: Option<bool>,
    /// Whether it thinks as much as it is told to, if that is known.
    pub reasoning: Option<bool>,
    /// Whether its provider has it no more.
    pub gone: bool,
}

impl Listed {
    /// One that can be asked, of which no more is known.
    pub fn named(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }
}

impl TestApp {
    /// The same server, whose provider has told which models it has. It is written past the server, which begins anew: it
    /// may remember what it knew.
    pub async fn listing(self, models: &[Listed]) -> Self {
        let (url, now) = (self.database(), now());
        change(&url, &format!("UPDATE providers SET listed_at = {now} WHERE id = '{MAIN}'")).await;
        for model in models {
            let Listed { name, context_length, max_output, tools, reasoning, gone } = *model;
            let number = |number: Option<u32>| number.map_or_else(|| "NULL".to_owned(), |number| number.to_string());
            let (length, output) = (number(context_length), number(max_output));
            let (id, available) = (ModelId::new(), i64::from(!gone));
            let whether = |can: Option<bool>| can.map_or_else(|| "NULL".to_owned(), |can| i64::from(can).to_string());
            let (tools, reasoning) = (whether(tools), whether(reasoning));
            let sql = format!(
                "INSERT INTO models
                     (id, provider_id, model, name, context_length, max_output, tools, reasoning, available,
                      created_at, updated_at)
                 VALUES
                     ('{id}', '{MAIN}', '{name}', '{name}', {length}, {output}, {tools}, {reasoning}, {available},
                      {now}, {now})
                 ON CONFLICT (provider_id, model) DO UPDATE SET available = excluded.available"
            );
            change(&url, &sql).await;
        }
        self.restart().await
    }
}

impl Client {
    /// The models that one can choose from.
    pub async fn offered(&self) -> Offer {
        self.call("offered_models", &[]).await.expect("what there is to choose from")
    }

    /// Begins a chat that says how models are asked in it.
    pub async fn start_asking(&self, text: &str, settings: &[(&str, &str)]) -> Result<Started, Refusal> {
        let (chat, message) = (ChatId::new(), MessageId::new());
        let (id, message_id) = (chat.to_string(), message.to_string());
        let fields = [("chat", id.as_str()), ("message", message_id.as_str()), ("text", text)];
        let made: Made = self.call("start_chat", &[&fields, settings].concat()).await?;
        Ok(Started { chat, message, reply: made.reply })
    }

    /// Chooses a model for a chat; none if it is empty.
    pub async fn choose_model(&self, chat: ChatId, model: &str) -> Result<(), Refusal> {
        self.order("choose_model", &[("chat", &chat.to_string()), ("model", model)]).await
    }

    /// Says how models are asked in a chat.
    pub async fn save_settings(&self, chat: ChatId, settings: &[(&str, &str)]) -> Result<(), Refusal> {
        let chat = chat.to_string();
        self.order("save_chat_settings", &[&[("chat", chat.as_str())], settings].concat()).await
    }

    /// Sends a message and follows the reply to its end.
    pub async fn send_and_follow(&self, chat: ChatId, text: &str) -> MessageId {
        let made = self.send(chat, text).await.expect("a message to be taken");
        self.follow_to_end(made.reply, 0).await;
        made.reply
    }
}
