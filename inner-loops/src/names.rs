//! Finds a name among a few known ones, and tells when other parsers may take it for one of them.

use super::{HIGH, ONES, word};

/// A known name: two to seven ASCII letters.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    name: &'static str,
    word: u64,
    number: u8,
}

impl Known {
    /// A known name, and the number by which it is found: at most 63.
    ///
    /// # Panics
    /// If the name is shorter or longer, or the number is greater.
    pub const fn new(name: &'static str, number: u8) -> Self {
        assert!(2 <= name.len() && name.len() <= 7, "other names are not found");
        assert!(number < Found::NONE.0, "a greater number has another meaning");
        Self { name, word: word(name.as_bytes()), number }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The number of the name.
    pub const fn number(&self) -> u8 {
        self.number
    }
}

/// Which of the known names a name is. One byte, which a function returns without writing it to memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found(u8);

impl Found {
    /// None of them.
    pub const NONE: Self = Self(0x40);
    /// The bit of a name that is not the same, but that parsers which ignore case may take for the known one.
    const OTHER_CASE: u8 = 0x80;

    /// The number of the known name, or that of [`Self::NONE`].
    pub const fn number(self) -> u8 {
        self.0 & !Self::OTHER_CASE
    }

    /// Whether the name is not the known one, but parsers that ignore case may take it for that one.
    pub const fn is_other_case(self) -> bool {
        self.0 & Self::OTHER_CASE != 0
    }
}

/// The bit by which a letter differs from the same one in the other case.
const CASE: u64 = 0x20 * ONES;

/// Compares a name with known ones.
#[inline(never)]
pub fn find(name: &[u8], known: &[Known]) -> Found {
    let word = word(name);
    if word & HIGH != 0 {
        return find_like(name, known);
    }
    for known in known {
        if (word ^ known.word) & !CASE == 0 && name.len() == known.name.len() {
            return if word == known.word {
                Found(known.number)
            } else {
                Found(known.number | Found::OTHER_CASE)
            };
        }
    }
    Found::NONE
}

/// Compares a name that is not ASCII with known ones. `cold` has it compiled for size.
#[cold]
#[inline(never)]
fn find_like(name: &[u8], known: &[Known]) -> Found {
    let found = known.iter().find(|known| is_like(name, known.name.as_bytes()));
    found.map_or(Found::NONE, |known| Found(known.number | Found::OTHER_CASE))
}

/// Whether a name is like a known one in other case. Besides ASCII there are four letters that some parsers take for
/// another one: `ſ` for `s` and the Kelvin sign (U+212A) for `k` (Go, by simple case folding), `ı` and `İ` for `i`
/// (Java). `cold` has it compiled for size.
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
        Known::new("id", 0),
        Known::new("Ki", 1),
        Known::new("uri", 2),
        Known::new("name", 3),
        Known::new("error", 4),
        Known::new("taskId", 62),
        Known::new("jsonrpc", 63),
    ];

    const fn case(number: u8) -> Found {
        Found(number | Found::OTHER_CASE)
    }

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
        match KNOWN.iter().find(|known| is_like(known)) {
            Some(known) if known.name().as_bytes() == name => Found(known.number),
            Some(known) => case(known.number),
            None => Found::NONE,
        }
    }

    #[test]
    fn names_that_differ_in_one_byte_or_letter_are_told_apart() {
        for known in KNOWN.map(|known| known.name()) {
            assert_eq!(find(known.as_bytes(), &KNOWN), expected(known.as_bytes()), "{known}");
            assert!(!expected(known.as_bytes()).is_other_case() && expected(known.as_bytes()) != Found::NONE);
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
            ("tas\u{212a}Id", case(62)),
            ("TAſ\u{212a}ıD", case(62)),
            ("TASKİD", case(62)),
            ("J\u{17f}ONRPC", case(63)),
            ("kı", case(1)),
            ("\u{212a}İ", case(1)),
            ("tas\u{212a}", Found::NONE),
            ("tas\u{212a}Idx", Found::NONE),
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
                assert_eq!(find(&name, &KNOWN), Found::NONE, "{name:?}");
                let twice = [known, known, after].concat();
                assert_eq!(find(&twice, &KNOWN), Found::NONE, "{twice:?}");
            }
        }
    }
}
