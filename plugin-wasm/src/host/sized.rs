//! Reads of unknown size: ask with a buffer, and once more with a larger one if it did not fit.
//!
//! The host writes nothing when the value does not fit and always answers the size it has. What it
//! answers is believed only as far as the buffer goes: a value that grew in between is an error.

use super::HostError;

/// Largest value taken from the host, in bytes. Go's server lets about 1 MiB of headers through, but
/// memory once taken is kept for as long as the instance lives, and no client needs so much.
pub const MAX_READ: usize = 64 << 10;

/// Size of the first buffer for a header or a list of names, in bytes. Most fit and need one call.
pub const LARGE: usize = 2048;
/// The same for a method, an address or a short URI.
pub const SMALL: usize = 256;

/// Reads a value through `ask`, which is given a buffer and answers the size of the value (negative
/// is an error of the host) plus whatever else the call tells. Buffers are cleared, so that a host which
/// wrote less than it says shows nothing of an earlier request.
pub fn read<T>(first: usize, mut ask: impl FnMut(&mut [u8]) -> (i64, T)) -> Result<(Vec<u8>, T), HostError> {
    let mut value = vec![0_u8; first];
    let (size, extra) = ask(&mut value);
    let size = checked(size)?;
    if size <= first {
        value.truncate(size);
        return Ok((value, extra));
    }
    let mut second = vec![0_u8; size];
    let (again, extra) = ask(&mut second);
    let again = checked(again)?;
    if again > second.len() {
        return Err(HostError::Changed);
    }
    second.truncate(again);
    Ok((second, extra))
}

fn checked(size: i64) -> Result<usize, HostError> {
    match usize::try_from(size) {
        Ok(size) if size <= MAX_READ => Ok(size),
        _ => Err(HostError::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host that holds these values in turn, one per call, and writes like the real one.
    fn host(values: &[Vec<u8>]) -> (Result<Vec<u8>, HostError>, usize) {
        let mut calls = 0;
        let read = read(LARGE, |buffer: &mut [u8]| {
            let value = &values[calls.min(values.len() - 1)];
            calls += 1;
            if value.len() <= buffer.len() {
                buffer[..value.len()].copy_from_slice(value);
            }
            (i64::try_from(value.len()).unwrap(), ())
        });
        (read.map(|(value, ())| value), calls)
    }

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    #[test]
    fn every_size_round_the_first_buffer() {
        for (len, calls) in [(0, 1), (1, 1), (2047, 1), (2048, 1), (2049, 2), (4096, 2), (MAX_READ, 2)] {
            assert_eq!(host(&[bytes(len)]), (Ok(bytes(len)), calls), "{len}");
        }
    }

    #[test]
    fn a_value_that_changes_is_never_half_of_two() {
        assert_eq!(host(&[bytes(3000), bytes(3001)]).0, Err(HostError::Changed));
        assert_eq!(host(&[bytes(3000), bytes(10)]).0, Ok(bytes(10)));
    }

    #[test]
    fn absurd_sizes_are_refused_before_memory_is_taken() {
        for size in [-1, i64::MIN, i64::MAX, i64::try_from(MAX_READ).unwrap() + 1] {
            assert_eq!(read(SMALL, |_: &mut [u8]| (size, ())), Err(HostError::TooLarge), "{size}");
        }
    }
}
