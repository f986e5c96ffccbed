//! Reads values of unknown size: into a first buffer, and again into a larger one if the value did not fit.
//!
//! The host writes nothing if the value does not fit, and always returns the size of the value. A value that does not
//! fit into the second buffer either is an error: it grew between the two calls.

#![expect(unsafe_code, reason = "the host writes bytes into words")]

use super::HostError;

/// Largest value that is read from the host, in bytes. Go's server accepts about 1 MiB of headers, but an instance
/// never gives memory back, and no client needs so much.
pub const MAX_READ: usize = 64 << 10;

/// Size of the first buffer, in bytes. Nearly every value fits.
const FIRST: usize = 2048;

/// The buffers to which the host writes: the first one, and one for a value that does not fit. A value stays there
/// until the next read, which first zeroes the bytes that the host said it wrote. So if the host writes less than it
/// says, no byte of an earlier request is taken for part of the value.
pub struct Scratch {
    first: [u64; FIRST / 8],
    /// How many bytes of `first` may be other than zero.
    used: usize,
    large: Vec<u8>,
}

impl Scratch {
    /// Creates buffers that hold nothing.
    pub const fn new() -> Self {
        Self { first: [0; FIRST / 8], used: 0, large: Vec::new() }
    }

    /// The first buffer.
    fn first_bytes(&mut self) -> &mut [u8] {
        // SAFETY: a `u64` has eight bytes, and any eight bytes are a valid `u64`.
        unsafe { core::slice::from_raw_parts_mut(self.first.as_mut_ptr().cast::<u8>(), FIRST) }
    }

    /// The first buffer, without what was read before.
    fn emptied(&mut self) -> &mut [u8] {
        if self.large.capacity() > 0 {
            self.large = Vec::new();
        }
        let used = self.used;
        let first = self.first_bytes();
        if let Some(used) = first.get_mut(..used) {
            used.fill(0);
        }
        first
    }

    /// Reads a piece of a body through `ask`, which gets a buffer and returns what the host returns. Returns the bytes
    /// and whether they are the last.
    pub fn read_piece(&mut self, ask: impl FnOnce(&mut [u8]) -> i64) -> Result<(&[u8], bool), HostError> {
        let returned = ask(self.emptied());
        // Until the host's result is checked, any byte may have been written.
        self.used = FIRST;
        let (length, is_last) = piece(returned, FIRST)?;
        self.used = length;
        Ok((self.first_bytes().get(..length).unwrap_or_default(), is_last))
    }

    /// Reads a value through `ask`, which gets a buffer and returns the size of the value and whatever else the call
    /// returns. A negative size is an error of the host.
    pub fn read<T>(&mut self, mut ask: impl FnMut(&mut [u8]) -> (i64, T)) -> Result<(&[u8], T), HostError> {
        let first = self.emptied();
        let (size, extra) = ask(first);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        self.used = size.min(FIRST);
        if size <= FIRST {
            return Ok((self.first_bytes().get(..size).unwrap_or_default(), extra));
        }
        if size > MAX_READ {
            return Err(HostError::TooLarge);
        }
        self.large = vec![0; size];
        let (again, extra) = ask(&mut self.large);
        let again = usize::try_from(again).ok().filter(|again| *again <= MAX_READ);
        let value = self.large.get(..again.ok_or(HostError::TooLarge)?).ok_or(HostError::Changed)?;
        Ok((value, extra))
    }
}

/// Reads what the host returned for a piece of a body: how many bytes it wrote (the lower half), and whether they are
/// the last (bit 32). The host fills the buffer, except at the end of the body. Any other result is an error of the
/// host.
pub fn piece(returned: i64, buffer: usize) -> Result<(usize, bool), HostError> {
    let length = usize::try_from(returned & 0xffff_ffff).unwrap_or(usize::MAX);
    match returned >> 32 {
        0 if length == buffer => Ok((length, false)),
        1 if length <= buffer => Ok((length, true)),
        _ => Err(HostError::Malformed),
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host that holds these values in turn, one per call, and writes like the real one.
    fn host(values: &[Vec<u8>]) -> (Result<Vec<u8>, HostError>, usize) {
        let mut calls = 0;
        let mut scratch = Scratch::new();
        let read = scratch.read(|buffer: &mut [u8]| {
            let value = &values[calls.min(values.len() - 1)];
            calls += 1;
            if value.len() <= buffer.len() {
                buffer[..value.len()].copy_from_slice(value);
            }
            (i64::try_from(value.len()).unwrap(), ())
        });
        let read = read.map(|(value, ())| value.to_vec());
        let shown = |buffer: &mut [u8]| {
            assert!(buffer.iter().all(|byte| *byte == 0), "nothing is left of what was read");
            (0, ())
        };
        assert_eq!(scratch.read(shown), Ok((&[][..], ())));
        (read, calls)
    }

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    #[test]
    fn values_of_every_size_around_the_first_buffer_are_read() {
        for (len, calls) in [(0, 1), (1, 1), (2047, 1), (2048, 1), (2049, 2), (4096, 2), (MAX_READ, 2)] {
            assert_eq!(host(&[bytes(len)]), (Ok(bytes(len)), calls), "{len}");
        }
    }

    #[test]
    fn a_value_that_grows_during_the_read_is_an_error() {
        assert_eq!(host(&[bytes(3000), bytes(3001)]).0, Err(HostError::Changed));
        assert_eq!(host(&[bytes(3000), bytes(10)]).0, Ok(bytes(10)));
    }

    #[test]
    fn absurd_sizes_are_refused_before_memory_is_allocated() {
        for size in [-1, i64::MIN, i64::MAX, i64::try_from(MAX_READ).unwrap() + 1] {
            let mut scratch = Scratch::new();
            assert_eq!(scratch.read(|_: &mut [u8]| (size, ())), Err(HostError::TooLarge), "{size}");
        }
    }

    #[test]
    fn pieces_of_a_body_are_full_or_the_last() {
        const LAST: i64 = 1 << 32;
        let full = i64::try_from(FIRST).unwrap();
        let mut scratch = Scratch::new();
        for (returned, expected) in [
            (full, Ok((FIRST, false))),
            (full | LAST, Ok((FIRST, true))),
            (LAST, Ok((0, true))),
            (3 | LAST, Ok((3, true))),
            (0, Err(HostError::Malformed)),
            (full - 1, Err(HostError::Malformed)),
            (full + 1, Err(HostError::Malformed)),
            ((full + 1) | LAST, Err(HostError::Malformed)),
            (-1, Err(HostError::Malformed)),
            (3 | LAST << 1, Err(HostError::Malformed)),
        ] {
            let read = scratch.read_piece(|buffer: &mut [u8]| {
                assert!(buffer.iter().all(|byte| *byte == 0), "nothing is left of what was read");
                // Writes as many bytes as it reports, or the whole buffer if it reports more.
                let written = usize::try_from(returned & (LAST - 1)).unwrap_or(FIRST).min(FIRST);
                buffer[..written].fill(b'x');
                returned
            });
            assert_eq!(read.map(|(bytes, is_last)| (bytes.len(), is_last)), expected, "{returned}");
        }
    }

    #[test]
    fn bytes_that_a_host_denies_writing_are_not_shown_later() {
        let mut scratch = Scratch::new();
        let denied = scratch.read(|buffer: &mut [u8]| {
            buffer.fill(b'x');
            (i64::try_from(buffer.len() + 1).unwrap(), ())
        });
        assert_eq!(denied, Err(HostError::Changed));
        let claimed = scratch.read(|buffer: &mut [u8]| (i64::try_from(buffer.len()).unwrap(), ()));
        assert_eq!(claimed, Ok((&[0; FIRST][..], ())));
    }
}
