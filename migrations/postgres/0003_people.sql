-- Who may come in, and what they may touch. Secrets (of sessions, invitations, tokens, links) are never kept, only their
-- SHA-256, as hex.

-- Null for the person of a server without sign-in. Always in lower case.
ALTER TABLE users ADD COLUMN email TEXT;
-- An argon2id hash in PHC form; null if none was ever chosen.
ALTER TABLE users ADD COLUMN password TEXT;
ALTER TABLE users ADD COLUMN theme TEXT NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark'));
-- Without a foreign key: the two tables would need each other.
ALTER TABLE users ADD COLUMN avatar_id TEXT COLLATE "C";

CREATE UNIQUE INDEX users_email ON users (email);

-- One row, made with the first owner: whoever writes it first has set the server up.
CREATE TABLE setup (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
    suspended_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);

CREATE INDEX members_of ON members (user_id);

-- The one person of a server that had no sign-in owns its one workspace.
INSERT INTO members (workspace_id, user_id, role, created_at)
SELECT w.id, u.id, 'owner', u.created_at FROM workspaces w, users u;

CREATE TABLE invitations (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
    -- Whom it is for, as a note; null if anybody who has the link.
    email TEXT,
    invited_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_by TEXT COLLATE "C" REFERENCES users (id),
    accepted_at BIGINT,
    revoked_at BIGINT
);

CREATE INDEX invitations_to ON invitations (workspace_id, created_at DESC);

CREATE TABLE sessions (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Which workspace the pages of this device show first.
    workspace_id TEXT COLLATE "C" REFERENCES workspaces (id) ON DELETE SET NULL,
    method TEXT NOT NULL CHECK (method IN ('password', 'oidc', 'link')),
    -- What the browser says that it is, and where the person came from.
    device TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_of ON sessions (user_id, seen_at DESC);
CREATE INDEX sessions_expired ON sessions (expires_at);

CREATE TABLE api_tokens (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    scope TEXT NOT NULL CHECK (scope IN ('read', 'write')),
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);

CREATE INDEX api_tokens_of ON api_tokens (user_id, created_at DESC);

-- Links by which a password can be chosen anew, once.
CREATE TABLE password_resets (
    secret_hash TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Who a person is at an OpenID provider.
CREATE TABLE identities (
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX identities_of ON identities (user_id);

-- Sign-ins that were sent to an OpenID provider and have not come back. The secret is in a cookie of the browser that
-- began; what is kept here has to come back with it.
CREATE TABLE oidc_attempts (
    secret_hash TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    -- Where the person wanted to go, and the invitation that they had, as its hash.
    next TEXT NOT NULL,
    invitation_hash TEXT,
    expires_at BIGINT NOT NULL
);

-- How much of a limit is used up: the moment at which all of it will be there again (the theoretical arrival time of
-- the generic cell rate algorithm).
CREATE TABLE throttles (
    key TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    full_at BIGINT NOT NULL
);

CREATE INDEX throttles_full ON throttles (full_at);

-- Avatars and portraits: of a person, or of a workspace. The data is base64.
CREATE TABLE images (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    workspace_id TEXT COLLATE "C" REFERENCES workspaces (id) ON DELETE CASCADE,
    media_type TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK ((user_id IS NULL) <> (workspace_id IS NULL))
);

CREATE TABLE products (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    description TEXT NOT NULL,
    facts TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Deleted while chats used it: they go on, new ones cannot choose it.
    archived_at BIGINT
);

CREATE INDEX products_of ON products (workspace_id, name);

CREATE TABLE experts (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    title TEXT NOT NULL,
    instructions TEXT NOT NULL,
    -- Which model answers for it; null for the one of the server.
    model TEXT,
    portrait_id TEXT COLLATE "C" REFERENCES images (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT
);

CREATE INDEX experts_of ON experts (workspace_id, name);

ALTER TABLE chats ADD COLUMN sharing TEXT NOT NULL DEFAULT 'private' CHECK (sharing IN ('private', 'read', 'write'));
ALTER TABLE chats ADD COLUMN product_id TEXT COLLATE "C" REFERENCES products (id);
ALTER TABLE chats ADD COLUMN expert_id TEXT COLLATE "C" REFERENCES experts (id);

CREATE INDEX chats_shared ON chats (workspace_id, active_at DESC) WHERE deleted_at IS NULL AND sharing <> 'private';
CREATE INDEX chats_product ON chats (product_id) WHERE product_id IS NOT NULL;
CREATE INDEX chats_expert ON chats (expert_id) WHERE expert_id IS NOT NULL;

-- What was done that owners may want to know. Without a workspace: what a person did to their own account, for the owners
-- of all workspaces that they are in.
CREATE TABLE audit_entries (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" REFERENCES workspaces (id) ON DELETE CASCADE,
    -- Who did it; null if nobody was signed in.
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    action TEXT NOT NULL,
    -- To whom or what, in words that stay true when the thing is gone.
    subject TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}',
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX audit_entries_of ON audit_entries (workspace_id, created_at DESC);
-- What is about accounts, by their person.
CREATE INDEX audit_entries_by ON audit_entries (user_id, created_at DESC) WHERE workspace_id IS NULL;

-- A program that knows nobody must not serve what belongs to somebody.
UPDATE serves SET since = 3;
