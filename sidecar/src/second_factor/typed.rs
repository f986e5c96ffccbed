//! What people type as a code: that of an authenticator, or a recovery code. Only digits, so that phones show their number
//! pad; spaces and hyphens do not matter.
//!
//! A recovery code has 66 random bits. Its hash is stored, so that somebody who reads the database cannot use it.

use protocol::encoding::sha256;
use store::crypto::Sealer;
use store::record::Hash;

use super::totp::{DIGITS, TotpSecret};

/// How many recovery codes a user gets.
const COUNT: u8 = 10;
/// The number of digits of a recovery code, and of each of its groups.
const RECOVERY_DIGITS: usize = 20;
const GROUP: usize = 5;
/// One more than the largest number of [`RECOVERY_DIGITS`] digits.
const RECOVERY_NUMBERS: u128 = 10_u128.pow(20);

/// A code as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// Of an authenticator.
    Totp(String),
    /// A recovery code, by its hash.
    Recovery(Hash),
}

impl Typed {
    /// Reads what was typed; `None` if it can be neither.
    pub(super) fn read(text: &str) -> Option<Self> {
        let digits: Option<String> =
            text.chars().filter(|c| !c.is_whitespace() && !is_hyphen(*c)).map(digit).collect();
        let digits = digits?;
        match digits.len() {
            DIGITS => Some(Self::Totp(digits)),
            RECOVERY_DIGITS => Some(Self::Recovery(hash(&digits))),
            _ => None,
        }
    }
}

/// Keyboards for Japanese and Chinese write digits of full width.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

const fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '－')
}

/// The recovery codes of a second factor. Only this server can compute them, and it shows them once: a user who sends the
/// form that sets it up twice sees the same ones again.
pub(super) fn recovery_codes(sealer: &Sealer, secret: &TotpSecret) -> Vec<String> {
    (0..COUNT)
        .map(|number| {
            let tag = sealer.tag("mcpbouncer recovery code v1", &[&secret.expose()[..], &[number]].concat());
            let random = tag.first_chunk::<16>().map_or(0, |bytes| u128::from_be_bytes(*bytes));
            let digits = format!("{:0RECOVERY_DIGITS$}", random % RECOVERY_NUMBERS);
            let groups: Vec<&str> =
                digits.as_bytes().chunks(GROUP).filter_map(|group| str::from_utf8(group).ok()).collect();
            groups.join("-")
        })
        .collect()
}

/// The hashes of these codes that are stored.
pub(super) fn hashes(codes: &[String]) -> Vec<Hash> {
    codes.iter().map(|code| hash(&code.replace('-', ""))).collect()
}

fn hash(digits: &str) -> Hash {
    sha256(["mcpbouncer recovery code v1\0", digits].concat().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::secret::Secret;
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use store::entropy::SeededEntropy;

    fn codes(key: u8, secret: u8) -> Vec<String> {
        let sealer = Sealer::new(&Secret::new([key; 32]), &[], Arc::new(SeededEntropy::new(7)));
        recovery_codes(&sealer, &TotpSecret::of(&[secret; 20]).unwrap())
    }

    #[test]
    fn codes_are_read_however_they_are_typed() {
        let totp = |code: &str| Some(Typed::Totp(code.to_owned()));
        for (text, read) in [
            ("123456", totp("123456")),
            (" 123 456\t", totp("123456")),
            ("１２３４５６", totp("123456")),
            ("12345", None),
            ("1234567", None),
            ("12345a", None),
            ("", None),
            ("١٢٣٤٥٦", None),
        ] {
            assert_eq!(Typed::read(text), read, "{text}");
        }
        let recovery = Typed::read("01234-56789-01234-56789");
        assert!(matches!(recovery, Some(Typed::Recovery(_))));
        assert_eq!(Typed::read("01234 56789 01234 56789"), recovery);
        assert_eq!(Typed::read("01234567890123456789"), recovery);
        assert_ne!(Typed::read("01234567890123456788"), recovery);
    }

    #[test]
    fn recovery_codes_depend_on_the_secret_and_on_the_servers_key() {
        let ours = codes(1, 1);
        assert_eq!(ours, codes(1, 1));
        let all: BTreeSet<String> = [ours.clone(), codes(1, 2), codes(2, 1)].concat().into_iter().collect();
        assert_eq!(all.len(), 30);
        for (code, hash) in ours.iter().zip(hashes(&ours)) {
            assert_eq!(code.len(), 23, "{code}");
            assert_eq!(Typed::read(code), Some(Typed::Recovery(hash)));
        }
    }
}
