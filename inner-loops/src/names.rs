//! Finds a name among a few known ones, and tells when other parsers may take it for one of them.

use super::{HIGH, ONES};

/// A known name: two to seven ASCII letters.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    name: &'static str,
    word: u64,
}

impl Known {
    /// A known name.
    ///
    /// # Panics
    /// If the name is shorter or longer.
    pub const fn new(name: &'static str) -> Self {
        assert!(2 <= name.len() && name.len() <= 7, "other names are not found");
        Self { name, word: word(name.as_bytes()) }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// Which of the known names a name is, by the place in their list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// None of them.
    None,
    /// Parsers that ignore case may take it for this one.
    Case(u8),
    /// This one.
    Same(u8),
}

/// The bit by which a letter differs from the same one in the other case.
const CASE: u64 = 0x20 * ONES;

/// Compares a name with known ones.
#[inline(never)]
pub fn find(name: &[u8], known: &[Known]) -> Found {
    let word = word(name);
    let is_ascii = word & HIGH == 0;
    for (place, known) in (0..).zip(known) {
        if is_ascii {
            if (word ^ known.word) & !CASE == 0 && name.len() == known.name.len() {
                return if word == known.word { Found::Same(place) } else { Found::Case(place) };
            }
        } else if is_like(name, known.name.as_bytes()) {
            return Found::Case(place);
        }
    }
    Found::None
}

/// The bytes of a name as one number, or the first eight. Different names of the same length, which is two to eight, have
/// different numbers: of the shorter ones, the bytes at both ends are taken, which overlap.
#[inline]
const fn word(name: &[u8]) -> u64 {
    if let Some(bytes) = name.first_chunk::<8>() {
        u64::from_le_bytes(*bytes)
    } else if let (Some(first), Some(last)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << 32
    } else if let (Some(first), Some(last)) = (name.first_chunk::<2>(), name.last_chunk::<2>()) {
        u16::from_le_bytes(*first) as u64 | (u16::from_le_bytes(*last) as u64) << 16
    } else {
        0
    }
}

/// Whether a name is like a known one in other case. Besides ASCII there are four letters that some parsers take for another
/// one: `ſ` for `s` and the Kelvin sign (U+212A) for `k` (Go, by simple case folding), `ı` and `İ` for `i` (Java). `cold` has
/// it compiled for size.
#[cold]
#[inline(never)]
fn is_like(name: &[u8], known: &[u8]) -> bool {
    let mut rest = name;
    for expected in known {
        rest = match rest {
            // A letter differs from the same one in the other case by this bit.
            [byte, after @ ..] if (byte ^ expected) & !0x20 == 0 => after,
            [0xc5, 0xbf, after @ ..] if expected | 0x20 == b's' => after,
            [0xc4, 0xb0 | 0xb1, after @ ..] if expected | 0x20 == b'i' => after,
            [0xe2, 0x84, 0xaa, after @ ..] if expected | 0x20 == b'k' => after,
            _ => return false,
        };
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    const KNOWN: [Known; 7] = [
        Known::new("id"),
        Known::new("Ki"),
        Known::new("uri"),
        Known::new("name"),
        Known::new("error"),
        Known::new("taskId"),
        Known::new("jsonrpc"),
    ];

    /// The letters, as a parser that ignores case reads them.
    fn folded(name: &[u8]) -> Option<String> {
        let fold = |letter: char| match letter {
            'ſ' => 's',
            'ı' | 'İ' => 'i',
            '\u{212a}' => 'k',
            other => other.to_ascii_lowercase(),
        };
        Some(std::str::from_utf8(name).ok()?.chars().map(fold).collect())
    }

    fn expected(name: &[u8]) -> Found {
        let is_like = |known: &Known| folded(name) == folded(known.name().as_bytes());
        match KNOWN.iter().position(is_like).map(|place| u8::try_from(place).unwrap()) {
            Some(place) if KNOWN[usize::from(place)].name().as_bytes() == name => Found::Same(place),
            Some(place) => Found::Case(place),
            None => Found::None,
        }
    }

    #[test]
    fn names_that_differ_in_one_byte_or_letter_are_told_apart() {
        for known in KNOWN.map(|known| known.name()) {
            assert_eq!(find(known.as_bytes(), &KNOWN), expected(known.as_bytes()), "{known}");
            assert!(matches!(expected(known.as_bytes()), Found::Same(_)));
            for at in 0..=known.len() {
                let (before, after) = known.split_at(at);
                let rest = after.get(1..).unwrap_or_default();
                for byte in 0..=255 {
                    for rest in [rest, after] {
                        let name = [before.as_bytes(), &[byte], rest.as_bytes()].concat();
                        assert_eq!(find(&name, &KNOWN), expected(&name), "{name:?}");
                    }
                }
                for letter in "ſıİ\u{212a}\u{212b}éß\0".chars() {
                    let name = format!("{before}{letter}{rest}");
                    assert_eq!(find(name.as_bytes(), &KNOWN), expected(name.as_bytes()), "{name}");
                }
                assert_eq!(find(before.as_bytes(), &KNOWN), expected(before.as_bytes()), "{before}");
            }
        }
    }

    #[test]
    fn several_letters_may_be_others() {
        for (name, found) in [
            ("tas\u{212a}Id", Found::Case(5)),
            ("TAſ\u{212a}ıD", Found::Case(5)),
            ("TASKİD", Found::Case(5)),
            ("J\u{17f}ONRPC", Found::Case(6)),
            ("kı", Found::Case(1)),
            ("\u{212a}İ", Found::Case(1)),
            ("tas\u{212a}", Found::None),
            ("tas\u{212a}Idx", Found::None),
        ] {
            assert_eq!(find(name.as_bytes(), &KNOWN), found, "{name}");
            assert_eq!(expected(name.as_bytes()), found, "{name}");
        }
    }

    /// Bytes after a name, or the name again, which the numbers of other lengths could hide.
    #[test]
    fn a_longer_name_is_another() {
        for known in KNOWN.map(|known| known.name().as_bytes()) {
            for after in [&b"\0"[..], b"\0\0", b"\0\0\0\0", b"\0\0\0\0\0\0", b"xxxxxxxx", known] {
                let name: Vec<u8> = [known, after].concat();
                assert_eq!(find(&name, &KNOWN), Found::None, "{name:?}");
                let twice = [known, known, after].concat();
                assert_eq!(find(&twice, &KNOWN), Found::None, "{twice:?}");
            }
        }
    }
}
