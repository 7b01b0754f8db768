//! What a model is asked with beside the conversation.

use super::words::words;

words!(
    /// A parameter that some models refuse: they are then asked without it, and the reply says so.
    Parameter {
        /// How freely the model chooses its words.
        Temperature = "temperature",
        /// How many tokens it may write.
        MaxTokens = "max_tokens",
        /// How much it thinks before it speaks.
        ReasoningEffort = "reasoning_effort",
        /// Which tools it may call.
        Tools = "tools",
    }
);
