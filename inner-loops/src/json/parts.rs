//! Strings, numbers and words, of which a piece of the text may have a part.

use super::digits::Digits;
use super::text::{Raw, Unescaped};
use super::{Scanner, State, Token};

impl Scanner {
    /// Reads on in what began in an earlier piece. Returns what is left of `input`, too.
    #[cold]
    #[inline(never)]
    pub(super) fn go_on<'i>(&mut self, input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        match self.state {
            State::Text => self.rest_of_string(input),
            State::Number => self.number(input),
            _ => self.word(input),
        }
    }

    /// Reads a number or a word, or the beginning of one. Returns what is left of `input`, too. `cold` has it compiled for
    /// size.
    #[cold]
    #[inline(never)]
    pub(super) fn number_or_word<'i>(&mut self, input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        self.word = match input {
            [b't', ..] => b"true",
            [b'f', ..] => b"false",
            [b'n', ..] => b"null",
            _ => {
                self.digits = Digits::Begin;
                return self.number(input);
            }
        };
        self.word(input)
    }

    /// Reads a string that was begun. Returns what is left of `input`, too.
    #[cold]
    #[inline(never)]
    pub(super) fn rest_of_string<'i>(&mut self, input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        let keeps = self.keeps_text();
        let (read, left) = self.text.read(input, keeps);
        match read {
            Unescaped::Unfinished => {
                self.state = State::Text;
                (Some(Token::More), left)
            }
            Unescaped::Invalid => (Some(self.invalid()), left),
            Unescaped::Complete => self.end_string(Raw::KEPT, left),
        }
    }

    /// Ends a string, and reads the colon if it is there, as it nearly always is. Returns what is left of `input`, too.
    #[inline]
    pub(super) fn end_string<'i>(&mut self, raw: Raw<'i>, input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        if !self.is_name {
            self.state = self.after_value();
            return (self.report(Token::Text(raw)), input);
        }
        let left = if let [b':', after @ ..] = input { after } else { input };
        self.state = if left.len() == input.len() { State::Colon } else { State::Value };
        (self.report(Token::Name(raw)), left)
    }

    /// Reads a number, or the rest of it. Returns what is left of `input`, too.
    #[cold]
    pub(super) fn number<'i>(&mut self, input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        let is_new = self.digits == Digits::Begin;
        let count = self.digits.read(input);
        let (digits, left) = input.split_at_checked(count).unwrap_or_default();
        let raw = if is_new && !left.is_empty() {
            Raw::piece(digits)
        } else {
            if is_new {
                self.text.clear();
            }
            if self.keeps && self.is_looked_into() {
                self.text.push(digits);
            }
            Raw::KEPT
        };
        if left.is_empty() {
            self.state = State::Number;
            return (Some(Token::More), left);
        }
        if !self.digits.may_end() {
            return (Some(self.invalid()), left);
        }
        self.state = self.after_value();
        (self.report(Token::Number(raw)), left)
    }

    /// Reads what is left of a word. Returns what is left of `input`, too.
    pub(super) fn word<'i>(&mut self, input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        if let Some(left) = input.strip_prefix(self.word) {
            self.state = self.after_value();
            return (self.report(Token::Word), left);
        }
        match self.word.strip_prefix(input) {
            Some(rest_of_word) => {
                (self.state, self.word) = (State::Word, rest_of_word);
                (Some(Token::More), &[])
            }
            None => (Some(self.invalid()), input),
        }
    }
}
