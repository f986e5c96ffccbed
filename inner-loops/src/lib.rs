//! Loops over every byte of what a request holds, compiled for speed where the rest of the plugin is compiled
//! for size. A crate of its own, because that is what a level of optimisation can be given to; no function is
//! inlined into another crate, where it would lose it.
#![no_std]

use core::hash::Hasher as _;
use siphasher::sip128::{Hasher128 as _, SipHasher13};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// SipHash-1-3 with 128 bits of a number and some bytes.
#[inline(never)]
pub fn siphash(key: &[u8; 16], number: u64, bytes: &[u8]) -> [u64; 2] {
    let mut hasher = SipHasher13::new_with_key(key);
    hasher.write(&number.to_le_bytes());
    hasher.write(bytes);
    let hash = hasher.finish128();
    [hash.h1, hash.h2]
}

/// Where a tag is in a list in ascending order, or where it would have to stand.
#[inline(never)]
pub fn find(tags: &[[u64; 2]], tag: [u64; 2]) -> Result<usize, usize> {
    let (mut from, mut to) = (0, tags.len());
    while from < to {
        let middle = usize::midpoint(from, to);
        let Some(known) = tags.get(middle) else { break };
        // Two different tags have the first half in common about never, but then the second decides.
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

/// Where the first NUL is.
#[inline(never)]
pub fn first_nul(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let zeros = zero_bytes(u64::from_le_bytes(*word));
        if zeros != 0 {
            // The lowest mark is that of the first NUL.
            return Some(number * 8 + (zeros.trailing_zeros() / 8) as usize);
        }
    }
    rest.iter().position(|byte| *byte == 0).map(|within| words.len() * 8 + within)
}

/// Whether all bytes are ASCII.
#[inline(never)]
pub fn is_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().all(|word| u64::from_le_bytes(*word) & HIGH == 0) && rest.is_ascii()
}

/// Whether all bytes are visible ASCII or spaces.
#[inline(never)]
pub fn is_visible_ascii(bytes: &[u8]) -> bool {
    all(bytes, |word| word & HIGH == 0 && is_plain(word), |byte| matches!(byte, b' '..=b'~'))
}

/// Whether a text may be the value of a header: no control character but TAB (RFC 9110 section 5.5).
#[inline(never)]
pub fn is_header_value(bytes: &[u8]) -> bool {
    all(bytes, is_plain, |byte| *byte == b'\t' || !byte.is_ascii_control())
}

/// Whether every byte is fine. `word_is_fine` decides most words at once; it may say no of a word whose bytes are
/// all fine, which are then looked at one by one.
#[inline]
fn all(bytes: &[u8], word_is_fine: impl Fn(u64) -> bool, is_fine: impl Fn(&u8) -> bool) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().all(|word| word_is_fine(u64::from_le_bytes(*word)) || word.iter().all(&is_fine))
        && rest.iter().all(&is_fine)
}

/// Whether bytes are the name of a header: a token (RFC 9110 section 5.6.2).
#[inline(never)]
pub fn is_header_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| TOKEN.get(usize::from(*byte)).is_some_and(|is| *is))
}

/// Whether each byte is a character of a token.
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

/// The high bit of each byte that is zero, and of none where none is. Above a zero byte others may be marked.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// Whether eight bytes hold no ASCII control character. It may say no of some that hold none, and never yes of
/// some that hold one.
const fn is_plain(word: u64) -> bool {
    let below_space = word.wrapping_sub(b' ' as u64 * ONES) & !word & HIGH;
    below_space | zero_bytes(word ^ (0x7f * ONES)) == 0
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// The hash as its authors print it: its bytes in a row.
    fn printed([one, other]: [u64; 2]) -> u128 {
        u128::from(one.swap_bytes()) << 64 | u128::from(other.swap_bytes())
    }

    #[test]
    fn a_nul_is_found_wherever_it_is() {
        for length in 0..40 {
            let mut bytes = vec![0xff; length];
            assert_eq!(first_nul(&bytes), None);
            for at in (0..length).rev() {
                bytes[at] = 0;
                assert_eq!(first_nul(&bytes), Some(at));
                // A byte that is marked together with a NUL before it.
                if let Some(next) = bytes.get_mut(at + 1) {
                    *next = 1;
                    assert_eq!(first_nul(&bytes), Some(at));
                }
            }
        }
    }

    #[test]
    fn a_tag_is_found_where_it_is() {
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
    fn one_byte_that_is_not_ascii_or_not_visible_is_found_wherever_it_is() {
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
    fn one_control_character_is_found_wherever_it_is() {
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
    fn names_are_tokens_byte_by_byte() {
        assert!(!is_header_name(b"") && is_header_name(b"x-forwarded-proto"));
        for byte in 0..=255_u8 {
            let token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_header_name(&[byte]), token, "{byte:?}");
        }
    }

    #[test]
    fn the_number_and_every_byte_count() {
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
    fn it_is_siphash() {
        let key: [u8; 16] = core::array::from_fn(|at| at.to_le_bytes()[0]);
        let message: Vec<u8> = (0..64).collect();
        // Of the vectors that its authors publish for 2 and 4 rounds: 0, 8 and 15 bytes.
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
