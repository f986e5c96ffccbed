//! The bytes of a string that stand for themselves.

/// The length of the plain bytes with which the end of a piece begins.
#[inline]
pub(super) fn length(piece: &[u8], end: &[u8]) -> usize {
    // Most strings are short. The last bytes of a piece are compared together with those before them, which are shifted
    // out.
    let marks = match (end.first_chunk(), piece.last_chunk()) {
        (Some(first), _) => marks(first),
        (None, Some(last)) => (marks(last) | 1 << 16) >> (16 - end.len()),
        (None, None) => 0,
    };
    if marks == 0 { count(end) } else { marks.trailing_zeros() as usize }
}

/// How many bytes come before the first one that is special.
#[inline(never)]
fn count(bytes: &[u8]) -> usize {
    let (groups, _) = bytes.as_chunks::<64>();
    let mut plain = groups.iter().take_while(|group| !have_special(group.as_chunks().0)).count() * 64;
    let (blocks, tail) = bytes.get(plain..).unwrap_or_default().as_chunks::<16>();
    for block in blocks {
        let marks = marks(block);
        if marks != 0 {
            return plain + marks.trailing_zeros() as usize;
        }
        plain += 16;
    }
    plain + tail.iter().take_while(|byte| !is_special(**byte)).count()
}

/// Moves the quote next to the control characters, which keep their places below it. As a signed number, a byte that is
/// not ASCII is below them.
const MOVE_QUOTE: u8 = b'"' ^ b' ';
/// Where the quote is moved to.
const MOVED_QUOTE: u8 = b' ';

/// Whether a byte of a string has a meaning of its own, may not stand in a string, or is not ASCII.
const fn is_special(byte: u8) -> bool {
    (byte ^ MOVE_QUOTE).cast_signed() <= MOVED_QUOTE.cast_signed() || byte == b'\\'
}

/// A bit for each byte of a block: whether the byte is special. The lowest bit is for the first byte.
#[cfg(target_arch = "wasm32")]
#[inline]
fn marks(block: &[u8; 16]) -> u32 {
    u32::from(core::arch::wasm32::i8x16_bitmask(special(core::slice::from_ref(block))))
}

/// Whether any byte of these blocks is special.
#[cfg(target_arch = "wasm32")]
#[inline]
fn have_special(blocks: &[[u8; 16]]) -> bool {
    core::arch::wasm32::v128_any_true(special(blocks))
}

/// A vector whose byte has all bits set if that byte is special in any of the blocks; otherwise none.
#[cfg(target_arch = "wasm32")]
#[inline]
fn special(blocks: &[[u8; 16]]) -> core::arch::wasm32::v128 {
    use core::arch::wasm32::{
        i8x16_eq, i8x16_lt, i8x16_min, i8x16_splat, u8x16_splat, u64x2, v128_or, v128_xor,
    };
    let (mut least, mut backslashes) = (i8x16_splat(i8::MAX), u8x16_splat(0));
    for [a, b, c, d, e, f, g, h, low @ ..] in blocks {
        let bytes = u64x2(u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), u64::from_le_bytes(*low));
        least = i8x16_min(least, v128_xor(bytes, u8x16_splat(MOVE_QUOTE)));
        backslashes = v128_or(backslashes, i8x16_eq(bytes, u8x16_splat(b'\\')));
    }
    v128_or(i8x16_lt(least, u8x16_splat(MOVED_QUOTE + 1)), backslashes)
}

/// A bit for each byte of a block: whether the byte is special. The lowest bit is for the first byte.
#[cfg(not(target_arch = "wasm32"))]
fn marks(block: &[u8; 16]) -> u32 {
    block.iter().rev().fold(0, |all, byte| all << 1 | u32::from(is_special(*byte)))
}

/// Whether any byte of these blocks is special.
#[cfg(not(target_arch = "wasm32"))]
fn have_special(blocks: &[[u8; 16]]) -> bool {
    blocks.as_flattened().iter().any(|byte| is_special(*byte))
}
