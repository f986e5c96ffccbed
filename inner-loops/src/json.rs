//! A scanner of JSON texts (RFC 8259) that come in pieces: it needs no memory that grows with the text, and it can stop
//! and go on between any two bytes.
//!
//! It checks the whole grammar, UTF-8 included, and refuses what nests deeper than [`DEPTH`]. Its caller says how deep
//! it wants to look ([`Scanner::look_to`]); what is nested deeper is checked and otherwise skipped.

mod digits;
mod parts;
mod plain;
mod text;

use core::slice::Iter;
use digits::Digits;
use text::Text;
pub use text::{NoText, Raw};

/// How deep objects and arrays may be nested.
pub const DEPTH: usize = 128;

/// What a scanner found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token<'i> {
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
    Name(Raw<'i>),
    /// A string: [`Scanner::text`], if it is kept.
    Text(Raw<'i>),
    /// A number: [`Scanner::text`], if it is kept.
    Number(Raw<'i>),
    /// `true`, `false` or `null`.
    Word,
    /// An object that is not looked into, as a whole.
    SkippedObject,
    /// An array that is not looked into, as a whole.
    SkippedArray,
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
    /// For each open object or array a bit: whether it is an object. The lowest bit of the first number is for the innermost.
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
    pub fn next<'i>(&mut self, input: &mut &'i [u8]) -> Token<'i> {
        let before = self.position;
        let token = self.read(input, &mut |_, _| false);
        *input = input.get(self.position - before..).unwrap_or_default();
        token
    }

    /// Reads a piece, and calls `each` with each token until it returns false. Returns that token, or the one that ends the
    /// piece or the text: [`Token::More`] or [`Token::Invalid`].
    #[inline(never)]
    pub fn read<'i>(
        &mut self,
        piece: &'i [u8],
        each: &mut dyn FnMut(&mut Self, Token<'i>) -> bool,
    ) -> Token<'i> {
        let (end, mut rest) = (self.position + piece.len(), piece.iter());
        loop {
            let token = self.scan(piece, &mut rest, end);
            self.position = end - rest.len();
            if matches!(token, Token::More | Token::Invalid) || !each(self, token) {
                return token;
            }
        }
    }

    /// Reads on in a piece that ends at this position. A byte is told apart first, and what may come next is compared after
    /// that: of the bytes outside strings, half are structure, and white space is nearly always allowed.
    #[inline]
    fn scan<'i>(&mut self, piece: &'i [u8], rest: &mut Iter<'i, u8>, end: usize) -> Token<'i> {
        let mut found = None;
        if matches!(self.state, State::Text | State::Number | State::Word) {
            let (token, left) = self.go_on(rest.as_slice());
            (found, *rest) = (token, left.iter());
        }
        loop {
            if let Some(token) = found {
                return token;
            }
            let from = rest.as_slice();
            let Some(&byte) = rest.next() else { return Token::More };
            found = match byte {
                b' ' | b'\t' | b'\n' | b'\r' => None,
                b'"' if self.begins_string(end - from.len()) => self.string(piece, rest),
                b':' if self.state == State::Colon => self.expect(State::Value),
                b',' if self.state == State::After => {
                    self.expect(if self.is_in_object() { State::Name } else { State::Value })
                }
                b'}' if matches!(self.state, State::FirstName | State::After) => self.close(true),
                b']' if matches!(self.state, State::FirstElement | State::After) => self.close(false),
                _ if matches!(self.state, State::Value | State::FirstElement) => {
                    self.begin_value(end - from.len());
                    match byte {
                        b'{' | b'[' => self.open(byte == b'{'),
                        _ => {
                            let (token, left) = self.number_or_word(from);
                            *rest = left.iter();
                            token
                        }
                    }
                }
                _ => return self.invalid(),
            };
        }
    }

    /// Whether a string may begin at this position.
    #[inline]
    fn begins_string(&mut self, at: usize) -> bool {
        self.is_name = matches!(self.state, State::FirstName | State::Name);
        if !self.is_name {
            self.begin_value(at);
        }
        self.is_name || matches!(self.state, State::Value | State::FirstElement)
    }

    /// Notes where a value begins, if it is reported.
    #[inline]
    const fn begin_value(&mut self, at: usize) {
        if self.is_looked_into() {
            self.start = at;
        }
    }

    /// Reads a string, after its first quote, and the colon after a name. `None` if it is not reported.
    #[inline]
    fn string<'i>(&mut self, piece: &'i [u8], rest: &mut Iter<'i, u8>) -> Option<Token<'i>> {
        let (text, after) = plain::split(piece, rest.as_slice());
        if let [b'"', after @ ..] = after {
            // Nearly every string stands in the piece as it is.
            let (token, left) = self.end_string(Raw::piece(text), after);
            *rest = left.iter();
            return token;
        }
        self.text.clear();
        if self.keeps_text() {
            self.text.push(text);
        }
        let (token, left) = self.rest_of_string(after);
        *rest = left.iter();
        token
    }

    #[inline]
    fn open<'i>(&mut self, is_object: bool) -> Option<Token<'i>> {
        if self.depth == DEPTH {
            return Some(self.invalid());
        }
        let [low, high] = self.open;
        self.open = [low << 1 | u64::from(is_object), high << 1 | low >> 63];
        self.depth += 1;
        self.state = if is_object { State::FirstName } else { State::FirstElement };
        self.report(if is_object { Token::Object } else { Token::Array })
    }

    #[inline]
    fn close<'i>(&mut self, is_object: bool) -> Option<Token<'i>> {
        if is_object != self.is_in_object() {
            return Some(self.invalid());
        }
        let is_looked_into = self.is_looked_into();
        let [low, high] = self.open;
        self.open = [low >> 1 | high << 63, high >> 1];
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

    const fn expect<'i>(&mut self, state: State) -> Option<Token<'i>> {
        self.state = state;
        None
    }

    const fn after_value(&self) -> State {
        if self.depth == 0 { State::Done } else { State::After }
    }

    const fn report<'i>(&self, token: Token<'i>) -> Option<Token<'i>> {
        if self.is_looked_into() { Some(token) } else { None }
    }

    const fn invalid<'i>(&mut self) -> Token<'i> {
        self.state = State::Invalid;
        Token::Invalid
    }
}

#[cfg(test)]
mod tests;
