//! Everything that a person reads on a page, in the person's language.
//!
//! A [`Message`] names a text and carries its arguments; `locales/*.ftl` has the texts, in the format of Project Fluent.
//! Code handles messages only. They become words when a page is rendered, in the [`Locale`] that the reader's browser
//! prefers.
//!
//! Arguments that come from other people never pass through Fluent: a text comes back in [`Piece`]s, and the page puts
//! each argument between them, escaped and isolated.

mod accept;
mod message;
mod table;

pub use message::{Message, Value};

/// A language that the pages are available in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// English, the language of everybody who prefers none of the others.
    En,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words of the text itself.
    Words(String),
    /// An argument, in its place.
    Value(&'a Value),
}

impl Locale {
    /// Every language; the first one is the fallback.
    pub const ALL: [Self; 1] = [Self::En];

    /// The language tag (RFC 5646), as pages declare it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
        }
    }

    /// The texts.
    const fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("../../locales/en.ftl"),
        }
    }
}
