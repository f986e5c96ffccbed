//! Lists of header names, or of the values of one header, in the form of the http-wasm ABI: each entry ends with a NUL.

use super::unreadable::Unreadable;

/// Header names, or the values of one header, in the buffer to which the host wrote them. Nothing is parsed until it is
/// needed: most requests are like one before, and then the bytes are only compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeaderList<'a> {
    bytes: &'a [u8],
    count: usize,
}

/// The error for a list that does not have as many entries as the host says. Such a list could hide a header.
fn malformed() -> Unreadable {
    Unreadable::Failed("header list is malformed".to_owned())
}

impl<'a> HeaderList<'a> {
    /// The list that the host wrote. `count` is the number of its entries, as the host says.
    pub const fn from_abi(bytes: &'a [u8], count: usize) -> Self {
        Self { bytes, count }
    }

    /// The bytes as the host wrote them.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The number of entries, as the host says.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether both lists are exactly the same.
    pub fn same_as(&self, other: HeaderList<'_>) -> bool {
        self.count == other.count && self.bytes == other.bytes
    }

    /// The entries in the host's order.
    pub fn entries(&self) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, Unreadable> {
        if self.ends_well() && cut(self.bytes).count() == self.count {
            Ok(cut(self.bytes))
        } else {
            Err(malformed())
        }
    }

    /// Calls `each` with each entry in the host's order, in one pass. On an error, discard whatever `each` did.
    pub fn for_each(&self, each: impl FnMut(&'a [u8])) -> Result<(), Unreadable> {
        let count = cut(self.bytes).map(each).count();
        if self.ends_well() && count == self.count { Ok(()) } else { Err(malformed()) }
    }

    /// Whether the last entry ends with a NUL, as the others do.
    fn ends_well(&self) -> bool {
        self.bytes.last().is_none_or(|last| *last == 0)
    }

    /// The entries as texts. All must be UTF-8.
    pub fn texts(&self) -> Result<impl Iterator<Item = &'a str> + use<'a>, Unreadable> {
        // If the whole list is UTF-8, each entry is, because a NUL is never part of another character.
        if !inner_loops::is_ascii(self.bytes) && core::str::from_utf8(self.bytes).is_err() {
            return Err(malformed());
        }
        Ok(self.entries()?.map(|entry| core::str::from_utf8(entry).unwrap_or_default()))
    }

    /// Copies of the entries.
    pub fn values(&self) -> Result<Vec<Vec<u8>>, Unreadable> {
        Ok(self.entries()?.map(<[u8]>::to_vec).collect())
    }

    /// The only entry, or `None` if the list is empty. The outer error says that the list is malformed, the inner error
    /// says that it has several entries.
    pub fn only(&self) -> Result<Result<Option<&'a [u8]>, Several>, Unreadable> {
        if self.count > 1 {
            return self.entries().map(|_| Err(Several));
        }
        match inner_loops::first_nul(self.bytes) {
            None if self.count == 0 && self.bytes.is_empty() => Ok(Ok(None)),
            Some(end) if self.count == 1 && end + 1 == self.bytes.len() => Ok(Ok(self.bytes.get(..end))),
            _ => Err(malformed()),
        }
    }
}

/// The bytes before each NUL.
fn cut(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        let (entry, after) = rest.split_at_checked(inner_loops::first_nul(rest)?)?;
        rest = after.get(1..)?;
        Some(entry)
    })
}

/// The error for a list with more than one entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Several;

/// A list that owns its memory: it keeps a part of a request for later, and tests make lists with it.
#[derive(Clone, Debug, Default)]
pub struct HeaderBuffer {
    bytes: Vec<u8>,
    count: usize,
}

impl HeaderBuffer {
    /// Creates an empty list.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), count: 0 }
    }

    /// Replaces the entries by copies of another list's, and reuses the memory.
    pub fn copy_from(&mut self, list: HeaderList<'_>) {
        self.bytes.clear();
        self.bytes.extend_from_slice(list.bytes);
        self.count = list.count;
    }

    /// The entries as a list.
    pub const fn list(&self) -> HeaderList<'_> {
        HeaderList { bytes: self.bytes.as_slice(), count: self.count }
    }
}

impl From<HeaderList<'_>> for HeaderBuffer {
    fn from(list: HeaderList<'_>) -> Self {
        Self { bytes: list.bytes.to_vec(), count: list.count }
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for HeaderBuffer {
    /// A list of these entries. A NUL inside an entry is left out; HTTP allows none in a header.
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let (mut bytes, mut count) = (Vec::new(), 0);
        for entry in entries {
            bytes.extend(entry.as_ref().iter().filter(|byte| **byte != 0));
            bytes.push(0);
            count += 1;
        }
        Self { bytes, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(bytes: &[u8], count: usize) -> Result<Vec<Vec<u8>>, Unreadable> {
        let list = HeaderList::from_abi(bytes, count);
        let entries = list.values();
        let mut each = Vec::new();
        let all = list.for_each(|entry| each.push(entry.to_vec()));
        assert_eq!(all.map(|()| each), entries, "{bytes:?} {count}");
        match (list.only(), &entries) {
            (Ok(Ok(None)), Ok(all)) => assert!(all.is_empty()),
            (Ok(Ok(Some(one))), Ok(all)) => assert_eq!(all, &[one]),
            (Ok(Err(Several)), Ok(all)) => assert!(all.len() > 1),
            (only, all) => assert!(only.is_err() && all.is_err()),
        }
        entries
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
            assert_eq!(entries(bytes, count), Err(malformed()), "{bytes:?} {count}");
        }
    }

    #[test]
    fn a_list_with_bytes_that_are_not_utf_8_has_no_texts() {
        let list: HeaderBuffer = ["a", "b"].into_iter().collect();
        assert_eq!(list.list().texts().map(Vec::from_iter), Ok(vec!["a", "b"]));
        let list: HeaderBuffer = [&b"a"[..], b"\xff"].into_iter().collect();
        assert!(list.list().texts().is_err());
    }

    #[test]
    fn lists_are_the_same_only_if_every_byte_is() {
        for length in 0..40 {
            let one = vec![b'x'; length];
            let list = HeaderList::from_abi(&one, 1);
            assert!(list.same_as(list) && !list.same_as(HeaderList::from_abi(&one, 2)));
            assert!(!list.same_as(HeaderList::from_abi(&[&one[..], b"x"].concat(), 1)));
            for at in 0..length {
                let mut other = one.clone();
                other[at] = b'y';
                assert!(!list.same_as(HeaderList::from_abi(&other, 1)), "{length} {at}");
            }
        }
    }
}
