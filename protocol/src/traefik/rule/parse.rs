//! Reads a rule.

use super::error::{Problem, RuleError};
use super::matcher::Matcher;
use super::token::{Token, Tokens};
use super::tree::{Node, Rule};

/// The maximum length of a rule, in bytes. Rules in use have a few hundred bytes.
pub const MAX_LENGTH: usize = 65_536;

/// The maximum depth of nested parentheses. The parser is recursive.
pub const MAX_DEPTH: usize = 64;

impl Rule {
    /// Reads a rule of syntax v3 as Traefik does; the module's documentation says what is refused in addition.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        if text.len() > MAX_LENGTH {
            return Err(RuleError::at(text, 0, Problem::TooLong));
        }
        let mut tokens = Tokens::new(text)?;
        let (at, token) = tokens.next()?;
        let mut parser = Parser { text, tokens, at, token };
        if parser.token == Token::End {
            return parser.error(Problem::Empty);
        }
        let root = parser.any(false, 0)?;
        let end = parser.at;
        let line_ended = parser.skip(&Token::LineEnd)?;
        match parser.token {
            Token::End => Ok(Self { root }),
            _ if line_ended => Err(RuleError::at(text, end, Problem::LineEnd)),
            ref token => parser.error(Problem::NoOperator(token.describe())),
        }
    }
}

/// A recursive descent parser. The parameter `negated` of its functions says whether an odd number of `!` applies to
/// the expression that they read; if so, they return its negation.
struct Parser<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    at: usize,
    token: Token,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, RuleError> {
        let (at, token) = self.tokens.next()?;
        self.at = at;
        Ok(core::mem::replace(&mut self.token, token))
    }

    /// Skips the current token if it equals `token`. Returns whether it did.
    fn skip(&mut self, token: &Token) -> Result<bool, RuleError> {
        let is = self.token == *token;
        if is {
            self.advance()?;
        }
        Ok(is)
    }

    fn error<T>(&self, problem: Problem) -> Result<T, RuleError> {
        Err(RuleError::at(self.text, self.at, problem))
    }

    /// Returns the error for a token that is not the expected one: `problem`, but at the end of a line always
    /// [`Problem::LineEnd`].
    fn unexpected<T>(&self, problem: fn(String) -> Problem) -> Result<T, RuleError> {
        match &self.token {
            Token::LineEnd => self.error(Problem::LineEnd),
            token => self.error(problem(token.describe())),
        }
    }

    fn any(&mut self, negated: bool, depth: usize) -> Result<Node, RuleError> {
        let mut members = vec![self.all(negated, depth)?];
        while self.skip(&Token::Or)? {
            members.push(self.all(negated, depth)?);
        }
        Ok(if negated { Node::all(members) } else { Node::any(members) })
    }

    fn all(&mut self, negated: bool, depth: usize) -> Result<Node, RuleError> {
        let mut members = vec![self.one(negated, depth)?];
        while self.skip(&Token::And)? {
            members.push(self.one(negated, depth)?);
        }
        Ok(if negated { Node::any(members) } else { Node::all(members) })
    }

    fn one(&mut self, mut negated: bool, depth: usize) -> Result<Node, RuleError> {
        while self.skip(&Token::Not)? {
            negated = !negated;
        }
        if self.token == Token::Open {
            if depth == MAX_DEPTH {
                return self.error(Problem::TooDeep);
            }
            self.advance()?;
            let inner = self.any(negated, depth + 1)?;
            return if self.skip(&Token::Close)? { Ok(inner) } else { self.unexpected(Problem::NotClosed) };
        }
        let matcher = self.matcher()?;
        Ok(if negated { Node::IsNot(matcher) } else { Node::Is(matcher) })
    }

    fn matcher(&mut self) -> Result<Matcher, RuleError> {
        let at = self.at;
        let Token::Name(name) = self.token.clone() else { return self.unexpected(Problem::NoMatcher) };
        self.advance()?;
        if !self.skip(&Token::Open)? {
            return self.error(Problem::NoValues(name));
        }
        let values = self.values()?;
        Matcher::new(&name, values).map_err(|problem| RuleError::at(self.text, at, problem))
    }

    /// Reads the values of a matcher and the closing parenthesis after them.
    fn values(&mut self) -> Result<Vec<String>, RuleError> {
        let mut values = Vec::new();
        let mut last = false;
        while !self.skip(&Token::Close)? {
            // After `...` Go accepts a comma, and no further value.
            let Token::Text(value) = &mut self.token else { return self.unexpected(Problem::NoText) };
            if last {
                return self.unexpected(Problem::NoComma);
            }
            values.push(core::mem::take(value));
            self.advance()?;
            last = self.skip(&Token::Ellipsis)?;
            if self.token != Token::Close && !self.skip(&Token::Comma)? {
                return self.unexpected(Problem::NoComma);
            }
        }
        Ok(values)
    }
}
