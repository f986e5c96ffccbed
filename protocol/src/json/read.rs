//! The reader of JSON texts (RFC 8259). It accepts the grammar of the RFC and nothing else. It also refuses an object
//! that repeats a name or has more than [`MAX_MEMBERS`] members, and values nested deeper than [`MAX_DEPTH`].
//!
//! The plugin does not use `serde_json`, whose reader would add 12 KiB: it has a table of powers of ten for
//! floating-point numbers, and code that reports the line of an error. A test compares the two readers.

use super::value::{Json, NotAnObject, Object};
use crate::limits::token_format::{JSON_DEPTH, JSON_MEMBERS};
use std::borrow::Cow;

/// How deep objects and arrays may be nested.
pub(super) const MAX_DEPTH: usize = JSON_DEPTH.most;
/// How many members an object may have.
pub(super) const MAX_MEMBERS: usize = JSON_MEMBERS.most;

impl<'a> Object<'a> {
    /// Reads a text that is one object, and fails if anything but white space follows it.
    pub fn parse(json: &'a [u8]) -> Result<Self, NotAnObject> {
        let mut reader = Reader::new(core::str::from_utf8(json).map_err(|_| NotAnObject)?);
        match reader.value(0) {
            Some(Json::Object(object)) if reader.is_done() => Ok(object),
            _ => Err(NotAnObject),
        }
    }
}

/// The part of the text that is not read yet.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Reads a value, which is nested in `depth` others.
    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        match self.peek()? {
            b'"' => self.text().map(Json::Text),
            b'{' if depth < MAX_DEPTH => self.object(depth + 1).map(Json::Object),
            b'[' if depth < MAX_DEPTH => self.list(depth + 1).map(Json::List),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => self.number(),
        }
    }

    /// Whether nothing is left.
    fn is_done(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Skips white space and returns the next byte.
    fn peek(&mut self) -> Option<u8> {
        let space = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
        let spaces = self.0.as_bytes().iter().take_while(|b| space(b)).count();
        self.0 = self.0.get(spaces..)?;
        self.0.as_bytes().first().copied()
    }

    /// Consumes this text if it comes next. Returns whether it did.
    fn take(&mut self, front: &str) -> bool {
        let rest = self.0.strip_prefix(front);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Skips white space, then does the same as [`Reader::take`].
    fn next(&mut self, front: &str) -> bool {
        self.peek();
        self.take(front)
    }

    fn word(&mut self, word: &str, means: Json<'a>) -> Option<Json<'a>> {
        self.take(word).then_some(means)
    }

    fn object(&mut self, depth: usize) -> Option<Object<'a>> {
        let mut object = Object::default();
        self.take("{");
        if self.next("}") {
            return Some(object);
        }
        loop {
            self.peek();
            let name = self.text()?;
            if !self.next(":") || object.0.len() >= MAX_MEMBERS || object.get(&name).is_some() {
                return None;
            }
            let value = self.value(depth)?;
            object.0.push((name, value));
            if !self.next(",") {
                return self.take("}").then_some(object);
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Json<'a>>> {
        let mut list = Vec::new();
        self.take("[");
        if self.next("]") {
            return Some(list);
        }
        loop {
            list.push(self.value(depth)?);
            if !self.next(",") {
                return self.take("]").then_some(list);
            }
        }
    }

    /// Reads a string. The result is borrowed if the string has no escapes.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        let mut unescaped = String::new();
        if !self.take("\"") {
            return None;
        }
        loop {
            let end = self.0.bytes().position(|b| matches!(b, b'"' | b'\\' | 0..0x20))?;
            let (piece, rest) = self.0.split_at_checked(end)?;
            self.0 = rest;
            if self.take("\\") {
                unescaped.push_str(piece);
                unescaped.push(self.escaped()?);
            } else if !self.take("\"") {
                return None;
            } else if unescaped.is_empty() {
                return Some(piece.into());
            } else {
                unescaped.push_str(piece);
                return Some(unescaped.into());
            }
        }
    }

    /// Reads the rest of an escape, after its backslash. Returns the character that it stands for.
    fn escaped(&mut self) -> Option<char> {
        let (kind, rest) = self.0.split_at_checked(1)?;
        self.0 = rest;
        Some(match kind {
            "\"" | "\\" | "/" => kind.chars().next()?,
            "b" => '\u{8}',
            "f" => '\u{c}',
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "u" => {
                let mut code = self.hex()?;
                if matches!(code, 0xd800..0xdc00) && self.take("\\u") {
                    let low = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    code = 0x1_0000 + ((code - 0xd800) << 10) + low;
                }
                // Fails for one half of a surrogate pair, which is not a character.
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(4)?;
        self.0 = rest;
        digits.chars().try_fold(0, |code, digit| Some(code * 16 + digit.to_digit(16)?))
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let negative = self.take("-");
        let integer = self.digits()?;
        if integer.len() > 1 && integer.starts_with('0') {
            return None;
        }
        let fraction = if self.take(".") { self.digits()? } else { "" };
        let mut exponent = None;
        if self.take("e") || self.take("E") {
            let down = self.take("-");
            let _up = !down && self.take("+");
            // An exponent that does not fit into 16 bits has the same effect as the largest one that does.
            let size = self.digits()?.parse().unwrap_or(u16::MAX);
            exponent = Some(if down { -i32::from(size) } else { i32::from(size) });
        }
        let whole = whole_part(integer, fraction, exponent.unwrap_or_default());
        Some(match whole {
            Some(whole) if !negative && fraction.is_empty() && exponent.is_none() => Json::Whole(whole),
            whole => Json::Number(whole.filter(|_| !negative)),
        })
    }

    /// Reads one or more digits.
    fn digits(&mut self) -> Option<&'a str> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        (count > 0).then_some(digits)
    }
}

/// The whole part of the number `integer.fraction` times ten to the power of `exponent`; `None` if it has more than 64
/// bits.
fn whole_part(integer: &str, fraction: &str, exponent: i32) -> Option<u64> {
    let digits = integer.len() + fraction.len();
    let places = i64::try_from(integer.len()).ok()? + i64::from(exponent);
    // With twenty zeros after its digits every number has more than 64 bits, except zero. More need not be read.
    let places = usize::try_from(places).unwrap_or_default().min(digits + 20);
    let all = integer.bytes().chain(fraction.bytes()).chain(core::iter::repeat(b'0'));
    all.take(places).try_fold(0_u64, |whole, digit| {
        whole.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
    })
}
