//! The list of revoked grants, which the authorization server writes to a mounted directory (`revocationFile`), so that
//! an access token can be refused before it expires.
//!
//! The `jti` of an access token begins with the id of its grant. The list is one line with its version, a time, the
//! number of issuers and the number of ids; then, for each issuer, one line with a time and the issuer; then one id a
//! line in ascending order. The time in the first line revokes the tokens that any issuer issued at or before it. The
//! time in an issuer's line revokes those that this issuer issued at or before it. Where the list has no room for ids,
//! a time takes their place. Each issuer has a time of its own, so that many revocations at one tenant revoke no token
//! of another.
//!
//! Personal access tokens live for months, so a time that replaces the ids of short-lived tokens must not revoke
//! personal access tokens. The times above do not count for them. Their ids have room of their own, [`MOST_PERSONAL`];
//! where that does not suffice, the line of an issuer begins with [`PERSONAL`], and its time revokes the personal
//! access tokens issued at or before it.

use crate::time::UnixTime;
use crate::uri::Base;

/// Length of a grant's id in characters: 16 bytes in base64url.
pub const GRANT_ID: usize = 22;
/// The maximum number of ids in a list, without those of personal access tokens. A time in an issuer's line takes the
/// place of the ids that are too many.
pub const MOST_REVOKED: usize = 2_000;
/// The maximum number of ids of personal access tokens, in addition.
pub const MOST_PERSONAL: usize = 4_000;
/// What stands before the issuer in a line about personal access tokens. In the place of the issuer, [`EVERY_ISSUER`]
/// means all issuers.
const PERSONAL: &str = "personal ";
const EVERY_ISSUER: &str = "*";
/// The maximum length of the issuers' lines in a list together, in bytes. The time in the first line, which is for
/// every issuer, takes the place of the lines that are too many.
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
    /// Creates a list of these ids. Ids that do not have [`GRANT_ID`] characters are left out. Every token issued at or
    /// before `before` is revoked whatever its grant and issuer are, unless it is a personal access token.
    pub fn new<'a>(before: UnixTime, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut ids: Vec<&str> = ids.into_iter().filter(|id| id.len() == GRANT_ID).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = ids.into_iter().flat_map(|id| id.bytes().chain([b'\n'])).collect();
        Self { before, issuers: Vec::new(), rows }
    }

    /// Revokes, in addition, the tokens that this issuer issued at or before `before`, except personal access tokens.
    /// Returns `false` if the list has no room for the line.
    #[must_use]
    pub fn revoke_until(&mut self, issuer: &str, before: UnixTime) -> bool {
        let line = format!("{:0>10} {issuer}\n", before.as_secs());
        let room = self.issuers.len() + line.len() <= MOST_ISSUERS;
        if room {
            self.issuers.extend(line.bytes());
        }
        room
    }

    /// Revokes, in addition, the personal access tokens that this issuer issued at or before `before`. Returns `false`
    /// if the list has no room for the line.
    #[must_use]
    pub fn revoke_personal_until(&mut self, issuer: &str, before: UnixTime) -> bool {
        self.revoke_until(&[PERSONAL, issuer].concat(), before)
    }

    /// Revokes, in addition, the personal access tokens that any issuer issued at or before `before`. Call this before
    /// any line of an issuer is added, so that there is room.
    #[must_use]
    pub fn revoke_every_personal_until(&mut self, before: UnixTime) -> bool {
        self.revoke_personal_until(EVERY_ISSUER, before)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let issuers = self.issuers.split_inclusive(|b| *b == b'\n').count();
        let before = self.before.as_secs();
        let head = format!("{FIRST_WORD}{before:0>10} {issuers:0>4} {:0>4}\n", self.rows.len() / ROW);
        let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
        [&head, text(&self.issuers), text(&self.rows)].concat()
    }

    /// Reads the text of a file. `None` if the list is incomplete or malformed.
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

    /// Whether the list revokes a token of this grant and issuer. A grant without an id counts as revoked.
    pub(super) fn revokes(&self, grant: &Grant, issuer: &Base) -> bool {
        let Some(id) = &grant.id else { return true };
        // A plain search is fast enough, because most lists are short. An index would be built again every two seconds.
        (!grant.is_personal && grant.iat <= self.before)
            || self.issuers.split(|b| *b == b'\n').any(|line| {
                line.split_first_chunk::<10>().is_some_and(|(time, name)| {
                    name.strip_prefix(b" ").is_some_and(|name| grant.is_meant_by(name, issuer))
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
    /// Whether the token is a personal access token.
    is_personal: bool,
}

impl Grant {
    /// The grant of a token with this `jti`, issued at `iat`.
    pub fn of(jti: &str, iat: UnixTime, is_personal: bool) -> Self {
        Self { id: jti.as_bytes().first_chunk().copied(), iat, is_personal }
    }

    /// Whether the token is a personal access token.
    pub(super) const fn is_personal(&self) -> bool {
        self.is_personal
    }

    /// Whether an issuer's line with this text, after its time, is about tokens of this kind and issuer.
    fn is_meant_by(&self, name: &[u8], issuer: &Base) -> bool {
        let issuer = issuer.as_str().as_bytes();
        if !self.is_personal {
            return name == issuer;
        }
        name.strip_prefix(PERSONAL.as_bytes())
            .is_some_and(|name| name == issuer || name == EVERY_ISSUER.as_bytes())
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
pub(super) fn number(digits: &[u8]) -> Option<u64> {
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
        let revokes =
            |name: &str, iat| list.revokes(&Grant::of(&id(1), UnixTime::new(iat), false), &issuer(name));
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
            list.revokes(&Grant::of(&id(7), UnixTime::new(900), false), &issuer("three")),
            "ids are everybody's"
        );
    }

    /// A time that stands for the ids of short-lived tokens revokes no personal access token, and the other way round.
    #[test]
    fn times_are_for_one_kind_of_tokens() {
        let mut list = RevocationList::new(UnixTime::new(100), [id(7).as_str()]);
        assert!(list.revoke_personal_until(issuer("one").as_str(), UnixTime::new(300)));
        assert!(list.revoke_until(issuer("one").as_str(), UnixTime::new(500)));
        let list = RevocationList::parse(list.to_text().as_bytes()).unwrap();
        let revokes = |list: &RevocationList, name: &str, iat, personal| {
            list.revokes(&Grant::of(&id(1), UnixTime::new(iat), personal), &issuer(name))
        };
        for (name, iat, personal, expected) in [
            ("one", 300, true, true),
            ("one", 301, true, false),
            ("one", 301, false, true),
            ("two", 100, true, false),
            ("two", 100, false, true),
        ] {
            assert_eq!(revokes(&list, name, iat, personal), expected, "{name} {iat} {personal}");
        }
        assert!(list.revokes(&Grant::of(&id(7), UnixTime::new(900), true), &issuer("two")), "by its id");
        let mut every = RevocationList::default();
        assert!(every.revoke_every_personal_until(UnixTime::new(50)));
        assert!(revokes(&every, "one", 50, true) && revokes(&every, "two", 50, true));
        assert!(!revokes(&every, "one", 51, true) && !revokes(&every, "one", 50, false));
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
            let revokes = |secs| read.revokes(&Grant::of(&jti, UnixTime::new(secs), false), &issuer("one"));
            assert_eq!(revokes(501), n % 2 == 0, "{n}");
            assert!(revokes(500), "issued before the time");
        }
        let twice = RevocationList::new(UnixTime::default(), [id(3), id(3)].iter().map(String::as_str));
        assert_eq!(
            RevocationList::parse(twice.to_text().as_bytes()),
            Some(twice),
            "an id twice is in it once"
        );
        let short = Grant::of("short", UnixTime::new(501), false);
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
