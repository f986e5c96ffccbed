//! Comparing memory.

use super::get;

/// Below zero, zero or above zero, as the first byte that differs is lower at `one`, none differs, or it is
/// higher. C's `memcmp`. It stops at the first difference: not for secrets.
///
/// # Safety
/// `length` bytes must be readable at both places.
#[inline]
pub unsafe fn compare(one: *const u8, other: *const u8, length: usize) -> i32 {
    const WORD: usize = size_of::<u64>();
    // SAFETY: promised by the caller; every read lies within `length`.
    unsafe {
        let mut at = 0;
        // Two words for each turn: most of what is compared is equal and long.
        while length - at >= 2 * WORD {
            let first = get::<u64>(one, at) ^ get::<u64>(other, at);
            let second = get::<u64>(one, at + WORD) ^ get::<u64>(other, at + WORD);
            if first | second != 0 {
                break;
            }
            at += 2 * WORD;
        }
        while at < length {
            let (byte, other_byte) = (get::<u8>(one, at), get::<u8>(other, at));
            if byte != other_byte {
                return i32::from(byte) - i32::from(other_byte);
            }
            at += 1;
        }
        0
    }
}
