-- Sessions of browsers, and which ones a user has (docs/storage-schema.md).
CREATE TABLE mcpbouncer_sessions (key bytea PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE mcpbouncer_sessions_by_user (key bytea PRIMARY KEY, value bytea NOT NULL);
