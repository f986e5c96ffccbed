-- The second factors of local users (docs/storage-schema.md).
CREATE TABLE mcpbouncer_second_factors (key bytea PRIMARY KEY, value bytea NOT NULL);
