//! Copies memory. The method depends on the length: up to four chunks are read completely before anything is written,
//! so overlap does not matter; longer ranges are copied chunk by chunk, in the direction that reads data before
//! overwriting it.

use super::{CHUNK, Chunk, get, put};

/// Copies `length` bytes; the two ranges may overlap. C's `memmove`.
///
/// # Safety
/// `length` bytes must be readable at `from` and writable at `to`.
#[inline]
pub unsafe fn copy(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        if length <= 4 * CHUNK {
            short(to, from, length);
        } else if (to as usize).wrapping_sub(from as usize) >= length {
            // The target does not begin inside the source, so every chunk is read before it is overwritten.
            forward(to, from, length);
        } else {
            backward(to, from, length);
        }
    }
}

/// Copies `length` bytes between ranges that do not overlap. C's `memcpy`.
///
/// # Safety
/// `length` bytes must be readable at `from` and writable at `to`, and no byte may be in both ranges.
#[inline]
pub unsafe fn copy_apart(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        if length <= 4 * CHUNK {
            short(to, from, length);
        } else {
            forward(to, from, length);
        }
    }
}

/// Copies at most four chunks as two values, one at each end of the range; together they cover it.
#[inline]
unsafe fn short(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: promised by the caller; each read and write lies within `length`.
    unsafe {
        if length > 2 * CHUNK {
            both_ends::<[Chunk; 2]>(to, from, length);
        } else if length >= CHUNK {
            both_ends::<Chunk>(to, from, length);
        } else if length >= 8 {
            both_ends::<u64>(to, from, length);
        } else if length >= 4 {
            both_ends::<u32>(to, from, length);
        } else if length >= 2 {
            both_ends::<u16>(to, from, length);
        } else if length == 1 {
            put(to, 0, get::<u8>(from, 0));
        }
    }
}

/// Copies the first and the last value of type `T` in the range; reads both before writing either.
#[inline]
unsafe fn both_ends<T: Copy>(to: *mut u8, from: *const u8, length: usize) {
    let last = length - size_of::<T>();
    // SAFETY: `length` is at least the size of the type.
    unsafe {
        let (first_value, last_value) = (get::<T>(from, 0), get::<T>(from, last));
        put(to, 0, first_value);
        put(to, last, last_value);
    }
}

/// Copies more than four chunks, from the lowest address up. Reads the last chunk first, because the loop may overwrite
/// it if the ranges overlap.
#[inline]
unsafe fn forward(to: *mut u8, from: *const u8, length: usize) {
    let last = length - CHUNK;
    // SAFETY: promised by the caller; `at` stays below `last`.
    unsafe {
        let last_value = get::<Chunk>(from, last);
        let mut at = 0;
        while at < last {
            put(to, at, get::<Chunk>(from, at));
            at += CHUNK;
        }
        put(to, last, last_value);
    }
}

/// Copies more than four chunks, from the highest address down. Reads the first chunk first.
#[inline]
unsafe fn backward(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: promised by the caller; `end` stays above 0 and at most `length`.
    unsafe {
        let first_value = get::<Chunk>(from, 0);
        let mut end = length;
        while end > CHUNK {
            end -= CHUNK;
            put(to, end, get::<Chunk>(from, end));
        }
        put(to, 0, first_value);
    }
}
