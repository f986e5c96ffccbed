//! Compares memory.

use super::{CHUNK, Chunk, get};

/// C's `memcmp`: returns a negative value if the first differing byte is lower at `one`, zero if none differs, and a
/// positive value if it is higher. Not for secrets, because it stops at the first difference.
///
/// # Safety
/// `length` bytes must be readable at both places.
#[inline]
pub unsafe fn compare(one: *const u8, other: *const u8, length: usize) -> i32 {
    // SAFETY: promised by the caller; every read lies within `length`.
    unsafe {
        let mut same_bytes = 0;
        if length >= CHUNK {
            same_bytes = same_chunks(one, other, length);
            // The remaining bytes are in the last chunk, which may overlap the previous one.
            let last = length - CHUNK;
            if same_bytes > last && same(one.add(last), other.add(last)) {
                return 0;
            }
        } else if length >= 8 && ends_are_same::<u64>(one, other, length)
            || (4..8).contains(&length) && ends_are_same::<u32>(one, other, length)
        {
            return 0;
        }
        first_difference(one, other, same_bytes, length)
    }
}

/// Whether the first values of both ranges are equal, and the last values too; first and last may overlap.
///
/// # Safety
/// `length` bytes must be readable at both places, and `length` must be at least the size of the type.
#[inline]
unsafe fn ends_are_same<T: Copy + PartialEq>(one: *const u8, other: *const u8, length: usize) -> bool {
    let last = length - size_of::<T>();
    // SAFETY: promised by the caller.
    unsafe { get::<T>(one, 0) == get::<T>(other, 0) && get::<T>(one, last) == get::<T>(other, last) }
}

/// The difference of the first differing bytes from `at` on; 0 if none differ.
///
/// # Safety
/// `length` bytes must be readable at both places.
#[inline]
unsafe fn first_difference(one: *const u8, other: *const u8, mut at: usize, length: usize) -> i32 {
    while at < length {
        // SAFETY: promised by the caller.
        let (byte, other_byte) = unsafe { (get::<u8>(one, at), get::<u8>(other, at)) };
        if byte != other_byte {
            return i32::from(byte) - i32::from(other_byte);
        }
        at += 1;
    }
    0
}

/// The number of equal bytes at the front, in whole chunks; an incomplete last chunk is not compared.
///
/// # Safety
/// `length` bytes must be readable at both places.
#[inline]
unsafe fn same_chunks(one: *const u8, other: *const u8, length: usize) -> usize {
    let (mut at, mut other_at, mut left) = (one, other, length);
    // SAFETY: promised by the caller; the chunk lies within the remaining bytes.
    unsafe {
        while left >= 4 * CHUNK
            && same(at, other_at)
            && same(at.add(CHUNK), other_at.add(CHUNK))
            && same(at.add(2 * CHUNK), other_at.add(2 * CHUNK))
            && same(at.add(3 * CHUNK), other_at.add(3 * CHUNK))
        {
            (at, other_at, left) = (at.add(4 * CHUNK), other_at.add(4 * CHUNK), left - 4 * CHUNK);
        }
        while left >= CHUNK && same(at, other_at) {
            (at, other_at, left) = (at.add(CHUNK), other_at.add(CHUNK), left - CHUNK);
        }
    }
    length - left
}

/// Whether a chunk is equal at both places.
///
/// # Safety
/// A chunk must be readable at both places.
#[inline]
unsafe fn same(one: *const u8, other: *const u8) -> bool {
    // SAFETY: promised by the caller.
    let (chunk, other_chunk) = unsafe { (get::<Chunk>(one, 0), get::<Chunk>(other, 0)) };
    #[cfg(target_family = "wasm")]
    return !core::arch::wasm32::v128_any_true(core::arch::wasm32::v128_xor(chunk, other_chunk));
    #[cfg(not(target_family = "wasm"))]
    return chunk == other_chunk;
}
