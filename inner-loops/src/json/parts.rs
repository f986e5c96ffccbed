//! Strings, numbers and words, of which a piece of the text may have a part.

use super::digits::Digits;
use super::text::{Raw, Unescaped};
use super::{Part, Scanner, State, Token};

impl Scanner {
    /// Reads on in what began in an earlier piece.
    #[cold]
    #[inline(never)]
    pub(super) fn go_on<'i>(&mut self, input: &'i [u8]) -> Part<'i> {
        match self.state {
            State::Text => self.rest_of_string(input),
            State::Number => self.number(input),
            _ => self.word(input),
        }
    }

    /// Reads a number or a word, or the beginning of one. `cold` has it compiled for size.
    #[cold]
    #[inline(never)]
    pub(super) fn number_or_word<'i>(&mut self, input: &'i [u8]) -> Part<'i> {
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

    /// Reads a string that does not stand in the piece as it is: it has this text before its first special byte, or
    /// before the end of the piece.
    #[cold]
    #[inline(never)]
    pub(super) fn string<'i>(&mut self, text: &[u8], after: &'i [u8]) -> Part<'i> {
        self.text.clear();
        if self.keeps_text() {
            self.text.push(text);
        }
        self.rest_of_string(after)
    }

    /// Reads a string that was begun.
    fn rest_of_string<'i>(&mut self, input: &'i [u8]) -> Part<'i> {
        let keeps = self.keeps_text();
        let (read, left) = self.text.read(input, keeps);
        match read {
            Unescaped::Unfinished => {
                self.state = State::Text;
                Part::new(Some(Token::More), left)
            }
            Unescaped::Invalid => Part::new(Some(self.invalid()), left),
            Unescaped::Complete => {
                let (token, has_colon) = self.end_string(left.first());
                Part::new(token, left.get(usize::from(has_colon)..).unwrap_or_default())
            }
        }
    }

    /// Ends a string. Returns whether the next byte is read too: the colon after a name, which nearly always is there.
    #[inline]
    pub(super) fn end_string(&mut self, next: Option<&u8>) -> (Option<Token>, bool) {
        if !self.is_name {
            self.state = self.after_value();
            return (self.report(Token::Text), false);
        }
        let has_colon = next == Some(&b':');
        self.state = if has_colon { State::Value } else { State::Colon };
        (self.report(Token::Name), has_colon)
    }

    /// Reads a number, or the rest of it.
    #[cold]
    pub(super) fn number<'i>(&mut self, input: &'i [u8]) -> Part<'i> {
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
            return Part::new(Some(Token::More), left);
        }
        if !self.digits.may_end() {
            return Part::new(Some(self.invalid()), left);
        }
        self.state = self.after_value();
        Part { token: self.report(Token::Number), raw, left }
    }

    /// Reads what is left of a word.
    pub(super) fn word<'i>(&mut self, input: &'i [u8]) -> Part<'i> {
        if let Some(left) = input.strip_prefix(self.word) {
            self.state = self.after_value();
            return Part::new(self.report(Token::Word), left);
        }
        match self.word.strip_prefix(input) {
            Some(rest_of_word) => {
                (self.state, self.word) = (State::Word, rest_of_word);
                Part::new(Some(Token::More), &[])
            }
            None => Part::new(Some(self.invalid()), input),
        }
    }
}
