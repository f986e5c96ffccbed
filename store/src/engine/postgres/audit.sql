-- The audit table, in two classes, and its index by subject (docs/storage-schema.md).
CREATE TABLE mcpbouncer_audit (key bytea PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE mcpbouncer_audit_unproven (key bytea PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE mcpbouncer_audit_by_subject (key bytea PRIMARY KEY, value bytea NOT NULL);
