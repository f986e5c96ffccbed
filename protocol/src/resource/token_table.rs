//! A table of tokens that were validated before, so that with many users a request costs a look-up and not the
//! verification of a signature.
//!
//! An entry is found by a tag of the `Authorization` header: SipHash-1-3 with 128 bits under a sub-key of the plugin
//! key ([why a tag may replace the text](../../../docs/adr/0006-tags-stand-for-tokens.md)). An entry holds what was
//! validated, and never the token itself. Only tokens that are valid for this tenant are inserted, so nobody can
//! displace other callers' entries without valid tokens. Times and revocation are validated at every use.

use super::access_token::ValidToken;
use crate::limits::token_format::ACCESS_TOKEN;
use crate::secret::Secret;
use crate::time::UnixTime;
use std::rc::Rc;

/// The number of entries for which a new table has room.
const SMALLEST: usize = 64;
/// The maximum number of entries. So many entries take about 170 KiB.
const LARGEST: usize = 1_024;
/// The maximum number of bytes of text (subject, scopes, issuer, paths, headers) in all entries together, because an
/// instance never gives memory back. Tokens of our own have some hundred bytes, so the number of entries is the limit.
/// With a provider's token of 2.5 KiB in each, the table holds 400.
const MOST_TEXT: usize = 1 << 20;
/// The maximum number of bytes of text in one entry: twice the length of the longest token. A token with more text is
/// not inserted, so its signature is verified again whenever another token came between two uses.
const LONGEST_TEXT: usize = 2 * ACCESS_TOKEN.most;

/// The tag by which the entry of a header is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag([u64; 2]);

/// The part of a header from which a tag is made. Equal bytes in different parts have different tags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tagged<'a> {
    /// The whole header.
    Whole(&'a [u8]),
    /// The rest of a header after a beginning that is known. The number, at least 1, stands for that beginning: the
    /// scheme and the JWS header of tokens that one key signed.
    Rest(u64, &'a [u8]),
}

/// A bounded table. When it is full of unexpired tokens, the entry that was used least recently is dropped.
pub struct TokenTable {
    key: Secret<[u8; 16]>,
    /// The tags in ascending order.
    tags: Vec<[u64; 2]>,
    /// The rows, in the order of their tags.
    rows: Vec<Row>,
    capacity: usize,
    /// How many bytes of text the rows hold.
    text: usize,
    /// The number of uses so far. A row holds what this number was when the row was last used.
    uses: u64,
}

struct Row {
    used: u64,
    token: Rc<ValidToken>,
}

impl TokenTable {
    /// Creates an empty table with tags under this key.
    pub const fn new(key: Secret<[u8; 16]>) -> Self {
        Self { key, tags: Vec::new(), rows: Vec::new(), capacity: SMALLEST, text: 0, uses: 0 }
    }

    /// The tag of a header.
    pub fn tag(&self, header: Tagged<'_>) -> Tag {
        let (number, bytes) = match header {
            Tagged::Whole(bytes) => (0, bytes),
            Tagged::Rest(number, bytes) => (number, bytes),
        };
        Tag(inner_loops::siphash(self.key.expose(), number, bytes))
    }

    /// The token with this tag, if the table holds it.
    pub fn get(&mut self, tag: Tag) -> Option<&Rc<ValidToken>> {
        let place = self.place(tag).ok()?;
        self.uses += 1;
        let row = self.rows.get_mut(place)?;
        row.used = self.uses;
        Some(&row.token)
    }

    /// Inserts a token and returns it. If there is no room, expired tokens are dropped; if there are none, the table
    /// grows; if it has its full size, the tokens that were used least recently are dropped. A token with more than
    /// 16 KiB of text is returned without being inserted.
    pub fn insert(&mut self, tag: Tag, mut token: ValidToken, now: UnixTime) -> Rc<ValidToken> {
        if let Some(last) = self.rows.last() {
            token.share_with(&last.token);
        }
        let text = token.text_length();
        let token = Rc::new(token);
        if text > LONGEST_TEXT {
            return token;
        }
        if let Ok(known) = self.place(tag) {
            self.remove(known);
        }
        if self.rows.len() >= self.capacity {
            self.make_room(now);
        }
        while self.text + text > MOST_TEXT && self.drop_oldest() {}
        self.uses += 1;
        let row = Row { used: self.uses, token: Rc::clone(&token) };
        if let Err(place) = self.place(tag) {
            self.text += text;
            self.tags.insert(place, tag.0);
            self.rows.insert(place, row);
        }
        token
    }

    /// Drops every entry, for example because a key is no longer trusted.
    pub fn clear(&mut self) {
        (self.tags, self.rows, self.capacity, self.text) = (Vec::new(), Vec::new(), SMALLEST, 0);
    }

    fn place(&self, tag: Tag) -> Result<usize, usize> {
        inner_loops::find(&self.tags, tag.0)
    }

    fn make_room(&mut self, now: UnixTime) {
        let mut rows = self.rows.iter();
        self.tags.retain(|_| rows.next().is_some_and(|row| !row.token.is_expired(now)));
        self.rows.retain(|row| !row.token.is_expired(now));
        self.text = self.rows.iter().map(|row| row.token.text_length()).sum();
        if self.rows.len() < self.capacity {
            return;
        }
        if self.capacity < LARGEST {
            self.capacity *= 2;
            return;
        }
        self.drop_oldest();
    }

    /// Drops the token that was used least recently. Returns `false` if the table is empty.
    fn drop_oldest(&mut self) -> bool {
        let oldest = self.rows.iter().enumerate().min_by_key(|(_, row)| row.used);
        let place = oldest.map(|(place, _)| place);
        if let Some(place) = place {
            self.remove(place);
        }
        place.is_some()
    }

    /// Drops the token at this place, which must exist in the table.
    fn remove(&mut self, place: usize) {
        self.tags.remove(place);
        let row = self.rows.remove(place);
        self.text -= row.token.text_length();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::new(1_000);
    const LATER: UnixTime = UnixTime::new(9_000);

    fn table() -> TokenTable {
        TokenTable::new(Secret::new([7; 16]))
    }

    fn tag(table: &TokenTable, number: usize) -> Tag {
        table.tag(Tagged::Whole(number.to_string().as_bytes()))
    }

    fn insert(table: &mut TokenTable, number: usize, exp: UnixTime) {
        let tag = tag(table, number);
        table.insert(tag, ValidToken::sample(&number.to_string(), exp), NOW);
    }

    fn sub(table: &mut TokenTable, number: usize) -> Option<String> {
        let tag = tag(table, number);
        let token = table.get(tag)?;
        Some(token.sub().to_string())
    }

    #[test]
    fn each_token_is_found_under_its_own_tag() {
        let mut table = table();
        for number in 0..1_000 {
            insert(&mut table, number, LATER);
        }
        for number in (0..1_000).rev() {
            assert_eq!(sub(&mut table, number), Some(number.to_string()));
        }
        assert_eq!(sub(&mut table, 1_000), None);
        insert(&mut table, 7, LATER);
        assert_eq!((table.rows.len(), sub(&mut table, 7)), (1_000, Some("7".to_owned())));
        table.clear();
        assert_eq!(sub(&mut table, 7), None);
    }

    #[test]
    fn equal_bytes_in_different_parts_have_different_tags() {
        let table = table();
        let tags = [
            table.tag(Tagged::Whole(b"abc")),
            table.tag(Tagged::Rest(1, b"abc")),
            table.tag(Tagged::Rest(2, b"abc")),
            table.tag(Tagged::Rest(1, b"abd")),
            TokenTable::new(Secret::new([8; 16])).tag(Tagged::Whole(b"abc")),
        ];
        for (place, tag) in tags.iter().enumerate() {
            assert!(tags.iter().skip(place + 1).all(|other| other != tag));
        }
        assert!(table.tag(Tagged::Whole(b"abc")) == tags[0]);
    }

    #[test]
    fn a_token_with_long_texts_is_not_inserted() {
        let mut table = table();
        let longest = "x".repeat(LONGEST_TEXT - "read".len());
        for (sub, kept) in [(format!("{longest}y"), false), (longest, true)] {
            let tag = tag(&table, 1);
            let inserted = table.insert(tag, ValidToken::sample(&sub, LATER), NOW);
            assert_eq!((&**inserted.sub(), table.get(tag).is_some()), (&*sub, kept));
        }
    }

    /// Tokens that hold a provider's token of 2.5 KiB: the table has the same bound in bytes, and keeps the newest.
    #[test]
    fn the_texts_of_all_tokens_together_are_bounded() {
        let mut table = table();
        let long = "x".repeat(2_500);
        let number_of = |number: usize| format!("{number}{long}");
        for number in 0..1_000 {
            let tag = tag(&table, number);
            table.insert(tag, ValidToken::sample(&number_of(number), LATER), NOW);
            let held: usize = table.rows.iter().map(|row| row.token.text_length()).sum();
            assert!(held == table.text && held <= MOST_TEXT, "{number}: {held}");
        }
        assert!(table.rows.len() > 400 && table.tags.len() == table.rows.len());
        assert_eq!((sub(&mut table, 0), sub(&mut table, 999)), (None, Some(number_of(999))));
        // The same tag again takes the place of the former token, and its text is not counted twice.
        let (before, tag) = (table.text, tag(&table, 999));
        table.insert(tag, ValidToken::sample(&number_of(999), LATER), NOW);
        assert_eq!(table.text, before);
        table.clear();
        assert_eq!(table.text, 0);
    }

    #[test]
    fn expired_tokens_are_dropped_before_the_table_grows() {
        let mut table = table();
        for number in 0..SMALLEST {
            let over = number % 2 == 0;
            insert(&mut table, number, if over { NOW.minus(60) } else { LATER });
        }
        assert_eq!(table.capacity, SMALLEST);
        insert(&mut table, 1_000, LATER);
        assert_eq!((table.capacity, table.rows.len()), (SMALLEST, SMALLEST / 2 + 1));
        assert_eq!((sub(&mut table, 0), sub(&mut table, 1)), (None, Some("1".to_owned())));
    }

    #[test]
    fn a_full_table_drops_the_least_recently_used_token() {
        let mut table = table();
        for number in 0..LARGEST {
            insert(&mut table, number, LATER);
        }
        assert!(sub(&mut table, 0).is_some());
        for number in LARGEST..LARGEST + 10 {
            insert(&mut table, number, LATER);
        }
        assert_eq!((table.capacity, table.rows.len()), (LARGEST, LARGEST));
        assert!(sub(&mut table, 0).is_some(), "used a moment ago");
        for number in 1..=10 {
            assert_eq!(sub(&mut table, number), None, "{number}");
        }
        assert!(sub(&mut table, 11).is_some() && sub(&mut table, LARGEST + 9).is_some());
    }
}
