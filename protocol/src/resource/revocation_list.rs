//! The list of revoked grants, which the authorization server writes to a mounted directory (`revocationFile`), so that an
//! access token can end before it expires.
//!
//! The `jti` of an access token begins with the id of its grant. The list is one line with its version, a time, the
//! number of issuers and the number of ids; then, for each issuer, one line with a time and the issuer; then one id a
//! line in ascending order. The time in the first line revokes the tokens that any issuer issued at or before it. The
//! time in an issuer's line revokes those that this issuer issued at or before it. Where the list has no room for ids,
//! a time takes their place. Each issuer has a time of its own, so that many revocations at one tenant revoke no token
//! of another.

use crate::time::UnixTime;
use crate::uri::Base;

/// Characters of a grant's id: 16 bytes in base64url.
pub const GRANT_ID: usize = 22;
/// Most ids in a list. A time in an issuer's line takes the place of the ids that are too many.
pub const MOST_REVOKED: usize = 2_000;
/// Most bytes of the issuers' lines in a list. If they need more, the time in the first line, which is for every
/// issuer, takes the place of those that are too many.
pub const MOST_ISSUERS: usize = 64 * 1024;
const ROW: usize = GRANT_ID + 1;
const FIRST_WORD: &str = "mcpbouncer-revoked-v2 ";
/// Which grants are revoked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RevocationList {
    before: UnixTime,
    /// Lines of a time, a space and an issuer each.
    issuers: Vec<u8>,
    rows: Vec<u8>,
}

impl RevocationList {
    /// A list of these ids. Ids that do not have [`GRANT_ID`] characters are left out. Tokens issued at or before `before`
    /// are revoked whatever their grant and issuer are.
    pub fn new<'a>(before: UnixTime, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut ids: Vec<&str> = ids.into_iter().filter(|id| id.len() == GRANT_ID).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = ids.into_iter().flat_map(|id| id.bytes().chain([b'\n'])).collect();
        Self { before, issuers: Vec::new(), rows }
    }

    /// Revokes, in addition, the tokens that this issuer issued at or before `before`. `false` if there is no room for it.
    #[must_use]
    pub fn revoke_until(&mut self, issuer: &str, before: UnixTime) -> bool {
        let line = format!("{:0>10} {issuer}\n", before.as_secs());
        let room = self.issuers.len() + line.len() <= MOST_ISSUERS;
        if room {
            self.issuers.extend(line.bytes());
        }
        room
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let issuers = self.issuers.split_inclusive(|b| *b == b'\n').count();
        let before = self.before.as_secs();
        let head = format!("{FIRST_WORD}{before:0>10} {issuers:0>4} {:0>4}\n", self.rows.len() / ROW);
        let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
        [&head, text(&self.issuers), text(&self.rows)].concat()
    }

    /// Reads the text of a file. `None` if it is not a whole list.
    pub fn parse(text: &[u8]) -> Option<Self> {
        // Issuers are canonical, so they are ASCII: a list with anything else is damaged.
        let rest = text.strip_prefix(FIRST_WORD.as_bytes()).filter(|_| text.is_ascii())?;
        let (before, rest) = rest.split_first_chunk::<10>()?;
        let (issuers, rest) = rest.strip_prefix(b" ")?.split_first_chunk::<4>()?;
        let (count, rest) = rest.strip_prefix(b" ")?.split_first_chunk::<4>()?;
        let mut rows = rest.strip_prefix(b"\n")?;
        let all = rows;
        for _ in 0..number(issuers)? {
            rows = after_issuer(rows)?;
        }
        let whole = number(count)?.checked_mul(ROW as u64)? == rows.len() as u64;
        let issuers = all.get(..all.len() - rows.len())?.to_vec();
        let list = Self { before: UnixTime::new(number(before)?), issuers, rows: rows.to_vec() };
        let (ids, _) = list.ids();
        let ascending = ids.iter().zip(ids.iter().skip(1)).all(|(one, next)| one < next);
        let rows_are_ids = ids.iter().all(is_row);
        (whole && rows_are_ids && ascending).then_some(list)
    }

    fn ids(&self) -> (&[[u8; ROW]], &[u8]) {
        self.rows.as_chunks()
    }

    /// Whether this grant of this issuer was revoked. A grant without an id counts as revoked.
    pub(super) fn revokes(&self, grant: &Grant, issuer: &Base) -> bool {
        let Some(id) = &grant.id else { return true };
        // A plain search is fast enough, because most lists are short. An index would be built again every two seconds.
        grant.iat <= self.before
            || self.issuers.split(|b| *b == b'\n').any(|line| {
                line.split_first_chunk::<10>().is_some_and(|(time, name)| {
                    name.strip_prefix(b" ") == Some(issuer.as_str().as_bytes())
                        && number(time).is_some_and(|before| grant.iat.as_secs() <= before)
                })
            })
            || self.ids().0.iter().any(|row| row.starts_with(id))
    }
}

/// What decides whether the list revokes a token of our own, apart from the issuer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The id of the grant; `None` if the `jti` is too short to hold one.
    id: Option<[u8; GRANT_ID]>,
    /// `iat` of the token.
    iat: UnixTime,
}

impl Grant {
    /// The grant of a token with this `jti`, issued at `iat`.
    pub fn of(jti: &str, iat: UnixTime) -> Self {
        Self { id: jti.as_bytes().first_chunk().copied(), iat }
    }
}

/// The lines after an issuer's line. `None` if the first line is not an issuer's.
fn after_issuer(lines: &[u8]) -> Option<&[u8]> {
    let (time, rest) = lines.split_first_chunk::<10>()?;
    number(time)?;
    let rest = rest.strip_prefix(b" ")?;
    let end = rest.iter().position(|b| *b == b'\n').filter(|end| *end > 0)?;
    rest.get(end + 1..)
}

/// Whether a row consists of base64url characters and a line end.
fn is_row(row: &[u8; ROW]) -> bool {
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    row.split_last().is_some_and(|(end, id)| *end == b'\n' && id.iter().all(letter))
}

/// Reads a number that is written in digits alone.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |sum, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        Some(sum * 10 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: usize) -> String {
        format!("{n:0>22}")
    }

    fn issuer(name: &str) -> Base {
        Base::parse(&format!("https://{name}.example")).unwrap()
    }

    #[test]
    fn a_time_revokes_tokens_of_its_issuer_alone() {
        let mut list = RevocationList::new(UnixTime::new(100), [id(7).as_str()]);
        for (name, before) in [("one", 500), ("two", 600)] {
            assert!(list.revoke_until(issuer(name).as_str(), UnixTime::new(before)));
        }
        let list = RevocationList::parse(list.to_text().as_bytes()).unwrap();
        let revokes = |name: &str, iat| list.revokes(&Grant::of(&id(1), UnixTime::new(iat)), &issuer(name));
        for (name, iat, expected) in [
            ("one", 500, true),
            ("one", 501, false),
            ("two", 501, true),
            ("two", 601, false),
            ("three", 500, false),
            ("three", 101, false),
            ("three", 100, true),
            ("twoo", 300, false),
            ("tw", 300, false),
        ] {
            assert_eq!(revokes(name, iat), expected, "{name} {iat}");
        }
        assert!(
            list.revokes(&Grant::of(&id(7), UnixTime::new(900)), &issuer("three")),
            "ids are everybody's"
        );
    }

    #[test]
    fn the_times_of_issuers_are_bounded() {
        let mut list = RevocationList::default();
        let name = "x".repeat(1_000);
        let taken = (0..100).filter(|_| list.revoke_until(&name, UnixTime::new(1))).count();
        assert_eq!(taken, MOST_ISSUERS / 1_012);
        assert_eq!(RevocationList::parse(list.to_text().as_bytes()), Some(list));
    }

    #[test]
    fn a_list_survives_writing_and_reading_and_finds_each_id() {
        let ids: Vec<String> = (0..100).rev().map(|n| id(n * 2)).collect();
        let list = RevocationList::new(UnixTime::new(500), ids.iter().map(String::as_str));
        let read = RevocationList::parse(list.to_text().as_bytes()).unwrap();
        assert_eq!(read, list);
        for n in 0..200 {
            let jti = format!("{}.rest", id(n));
            let revokes = |secs| read.revokes(&Grant::of(&jti, UnixTime::new(secs)), &issuer("one"));
            assert_eq!(revokes(501), n % 2 == 0, "{n}");
            assert!(revokes(500), "issued before the time");
        }
        let twice = RevocationList::new(UnixTime::default(), [id(3), id(3)].iter().map(String::as_str));
        assert_eq!(
            RevocationList::parse(twice.to_text().as_bytes()),
            Some(twice),
            "an id twice is in it once"
        );
        let short = Grant::of("short", UnixTime::new(501));
        assert!(read.revokes(&short, &issuer("one")), "no grant can be read");
    }

    #[test]
    fn lists_that_are_cut_or_changed_are_refused() {
        let mut list = RevocationList::new(UnixTime::new(1), [id(1), id(2)].iter().map(String::as_str));
        assert!(list.revoke_until("https://h", UnixTime::new(3)));
        let whole = list.to_text();
        assert!(RevocationList::parse(whole.as_bytes()).is_some());
        for cut in 0..whole.len() {
            assert_eq!(RevocationList::parse(&whole.as_bytes()[..cut]), None, "{cut}");
        }
        for bad in [
            whole.replace("v2", "v1"),
            whole.replace(" 0001 0002\n", " 0000 0002\n"),
            whole.replace(" 0001 0002\n", " 0002 0002\n"),
            whole.replace("0000000003 https", "000000000x https"),
            whole.replace("0000000003 https", "0000000003_https"),
            whole.replace("0000000003 https://h\n", "0000000003 \n"),
            whole.replace("https://h\n", "https://h\u{e4}\n"),
            whole.replace("https://h\n", "https://\u{ff48}\n"),
            whole.replace("0002\n", "0003\n"),
            whole.replace("0002\n", "0002 \n"),
            whole.replace("0000000001 ", "000000000- "),
            format!("{whole}\n"),
            whole.replace("01\n", "01x"),
            whole.replace("01\n", "0&\n"),
            format!("{FIRST_WORD}0000000001 0000 0002\n{}\n{}\n", id(2), id(1)),
            format!("{FIRST_WORD}0000000001 0000 0002\n{}\n{}\n", id(1), id(1)),
        ] {
            assert_eq!(RevocationList::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(RevocationList::parse(&bytes).is_none());
        }
    }
}
