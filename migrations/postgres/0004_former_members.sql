-- Who was in a workspace and is not any more: what they did to their accounts while they were stays in its audit log.
CREATE TABLE former_members (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_at BIGINT NOT NULL,
    left_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id, left_at)
);
