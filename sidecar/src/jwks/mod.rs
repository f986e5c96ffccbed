//! The published signing keys.
