//! Why a body is refused.

/// Why the messages of a body cannot be decided. The text is for the log and for the client, and quotes nothing of the
/// body.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MessageError {
    /// The body is not exactly one JSON text.
    #[error("the body is not one JSON text, or nests more than 128 deep")]
    NotJson,
    /// The body is larger than the plugin reads.
    #[error("the body is longer than {0} bytes")]
    TooLarge(usize),
    /// The body is neither an object nor an array of objects.
    #[error("the body is not a JSON-RPC message")]
    NotAMessage,
    /// A batch has no message.
    #[error("the batch is empty")]
    Empty,
    /// A batch has too many messages.
    #[error("the batch has more than 100 messages")]
    TooMany,
    /// A member comes twice.
    #[error("member {0} is repeated")]
    Repeated(&'static str),
    /// A member's name differs only in case from that of a deciding member.
    #[error("the name of a member differs from {0} in case alone")]
    Case(&'static str),
    /// The name of a member has half of a surrogate pair.
    #[error("the name of a member is not text")]
    MemberName,
    /// `method` is not a string.
    #[error("method is not a string")]
    Method,
    /// The method differs from a known method only in case.
    #[error("the method differs from a known one in case alone")]
    MethodCase,
    /// A message has neither a method nor a result nor an error, or has a method together with a result or an error.
    #[error("a message is neither a request nor a response")]
    NeitherKind,
    /// A deciding text has control characters or half of a surrogate pair.
    #[error("{0} has a character that is not allowed")]
    Character(&'static str),
    /// A deciding text is too long.
    #[error("{0} is longer than 1024 bytes")]
    TooLong(&'static str),
    /// The method needs this parameter, which is missing or not a string.
    #[error("the method needs a string in params.{0}")]
    Parameter(&'static str),
    /// A resource URI is not in its normal form, so that a server may take it for another one.
    #[error("the URI is not in its normal form (RFC 3986 section 6.2)")]
    UriForm,
}

impl MessageError {
    /// The code of the JSON-RPC error (JSON-RPC 2.0 §5.1).
    pub const fn code(self) -> i32 {
        match self {
            Self::NotJson => -32700,
            Self::Parameter(_) | Self::UriForm => -32602,
            Self::Character(name) | Self::TooLong(name) if !matches!(name.as_bytes(), b"method") => -32602,
            _ => -32600,
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        if matches!(self, Self::TooLarge(_)) { 413 } else { 400 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::policy::{DEPTH, MESSAGES, NAME};

    /// The numbers are written out, because formatting them would make the plugin larger.
    #[test]
    fn the_texts_name_the_limits() {
        for (error, limit) in [
            (MessageError::NotJson, DEPTH),
            (MessageError::TooMany, MESSAGES),
            (MessageError::TooLong("method"), NAME),
        ] {
            assert!(error.to_string().contains(&format!(" {} ", limit.most)), "{error}");
        }
    }
}
