//! Header names, or the values of one header, as the http-wasm ABI writes them: each ended by a NUL byte.

use super::view::Unreadable;

/// Header names, or the values of one header, in one piece of memory. What the host wrote is looked at only
/// when it is asked for: most requests are like the one before, and then bytes are compared and not read.
#[derive(Clone, Debug, Default)]
pub struct HeaderList {
    bytes: Vec<u8>,
    count: usize,
}

/// The list does not have as many entries as the host says: one that was torn apart or swallowed could hide
/// a header.
fn malformed() -> Unreadable {
    Unreadable::Failed("header list is malformed".to_owned())
}

impl HeaderList {
    /// Takes over what the host wrote. `count` is the number of entries the host says there are.
    pub const fn from_abi(bytes: Vec<u8>, count: usize) -> Self {
        Self { bytes, count }
    }

    /// The entries in the host's order.
    pub fn entries(&self) -> Result<impl Iterator<Item = &[u8]>, Unreadable> {
        let entries = || {
            let mut rest = self.bytes.as_slice();
            core::iter::from_fn(move || {
                let (entry, after) = rest.split_at_checked(first_nul(rest)?)?;
                rest = after.get(1..)?;
                Some(entry)
            })
        };
        let ends_well = self.bytes.last().is_none_or(|last| *last == 0);
        if ends_well && entries().count() == self.count { Ok(entries()) } else { Err(malformed()) }
    }

    /// The entries, all of which must be UTF-8.
    pub fn texts(&self) -> Result<impl Iterator<Item = &str>, Unreadable> {
        // Cut at NULs, a text stays text.
        let _all = core::str::from_utf8(&self.bytes).map_err(|_| malformed())?;
        Ok(self.entries()?.map(|entry| core::str::from_utf8(entry).unwrap_or_default()))
    }

    /// Copies of the entries.
    pub fn values(&self) -> Result<Vec<Vec<u8>>, Unreadable> {
        Ok(self.entries()?.map(<[u8]>::to_vec).collect())
    }

    /// The entry, if there is at most one. The outer error is the host's, the inner one means several.
    pub fn only(&self) -> Result<Result<Option<&[u8]>, Several>, Unreadable> {
        if self.count > 1 {
            return self.entries().map(|_| Err(Several));
        }
        match first_nul(&self.bytes) {
            None if self.count == 0 && self.bytes.is_empty() => Ok(Ok(None)),
            Some(end) if self.count == 1 && end + 1 == self.bytes.len() => Ok(Ok(self.bytes.get(..end))),
            _ => Err(malformed()),
        }
    }

    /// Whether the host wrote exactly the same.
    pub fn same_as(&self, other: &Self) -> bool {
        self.count == other.count && same_bytes(&self.bytes, &other.bytes)
    }

    /// Bytes it takes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// There is more than one entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Several;

/// Whether both are the same. Eight bytes at a time: built for size, the library compares one by one. From
/// the end, because there tokens differ first.
pub(super) fn same_bytes(mut one: &[u8], mut other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    while let (Some((ones, last)), Some((others, other_last))) =
        (one.split_last_chunk::<8>(), other.split_last_chunk::<8>())
    {
        if u64::from_ne_bytes(*last) != u64::from_ne_bytes(*other_last) {
            return false;
        }
        (one, other) = (ones, others);
    }
    one == other
}

impl<T: AsRef<[u8]>> FromIterator<T> for HeaderList {
    /// A list of these entries; none of them may hold a NUL, as none can in HTTP.
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

/// Where the first NUL is. Eight bytes at a time, since tokens are long and the library's search is
/// built for size here.
fn first_nul(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let word = u64::from_ne_bytes(*word);
        if word.wrapping_sub(LOW) & !word & HIGH != 0 {
            break;
        }
        rest = after;
    }
    let within = rest.iter().position(|byte| *byte == 0)?;
    Some(bytes.len() - rest.len() + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(bytes: &[u8], count: usize) -> Result<Vec<Vec<u8>>, Unreadable> {
        let list = HeaderList::from_abi(bytes.to_vec(), count);
        let entries = list.values();
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
            assert_eq!(entries(bytes, count), Err(malformed()), "{bytes:?} {count}");
        }
    }

    #[test]
    fn text_only_when_all_of_it_is() {
        let list: HeaderList = ["a", "b"].into_iter().collect();
        assert_eq!(list.texts().map(Vec::from_iter), Ok(vec!["a", "b"]));
        let list: HeaderList = [&b"a"[..], b"\xff"].into_iter().collect();
        assert!(list.texts().is_err());
    }

    #[test]
    fn the_same_is_the_same_in_all_of_it() {
        let list = |bytes: &[u8], count| HeaderList::from_abi(bytes.to_vec(), count);
        for length in 0..40 {
            let one = vec![b'x'; length];
            assert!(list(&one, 1).same_as(&list(&one, 1)) && !list(&one, 1).same_as(&list(&one, 2)));
            assert!(!list(&one, 1).same_as(&list(&[&one[..], b"x"].concat(), 1)));
            for at in 0..length {
                let mut other = one.clone();
                other[at] = b'y';
                assert!(!list(&one, 1).same_as(&list(&other, 1)), "{length} {at}");
            }
        }
    }
}
