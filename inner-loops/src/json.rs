//! A scanner of JSON texts (RFC 8259) that come in pieces: it needs no memory that grows with the text, and it can stop
//! and go on between any two bytes.
//!
//! It checks the whole grammar, UTF-8 included, and refuses what nests deeper than [`DEPTH`]. Its caller says how deep
//! it wants to look ([`Scanner::look_to`]); what is nested deeper is checked and otherwise skipped.

mod text;

pub use text::NoText;
use text::{Text, Unescaped};

/// How deep objects and arrays may be nested.
pub const DEPTH: usize = 128;

/// What a scanner found.
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
    /// A number: its digits are [`Scanner::text`], if they are kept.
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// An object that is not looked into, as a whole.
    SkippedObject,
    /// An array that is not looked into, as a whole.
    SkippedArray,
}

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
    /// Nothing but white space.
    Done,
    Text,
    Number(Digits),
    Word(&'static [u8]),
    Invalid,
}

/// How far a number is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Digits {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    Sign,
    Power,
}

impl Digits {
    /// The state after one more byte, if the byte belongs to the number.
    const fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus | Self::Whole, b'0'..=b'9') => Self::Whole,
            (Self::Zero | Self::Whole, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => return None,
        })
    }

    const fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Whole | Self::Fraction | Self::Power)
    }
}

/// Reads one JSON text.
pub struct Scanner {
    state: State,
    /// For each open object or array, whether it is an object.
    open: [bool; DEPTH],
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
            open: [false; DEPTH],
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

    /// The unescaped text of the token that was found last.
    pub fn text(&self) -> Result<&[u8], NoText> {
        self.text.get()
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
    #[inline(never)]
    pub fn next(&mut self, input: &mut &[u8]) -> Token {
        loop {
            if self.state == State::Text {
                match self.string(input) {
                    Unescaped::Unfinished => return Token::More,
                    Unescaped::Invalid => return self.invalid(),
                    Unescaped::Complete => {}
                }
                let is_name = self.is_name;
                self.state = if is_name { State::Colon } else { self.after_value() };
                if self.depth <= self.looks_to {
                    return if is_name { Token::Name } else { Token::Text };
                }
            }
            let Some((&byte, rest)) = input.split_first() else { return Token::More };
            let found = match self.state {
                State::Number(digits) => match digits.next(byte) {
                    Some(next) => {
                        self.state = State::Number(next);
                        if self.keeps {
                            self.text.push(&[byte]);
                        }
                        None
                    }
                    // The byte after a number is read again.
                    None if digits.may_end() => {
                        self.state = self.after_value();
                        match self.report(Token::Number) {
                            Some(token) => return token,
                            None => continue,
                        }
                    }
                    None => return self.invalid(),
                },
                State::Word(word) => match word.split_first() {
                    Some((expected, [])) if *expected == byte => {
                        self.state = self.after_value();
                        self.report(Token::Word)
                    }
                    Some((expected, left)) if *expected == byte => {
                        self.state = State::Word(left);
                        None
                    }
                    _ => return self.invalid(),
                },
                _ if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => None,
                _ => self.structure(byte),
            };
            *input = rest;
            self.position += 1;
            if let Some(token) = found {
                return token;
            }
        }
    }

    /// Reads a byte between values.
    #[inline(never)]
    fn structure(&mut self, byte: u8) -> Option<Token> {
        match (self.state, byte) {
            (State::FirstName | State::Name, b'"') => self.begin_text(true),
            (State::FirstName, b'}') | (State::FirstElement, b']') | (State::After, b'}' | b']') => {
                return self.close(byte);
            }
            (State::Colon, b':') => {
                self.state = State::Value;
            }
            (State::After, b',') => {
                let is_object = self.is_in_object();
                self.state = if is_object { State::Name } else { State::Value };
            }
            (State::Value | State::FirstElement, _) => return self.value(byte),
            _ => return Some(self.invalid()),
        }
        None
    }

    /// Reads the first byte of a value.
    fn value(&mut self, byte: u8) -> Option<Token> {
        if self.depth <= self.looks_to {
            self.start = self.position;
        }
        match byte {
            b'"' => self.begin_text(false),
            b'{' | b'[' => return self.open(byte == b'{'),
            b't' => self.state = State::Word(b"rue"),
            b'f' => self.state = State::Word(b"alse"),
            b'n' => self.state = State::Word(b"ull"),
            b'-' | b'0'..=b'9' => {
                self.state = State::Number(match byte {
                    b'-' => Digits::Minus,
                    b'0' => Digits::Zero,
                    _ => Digits::Whole,
                });
                self.text.clear();
                if self.keeps {
                    self.text.push(&[byte]);
                }
            }
            _ => return Some(self.invalid()),
        }
        None
    }

    fn open(&mut self, is_object: bool) -> Option<Token> {
        let Some(place) = self.open.get_mut(self.depth) else { return Some(self.invalid()) };
        *place = is_object;
        self.depth += 1;
        self.state = if is_object { State::FirstName } else { State::FirstElement };
        self.report(if is_object { Token::Object } else { Token::Array })
    }

    fn close(&mut self, byte: u8) -> Option<Token> {
        let is_object = self.is_in_object();
        if is_object != (byte == b'}') {
            return Some(self.invalid());
        }
        let is_looked_into = self.depth <= self.looks_to;
        self.depth = self.depth.saturating_sub(1);
        self.state = self.after_value();
        if is_looked_into {
            return Some(Token::End);
        }
        self.report(if is_object { Token::SkippedObject } else { Token::SkippedArray })
    }

    fn is_in_object(&self) -> bool {
        self.depth.checked_sub(1).and_then(|last| self.open.get(last)).copied().unwrap_or_default()
    }

    fn begin_text(&mut self, is_name: bool) {
        self.is_name = is_name;
        self.state = State::Text;
        self.text.clear();
    }

    /// Reads on in a string, after its first quote.
    fn string(&mut self, input: &mut &[u8]) -> Unescaped {
        let keeps = self.depth <= self.looks_to && (self.is_name || self.keeps);
        let before = input.len();
        let read = self.text.read(input, keeps);
        self.position += before - input.len();
        read
    }

    const fn after_value(&self) -> State {
        if self.depth == 0 { State::Done } else { State::After }
    }

    const fn report(&self, token: Token) -> Option<Token> {
        if self.depth <= self.looks_to { Some(token) } else { None }
    }

    const fn invalid(&mut self) -> Token {
        self.state = State::Invalid;
        Token::Invalid
    }
}

#[cfg(test)]
mod tests;
