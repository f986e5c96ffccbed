//! Compares each function with a plain loop, for every length, alignment and overlap that takes a different path
//! through it. Run natively and as WebAssembly.
#![expect(unsafe_code, reason = "the functions take raw pointers")]
#![expect(
    clippy::manual_memcpy,
    clippy::indexing_slicing,
    reason = "the functions are compared with a plain loop"
)]

use guest_memory::{compare, copy, copy_apart, fill};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Lengths around each limit in the code, around the limit of the host's bug, and up to 64 KiB.
const LENGTHS: [usize; 34] = [
    0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 100, 127, 128, 129, 130, 159, 160,
    161, 256, 257, 2_047, 2_048, 4_095, 65_536,
];

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251).to_le_bytes()[0]).collect()
}

/// The expected result of `copy`: copied byte by byte from a copy of the source.
fn moved(memory: &[u8], to: usize, from: usize, length: usize) -> Vec<u8> {
    let mut expected = memory.to_vec();
    for at in 0..length {
        expected[to + at] = memory[from + at];
    }
    expected
}

fn check_copy(memory: &[u8], to: usize, from: usize, length: usize) {
    let expected = moved(memory, to, from, length);
    let mut actual = memory.to_vec();
    assert!(to + length <= actual.len() && from + length <= actual.len());
    let start = actual.as_mut_ptr();
    // SAFETY: both ranges lie in the vector.
    unsafe { copy(start.add(to), start.add(from), length) };
    assert!(actual == expected, "copy of {length} bytes from {from} to {to}");
    if to.abs_diff(from) >= length {
        let mut actual = memory.to_vec();
        let start = actual.as_mut_ptr();
        // SAFETY: as above, and the ranges do not overlap.
        unsafe { copy_apart(start.add(to), start.add(from), length) };
        assert!(actual == expected, "copy_apart of {length} bytes from {from} to {to}");
    }
}

#[test]
fn copies_of_every_length_at_every_alignment_equal_a_plain_loop() {
    for length in LENGTHS {
        let memory = bytes(2 * length + 64);
        let step = if length > 5_000 { 5 } else { 1 };
        for to in (0..16).step_by(step) {
            for from in (0..16).step_by(step) {
                check_copy(&memory, to, length + 16 + from, length);
                check_copy(&memory, length + 16 + to, from, length);
            }
        }
    }
}

#[test]
fn copies_of_every_short_length_with_every_overlap_equal_a_plain_loop() {
    for length in 0..=100 {
        let memory = bytes(length + 160);
        for distance in 0..=length.min(70) {
            check_copy(&memory, 16 + distance, 16, length);
            check_copy(&memory, 16, 16 + distance, length);
        }
    }
}

#[test]
fn long_overlapping_copies_equal_a_plain_loop() {
    for length in [2_047, 2_048, 2_049, 65_536] {
        let memory = bytes(2 * length + 64);
        for distance in
            [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 1_000, length - 17, length - 16, length - 1, length]
        {
            for offset in [0, 3, 8] {
                check_copy(&memory, offset + distance, offset, length);
                check_copy(&memory, offset, offset + distance, length);
            }
        }
    }
}

#[test]
fn fills_of_every_length_at_every_alignment_equal_a_plain_loop() {
    for length in LENGTHS.into_iter().chain(0..=100) {
        for offset in 0..16 {
            for value in [0, 1, 0x80, 0xff] {
                let mut actual = bytes(length + 32);
                let mut expected = actual.clone();
                for byte in &mut expected[offset..offset + length] {
                    *byte = value;
                }
                // SAFETY: the range lies in the vector.
                unsafe { fill(actual.as_mut_ptr().add(offset), value, length) };
                assert!(actual == expected, "{length} bytes at {offset}");
            }
        }
    }
}

/// The sign of the first difference, found byte by byte.
fn order(one: &[u8], other: &[u8]) -> i32 {
    for at in 0..one.len() {
        if one[at] != other[at] {
            return if one[at] < other[at] { -1 } else { 1 };
        }
    }
    0
}

fn check_compare(one: &[u8], other: &[u8]) {
    // SAFETY: both slices have this length.
    let actual = unsafe { compare(one.as_ptr(), other.as_ptr(), one.len()) };
    assert_eq!(actual.signum(), order(one, other), "{} bytes", one.len());
}

#[test]
fn comparisons_find_a_difference_wherever_it_is() {
    for length in (0..=200).chain([2_048]) {
        for offset in [0, 1, 7, 8] {
            let one = bytes(length + 16);
            let mut shifted = vec![0; offset];
            shifted.extend_from_slice(&one);
            check_compare(&one[..length], &shifted[offset..offset + length]);
            for at in 0..length {
                for change in [1, 0x80, 0xff] {
                    shifted[offset + at] ^= change;
                    check_compare(&one[..length], &shifted[offset..offset + length]);
                    check_compare(&shifted[offset..offset + length], &one[..length]);
                    shifted[offset + at] ^= change;
                }
            }
        }
    }
}

proptest! {
    // The seed is fixed and no file is written, so that every run is the same, as WebAssembly too.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x4d43_5042),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_move_in_any_memory_equals_a_plain_loop(
        memory in proptest::collection::vec(any::<u8>(), 1..5_000),
        to in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in any::<prop::sample::Index>(),
    ) {
        let (to, from) = (to.index(memory.len()), from.index(memory.len()));
        let length = length.index(memory.len() - to.max(from) + 1);
        check_copy(&memory, to, from, length);
    }

    #[test]
    fn any_two_memories_are_ordered_as_slices_are(
        one in proptest::collection::vec(0..3_u8, 0..60),
        other in proptest::collection::vec(0..3_u8, 0..60),
    ) {
        let length = one.len().min(other.len());
        check_compare(&one[..length], &other[..length]);
    }
}
