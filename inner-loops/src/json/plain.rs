//! The bytes of a string that stand for themselves.

/// Splits the end of a piece before the first byte that is special.
#[inline]
pub(super) fn split<'i>(piece: &'i [u8], end: &'i [u8]) -> (&'i [u8], &'i [u8]) {
    // Most strings are short. The last bytes of a piece are compared together with those before them, which are shifted out.
    let marks = match (end.first_chunk(), piece.last_chunk()) {
        (Some(first), _) => marks(&[*first]),
        (None, Some(last)) => (marks(&[*last]) | 1 << 16) >> (16 - end.len()),
        (None, None) => 0,
    };
    let length = if marks == 0 { count(end) } else { marks.trailing_zeros() as usize };
    end.split_at_checked(length).unwrap_or_default()
}

/// How many bytes come before the first one that is special.
#[inline(never)]
fn count(bytes: &[u8]) -> usize {
    let (groups, _) = bytes.as_chunks::<64>();
    let mut plain = groups.iter().take_while(|group| marks(group.as_chunks().0) == 0).count() * 64;
    let (blocks, tail) = bytes.get(plain..).unwrap_or_default().as_chunks::<16>();
    for block in blocks {
        let marks = marks(&[*block]);
        if marks != 0 {
            return plain + marks.trailing_zeros() as usize;
        }
        plain += 16;
    }
    plain + tail.iter().take_while(|byte| !is_special(**byte)).count()
}

/// Moves the quote next to the control characters, which keep their places below it. As a signed number, a byte that is not
/// ASCII is below them.
const MOVE_QUOTE: u8 = b'"' ^ b' ';
/// Where the quote is moved to.
const MOVED_QUOTE: u8 = b' ';

/// Whether a byte of a string has a meaning of its own, may not stand in a string, or is not ASCII.
const fn is_special(byte: u8) -> bool {
    (byte ^ MOVE_QUOTE).cast_signed() <= MOVED_QUOTE.cast_signed() || byte == b'\\'
}

/// A bit for each byte of a block: whether the byte is special in any of the blocks. The lowest bit is for the first byte.
#[cfg(target_arch = "wasm32")]
#[inline]
fn marks(blocks: &[[u8; 16]]) -> u32 {
    use core::arch::wasm32::{
        i8x16_bitmask, i8x16_eq, i8x16_lt, i8x16_min, i8x16_splat, u8x16_splat, u64x2, v128_or, v128_xor,
    };
    let (mut least, mut backslashes) = (i8x16_splat(i8::MAX), u8x16_splat(0));
    for [a, b, c, d, e, f, g, h, low @ ..] in blocks {
        let bytes = u64x2(u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), u64::from_le_bytes(*low));
        least = i8x16_min(least, v128_xor(bytes, u8x16_splat(MOVE_QUOTE)));
        backslashes = v128_or(backslashes, i8x16_eq(bytes, u8x16_splat(b'\\')));
    }
    u32::from(i8x16_bitmask(v128_or(i8x16_lt(least, u8x16_splat(MOVED_QUOTE + 1)), backslashes)))
}

/// A bit for each byte of a block: whether the byte is special in any of the blocks. The lowest bit is for the first byte.
#[cfg(not(target_arch = "wasm32"))]
fn marks(blocks: &[[u8; 16]]) -> u32 {
    let of =
        |block: &[u8; 16]| block.iter().rev().fold(0, |all, byte| all << 1 | u32::from(is_special(*byte)));
    blocks.iter().fold(0, |all, block| all | of(block))
}
