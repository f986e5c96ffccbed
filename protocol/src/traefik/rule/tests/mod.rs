//! Unit tests of the reader and properties of rules. `protocol/tests/rules.rs` has the table of whole rules.

mod properties;
mod read;
