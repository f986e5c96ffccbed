//! Splits a rule into tokens, as Go's scanner does.

use super::error::{Problem, RuleError};
use super::text;

/// One token of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Open,
    Close,
    Comma,
    Ellipsis,
    And,
    Or,
    Not,
    /// The end of a line after a name, a text or a closing parenthesis, where Go ends an expression.
    LineEnd,
    End,
}

impl Token {
    /// The token as an error message shows it.
    pub(super) fn describe(&self) -> String {
        let symbol = match self {
            Self::Name(name) => return name.clone(),
            Self::Text(_) => return "a text".to_owned(),
            Self::LineEnd => return "the end of the line".to_owned(),
            Self::End => return "the end of the rule".to_owned(),
            Self::Open => "(",
            Self::Close => ")",
            Self::Comma => ",",
            Self::Ellipsis => "...",
            Self::And => "&&",
            Self::Or => "||",
            Self::Not => "!",
        };
        ["`", symbol, "`"].concat()
    }
}

/// Reads tokens one after the other.
pub(super) struct Tokens<'a> {
    rule: &'a str,
    rest: &'a str,
    /// Whether Go would end the expression if the line ended here.
    line_ends: bool,
}

impl<'a> Tokens<'a> {
    /// Begins to read a rule. A byte order mark at its beginning is skipped, as in Go.
    pub(super) fn new(rule: &'a str) -> Result<Self, RuleError> {
        let rest = rule.strip_prefix('\u{feff}').unwrap_or(rule);
        if let Some(at) = rest.find(['\0', '\u{feff}']) {
            return Err(RuleError::at(rule, rule.len() - rest.len() + at, Problem::ForbiddenCharacter));
        }
        Ok(Self { rule, rest, line_ends: false })
    }

    /// The byte at which the unread rest begins.
    fn at(&self) -> usize {
        self.rule.len() - self.rest.len()
    }

    fn error<T>(&self, byte: usize, problem: Problem) -> Result<T, RuleError> {
        Err(RuleError::at(self.rule, byte, problem))
    }

    /// Reads the next token. Returns the byte at which it begins, and the token.
    pub(super) fn next(&mut self) -> Result<(usize, Token), RuleError> {
        let ended = self.skip_blanks()?;
        let at = self.at();
        if ended {
            self.line_ends = false;
            return Ok((at, Token::LineEnd));
        }
        let token = self.token(at)?;
        self.line_ends = matches!(token, Token::Name(_) | Token::Text(_) | Token::Close);
        Ok((at, token))
    }

    /// Skips blanks and comments. Returns `true` if it stopped at the end of a line that ends the expression; `false`
    /// if it stopped at a token or at the end of the rule.
    fn skip_blanks(&mut self) -> Result<bool, RuleError> {
        loop {
            if let Some(after) = self.rest.strip_prefix("//") {
                self.rest = after.find('\n').and_then(|end| after.get(end..)).unwrap_or_default();
            } else if let Some(after) = self.rest.strip_prefix("/*") {
                let Some((comment, after)) = after.split_once("*/") else {
                    return self.error(self.at(), Problem::UnclosedComment);
                };
                if comment.contains('\n') && self.line_ends {
                    return Ok(true);
                }
                self.rest = after;
            } else if self.rest.starts_with('\n') && self.line_ends {
                return Ok(true);
            } else if let Some(after) = self.rest.strip_prefix([' ', '\t', '\r', '\n']) {
                self.rest = after;
            } else {
                return Ok(false);
            }
        }
    }

    fn token(&mut self, at: usize) -> Result<Token, RuleError> {
        const SYMBOLS: [(&str, Token); 7] = [
            ("(", Token::Open),
            (")", Token::Close),
            (",", Token::Comma),
            ("...", Token::Ellipsis),
            ("&&", Token::And),
            ("||", Token::Or),
            ("!", Token::Not),
        ];
        for (symbol, token) in SYMBOLS {
            if let Some(after) = self.rest.strip_prefix(symbol) {
                self.rest = after;
                return Ok(token);
            }
        }
        let Some(first) = self.rest.chars().next() else { return Ok(Token::End) };
        match first {
            '`' | '"' => self.text(at, first),
            '\'' => self.error(at, Problem::SingleQuote),
            c if c.is_alphabetic() || c == '_' => {
                let rest = self.rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
                let name = self.rest.strip_suffix(rest).unwrap_or_default().to_owned();
                self.rest = rest;
                Ok(Token::Name(name))
            }
            c => self.error(at, Problem::Character(c)),
        }
    }

    fn text(&mut self, at: usize, quote: char) -> Result<Token, RuleError> {
        let after = self.rest.get(1..).unwrap_or_default();
        let read = if quote == '`' { text::raw(after) } else { text::interpreted(after) };
        let (value, length) = match read {
            Ok(read) => read,
            // A problem without a position concerns the whole string: the error points to its opening quote.
            Err((None, problem)) => return self.error(at, problem),
            Err((Some(within), problem)) => return self.error(at + 1 + within, problem),
        };
        self.rest = after.get(length..).unwrap_or_default();
        Ok(Token::Text(value))
    }
}
