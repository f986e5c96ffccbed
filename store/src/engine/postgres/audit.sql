-- The audit table, in two classes, and which rows have which subject (docs/storage-schema.md).
CREATE TABLE mcpbouncer_audit (key bytea PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE mcpbouncer_audit_unproven (key bytea PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE mcpbouncer_audit_subjects (key bytea PRIMARY KEY, value bytea NOT NULL);
