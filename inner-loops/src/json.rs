//! A scanner of JSON texts (RFC 8259) that come in pieces: it needs no memory that grows with the text, and it can stop
//! and go on between any two bytes.
//!
//! It checks the whole grammar, UTF-8 included, and refuses what nests deeper than [`DEPTH`]. Its caller says how deep
//! it wants to look ([`Scanner::look_to`]); what is nested deeper is checked and otherwise skipped.

mod digits;
mod parts;
mod plain;
mod text;

use digits::Digits;
use text::Text;
pub use text::{NoText, Raw};

/// How deep objects and arrays may be nested.
pub const DEPTH: usize = 128;

/// What a scanner found. Its text comes next to it, as a [`Raw`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    /// The piece is used up. Go on with the next one, or call [`Scanner::is_complete`].
    More,
    /// The text is not JSON, or it nests too deep. The scanner cannot be used any more.
    Invalid,
    /// An object begins, and it is looked into.
    Object,
    /// An array begins, and it is looked into.
    Array,
    /// An object or array that is looked into ends.
    End,
    /// The name of a member: [`Scanner::text`].
    Name,
    /// A string: [`Scanner::text`], if it is kept.
    Text,
    /// A number: [`Scanner::text`], if it is kept.
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// An object that is not looked into, as a whole.
    SkippedObject,
    /// An array that is not looked into, as a whole.
    SkippedArray,
}

/// What was read of a string, number or word.
struct Part<'i> {
    /// The token, if it is reported.
    token: Option<Token>,
    raw: Raw<'i>,
    /// What is left of the input.
    left: &'i [u8],
}

impl<'i> Part<'i> {
    /// No part, before the whole input.
    const fn nothing(left: &'i [u8]) -> Self {
        Self::new(None, left)
    }

    /// A part whose text does not stand in the piece as it is.
    const fn new(token: Option<Token>, left: &'i [u8]) -> Self {
        Self { token, raw: Raw::KEPT, left }
    }

    /// The token and its text, and how far the piece is read.
    fn into_parts(self, piece: &[u8]) -> (Option<Token>, Raw<'i>, usize) {
        (self.token, self.raw, piece.len() - self.left.len())
    }
}

/// What may come next, besides white space.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value.
    Value,
    /// A value, or the end of the array.
    FirstElement,
    /// A name, or the end of the object.
    FirstName,
    Name,
    Colon,
    /// A comma, or the end of the object or array.
    After,
    /// Nothing.
    Done,
    /// The rest of a string that began in an earlier piece.
    Text,
    /// The rest of a number that began in an earlier piece.
    Number,
    /// The rest of a word that began in an earlier piece.
    Word,
    /// Nothing, and the text is not JSON.
    Invalid,
}

/// Reads one JSON text.
pub struct Scanner {
    state: State,
    digits: Digits,
    /// What is left of the word that is being read.
    word: &'static [u8],
    /// For each open object or array a bit: whether it is an object. The lowest bit of the first number is for the
    /// innermost.
    open: [u64; DEPTH / 64],
    depth: usize,
    looks_to: usize,
    keeps: bool,
    is_name: bool,
    text: Text,
    position: usize,
    start: usize,
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner {
    /// The longest text that is kept, in bytes.
    pub const LONGEST: usize = text::LONGEST;

    /// A scanner at the beginning of a text, which looks at the outermost value alone.
    pub const fn new() -> Self {
        Self {
            state: State::Value,
            digits: Digits::Begin,
            word: b"",
            open: [0; DEPTH / 64],
            depth: 0,
            looks_to: 1,
            keeps: false,
            is_name: false,
            text: Text::new(),
            position: 0,
            start: 0,
        }
    }

    /// How many objects and arrays are open.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the innermost object or array that is open is an array.
    pub fn is_in_array(&self) -> bool {
        self.depth > 0 && !self.is_in_object()
    }

    /// Looks into objects and arrays down to this depth; the outermost one has depth 1.
    pub const fn look_to(&mut self, depth: usize) {
        self.looks_to = depth;
    }

    /// Whether to keep the text of the value that comes next.
    pub const fn keep(&mut self, keeps: bool) {
        self.keeps = keeps;
    }

    /// The unescaped text of the token that was found last, and that had this.
    pub fn text<'t>(&'t self, raw: Raw<'t>) -> Result<&'t [u8], NoText> {
        self.text.get(raw)
    }

    /// Where the value that was found last begins.
    pub const fn start(&self) -> usize {
        self.start
    }

    /// How far the text is read.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Sets the position of the byte that comes next.
    pub const fn move_to(&mut self, position: usize) {
        self.position = position;
    }

    /// Whether the text is one complete value with nothing after it.
    pub const fn is_complete(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Reads on until there is something to report, and removes what was read from the front of `input`.
    pub fn next<'i>(&mut self, input: &mut &'i [u8]) -> (Token, Raw<'i>) {
        let before = self.position;
        let mut found = Raw::KEPT;
        let token = self.read(input, &mut |_, _, raw| {
            found = raw;
            false
        });
        *input = input.get(self.position - before..).unwrap_or_default();
        (token, found)
    }

    /// Reads a piece, and calls `each` with each token and its text until it returns false. Returns that token, or the
    /// one that ends the piece or the text: [`Token::More`] or [`Token::Invalid`]. During the calls, `position` is
    /// where the piece begins.
    ///
    /// First the byte is matched, then the state: of the bytes outside strings, half are
    /// structure, and white space is nearly always allowed.
    #[inline(never)]
    pub fn read<'i>(
        &mut self,
        piece: &'i [u8],
        each: &mut dyn FnMut(&mut Self, Token, Raw<'i>) -> bool,
    ) -> Token {
        let mut part = match self.state {
            State::Text | State::Number | State::Word => self.go_on(piece),
            _ => Part::nothing(piece),
        };
        let (token, read) = loop {
            let (token, raw, mut at) = part.into_parts(piece);
            if let Some(token) = token
                && (matches!(token, Token::More | Token::Invalid) || !each(self, token, raw))
            {
                break (token, at);
            }
            match self.whole_tokens(piece, &mut at, each) {
                Ok(next) => part = next,
                Err(token) => break (token, at),
            }
        };
        self.position += read;
        token
    }

    /// Reads on from a place in the piece to the next string, number or word that does not stand in the piece as it is,
    /// and reads that one too. `Err` is the token with which `read` ends.
    #[inline]
    fn whole_tokens<'i>(
        &mut self,
        piece: &'i [u8],
        at: &mut usize,
        each: &mut dyn FnMut(&mut Self, Token, Raw<'i>) -> bool,
    ) -> Result<Part<'i>, Token> {
        loop {
            let Some(&byte) = piece.get(*at) else { return Err(Token::More) };
            let here = *at;
            *at += 1;
            let (token, raw) = match byte {
                b' ' | b'\t' | b'\n' | b'\r' => continue,
                b'"' if self.begins_string(here) => {
                    let rest = piece.get(*at..).unwrap_or_default();
                    let length = plain::length(piece, rest);
                    if rest.get(length) != Some(&b'"') {
                        let (text, after) = rest.split_at_checked(length).unwrap_or_default();
                        return Ok(self.string(text, after));
                    }
                    // Nearly every string stands in the piece as it is.
                    *at += length + 1;
                    let (token, has_colon) = self.end_string(piece.get(*at));
                    *at += usize::from(has_colon);
                    (token, Raw::piece(rest.get(..length).unwrap_or_default()))
                }
                b':' if self.state == State::Colon => {
                    self.state = State::Value;
                    continue;
                }
                b',' if self.state == State::After => {
                    self.state = if self.is_in_object() { State::Name } else { State::Value };
                    continue;
                }
                b'}' if self.may_close(State::FirstName, true) => (self.close(true), Raw::KEPT),
                b']' if self.may_close(State::FirstElement, false) => (self.close(false), Raw::KEPT),
                _ if matches!(self.state, State::Value | State::FirstElement) => {
                    self.begin_value(here);
                    if !matches!(byte, b'{' | b'[') {
                        return Ok(self.number_or_word(piece.get(*at - 1..).unwrap_or_default()));
                    }
                    if self.depth == DEPTH {
                        return Err(self.invalid());
                    }
                    (self.open(byte == b'{'), Raw::KEPT)
                }
                _ => return Err(self.invalid()),
            };
            if let Some(token) = token
                && !each(self, token, raw)
            {
                return Err(token);
            }
        }
    }

    /// Whether a string may begin at this place in the piece.
    #[inline]
    fn begins_string(&mut self, at: usize) -> bool {
        self.is_name = matches!(self.state, State::FirstName | State::Name);
        if !self.is_name {
            self.begin_value(at);
        }
        self.is_name || matches!(self.state, State::Value | State::FirstElement)
    }

    /// Notes where a value begins, if it is reported. `position` is still where the piece begins.
    #[inline]
    const fn begin_value(&mut self, at: usize) {
        if self.is_looked_into() {
            self.start = self.position + at;
        }
    }

    #[inline]
    fn open(&mut self, is_object: bool) -> Option<Token> {
        let [low, high] = &mut self.open;
        if self.depth >= 64 {
            *high = *high << 1 | *low >> 63;
        }
        *low = *low << 1 | u64::from(is_object);
        self.depth += 1;
        self.state = if is_object { State::FirstName } else { State::FirstElement };
        self.report(if is_object { Token::Object } else { Token::Array })
    }

    /// Whether an object or array may end here: in this state, or after a value in it.
    #[inline]
    fn may_close(&self, empty: State, is_object: bool) -> bool {
        self.state == empty || (self.state == State::After && self.is_in_object() == is_object)
    }

    #[inline]
    fn close(&mut self, is_object: bool) -> Option<Token> {
        let is_looked_into = self.is_looked_into();
        let [low, high] = &mut self.open;
        *low >>= 1;
        if self.depth > 64 {
            *low |= *high << 63;
            *high >>= 1;
        }
        self.depth = self.depth.saturating_sub(1);
        self.state = self.after_value();
        if is_looked_into {
            return Some(Token::End);
        }
        self.report(if is_object { Token::SkippedObject } else { Token::SkippedArray })
    }

    const fn is_in_object(&self) -> bool {
        let [innermost, _] = self.open;
        innermost & 1 == 1
    }

    /// Whether a value that begins here, or has ended here, is reported.
    const fn is_looked_into(&self) -> bool {
        self.depth <= self.looks_to
    }

    const fn keeps_text(&self) -> bool {
        self.is_looked_into() && (self.is_name || self.keeps)
    }

    const fn after_value(&self) -> State {
        if self.depth == 0 { State::Done } else { State::After }
    }

    const fn report(&self, token: Token) -> Option<Token> {
        if self.is_looked_into() { Some(token) } else { None }
    }

    const fn invalid(&mut self) -> Token {
        self.state = State::Invalid;
        Token::Invalid
    }
}

#[cfg(test)]
mod tests;
