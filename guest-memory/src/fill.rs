//! Sets every byte of a range to one value.

use super::{CHUNK, Chunk, put};

/// Sets `length` bytes to `value`. C's `memset`.
///
/// # Safety
/// `length` bytes must be writable at `to`.
#[inline]
pub unsafe fn fill(to: *mut u8, value: u8, length: usize) {
    let word = u64::from(value) * 0x0101_0101_0101_0101;
    // SAFETY: promised by the caller; each write lies within `length`.
    unsafe {
        if length >= 2 * CHUNK {
            let chunk = chunk(word);
            // The beginning of the last two chunks, which contain the remaining bytes and may overlap the previous
            // ones.
            let last = to.add(length - 2 * CHUNK);
            let mut at = to;
            while (at as usize) + 6 * CHUNK < last as usize {
                let mut number = 0;
                while number < 8 {
                    put(at, number * CHUNK, chunk);
                    number += 1;
                }
                at = at.add(8 * CHUNK);
            }
            while at < last {
                put(at, 0, chunk);
                put(at, CHUNK, chunk);
                at = at.add(2 * CHUNK);
            }
            put(last, 0, chunk);
            put(last, CHUNK, chunk);
        } else if length >= CHUNK {
            both_ends(to, chunk(word), length);
        } else if length >= 8 {
            both_ends(to, word, length);
        } else if length >= 4 {
            both_ends(to, u32::from(value) * 0x0101_0101, length);
        } else if length >= 2 {
            both_ends(to, u16::from(value) * 0x0101, length);
        } else if length == 1 {
            put(to, 0, value);
        }
    }
}

/// Writes a value at both ends of the range; together they cover it.
///
/// # Safety
/// `length` bytes must be writable at `to`, and `length` must be at least the size of the type.
#[inline]
const unsafe fn both_ends<T: Copy>(to: *mut u8, value: T, length: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        put(to, 0, value);
        put(to, length - size_of::<T>(), value);
    }
}

#[cfg(target_family = "wasm")]
const fn chunk(word: u64) -> Chunk {
    core::arch::wasm32::u64x2(word, word)
}

#[cfg(not(target_family = "wasm"))]
fn chunk(word: u64) -> Chunk {
    Chunk::from(word) << 64 | Chunk::from(word)
}
