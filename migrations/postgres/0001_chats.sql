-- Ids are UUIDv7 as text, times are microseconds since 1970 UTC, JSON is text: the same in both databases.
-- Ids compare as bytes, whatever the database's own order of letters is.

CREATE TABLE users (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE workspaces (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE chats (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    owner_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    title TEXT NOT NULL CHECK (title <> ''),
    model TEXT,
    system_prompt TEXT,
    temperature DOUBLE PRECISION CHECK (temperature BETWEEN 0 AND 2),
    max_tokens BIGINT CHECK (max_tokens > 0),
    -- The last message of the path that is shown. Without a foreign key: the two tables would need each other.
    head_id TEXT COLLATE "C",
    -- How many messages it holds, and so the number of the newest.
    message_count BIGINT NOT NULL DEFAULT 0 CHECK (message_count BETWEEN 0 AND 1000),
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    -- The last time a message was sent or a reply ended: what the list is ordered by.
    active_at BIGINT NOT NULL,
    archived_at BIGINT,
    -- Deleted, but still to be had back; a sweep removes it for good.
    deleted_at BIGINT
);

CREATE INDEX chats_listed ON chats (workspace_id, owner_id, active_at DESC) WHERE deleted_at IS NULL;
CREATE INDEX chats_deleted ON chats (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE messages (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    chat_id TEXT COLLATE "C" NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    parent_id TEXT COLLATE "C" REFERENCES messages (id) ON DELETE CASCADE,
    number BIGINT NOT NULL CHECK (number BETWEEN 1 AND 1000),
    role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant', 'tool')),
    -- The person who wrote it, or who asked for it.
    author_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    status TEXT NOT NULL CHECK (
        status IN ('queued', 'streaming', 'complete', 'length', 'filtered', 'stopped', 'failed', 'interrupted')
    ),
    content TEXT NOT NULL DEFAULT '',
    reasoning TEXT NOT NULL DEFAULT '',
    -- The position in the log that content and reasoning reach.
    position BIGINT NOT NULL DEFAULT 0 CHECK (position >= 0),
    model TEXT,
    usage TEXT,
    error TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    UNIQUE (chat_id, number)
);

CREATE INDEX messages_children ON messages (parent_id, number);
-- At most one running reply a chat, whoever asks for a second and however they race.
CREATE UNIQUE INDEX messages_one_running ON messages (chat_id) WHERE status IN ('queued', 'streaming');

-- The log of a reply. A sequence number is the position at which the chunk begins: bytes of text before it,
-- plus one for every event that is not text.
CREATE TABLE message_chunks (
    message_id TEXT COLLATE "C" NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    kind TEXT NOT NULL CHECK (kind IN ('text', 'reasoning', 'tool_call', 'usage', 'end')),
    content TEXT NOT NULL,
    PRIMARY KEY (message_id, sequence)
);

CREATE TABLE jobs (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('reply')),
    message_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- The request that asked for it: what is logged of the job can be found by it.
    request_id TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    run_at BIGINT NOT NULL,
    -- Who holds it and until when; nobody while lease_owner is null.
    lease_owner TEXT,
    lease_until BIGINT,
    -- Counts the leases: what is written under an older one is refused.
    fence BIGINT NOT NULL DEFAULT 0,
    stop_requested BIGINT NOT NULL DEFAULT 0 CHECK (stop_requested IN (0, 1)),
    created_at BIGINT NOT NULL
);

CREATE INDEX jobs_waiting ON jobs (run_at) WHERE lease_owner IS NULL;
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_owner IS NOT NULL;
