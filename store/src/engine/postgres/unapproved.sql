-- The index of clients that nobody has approved yet (docs/storage-schema.md).
CREATE TABLE mcpbouncer_unapproved_clients (key bytea PRIMARY KEY, value bytea NOT NULL);
