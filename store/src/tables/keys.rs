//! Tables, keys and the encoding of records. `docs/storage-schema.md` documents the same.
//!
//! Every table maps bytes to bytes. A record is one byte with its format version, followed by JSON. The key of an index
//! entry is the concatenation of its parts, and its value is empty, except in [`REVOKED`]. Most parts have a fixed
//! width; a client key does not. Numbers are big-endian, so that entries are sorted by them and a lookup reads a range
//! of keys.

use crate::error::StoreError;
use crate::record::{
    AssertionRecord, AuditClass, AuditCursor, AuditRecord, CURSOR, ClientRecord, CodeRecord, GrantId,
    GrantRecord, Hash, LoginRecord, PasskeysRecord, RefreshRecord, SecondFactorRecord, SessionRecord,
    SigningKeyRecord, Stored,
};
use protocol::encoding::{b64url_encode, sha256};
use protocol::tenant::{Tenant, TenantId};
use protocol::time::UnixTime;
use protocol::uri::Base;

/// The version of the layout as a whole, stored in `meta`.
pub(crate) const LAYOUT: u64 = 1;
/// In `meta`: the version of the layout.
pub(crate) const LAYOUT_KEY: &[u8] = b"layout";
/// In `meta`: the version of the signing key ring.
pub(crate) const RING_KEY: &[u8] = b"key_ring";

/// In `meta`: 1 while a backup is being restored.
pub(crate) const RESTORING_KEY: &[u8] = b"restoring";

/// Numbers by name.
pub(crate) const META: &str = "meta";
/// `kind ‖ time of removal ‖ id`.
pub(crate) const BY_EXPIRY: &str = "by_expiry";
/// `upstream state ‖ flow`.
pub(crate) const LOGINS_BY_STATE: &str = "logins_by_upstream_state";
/// `grant ‖ generation ‖ token`.
pub(crate) const TOKENS_BY_GRANT: &str = "tokens_by_family";
/// `client key ‖ 0 ‖ grant`.
pub(crate) const GRANTS_BY_CLIENT: &str = "families_by_client";
/// `last used ‖ client key`.
pub(crate) const CLIENTS_BY_USE: &str = "clients_by_use";
/// `last used ‖ client key`, of unapproved clients.
pub(crate) const UNAPPROVED: &str = "unapproved_clients";
/// `digest of tenant and subject ‖ mark ‖ created ‖ grant`. The mark is 0 if the grant is live and 1 if it is revoked;
/// 2 and 3 for personal access tokens. The entry of a revoked grant stays as long as [`REVOKED`] has an entry for that
/// grant.
pub(crate) const GRANTS_BY_USER: &str = "families_by_user";
/// `time at which the revocation ends ‖ time of revocation ‖ grant`; the value is the issuer, and for a personal access
/// token a space and its `iat`.
pub(crate) const REVOKED: &str = "revoked";

/// `digest of the tenant ‖ digest of tenant and subject ‖ created ‖ session`.
pub(crate) const SESSIONS_BY_USER: &str = "sessions_by_user";

/// `handle ‖ SHA-256 of the user's name`.
pub(crate) const PASSKEYS_BY_HANDLE: &str = "passkeys_by_handle";

/// The rows of [`AuditClass::Unproven`].
pub(crate) const AUDIT_UNPROVEN: &str = "audit_unproven";
/// `class ‖ key of the row`, of rows with a subject. It is in order of time, so that appending to it is cheap; whoever
/// looks for a subject reads it from end to end, which is short, and compares the digests.
pub(crate) const AUDIT_SUBJECTS: &str = "audit_subjects";

/// Every table.
pub(crate) const TABLES: [&str; 24] = [
    META,
    BY_EXPIRY,
    LOGINS_BY_STATE,
    TOKENS_BY_GRANT,
    GRANTS_BY_CLIENT,
    CLIENTS_BY_USE,
    GRANTS_BY_USER,
    UNAPPROVED,
    REVOKED,
    SESSIONS_BY_USER,
    PASSKEYS_BY_HANDLE,
    AUDIT_UNPROVEN,
    AUDIT_SUBJECTS,
    ClientRecord::TABLE,
    LoginRecord::TABLE,
    CodeRecord::TABLE,
    GrantRecord::TABLE,
    RefreshRecord::TABLE,
    SigningKeyRecord::TABLE,
    AssertionRecord::TABLE,
    SessionRecord::TABLE,
    SecondFactorRecord::TABLE,
    PasskeysRecord::TABLE,
    AuditRecord::TABLE,
];

/// Tables that are no longer used. A file or a backup may still contain them.
pub(crate) const GONE: [&str; 1] = ["logins_by_browser"];

/// The kinds of records that an entry of [`BY_EXPIRY`] can refer to.
#[derive(Clone, Copy)]
pub(crate) enum Expiring {
    Login = 1,
    Code = 2,
    Refresh = 3,
    Grant = 4,
    Assertion = 5,
    Session = 6,
}

/// Concatenates the parts of a key.
pub(crate) fn key(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A client key longer than this is replaced by its hash, because an index entry of PostgreSQL has room for 2,700 bytes
/// only.
const LONGEST_CLIENT_KEY: usize = 1_024;

/// The key of a client: the tenant, a zero byte and the client ID. The tenant ends at the first zero byte, because
/// neither an issuer nor a `tid` contains one. A key longer than [`LONGEST_CLIENT_KEY`] is replaced by the byte 0xff,
/// with which no UTF-8 text begins, and its hash. A client ID can be that long if it is the URL of a metadata document.
pub(crate) fn client_key(tenant: &Tenant, client_id: &str) -> Vec<u8> {
    let key = key(&[tenant.key().as_bytes(), &[0], client_id.as_bytes()]);
    if key.len() > LONGEST_CLIENT_KEY { [&[0xff], &sha256(&key)[..]].concat() } else { key }
}

/// The tenant in a [`client_key`], and a key that sorts after every key of that tenant and before every key of the next
/// one; `None` if the key is a hash.
pub(crate) fn read_client_key(key: &[u8]) -> Option<(Tenant, Vec<u8>)> {
    let text = key.split(|byte| *byte == 0).next()?;
    let (base, id) = std::str::from_utf8(text).ok()?.split_once(' ')?;
    let tenant = Tenant { base: Base::parse(base).ok()?, id: TenantId::parse(id).ok()? };
    let last = after_tenant(&tenant);
    Some((tenant, last))
}

/// A key that sorts after every [`client_key`] of this tenant that is not a hash.
pub(crate) fn after_tenant(tenant: &Tenant) -> Vec<u8> {
    key(&[tenant.key().as_bytes(), &[1]])
}

pub(crate) fn expiry_key(kind: Expiring, at: UnixTime, id: &[u8]) -> Vec<u8> {
    key(&[&[kind as u8], &at.as_secs().to_be_bytes(), id])
}

pub(crate) fn token_key(grant: &GrantId, generation: u64, token: &Hash) -> Vec<u8> {
    key(&[&grant.0, &generation.to_be_bytes(), token])
}

pub(crate) fn grant_key(tenant: &Tenant, client_id: &str, grant: &GrantId) -> Vec<u8> {
    key(&[&client_key(tenant, client_id), &[0], &grant.0])
}

pub(crate) fn use_key(last_used: UnixTime, tenant: &Tenant, client_id: &str) -> Vec<u8> {
    key(&[&last_used.as_secs().to_be_bytes(), &client_key(tenant, client_id)])
}

/// The hash of tenant and subject, which identifies a user in [`GRANTS_BY_USER`].
pub(crate) fn user_digest(grant: &GrantRecord) -> Hash {
    user_digest_of(&grant.tenant, &grant.identity.sub)
}

/// The hash of tenant and subject of this user.
pub(crate) fn user_digest_of(tenant: &Tenant, subject: &str) -> Hash {
    sha256(&key(&[tenant.key().as_bytes(), &[0], subject.as_bytes()]))
}

/// The key of the second factor of a local user.
pub(crate) fn second_factor_key(user: &str) -> Hash {
    sha256(user.as_bytes())
}

/// Returns the key of the passkeys of a local user.
pub(crate) fn passkeys_key(user: &str) -> Hash {
    sha256(user.as_bytes())
}

/// Returns the key in [`PASSKEYS_BY_HANDLE`] of a user's passkeys.
pub(crate) fn passkeys_handle_key(record: &PasskeysRecord) -> Vec<u8> {
    key(&[&record.handle, &passkeys_key(&record.user)])
}

/// Returns the prefix of the keys of a user's sessions in [`SESSIONS_BY_USER`]. Its first [`SESSION_PART`] bytes are
/// the same for all users in one part of the tenant's users ([`SESSIONS_PER_PART`](crate::limits::SESSIONS_PER_PART)).
pub(crate) fn session_user_key(tenant: &Tenant, subject: &str) -> [u8; SESSION_USER] {
    let mut prefix = [0; SESSION_USER];
    let whole = sha256(tenant.key().as_bytes());
    let digests = whole
        .iter()
        .take(SESSION_PART - 1)
        .chain(&user_digest_of(tenant, subject))
        .copied()
        .collect::<Vec<_>>();
    prefix.iter_mut().zip(digests).for_each(|(to, from)| *to = from);
    prefix
}

/// The length of a [`session_user_key`] in bytes.
const SESSION_USER: usize = SESSION_PART - 1 + 32;
/// The length in bytes of the beginning of a [`session_user_key`] that the users in one part have in common.
pub(crate) const SESSION_PART: usize = 17;

pub(crate) fn session_key(session: &SessionRecord) -> Vec<u8> {
    let user = session_user_key(&session.tenant, &session.identity.sub);
    key(&[&user, &session.created.as_secs().to_be_bytes(), &session.id])
}

/// The part of a [`session_key`] that follows the user. It sorts by the time at which the session began.
pub(crate) fn session_began(key: &[u8]) -> &[u8] {
    key.get(SESSION_USER..).unwrap_or_default()
}

/// The mark of a grant in [`GRANTS_BY_USER`]. Grants of clients and personal access tokens are counted apart, so that
/// neither of them displaces the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    Live = 0,
    Ended = 1,
    PersonalLive = 2,
    PersonalEnded = 3,
}

impl Mark {
    /// The marks of live grants: first that of grants of clients, then that of personal access tokens.
    pub(crate) const ALL_LIVE: [Self; 2] = [Self::Live, Self::PersonalLive];

    const fn of(grant: &GrantRecord, ended: bool) -> Self {
        match (grant.personal.is_some(), ended) {
            (false, false) => Self::Live,
            (false, true) => Self::Ended,
            (true, false) => Self::PersonalLive,
            (true, true) => Self::PersonalEnded,
        }
    }

    /// Whether this entry of [`GRANTS_BY_USER`] has this mark.
    pub(crate) fn is_in(self, entry: &[u8]) -> bool {
        entry.get(size_of::<Hash>()) == Some(&(self as u8))
    }

    /// Returns the prefix of the entries of a user with this mark.
    pub(crate) fn under(self, user: &Hash) -> Vec<u8> {
        key(&[user, &[self as u8]])
    }
}

pub(crate) fn user_key(grant: &GrantRecord, ended: bool) -> Vec<u8> {
    let mark = Mark::of(grant, ended) as u8;
    key(&[&user_digest(grant), &[mark], &grant.created.as_secs().to_be_bytes(), &grant.id.0])
}

/// The first key of the revocations that end after this time.
pub(crate) fn revoked_from(end: UnixTime) -> Vec<u8> {
    end.plus(1).as_secs().to_be_bytes().to_vec()
}

pub(crate) fn revoked_key(end: UnixTime, at: UnixTime, grant: &GrantId) -> Vec<u8> {
    key(&[&end.as_secs().to_be_bytes(), &at.as_secs().to_be_bytes(), &grant.0])
}

/// The parts of a [`revoked_key`]; `None` if it is malformed.
pub(crate) fn read_revoked_key(key: &[u8]) -> Option<(UnixTime, UnixTime, GrantId)> {
    let (end, rest) = key.split_first_chunk::<8>()?;
    let (at, grant) = rest.split_first_chunk::<8>()?;
    let time = |bytes: &[u8; 8]| UnixTime::new(u64::from_be_bytes(*bytes));
    Some((time(end), time(at), GrantId(grant.try_into().ok()?)))
}

/// The value of a revocation: the issuer, and the `iat` of a personal access token.
pub(crate) fn revoked_value(issuer: &str, personal: Option<UnixTime>) -> Vec<u8> {
    match personal {
        None => issuer.as_bytes().to_vec(),
        Some(iat) => format!("{issuer} {}", iat.as_secs()).into_bytes(),
    }
}

/// The parts of a [`revoked_value`]; `None` if it is malformed.
pub(crate) fn read_revoked_value(value: Vec<u8>) -> Option<(String, Option<UnixTime>)> {
    let text = String::from_utf8(value).ok()?;
    // No issuer contains a space.
    let Some((issuer, iat)) = text.split_once(' ') else { return Some((text, None)) };
    Some((issuer.to_owned(), Some(UnixTime::new(iat.parse().ok()?))))
}

/// The table of an [`AuditRecord`].
pub(crate) const fn audit_table(class: AuditClass) -> &'static str {
    match class {
        AuditClass::Proven => AuditRecord::TABLE,
        AuditClass::Unproven => AUDIT_UNPROVEN,
    }
}

/// The first 16 bytes of the subject's SHA-256.
pub(crate) type SubjectDigest = [u8; 16];

pub(crate) fn subject_digest(subject: &str) -> SubjectDigest {
    let mut digest = SubjectDigest::default();
    for (to, from) in digest.iter_mut().zip(sha256(subject.as_bytes())) {
        *to = from;
    }
    digest
}

/// The key of a row: `cursor ‖ digest of the subject, if it has one`. So the entry in [`AUDIT_SUBJECTS`] follows from
/// the key alone, and a sweep need not read the row.
pub(crate) fn audit_key(cursor: AuditCursor, subject: Option<&SubjectDigest>) -> Vec<u8> {
    key(&[&cursor.bytes(), subject.map_or(&[][..], |digest| digest)])
}

/// The parts of an [`audit_key`]; `None` if it is malformed.
pub(crate) fn read_audit_key(key: &[u8]) -> Option<(AuditCursor, Option<SubjectDigest>)> {
    let (cursor, subject) = key.split_first_chunk::<CURSOR>()?;
    let subject = if subject.is_empty() { None } else { Some(subject.try_into().ok()?) };
    Some((AuditCursor::of_bytes(cursor)?, subject))
}

/// The entry in [`AUDIT_SUBJECTS`] of the row with this key; for the beginning of a key, the beginning of the entry.
pub(crate) fn audit_subject_key(class: AuditClass, row: &[u8]) -> Vec<u8> {
    let mark = match class {
        AuditClass::Proven => 0,
        AuditClass::Unproven => 1,
    };
    key(&[&[mark], row])
}

/// Converts a key to text for messages. A key of printable ASCII characters and zero bytes stays readable: each zero
/// byte becomes a space. Any other key becomes base64url.
pub(crate) fn key_text(key: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | 0);
    match std::str::from_utf8(key) {
        Ok(text) if key.iter().all(plain) => text.replace('\0', " "),
        _ => b64url_encode(key),
    }
}

/// The last `N` bytes of an index key, which are the id of the record.
pub(crate) fn id_in<const N: usize>(index: &'static str, key: &[u8]) -> Result<[u8; N], StoreError> {
    key.last_chunk::<N>().copied().ok_or_else(|| damaged(index, key, "the key is too short"))
}

/// The error for a record or an index entry that cannot be read.
pub(crate) fn damaged(table: &'static str, key: &[u8], reason: impl Into<String>) -> StoreError {
    StoreError::Damaged { table, id: key_text(key), reason: reason.into() }
}

/// Encodes a record for storage.
pub(crate) fn encode<R: Stored>(record: &R) -> Result<Vec<u8>, StoreError> {
    let mut out = vec![R::VERSION];
    serde_json::to_writer(&mut out, record).map_err(|e| damaged(R::TABLE, &[], e.to_string()))?;
    Ok(out)
}

/// Decodes a record that [`encode`] encoded. If the record is damaged, the error names `key`.
pub(crate) fn decode<R: Stored>(key: &[u8], bytes: &[u8]) -> Result<R, StoreError> {
    decode_from(R::TABLE, key, bytes)
}

/// Decodes as [`decode`] does a record that may be in another table than [`Stored::TABLE`].
pub(crate) fn decode_from<R: Stored>(table: &'static str, key: &[u8], bytes: &[u8]) -> Result<R, StoreError> {
    let damaged = |reason: String| damaged(table, key, reason);
    let (version, json) = bytes.split_first().ok_or_else(|| damaged("empty".to_owned()))?;
    if *version > R::VERSION {
        return Err(StoreError::Newer { table, found: *version, known: R::VERSION });
    }
    if *version != R::VERSION {
        return Err(damaged(format!("unknown format {version}")));
    }
    // Only the position is reported, because a message of the parser could quote the record.
    serde_json::from_slice(json).map_err(|e| damaged(format!("not readable at byte {}", e.column())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_are_told_apart() {
        let newer = decode::<SigningKeyRecord>(b"kid", &[SigningKeyRecord::VERSION + 1, b'{', b'}']);
        assert!(matches!(newer, Err(StoreError::Newer { .. })));
        assert!(matches!(decode::<SigningKeyRecord>(b"kid", &[0]), Err(StoreError::Damaged { .. })));
        assert!(matches!(decode::<SigningKeyRecord>(b"kid", &[]), Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn a_damaged_record_is_not_quoted() {
        let text = br#"{"id":"canary-secret-value"}"#;
        let bytes = [&[GrantRecord::VERSION], &text[..]].concat();
        let error = decode::<GrantRecord>(&[7; 16], &bytes).unwrap_err();
        assert!(error.to_string().contains("BwcHBwcHBwcHBwcHBwcHBw"), "it is named: {error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(decode::<GrantRecord>(b"", &bytes).is_err());
        }
    }
}
