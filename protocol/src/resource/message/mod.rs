//! The JSON-RPC messages in the body of an MCP request, as far as a decision depends on them.
//!
//! A body is one message or a batch of them (MCP 2025-03-26). [`MessageReader`] reads a body in pieces and keeps
//! nothing but the texts that decide: the method, and the name or URI in the parameters. It accepts a body only if
//! every server understands those texts in the same way. So it refuses what RFC 8259 does not allow, and also what
//! parsers resolve differently: a deciding member that comes twice, or whose name differs from a deciding one only in
//! case. Some parsers take the first of several members, some the last, and some ignore case (CWE-436).

mod error;
mod member;
mod reader;
mod texts;

pub use error::MessageError;
pub use reader::{Message, MessageReader, Name};

#[cfg(test)]
mod tests;
