//! The texts that a person reads on pages, in the person's language.
//!
//! A [`Message`] names a text and carries its arguments. The files `locales/*.ftl` have the texts, in the format of
//! Project Fluent. Code handles only messages. They become words when a page is rendered, in the [`Locale`] that the
//! reader's browser prefers.
//!
//! Arguments that come from other people never pass through Fluent. A formatted text is a list of [`Piece`]s, and the
//! page puts each argument between the words, escaped and isolated.

mod accept;
mod dates;
mod message;
mod table;
#[cfg(test)]
mod tests;

pub use dates::{ahead, moment};
pub use message::{Message, TwoDigits, Value};

/// A language in which the pages are available.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// English, for everybody who prefers none of the other languages.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Italian.
    It,
    /// Portuguese, as in Brazil.
    Pt,
    /// Japanese.
    Ja,
    /// Chinese in simplified characters.
    Zh,
}

/// A piece of a formatted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words of the text itself.
    Words(String),
    /// An argument, at its place in the text.
    Value(&'a Value),
}

impl Locale {
    /// Every language; the first one is the fallback.
    pub const ALL: [Self; 8] =
        [Self::En, Self::De, Self::Fr, Self::Es, Self::It, Self::Pt, Self::Ja, Self::Zh];

    /// Returns the language tag (RFC 5646), as pages declare it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::It => "it",
            Self::Pt => "pt-BR",
            Self::Ja => "ja",
            Self::Zh => "zh-Hans",
        }
    }

    /// Returns the content of the language's file with the texts.
    const fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("../../locales/en.ftl"),
            Self::De => include_str!("../../locales/de.ftl"),
            Self::Fr => include_str!("../../locales/fr.ftl"),
            Self::Es => include_str!("../../locales/es.ftl"),
            Self::It => include_str!("../../locales/it.ftl"),
            Self::Pt => include_str!("../../locales/pt.ftl"),
            Self::Ja => include_str!("../../locales/ja.ftl"),
            Self::Zh => include_str!("../../locales/zh.ftl"),
        }
    }
}
