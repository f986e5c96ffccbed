-- The passkeys of local users, and the index of users by the handles by which authenticators know them
-- (docs/storage-schema.md).
CREATE TABLE mcpbouncer_passkeys (key bytea PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE mcpbouncer_passkeys_by_handle (key bytea PRIMARY KEY, value bytea NOT NULL);
