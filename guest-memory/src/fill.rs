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
        if length >= CHUNK {
            let chunk = chunk(word);
            // The beginning of the last chunk, which contains the remaining bytes and may overlap the previous one.
            let last = to.add(length - CHUNK);
            let mut at = to;
            while (at as usize) + 3 * CHUNK < last as usize {
                put(at, 0, chunk);
                put(at, CHUNK, chunk);
                put(at, 2 * CHUNK, chunk);
                put(at, 3 * CHUNK, chunk);
                at = at.add(4 * CHUNK);
            }
            while at < last {
                put(at, 0, chunk);
                at = at.add(CHUNK);
            }
            put(last, 0, chunk);
        } else if length >= 8 {
            put(to, 0, word);
            put(to, length - 8, word);
        } else {
            let mut at = 0;
            while at < length {
                put(to, at, value);
                at += 1;
            }
        }
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
