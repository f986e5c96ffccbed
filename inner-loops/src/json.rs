//! A scanner of JSON texts (RFC 8259) that come in pieces: it needs no memory that grows with the text, and it can stop
//! and go on between any two bytes.
//!
//! It checks the whole grammar, UTF-8 included, and refuses what nests deeper than [`DEPTH`]. Its caller says how deep
//! it wants to look ([`Scanner::look_to`]); what is nested deeper is checked and otherwise skipped.

mod text;

pub use text::{NoText, Raw};
use text::{Text, Unescaped};

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
    /// A number: its digits are [`Scanner::text`], if they are kept.
    Number(Raw<'i>),
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
    Number,
    Word,
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
    digits: Digits,
    /// What is left of the word that is being read.
    word: &'static [u8],
    /// For each open object or array a bit: whether it is an object.
    open: [u8; DEPTH / 8],
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
            digits: Digits::Minus,
            word: b"",
            open: [0; DEPTH / 8],
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
    #[inline(never)]
    pub fn next<'i>(&mut self, input: &mut &'i [u8]) -> Token<'i> {
        let (end, mut rest) = (self.position + input.len(), *input);
        let token = self.scan(&mut rest, end);
        self.position = end - rest.len();
        *input = rest;
        token
    }

    /// Reads on in a piece that ends at this position.
    #[inline]
    fn scan<'i>(&mut self, input: &mut &'i [u8], end: usize) -> Token<'i> {
        loop {
            if self.state == State::Text
                && let Some(token) = self.string(input)
            {
                return token;
            }
            let Some((&byte, rest)) = input.split_first() else { return Token::More };
            let found = match self.state {
                State::FirstName | State::Name if byte == b'"' => self.begin_text(true),
                State::Colon if byte == b':' => self.begin(State::Value),
                State::After if byte == b',' => {
                    self.begin(if self.is_in_object() { State::Name } else { State::Value })
                }
                State::FirstName | State::After if byte == b'}' => self.close(true),
                State::FirstElement | State::After if byte == b']' => self.close(false),
                State::Number => match self.digits.next(byte) {
                    Some(next) => {
                        self.digits = next;
                        if self.keeps {
                            self.text.push(&[byte]);
                        }
                        None
                    }
                    // The byte after a number is read again.
                    None if self.digits.may_end() => {
                        self.state = self.after_value();
                        match self.report(Token::Number(Raw::KEPT)) {
                            Some(token) => return token,
                            None => continue,
                        }
                    }
                    None => return self.invalid(),
                },
                State::Word => match self.word.split_first() {
                    Some((expected, [])) if *expected == byte => {
                        self.state = self.after_value();
                        self.report(Token::Word)
                    }
                    Some((expected, left)) if *expected == byte => {
                        self.word = left;
                        None
                    }
                    _ => return self.invalid(),
                },
                _ if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => None,
                State::Value | State::FirstElement => self.value(byte, end - input.len()),
                _ => return self.invalid(),
            };
            *input = rest;
            if let Some(token) = found {
                return token;
            }
        }
    }

    /// Reads on in a string, after its first quote, and the colon after a name. `None` if it has ended and is not reported.
    #[inline]
    fn string<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        let is_looked_into = self.depth <= self.looks_to;
        let keeps = is_looked_into && (self.is_name || self.keeps);
        let raw = match self.text.read(input, keeps) {
            Unescaped::Unfinished => return Some(Token::More),
            Unescaped::Invalid => return Some(self.invalid()),
            Unescaped::Complete(raw) => raw,
        };
        if !self.is_name {
            self.state = self.after_value();
        } else if let [b':', rest @ ..] = *input {
            // As nearly always.
            (self.state, *input) = (State::Value, rest);
        } else {
            self.state = State::Colon;
        }
        is_looked_into.then_some(if self.is_name { Token::Name(raw) } else { Token::Text(raw) })
    }

    /// Reads the first byte of a value.
    #[inline]
    fn value<'i>(&mut self, byte: u8, at: usize) -> Option<Token<'i>> {
        if self.depth <= self.looks_to {
            self.start = at;
        }
        match byte {
            b'"' => self.begin_text(false),
            b'{' | b'[' => self.open(byte == b'{'),
            b't' => self.begin_word(b"rue"),
            b'f' => self.begin_word(b"alse"),
            b'n' => self.begin_word(b"ull"),
            b'-' | b'0'..=b'9' => {
                self.state = State::Number;
                self.digits = match byte {
                    b'-' => Digits::Minus,
                    b'0' => Digits::Zero,
                    _ => Digits::Whole,
                };
                self.text.clear();
                if self.keeps {
                    self.text.push(&[byte]);
                }
                None
            }
            _ => Some(self.invalid()),
        }
    }

    fn open<'i>(&mut self, is_object: bool) -> Option<Token<'i>> {
        let Some(places) = self.open.get_mut(self.depth / 8) else { return Some(self.invalid()) };
        let place = 1 << (self.depth % 8);
        *places = if is_object { *places | place } else { *places & !place };
        self.depth += 1;
        self.state = if is_object { State::FirstName } else { State::FirstElement };
        self.report(if is_object { Token::Object } else { Token::Array })
    }

    fn close<'i>(&mut self, is_object: bool) -> Option<Token<'i>> {
        if is_object != self.is_in_object() {
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
        let Some(last) = self.depth.checked_sub(1) else { return false };
        self.open.get(last / 8).is_some_and(|places| places >> (last % 8) & 1 == 1)
    }

    const fn begin<'i>(&mut self, state: State) -> Option<Token<'i>> {
        self.state = state;
        None
    }

    const fn begin_text<'i>(&mut self, is_name: bool) -> Option<Token<'i>> {
        self.is_name = is_name;
        self.text.begin();
        self.begin(State::Text)
    }

    const fn begin_word<'i>(&mut self, left: &'static [u8]) -> Option<Token<'i>> {
        self.word = left;
        self.begin(State::Word)
    }

    const fn after_value(&self) -> State {
        if self.depth == 0 { State::Done } else { State::After }
    }

    const fn report<'i>(&self, token: Token<'i>) -> Option<Token<'i>> {
        if self.depth <= self.looks_to { Some(token) } else { None }
    }

    const fn invalid<'i>(&mut self) -> Token<'i> {
        self.state = State::Invalid;
        Token::Invalid
    }
}

#[cfg(test)]
mod tests;
