//! Products and experts, as admins keep them and people choose them.

use parlance::domain::{
    catalogue::{ExpertSummary, ProductSummary},
    id::{ChatId, ExpertId, MessageId, ProductId},
};

use super::client::{Client, Made, Refusal, Started};

impl Client {
    /// A new product with these facts.
    pub async fn product(&self, name: &str, facts: &str) -> ProductId {
        let product = ProductId::new();
        self.save_product(product, name, facts).await.expect("a product to be kept");
        product
    }

    /// Keeps a product.
    pub async fn save_product(&self, product: ProductId, name: &str, facts: &str) -> Result<(), Refusal> {
        let product = product.to_string();
        let fields = [("product", product.as_str()), ("name", name), ("description", ""), ("facts", facts)];
        self.order("save_product", &fields).await
    }

    /// A new expert with these instructions.
    pub async fn expert(&self, name: &str, instructions: &str, model: &str) -> ExpertId {
        let expert = ExpertId::new();
        self.save_expert(expert, name, instructions, model).await.expect("an expert to be kept");
        expert
    }

    /// Keeps an expert.
    pub async fn save_expert(
        &self,
        expert: ExpertId,
        name: &str,
        instructions: &str,
        model: &str,
    ) -> Result<(), Refusal> {
        let expert = expert.to_string();
        let fields = [("name", name), ("title", "Adviser"), ("instructions", instructions), ("model", model)];
        self.order("save_expert", &[&[("expert", expert.as_str())], &fields[..]].concat()).await
    }

    /// The products of one's workspace.
    pub async fn products(&self, archived: bool) -> Result<Vec<ProductSummary>, Refusal> {
        self.call("list_products", &[("archived", &archived.to_string())]).await
    }

    /// The experts of one's workspace.
    pub async fn experts(&self, archived: bool) -> Result<Vec<ExpertSummary>, Refusal> {
        self.call("list_experts", &[("archived", &archived.to_string())]).await
    }

    /// Begins a chat about something, answered by somebody; what is `None` is left empty, as a form does.
    pub async fn start_with(
        &self,
        text: &str,
        product: Option<ProductId>,
        expert: Option<ExpertId>,
    ) -> Result<Started, Refusal> {
        let (chat, message) = (ChatId::new(), MessageId::new());
        let product = product.map(|product| product.to_string()).unwrap_or_default();
        let expert = expert.map(|expert| expert.to_string()).unwrap_or_default();
        let fields = [
            ("chat", chat.to_string()),
            ("message", message.to_string()),
            ("text", text.to_owned()),
            ("product", product),
            ("expert", expert),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let made: Made = self.call("start_chat", &fields).await?;
        Ok(Started { chat, message, reply: made.reply })
    }
}
