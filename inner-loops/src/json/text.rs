//! The strings of a JSON text.

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

impl Raw<'_> {
    pub(super) const KEPT: Self = Self(None);
}

/// How far a string is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unescaped<'i> {
    /// It goes on in the next piece.
    Unfinished,
    /// The quote at its end was read.
    Complete(Raw<'i>),
    /// It has a control character, an unknown escape, or bytes that are not UTF-8.
    Invalid,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// After the first quote.
    Begin,
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
        Self { at: At::Begin, unit: 0, high: 0, is_odd: false, is_long: false, kept: Vec::new() }
    }

    /// Begins a string.
    pub(super) const fn begin(&mut self) {
        self.at = At::Begin;
    }

    /// Keeps another text from now on.
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

    /// Reads on to the end of the string, and removes what was read from the front of `input`.
    #[inline]
    pub(super) fn read<'i>(&mut self, input: &mut &'i [u8], keeps: bool) -> Unescaped<'i> {
        if self.at == At::Begin {
            // Nearly every string stands in the piece as it is.
            if let Some((text, [b'"', rest @ ..])) = input.split_at_checked(plain(input)) {
                *input = rest;
                return Unescaped::Complete(Raw(Some(text)));
            }
            self.clear();
        }
        let (read, rest) = self.read_on(input, keeps);
        *input = rest;
        read
    }

    /// Reads on in a string that does not. Returns what is left of `input`, too.
    #[inline(never)]
    fn read_on<'i>(&mut self, mut input: &'i [u8], keeps: bool) -> (Unescaped<'i>, &'i [u8]) {
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
                    input = rest;
                }
            }
            let Some((&byte, rest)) = input.split_first() else { return (Unescaped::Unfinished, input) };
            input = rest;
            let is_fine = match self.at {
                At::Begin | At::Character if byte == b'"' => {
                    self.end_pair();
                    return (Unescaped::Complete(Raw::KEPT), input);
                }
                At::Begin | At::Character if byte == b'\\' => {
                    self.at = At::Escape;
                    true
                }
                At::Begin | At::Character => self.begin_character(byte),
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

/// The number of bytes before the first quote, backslash, control character or byte that is not ASCII.
#[inline(never)]
fn plain(bytes: &[u8]) -> usize {
    // Otherwise the compiler would repeat these constants, as 16 bytes each, at every use.
    let special = core::hint::black_box([b' ', b'"', b'\\']);
    // Most strings are short.
    if let Some(first) = bytes.first_chunk() {
        let marks = marks(special, &[*first]);
        if marks != 0 {
            return marks.trailing_zeros() as usize;
        }
    }
    let (groups, _) = bytes.as_chunks::<64>();
    let is_plain = |group: &&[u8; 64]| marks(special, group.as_chunks().0) == 0;
    let mut count = groups.iter().take_while(is_plain).count() * 64;
    let (blocks, rest) = bytes.get(count..).unwrap_or_default().as_chunks::<16>();
    for block in blocks {
        let marks = marks(special, &[*block]);
        if marks != 0 {
            return count + marks.trailing_zeros() as usize;
        }
        count += 16;
    }
    // The zeros after the rest are special.
    let mut last = [0; 16];
    if let Some(place) = last.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    count + marks(special, &[last]).trailing_zeros() as usize
}

/// A bit for each byte of a block: whether the byte is special in any of the blocks, which is one below the first of
/// `special`, one of the others, or one that is not ASCII. The lowest bit is for the first byte.
#[cfg(target_arch = "wasm32")]
#[inline]
fn marks(special: [u8; 3], blocks: &[[u8; 16]]) -> u32 {
    use core::arch::wasm32::{i8x16_bitmask, i8x16_eq, i8x16_lt, u8x16_splat, u64x2, u64x2_splat, v128_or};
    let [space, quote, backslash] = special.map(|byte| u8x16_splat(byte));
    let mut marks = u64x2_splat(0);
    for [a, b, c, d, e, f, g, h, low @ ..] in blocks {
        let bytes = u64x2(u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), u64::from_le_bytes(*low));
        // As a signed number a byte that is not ASCII is below a space too.
        let below_space = i8x16_lt(bytes, space);
        let end = v128_or(i8x16_eq(bytes, quote), i8x16_eq(bytes, backslash));
        marks = v128_or(marks, v128_or(below_space, end));
    }
    u32::from(i8x16_bitmask(marks))
}

/// A bit for each byte of a block: whether the byte is special in any of the blocks, which is one below the first of
/// `special`, one of the others, or one that is not ASCII. The lowest bit is for the first byte.
#[cfg(not(target_arch = "wasm32"))]
fn marks([space, quote, backslash]: [u8; 3], blocks: &[[u8; 16]]) -> u32 {
    let is_special = |byte: u8| byte < space || byte == quote || byte == backslash || byte >= 0x80;
    let of =
        |block: &[u8; 16]| block.iter().rev().fold(0, |all, byte| all << 1 | u32::from(is_special(*byte)));
    blocks.iter().fold(0, |all, block| all | of(block))
}
