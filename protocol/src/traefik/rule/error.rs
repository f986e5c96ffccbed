//! Why a rule is refused.

use core::fmt;

/// Why a rule cannot be read: the place of the problem, and what to change there.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct RuleError {
    position: usize,
    problem: Problem,
}

impl RuleError {
    /// Creates the error for a problem at this byte of the rule.
    pub(super) fn at(rule: &str, byte: usize, problem: Problem) -> Self {
        let before = rule.get(..byte).unwrap_or(rule);
        Self { position: before.chars().count() + 1, problem }
    }

    /// The character at which the problem is, counted from 1.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// What is wrong at this position.
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.position, self.problem)
    }
}

/// What is wrong with a rule, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// The rule is longer than [`MAX_LENGTH`](super::MAX_LENGTH).
    #[error("the rule is longer than 65,536 bytes; write several routers")]
    TooLong,
    /// The rule's parentheses are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("the parentheses are nested deeper than 64; write the rule with fewer of them")]
    TooDeep,
    /// The rule holds no matcher.
    #[error("the rule is empty; write a matcher such as Host(`wiki.example.com`)")]
    Empty,
    /// A matcher, `!` or `(` is expected. The variant holds what was found instead.
    #[error("expected a matcher such as Host(`wiki.example.com`), `!` or `(`, found {0}")]
    NoMatcher(String),
    /// An operator or the end of the rule is expected. The variant holds what was found instead.
    #[error("expected `&&`, `||` or the end of the rule, found {0}")]
    NoOperator(String),
    /// An operator or a closing parenthesis is expected. The variant holds what was found instead.
    #[error("expected `&&`, `||` or `)`, found {0}")]
    NotClosed(String),
    /// A line ends where the expression could end, so for Go the expression does end there.
    #[error(
        "a line must not end here; put the `&&`, the `||` or the comma at the end of the line and not in front of the next"
    )]
    LineEnd,
    /// A matcher's name without its values.
    #[error("expected `(` and the value after {0}")]
    NoValues(String),
    /// A value that is no text.
    #[error("a value is a text in backticks or double quotes; found {0}")]
    NoText(String),
    /// A value is followed by something other than a comma or a closing parenthesis.
    #[error("expected `,` or `)` after a value, found {0}")]
    NoComma(String),
    /// A text without its closing quote.
    #[error("this text has no closing quote")]
    UnclosedText,
    /// A line ends in a text in double quotes.
    #[error("a text in double quotes must not hold a line break; write \\n")]
    LineInText,
    /// A `/*` without `*/`.
    #[error("this comment has no closing */")]
    UnclosedComment,
    /// Single quotes, which in Go enclose a character and not a text.
    #[error("single quotes are not accepted; write backticks or double quotes")]
    SingleQuote,
    /// An escape that Go does not know.
    #[error("Go does not know this escape; write \\\\ for a backslash, or use backticks")]
    Escape,
    /// Escapes that give bytes which are not UTF-8.
    #[error("the bytes of this text are not UTF-8; write the characters themselves")]
    NotUtf8,
    /// A NUL or a byte order mark, which Go's scanner refuses everywhere.
    #[error("remove the NUL character or byte order mark")]
    ForbiddenCharacter,
    /// A character that begins no token.
    #[error("{0:?} has no meaning in a rule; the operators are `&&`, `||` and `!`")]
    Character(char),
    /// A name that no version of Traefik knows.
    #[error(
        "{0} is not a matcher; the matchers are ClientIP, Header, HeaderRegexp, Host, HostRegexp, Method, Path, PathPrefix, PathRegexp, Query and QueryRegexp"
    )]
    UnknownMatcher(String),
    /// A known name with such a mix of capital and small letters that Traefik does not accept it.
    #[error("{written} is not a matcher; write {name}")]
    MatcherCase {
        /// The name that stands in the rule.
        written: String,
        /// The name that Traefik documents.
        name: &'static str,
    },
    /// A matcher of rule syntax v2.
    #[error(
        "{written} is a matcher of rule syntax v2; write {instead}, and remove ruleSyntax from the router"
    )]
    V2Matcher {
        /// The name that stands in the rule.
        written: String,
        /// The matcher of rule syntax v3 that replaces it.
        instead: &'static str,
    },
    /// Several values for one matcher, as in rule syntax v2.
    #[error(
        "{0} takes one value; several are rule syntax v2: write {0}(`a`) || {0}(`b`), and remove ruleSyntax from the router"
    )]
    V2Values(&'static str),
    /// `{name}` or `{name:regex}`, as in rule syntax v2.
    #[error(
        "{{name:regex}} is rule syntax v2; write {0} with a regular expression, and remove ruleSyntax from the router"
    )]
    V2Pattern(&'static str),
    /// A matcher of TCP routers.
    #[error("{0} is a matcher of TCP routers; an HTTP router has Host, HostRegexp and ClientIP")]
    TcpMatcher(String),
    /// A matcher has too few or too many values.
    #[error("{name} takes {takes}; it has {has} here")]
    Count {
        /// The matcher's name.
        name: &'static str,
        /// How many values the matcher takes, in words.
        takes: &'static str,
        /// How many values the matcher has in the rule.
        has: usize,
    },
    /// An empty value.
    #[error("{0} has an empty value; Traefik refuses those")]
    EmptyValue(&'static str),
    /// A path that does not begin with a slash.
    #[error("the path of {0} does not begin with a slash")]
    NoSlash(&'static str),
    /// A host with characters that are not ASCII.
    #[error("the host of {0} holds characters that are not ASCII; write its xn-- form")]
    NotAscii(&'static str),
    /// A `ClientIP` that is neither an address nor a range.
    #[error("ClientIP takes an IP address or a range such as 10.0.0.0/8")]
    NotAnAddress,
}
