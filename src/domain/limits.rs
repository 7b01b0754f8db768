//! The limits that both sides know, so that the page can say them before the server has to.

/// The most messages a chat holds, siblings included. From the product's contract.
pub const MESSAGES_PER_CHAT: i64 = 1_000;

/// The most bytes of one message that a person sends: about 64,000 words, more than most models read at once.
pub const MESSAGE_BYTES: usize = 256 * 1024;

/// The most characters of a chat's title.
pub const TITLE_CHARS: usize = 120;

/// How many messages a page loads at a time, newest first.
pub const MESSAGES_PER_PAGE: usize = 50;

/// The most streams of one reader on a node: a page that is looked at holds two.
pub const STREAMS: usize = 64;

/// How many chats the list shows, those with the newest activity.
pub const CHATS_LISTED: usize = 200;

/// The most characters of a person's, a workspace's, a product's or a token's name.
pub const NAME_CHARS: usize = 100;

/// The most characters of an email address (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const EMAIL_CHARS: usize = 254;

/// The most characters that are kept of what a browser says that it is.
pub const DEVICE_CHARS: usize = 300;

/// The fewest characters of a password (NIST SP 800-63B, 5.1.1.2).
pub const PASSWORD_MIN: usize = 8;

/// The most characters of a password: room for a long sentence, and little enough to hash.
pub const PASSWORD_MAX: usize = 128;

/// The most bytes of a picture's file as it is sent: a large photo of a telephone. What is kept is a few thousand.
pub const PICTURE_BYTES: usize = 8 * 1024 * 1024;

/// In how many workspaces one may be and still make another: more than anybody works in, and an end to a script that makes
/// them.
pub const WORKSPACES_PER_PERSON: i64 = 100;

/// How many entries of the audit log a page shows.
pub const AUDIT_PER_PAGE: usize = 50;

/// The most characters of an expert's title.
pub const EXPERT_TITLE_CHARS: usize = 100;

/// The most characters of a product's description. From the product's contract, as the next two.
pub const DESCRIPTION_CHARS: usize = 4_000;

/// The most characters of a product's facts.
pub const FACTS_CHARS: usize = 20_000;

/// The most characters of an expert's instructions.
pub const INSTRUCTIONS_CHARS: usize = 20_000;

/// The most characters of a model's name: the longest that providers use have about 80.
pub const MODEL_CHARS: usize = 120;

/// The most products, and the most experts, of a workspace, archived ones included: as many as somebody can still choose
/// from.
pub const CATALOGUE_ITEMS: i64 = 500;

/// The most characters of a chat's system prompt. From the product's contract.
pub const SYSTEM_PROMPT_CHARS: usize = 5_000;

/// The most tokens that a reply may be given. From the product's contract.
pub const MAX_TOKENS: u32 = 100_000;

/// The most characters of a URL that somebody sets: what browsers and proxies take without asking.
pub const URL_CHARS: usize = 2_000;

/// The most characters of a key or a token that somebody sets: the longest that providers give out are JWTs of about 2,000.
pub const KEY_CHARS: usize = 4_000;

/// The most budgets of a workspace: each costs every reply a question to the database.
pub const BUDGETS_PER_WORKSPACE: i64 = 50;

/// The most providers, and the most MCP servers, of a workspace: more than anybody chooses from.
pub const PROVIDERS_PER_WORKSPACE: i64 = 50;

/// The most tools that a chat has switched on: providers take 128 with a question.
pub const TOOLS_PER_CHAT: usize = 64;

/// How often a model may call tools and be asked again within one reply.
pub const TOOL_ROUNDS: u32 = 8;

/// How many tokens a round may write, however much of what the reply may have was written before it: else an answer would be
/// cut off in its first words.
pub const ROUND_TOKENS: u32 = 1_000;

/// The most calls of tools within one reply.
pub const TOOL_CALLS: usize = 32;

/// The most bytes of what a call of a tool gives: about 8,000 tokens, a good part of what many models read at once.
pub const TOOL_RESULT_BYTES: usize = 32 * 1024;

/// The most bytes that a model is told of the tools that are built in.
pub const BUILT_IN_TOOL_BYTES: u64 = 2 * 1024;

/// The most bytes of what all tools of one reply give, except that each may give [`TOOL_RESULT_LEAST`]: the model reads all
/// of it again in every later round, and budgets reserve for that.
pub const TOOL_RESULTS_BYTES: usize = 96 * 1024;

/// What a tool gives is not shortened further than to so many bytes: a few sentences.
pub const TOOL_RESULT_LEAST: usize = 256;

/// The most tools of an MCP server that are taken into account.
pub const TOOLS_PER_SERVER: usize = 100;
