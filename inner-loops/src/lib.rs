//! Loops over every byte of a request's values, compiled for speed, while the rest of the plugin is compiled for size.
//! The loops are in a separate crate, because the optimisation level is set per crate; no function is inlined into
//! another crate, where it would be compiled with that crate's level.
#![no_std]

extern crate alloc;

pub mod json;
pub mod names;

use core::hash::Hasher as _;
use siphasher::sip128::{Hasher128 as _, SipHasher13};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// The 128-bit SipHash-1-3 of a number followed by some bytes.
#[inline(never)]
pub fn siphash(key: &[u8; 16], number: u64, bytes: &[u8]) -> [u64; 2] {
    let mut hasher = SipHasher13::new_with_key(key);
    hasher.write(&number.to_le_bytes());
    hasher.write(bytes);
    let hash = hasher.finish128();
    [hash.h1, hash.h2]
}

/// Searches a list of tags in ascending order. Returns `Ok` with the tag's position, or `Err` with the position at
/// which to insert it.
#[inline(never)]
pub fn find(tags: &[[u64; 2]], tag: [u64; 2]) -> Result<usize, usize> {
    let (mut from, mut to) = (0, tags.len());
    while from < to {
        let middle = usize::midpoint(from, to);
        let Some(known) = tags.get(middle) else { break };
        // Different tags almost never have the same first half; if they do, the second half decides.
        if *known == tag {
            return Ok(middle);
        }
        if *known < tag {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    Err(from)
}

/// The position of the first NUL.
#[inline(never)]
pub fn first_nul(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let zeros = zero_bytes(u64::from_le_bytes(*word));
        if zeros != 0 {
            // The lowest marked byte is the first NUL.
            return Some(number * 8 + (zeros.trailing_zeros() / 8) as usize);
        }
    }
    rest.iter().position(|byte| *byte == 0).map(|within| words.len() * 8 + within)
}

/// The position of the first byte with this value; the length of `bytes` if there is no such byte.
#[inline(never)]
pub fn position(bytes: &[u8], byte: u8) -> usize {
    let mut at = 0;
    while bytes.get(at).is_some_and(|other| *other != byte) {
        at += 1;
    }
    at
}

/// The number of bytes before the first CR or LF.
#[inline(never)]
pub fn line_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let ends = |word: u64| {
        zero_bytes(word ^ (u64::from(b'\n') * ONES)) | zero_bytes(word ^ (u64::from(b'\r') * ONES))
    };
    for (number, word) in words.iter().enumerate() {
        let marks = ends(u64::from_le_bytes(*word));
        if marks != 0 {
            return number * 8 + (marks.trailing_zeros() / 8) as usize;
        }
    }
    words.len() * 8 + rest.iter().take_while(|byte| !matches!(**byte, b'\n' | b'\r')).count()
}

/// Whether all bytes are ASCII.
#[inline(never)]
pub fn is_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().all(|word| u64::from_le_bytes(*word) & HIGH == 0) && last_word(rest) & HIGH == 0
}

/// Whether all bytes are visible ASCII or spaces.
#[inline(never)]
pub fn is_visible_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let is_visible = |word: u64| word & HIGH == 0 && has_no_control(word);
    words.iter().all(|word| is_visible(u64::from_le_bytes(*word))) && is_visible(last_word(rest))
}

/// Whether a text may be the value of a header: no control character but TAB (RFC 9110 section 5.5).
#[inline(never)]
pub fn is_header_value(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let is_plain = |word: &[u8; 8]| has_no_control(u64::from_le_bytes(*word));
    // Few values have a TAB. In these, each byte is compared.
    (words.iter().all(is_plain) && has_no_control(last_word(rest)))
        || bytes.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control())
}

/// Whether the bytes are the name of a header: a token (RFC 9110 section 5.6.2).
#[inline(never)]
pub fn is_header_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| TOKEN.get(usize::from(*byte)).is_some_and(|is| *is))
}

/// For each byte, whether it may be part of a token.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut left: &mut [bool] = &mut table;
    let mut byte = 0_u8;
    while let Some((is_token, rest)) = left.split_first_mut() {
        let mark = matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        );
        *is_token = mark || byte.is_ascii_alphanumeric();
        (left, byte) = (rest, byte.wrapping_add(1));
    }
    table
};

/// The bytes of a short text as one number, or the first eight. Different texts of the same length, which is two to
/// eight, have different numbers: of the shorter ones, the bytes at both ends are taken, which overlap.
#[inline]
const fn word(bytes: &[u8]) -> u64 {
    if let Some(eight) = bytes.first_chunk::<8>() {
        u64::from_le_bytes(*eight)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << 32
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<2>(), bytes.last_chunk::<2>()) {
        u16::from_le_bytes(*first) as u64 | (u16::from_le_bytes(*last) as u64) << 16
    } else {
        0
    }
}

/// Marks each zero byte by its high bit; without a zero byte there is no mark. Bytes above a zero byte may be marked
/// wrongly.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// Returns fewer than eight bytes as one number. The rest of the number repeats some of them, or is spaces.
#[inline(never)]
fn last_word(rest: &[u8]) -> u64 {
    let ends = word(rest);
    match rest {
        [_, _, _, _, ..] => ends,
        [_, _, ..] => ends | (u64::from(b' ') * (ONES << 32)),
        _ => rest.iter().fold(u64::from(b' ') * ONES, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Whether eight bytes contain no ASCII control character.
const fn has_no_control(word: u64) -> bool {
    // A borrow from the byte above may mark that byte wrongly, but only a control character causes a borrow.
    let below_space = word.wrapping_sub(b' ' as u64 * ONES) & !word & HIGH;
    below_space | zero_bytes(word ^ (0x7f * ONES)) == 0
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// The hash as the authors of `SipHash` print it: its bytes in order.
    fn printed([one, other]: [u64; 2]) -> u128 {
        u128::from(one.swap_bytes()) << 64 | u128::from(other.swap_bytes())
    }

    #[test]
    fn the_first_nul_is_found_at_any_position() {
        for length in 0..40 {
            let mut bytes = vec![0xff; length];
            assert_eq!(first_nul(&bytes), None);
            for at in (0..length).rev() {
                bytes[at] = 0;
                assert_eq!(first_nul(&bytes), Some(at));
                // A byte that is wrongly marked because of the NUL before it.
                if let Some(next) = bytes.get_mut(at + 1) {
                    *next = 1;
                    assert_eq!(first_nul(&bytes), Some(at));
                }
            }
        }
    }

    #[test]
    fn a_position_is_that_of_the_first() {
        assert_eq!((position(b"", b';'), position(b"abc", b';'), position(b"a;b;", b';')), (0, 3, 1));
    }

    #[test]
    fn a_line_ends_at_the_first_cr_or_lf() {
        for length in 0..40 {
            let mut bytes = vec![0x0b; length];
            assert_eq!(line_length(&bytes), length);
            for at in (0..length).rev() {
                bytes[at] = if at % 3 == 0 { b'\r' } else { b'\n' };
                assert_eq!(line_length(&bytes), at);
            }
        }
    }

    #[test]
    fn a_tag_is_found_at_its_position() {
        let tags: Vec<[u64; 2]> = (0..50).flat_map(|high| [[high * 2, 7], [high * 2, 9]]).collect();
        for length in 0..tags.len() {
            let tags = &tags[..length];
            for high in 0..102 {
                for low in [6, 7, 8, 9, 10] {
                    assert_eq!(find(tags, [high, low]), tags.binary_search(&[high, low]), "{high} {low}");
                }
            }
        }
    }

    #[test]
    fn a_byte_that_is_not_ascii_or_not_visible_is_found_at_any_position() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=255_u8 {
                    let mut text = vec![b'~'; length];
                    text[at] = byte;
                    assert_eq!(is_ascii(&text), byte < 128, "{text:?}");
                    assert_eq!(is_visible_ascii(&text), (b' '..=b'~').contains(&byte), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_control_character_is_found_at_any_position() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=255_u8 {
                    let mut value = vec![b'~'; length];
                    value[at] = byte;
                    let fine = byte == b'\t' || !byte.is_ascii_control();
                    assert_eq!(is_header_value(&value), fine, "{value:?}");
                }
            }
        }
    }

    #[test]
    fn header_names_may_contain_exactly_the_characters_of_tokens() {
        assert!(!is_header_name(b"") && is_header_name(b"x-forwarded-proto"));
        for byte in 0..=255_u8 {
            let token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_header_name(&[byte]), token, "{byte:?}");
        }
    }

    #[test]
    fn the_hash_depends_on_the_number_and_on_every_byte() {
        let key = [7; 16];
        let bytes: Vec<u8> = (0..100).collect();
        let hash = siphash(&key, 1, &bytes);
        assert_ne!(hash, siphash(&key, 2, &bytes));
        assert_ne!(hash, siphash(&[8; 16], 1, &bytes));
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_ne!(hash, siphash(&key, 1, &other), "{at}");
            assert_ne!(hash, siphash(&key, 1, &bytes[..at]), "{at}");
        }
    }

    /// `SipHash` with 128 bits as its authors describe it, for any numbers of rounds.
    fn reference(rounds: (usize, usize), key: &[u8; 16], message: &[u8]) -> [u64; 2] {
        fn round(v: &mut [u64; 4]) {
            v[0] = v[0].wrapping_add(v[1]);
            v[2] = v[2].wrapping_add(v[3]);
            v[1] = v[1].rotate_left(13) ^ v[0];
            v[3] = v[3].rotate_left(16) ^ v[2];
            v[0] = v[0].rotate_left(32).wrapping_add(v[3]);
            v[2] = v[2].wrapping_add(v[1]);
            v[3] = v[3].rotate_left(21) ^ v[0];
            v[1] = v[1].rotate_left(17) ^ v[2];
            v[2] = v[2].rotate_left(32);
        }
        let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
        let (k0, k1) = (word(&key[..8]), word(&key[8..]));
        let mut v = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        let mut padded = message.to_vec();
        padded.resize(message.len() / 8 * 8 + 7, 0);
        padded.push(message.len().to_le_bytes()[0]);
        for bytes in padded.chunks(8) {
            v[3] ^= word(bytes);
            (0..rounds.0).for_each(|_| round(&mut v));
            v[0] ^= word(bytes);
        }
        v[2] ^= 0xee;
        (0..rounds.1).for_each(|_| round(&mut v));
        let first = v[0] ^ v[1] ^ v[2] ^ v[3];
        v[1] ^= 0xdd;
        (0..rounds.1).for_each(|_| round(&mut v));
        [first, v[0] ^ v[1] ^ v[2] ^ v[3]]
    }

    #[test]
    fn siphash_equals_the_reference_and_published_vectors() {
        let key: [u8; 16] = core::array::from_fn(|at| at.to_le_bytes()[0]);
        let message: Vec<u8> = (0..64).collect();
        // Three of the vectors that the authors of SipHash publish for 2 and 4 rounds: for 0, 8 and 15 bytes.
        for (length, expected) in [
            (0, 0xa381_7f04_ba25_a8e6_6df6_7214_c755_0293),
            (8, 0x3b62_a9ba_6258_f561_0f83_e264_f314_97b4),
            (15, 0x5493_e999_33b0_a811_7e08_ec0f_97cf_c3d9),
        ] {
            assert_eq!(printed(reference((2, 4), &key, &message[..length])), expected, "{length}");
        }
        for length in 8..=64 {
            let number = u64::from_le_bytes(message[..8].try_into().unwrap());
            let hash = siphash(&key, number, &message[8..length]);
            assert_eq!(hash, reference((1, 3), &key, &message[..length]), "{length}");
        }
    }
}
