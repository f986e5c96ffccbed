//! Lists of header names or values as the http-wasm ABI writes them: each one ended by a NUL byte.

use super::HostError;

/// Header names, or the values of one header, in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderList {
    bytes: Vec<u8>,
}

impl HeaderList {
    /// Takes over what the host wrote. `count` is the number of entries the host says there are; a
    /// list that does not agree with it is refused, because an entry that was torn apart or
    /// swallowed could hide a header.
    pub fn from_abi(bytes: Vec<u8>, count: usize) -> Result<Self, HostError> {
        let list = Self { bytes };
        let ends_well = list.bytes.last().is_none_or(|last| *last == 0);
        if ends_well && list.iter().count() == count { Ok(list) } else { Err(HostError::Malformed) }
    }

    /// The entries in the host's order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        core::iter::from_fn(move || {
            let (entry, after) = rest.split_at_checked(first_nul(rest)?)?;
            rest = after.get(1..)?;
            Some(entry)
        })
    }

    /// The entries, where all of them must be UTF-8.
    pub fn strs(&self) -> Option<impl Iterator<Item = &str>> {
        // Cut at NULs, a text stays text.
        let _all = core::str::from_utf8(&self.bytes).ok()?;
        Some(self.iter().map(|entry| core::str::from_utf8(entry).unwrap_or_default()))
    }

    /// The entries one by one. The usual single one is not copied.
    pub fn into_values(mut self) -> Vec<Vec<u8>> {
        match first_nul(&self.bytes) {
            None => Vec::new(),
            Some(end) if end + 1 == self.bytes.len() => {
                self.bytes.truncate(end);
                vec![self.bytes]
            }
            Some(_) => self.iter().map(<[u8]>::to_vec).collect(),
        }
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for HeaderList {
    /// A list of these entries; none of them may hold a NUL, as none can in HTTP.
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend(entry.as_ref().iter().filter(|byte| **byte != 0));
            bytes.push(0);
        }
        Self { bytes }
    }
}

/// Where the first NUL is. Eight bytes at a time, since tokens are long and the library's search is
/// built for size here.
fn first_nul(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (words, _) = bytes.as_chunks::<8>();
    let holds_nul = |word: &[u8; 8]| {
        let word = u64::from_ne_bytes(*word);
        word.wrapping_sub(LOW) & !word & HIGH != 0
    };
    let from = words.iter().position(holds_nul).unwrap_or(words.len()) * 8;
    let within = bytes.get(from..)?.iter().position(|byte| *byte == 0)?;
    Some(from + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(bytes: &[u8], count: usize) -> Result<Vec<Vec<u8>>, HostError> {
        let list = HeaderList::from_abi(bytes.to_vec(), count)?;
        let entries: Vec<Vec<u8>> = list.iter().map(<[u8]>::to_vec).collect();
        assert_eq!(list.into_values(), entries);
        Ok(entries)
    }

    #[test]
    fn entries_come_back_as_written() {
        assert_eq!(entries(b"", 0), Ok(vec![]));
        assert_eq!(entries(b"\0", 1), Ok(vec![b"".to_vec()]));
        assert_eq!(
            entries(b"a\0\0\xff\xfe\0", 3),
            Ok(vec![b"a".to_vec(), b"".to_vec(), b"\xff\xfe".to_vec()])
        );
    }

    #[test]
    fn a_nul_is_found_wherever_it_is() {
        for length in 0..40 {
            let mut bytes = vec![0xff; length];
            assert_eq!(first_nul(&bytes), None);
            for at in (0..length).rev() {
                bytes[at] = 0;
                assert_eq!(first_nul(&bytes), Some(at));
            }
        }
    }

    #[test]
    fn a_list_that_contradicts_its_count_is_refused() {
        for (bytes, count) in
            [(&b"a"[..], 1), (b"a\0b", 1), (b"a\0b", 2), (b"a\0b\0", 1), (b"a\0", 2), (b"", 1), (b"\0", 0)]
        {
            assert_eq!(entries(bytes, count), Err(HostError::Malformed), "{bytes:?} {count}");
        }
    }

    #[test]
    fn text_only_when_all_of_it_is() {
        let list: HeaderList = ["a", "b"].into_iter().collect();
        assert_eq!(list.strs().map(Vec::from_iter), Some(vec!["a", "b"]));
        let list: HeaderList = [&b"a"[..], b"\xff"].into_iter().collect();
        assert!(list.strs().is_none());
    }
}
