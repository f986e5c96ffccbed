//! Metadata documents.
