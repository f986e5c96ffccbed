//! The strings of a JSON text.

use crate::{HIGH, ONES, zero_bytes};

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

/// How far a string is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unescaped {
    /// It goes on in the next piece.
    Unfinished,
    /// The quote at its end was read.
    Complete,
    /// It has a control character, an escape that is none, or bytes that are not UTF-8.
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
    length: usize,
    kept: [u8; LONGEST],
}

impl Text {
    pub(super) const fn new() -> Self {
        Self {
            at: At::Character,
            unit: 0,
            high: 0,
            is_odd: false,
            is_long: false,
            length: 0,
            kept: [0; LONGEST],
        }
    }

    /// Begins another text.
    pub(super) const fn clear(&mut self) {
        (self.at, self.high, self.is_odd, self.is_long, self.length) = (At::Character, 0, false, false, 0);
    }

    pub(super) fn get(&self) -> Result<&[u8], NoText> {
        if self.is_odd {
            return Err(NoText::Surrogate);
        }
        let text = if self.is_long { None } else { self.kept.get(..self.length) };
        text.ok_or(NoText::TooLong)
    }

    /// Keeps bytes.
    #[inline(never)]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        match self.kept.get_mut(self.length..end) {
            Some(place) if !self.is_long => {
                place.copy_from_slice(bytes);
                self.length = end;
            }
            _ => self.is_long = true,
        }
    }

    /// Reads on to the end of the string, and removes what was read from the front of `input`.
    pub(super) fn read(&mut self, input: &mut &[u8], keeps: bool) -> Unescaped {
        loop {
            if self.at == At::Character {
                let run = plain(input);
                if run > 0 {
                    self.end_pair();
                }
                if let Some((piece, rest)) = input.split_at_checked(run) {
                    if keeps {
                        self.push(piece);
                    }
                    *input = rest;
                }
            }
            let Some((&byte, rest)) = input.split_first() else { return Unescaped::Unfinished };
            *input = rest;
            let is_fine = match self.at {
                At::Character if byte == b'"' => {
                    self.end_pair();
                    return Unescaped::Complete;
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
                return Unescaped::Invalid;
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

/// The number of bytes before the first quote, backslash, control character or byte that is not ASCII.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let mut count = blocks.iter().take_while(|block| is_plain(block)).count() * 16;
    let (words, rest) = bytes.get(count..).unwrap_or_default().as_chunks::<8>();
    for word in words {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            // The lowest mark is exact.
            return count + (marks.trailing_zeros() / 8) as usize;
        }
        count += 8;
    }
    count + rest.iter().take_while(|byte| !is_special(**byte)).count()
}

const fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\' || byte >= 0x80
}

/// Whether none of the bytes is special.
#[cfg(target_arch = "wasm32")]
#[inline]
fn is_plain(block: &[u8; 16]) -> bool {
    use core::arch::wasm32::{i8x16_eq, i8x16_lt, i8x16_splat, u64x2, v128_any_true, v128_or};
    let [a, b, c, d, e, f, g, h, low @ ..] = *block;
    let bytes = u64x2(u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(low));
    // As a signed number a byte that is not ASCII is below a space too.
    let below_space = i8x16_lt(bytes, i8x16_splat(0x20));
    let quote = i8x16_eq(bytes, i8x16_splat(0x22));
    let backslash = i8x16_eq(bytes, i8x16_splat(0x5c));
    !v128_any_true(v128_or(below_space, v128_or(quote, backslash)))
}

/// Whether none of the bytes is special.
#[cfg(not(target_arch = "wasm32"))]
#[inline]
fn is_plain(block: &[u8; 16]) -> bool {
    let mut found = false;
    for byte in block {
        found |= is_special(*byte);
    }
    !found
}

/// Marks the special bytes by their high bits. Bytes above a special one may be marked wrongly.
const fn marks(word: u64) -> u64 {
    let below_space = word.wrapping_sub(b' ' as u64 * ONES) & !word;
    let quote = zero_bytes(word ^ (b'"' as u64 * ONES));
    let backslash = zero_bytes(word ^ (b'\\' as u64 * ONES));
    (below_space | quote | backslash | word) & HIGH
}
