//! The default backend: one redb file.
