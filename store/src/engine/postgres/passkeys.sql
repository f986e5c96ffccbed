-- The passkeys of local users, and whom authenticators know by which handle (docs/storage-schema.md).
CREATE TABLE mcpbouncer_passkeys (key bytea PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE mcpbouncer_passkeys_by_handle (key bytea PRIMARY KEY, value bytea NOT NULL);
