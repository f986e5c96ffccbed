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
        let ends_well = bytes.last().is_none_or(|last| *last == 0);
        let ends = bytes.split(|byte| *byte == 0).count() - 1;
        if ends_well && ends == count { Ok(Self { bytes }) } else { Err(HostError::Malformed) }
    }

    /// The entries in the host's order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let inner = self.bytes.strip_suffix(&[0]);
        inner.into_iter().flat_map(|bytes| bytes.split(|byte| *byte == 0))
    }

    /// The entries, where each of them must be UTF-8.
    pub fn strs(&self) -> Option<Vec<&str>> {
        self.iter().map(|entry| core::str::from_utf8(entry).ok()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(bytes: &[u8], count: usize) -> Result<Vec<Vec<u8>>, HostError> {
        let list = HeaderList::from_abi(bytes.to_vec(), count)?;
        Ok(list.iter().map(<[u8]>::to_vec).collect())
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
        assert_eq!(list.strs(), Some(vec!["a", "b"]));
        let list: HeaderList = [&b"a"[..], b"\xff"].into_iter().collect();
        assert_eq!(list.strs(), None);
    }
}
