-- Who answers, on what terms, and what it costs. Money is nano-dollars, prices are for 1,000 tokens.

CREATE TABLE providers (
    id TEXT PRIMARY KEY NOT NULL,
    -- Null for one that the operator set: it is there for every workspace, and its key is not kept.
    workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    -- Up to and with /v1, without a slash at the end.
    base_url TEXT NOT NULL,
    -- The key, sealed with the master key; null if it wants none.
    sealed_key TEXT,
    enabled BIGINT NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    -- When its list of models was last read, and what went wrong if it last could not be.
    listed_at BIGINT,
    problem TEXT,
    -- When somebody last set out to read it: the next one waits a little.
    asked_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX providers_of ON providers (workspace_id);

CREATE TABLE models (
    id TEXT PRIMARY KEY NOT NULL,
    provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    -- What the provider calls it.
    model TEXT NOT NULL CHECK (model <> ''),
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    -- In tokens; null if nobody knows.
    context_length BIGINT CHECK (context_length > 0),
    max_output BIGINT CHECK (max_output > 0),
    input_price BIGINT CHECK (input_price >= 0),
    output_price BIGINT CHECK (output_price >= 0),
    -- What it can do; null if nobody knows.
    vision BIGINT CHECK (vision IN (0, 1)),
    audio BIGINT CHECK (audio IN (0, 1)),
    tools BIGINT CHECK (tools IN (0, 1)),
    reasoning BIGINT CHECK (reasoning IN (0, 1)),
    -- Whether the provider's newest list has it.
    available BIGINT NOT NULL DEFAULT 1 CHECK (available IN (0, 1)),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (provider_id, model)
);

-- What the admins of a workspace say of a model, in place of what is known of it where it is not null.
CREATE TABLE model_edits (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    -- Whether it may be chosen.
    enabled BIGINT NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    context_length BIGINT CHECK (context_length > 0),
    input_price BIGINT CHECK (input_price >= 0),
    output_price BIGINT CHECK (output_price >= 0),
    vision BIGINT CHECK (vision IN (0, 1)),
    audio BIGINT CHECK (audio IN (0, 1)),
    tools BIGINT CHECK (tools IN (0, 1)),
    reasoning BIGINT CHECK (reasoning IN (0, 1)),
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, model_id)
);

-- What holds in a workspace where a chat says nothing else. Who chose a model of a provider that is gone is told so: without
-- its provider, the name alone could mean another company's.
CREATE TABLE workspace_settings (
    workspace_id TEXT PRIMARY KEY NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    provider_id TEXT,
    model TEXT,
    system_prompt TEXT,
    temperature DOUBLE PRECISION CHECK (temperature BETWEEN 0 AND 2),
    max_tokens BIGINT CHECK (max_tokens BETWEEN 1 AND 100000),
    reasoning_effort TEXT,
    -- Which model gives chats their titles; null for the one of the chat.
    title_provider_id TEXT,
    title_model TEXT,
    -- Whether prompts are checked by the provider before they are sent.
    moderation BIGINT NOT NULL DEFAULT 0 CHECK (moderation IN (0, 1)),
    updated_at BIGINT NOT NULL
);

ALTER TABLE experts ADD COLUMN provider_id TEXT;

ALTER TABLE chats ADD COLUMN provider_id TEXT;
ALTER TABLE chats ADD COLUMN reasoning_effort TEXT;
-- The tools that are switched on, as a JSON list: of an MCP server's its id, a slash and its name.
ALTER TABLE chats ADD COLUMN tools TEXT NOT NULL DEFAULT '[]';
-- Those of them whose calls a person allowed once and for all, as a JSON list.
ALTER TABLE chats ADD COLUMN tools_allowed TEXT NOT NULL DEFAULT '[]';
-- Whether every other call waits for a person, also of tools that need nobody's word.
ALTER TABLE chats ADD COLUMN ask_tools BIGINT NOT NULL DEFAULT 0 CHECK (ask_tools IN (0, 1));
-- Where its title comes from. What a person gave it stays.
ALTER TABLE chats ADD COLUMN title_by TEXT NOT NULL DEFAULT 'words' CHECK (title_by IN ('words', 'model', 'person'));

-- Of the chats that are there, nobody knows which were renamed.
UPDATE chats SET title_by = 'person';

-- Without a foreign key: what answered stays true when the provider is gone.
ALTER TABLE messages ADD COLUMN provider_id TEXT;
-- How many tokens its text is, counted once.
ALTER TABLE messages ADD COLUMN tokens BIGINT;
-- Of a reply: how many tokens it may have, as budgets were asked for when it was.
ALTER TABLE messages ADD COLUMN max_tokens BIGINT;
-- Of a reply: how many tokens it was asked with, as counted here.
ALTER TABLE messages ADD COLUMN prompt_tokens BIGINT;
-- Of a reply: with how many bytes of an earlier one it began, which that one is billed for.
ALTER TABLE messages ADD COLUMN planted BIGINT NOT NULL DEFAULT 0 CHECK (planted >= 0);
-- Of a reply: how many earlier messages of its path were not sent, for want of room.
ALTER TABLE messages ADD COLUMN left_out BIGINT;
-- Of a reply: the parameters that the model does not take and was asked without, as a JSON list.
ALTER TABLE messages ADD COLUMN dropped TEXT;

-- The line in which a reply waits for its provider, which has no room for now: the provider's id, a space, the model.
ALTER TABLE jobs ADD COLUMN limited_by TEXT;

CREATE INDEX jobs_limited ON jobs (limited_by, created_at) WHERE limited_by IS NOT NULL;

-- Chats that wait for a title from a model. Whoever holds one works on it until the lease ends.
CREATE TABLE title_jobs (
    chat_id TEXT PRIMARY KEY NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    request_id TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Whoever comes after this moment may take it.
    run_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX title_jobs_due ON title_jobs (run_at);

-- What was used: a row a reply, a title, a check. It outlives the chat: what was paid was paid.
CREATE TABLE usage_entries (
    -- That of the reply, or one of its own.
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('reply', 'title', 'moderation')),
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    chat_id TEXT NOT NULL,
    -- Empty if there is none to name.
    provider_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    -- How the reply ended.
    status TEXT NOT NULL,
    prompt_tokens BIGINT NOT NULL CHECK (prompt_tokens >= 0),
    completion_tokens BIGINT NOT NULL CHECK (completion_tokens >= 0),
    -- Of the completion's, and of the prompt's.
    reasoning_tokens BIGINT NOT NULL CHECK (reasoning_tokens >= 0),
    cached_tokens BIGINT NOT NULL CHECK (cached_tokens >= 0),
    total_tokens BIGINT NOT NULL CHECK (total_tokens = prompt_tokens + completion_tokens),
    -- Null if the model's price was not known.
    cost BIGINT CHECK (cost >= 0),
    -- Whether it was counted here, since the provider said nothing.
    estimated BIGINT NOT NULL CHECK (estimated IN (0, 1)),
    -- Days since 1970, by UTC.
    day BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX usage_entries_of ON usage_entries (workspace_id, day);
CREATE INDEX usage_entries_in ON usage_entries (chat_id);

-- The sums of usage_entries, changed in the same transactions.
CREATE TABLE usage_days (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    -- How many of them are replies.
    requests BIGINT NOT NULL,
    prompt_tokens BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    -- How many had no known price: their cost is not in the sum.
    unpriced BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, day, user_id, provider, model)
);

CREATE TABLE budgets (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- Whom it binds: all together, everybody for themselves, or one person.
    scope TEXT NOT NULL CHECK (scope IN ('workspace', 'everybody', 'person')),
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    period TEXT NOT NULL CHECK (period IN ('day', 'month')),
    unit TEXT NOT NULL CHECK (unit IN ('dollars', 'tokens', 'requests')),
    -- Nano-dollars, tokens or requests.
    amount BIGINT NOT NULL CHECK (amount >= 0),
    -- Whether what goes beyond it is refused, or only warned of.
    hard BIGINT NOT NULL CHECK (hard IN (0, 1)),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((scope = 'person') = (user_id IS NOT NULL))
);

CREATE INDEX budgets_of ON budgets (workspace_id);

-- How much of a budget is used up in a period.
CREATE TABLE budget_periods (
    budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
    -- Whose share it is; empty where it is everybody's together.
    user_id TEXT NOT NULL,
    -- The first day of the period, in days since 1970, by UTC.
    day BIGINT NOT NULL,
    spent BIGINT NOT NULL CHECK (spent >= 0),
    -- The worst that the replies may come to which are running.
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    PRIMARY KEY (budget_id, user_id, day)
);

-- What a running reply has reserved of a budget.
CREATE TABLE reservations (
    message_id TEXT NOT NULL,
    budget_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (message_id, budget_id),
    FOREIGN KEY (budget_id, user_id, day) REFERENCES budget_periods (budget_id, user_id, day) ON DELETE CASCADE
);

-- The tools that a model called while it wrote a reply.
CREATE TABLE tool_calls (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    -- Its place among the calls of the reply, from 0, and the round in which it was made.
    number BIGINT NOT NULL CHECK (number >= 0),
    round BIGINT NOT NULL CHECK (round >= 0),
    -- What the model calls it.
    call_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- JSON, as the model wrote it.
    arguments TEXT NOT NULL,
    result TEXT,
    status TEXT NOT NULL CHECK (status IN ('asked', 'allowed', 'running', 'done', 'failed', 'declined')),
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    PRIMARY KEY (message_id, number)
);

CREATE TABLE mcp_servers (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    url TEXT NOT NULL,
    -- The bearer token, sealed with the master key; null if it wants none.
    sealed_token TEXT,
    enabled BIGINT NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    -- When its list of tools was last read, and what went wrong if it last could not be.
    listed_at BIGINT,
    problem TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE mcp_tools (
    server_id TEXT NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- A JSON schema.
    parameters TEXT NOT NULL,
    PRIMARY KEY (server_id, name)
);

-- A program that knows no budgets must not write replies beside one that does.
UPDATE serves SET since = 5;
