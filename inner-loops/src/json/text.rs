//! The strings of a JSON text.

use super::plain;
use alloc::vec::Vec;

/// Why the text of a token is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoText {
    /// It is longer than what is kept.
    TooLong,
    /// It has half of a surrogate pair, which is no character.
    Surrogate,
}

/// The longest text that is kept, in bytes.
pub(super) const LONGEST: usize = 1024;

/// Where the text of a token is: in the piece, if it stands there as it is, or else in what the scanner keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Raw<'i>(Option<&'i [u8]>);

impl<'i> Raw<'i> {
    pub(super) const KEPT: Self = Self(None);

    /// The text as it stands in the piece.
    pub(super) const fn piece(text: &'i [u8]) -> Self {
        Self(Some(text))
    }
}

/// How far a string is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unescaped {
    /// It goes on in the next piece.
    Unfinished,
    /// The quote at its end was read.
    Complete,
    /// It has a control character, an unknown escape, or bytes that are not UTF-8.
    Invalid,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Between two characters.
    Character,
    /// After a backslash.
    Escape,
    /// After `\u` and this many hex digits.
    Digits(u8),
    /// In a character of several bytes: how many are left, and the least and the greatest value of the next one.
    Bytes(u8, u8, u8),
}

/// A string while it is read, and its unescaped text, or the beginning of it.
pub(super) struct Text {
    at: At,
    /// The number of the escape that is being read.
    unit: u32,
    /// The first half of a surrogate pair, or 0.
    high: u32,
    is_odd: bool,
    is_long: bool,
    kept: Vec<u8>,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { at: At::Character, unit: 0, high: 0, is_odd: false, is_long: false, kept: Vec::new() }
    }

    /// Begins another text.
    pub(super) fn clear(&mut self) {
        (self.at, self.high, self.is_odd, self.is_long) = (At::Character, 0, false, false);
        self.kept.clear();
    }

    pub(super) fn get<'t>(&'t self, raw: Raw<'t>) -> Result<&'t [u8], NoText> {
        let text = match raw.0 {
            Some(text) => text,
            None if self.is_odd => return Err(NoText::Surrogate),
            None if self.is_long => return Err(NoText::TooLong),
            None => &self.kept,
        };
        if text.len() > LONGEST { Err(NoText::TooLong) } else { Ok(text) }
    }

    /// Keeps bytes. `cold` has it compiled for size.
    #[cold]
    #[inline(never)]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.is_long |= self.kept.len() + bytes.len() > LONGEST;
        if !self.is_long {
            self.kept.extend_from_slice(bytes);
        }
    }

    /// Reads on to the end of the string. Returns what is left of `input`, too.
    pub(super) fn read<'i>(&mut self, mut input: &'i [u8], keeps: bool) -> (Unescaped, &'i [u8]) {
        loop {
            if self.at == At::Character {
                let (text, rest) = input.split_at_checked(plain::length(input, input)).unwrap_or_default();
                if !text.is_empty() {
                    self.end_pair();
                    if keeps {
                        self.push(text);
                    }
                    input = rest;
                }
            }
            let Some((&byte, rest)) = input.split_first() else { return (Unescaped::Unfinished, input) };
            input = rest;
            let is_fine = match self.at {
                At::Character if byte == b'"' => {
                    self.end_pair();
                    return (Unescaped::Complete, input);
                }
                At::Character if byte == b'\\' => {
                    self.at = At::Escape;
                    true
                }
                At::Character => self.begin_character(byte),
                At::Escape => self.escape(byte, keeps),
                At::Digits(count) => self.digit(count, byte, keeps),
                At::Bytes(left, least, greatest) => {
                    self.at = if left == 1 { At::Character } else { At::Bytes(left - 1, 0x80, 0xbf) };
                    least <= byte && byte <= greatest
                }
            };
            if !is_fine {
                return (Unescaped::Invalid, input);
            }
            if keeps && byte >= 0x80 {
                self.push(&[byte]);
            }
        }
    }

    /// Notes the first byte of a character that has several (RFC 3629 section 4).
    const fn begin_character(&mut self, byte: u8) -> bool {
        self.end_pair();
        self.at = match byte {
            0xc2..=0xdf => At::Bytes(1, 0x80, 0xbf),
            0xe0 => At::Bytes(2, 0xa0, 0xbf),
            0xe1..=0xec | 0xee | 0xef => At::Bytes(2, 0x80, 0xbf),
            0xed => At::Bytes(2, 0x80, 0x9f),
            0xf0 => At::Bytes(3, 0x90, 0xbf),
            0xf1..=0xf3 => At::Bytes(3, 0x80, 0xbf),
            0xf4 => At::Bytes(3, 0x80, 0x8f),
            // A control character, or no first byte.
            _ => return false,
        };
        true
    }

    #[inline(never)]
    fn escape(&mut self, byte: u8, keeps: bool) -> bool {
        let means = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                (self.at, self.unit) = (At::Digits(0), 0);
                return true;
            }
            _ => return false,
        };
        self.at = At::Character;
        self.end_pair();
        if keeps {
            self.push(&[means]);
        }
        true
    }

    #[inline(never)]
    fn digit(&mut self, count: u8, byte: u8, keeps: bool) -> bool {
        let Some(digit) = char::from(byte).to_digit(16) else { return false };
        self.unit = self.unit << 4 | digit;
        if count < 3 {
            self.at = At::Digits(count + 1);
            return true;
        }
        self.at = At::Character;
        let code = match (self.high, self.unit) {
            (1.., low @ 0xdc00..=0xdfff) => {
                let high = core::mem::take(&mut self.high);
                0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)
            }
            (_, high @ 0xd800..=0xdbff) => {
                self.end_pair();
                self.high = high;
                return true;
            }
            (_, unit) => {
                self.end_pair();
                unit
            }
        };
        match char::from_u32(code) {
            Some(character) if keeps => self.push(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Some(_) => {}
            None => self.is_odd = true,
        }
        true
    }

    /// Notes that no second half follows a first half of a surrogate pair.
    const fn end_pair(&mut self) {
        self.is_odd |= self.high != 0;
        self.high = 0;
    }
}
