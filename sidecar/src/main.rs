//! The `mcpbouncer` program.
fn main() {}
