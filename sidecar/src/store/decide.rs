//! Decisions that both backends take inside their transactions, from values alone, so that they cannot
//! differ.
