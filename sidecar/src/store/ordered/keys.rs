//! Tables, keys and the encoding of records. `docs/storage-schema.md` shows the same as a page.
//!
//! Every table maps bytes to bytes. A record is one byte of format version and then JSON. Index tables
//! have empty values; their keys are fixed-width parts put together, numbers big-endian, so that a
//! range of keys is a range of what is looked for.

use crate::store::StoreError;
use crate::store::records::{
    AssertionRecord, ClientRecord, CodeRecord, FamilyId, FamilyRecord, Hash, LoginRecord, RefreshRecord,
    SigningKeyRecord, Stored,
};
use protocol::encoding::sha256;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Version of the layout as a whole, in `meta`.
pub(in crate::store) const LAYOUT: u64 = 1;
/// `meta`: the layout's version.
pub(in crate::store) const LAYOUT_KEY: &[u8] = b"layout";
/// `meta`: the version of the signing-key ring.
pub(super) const RING_KEY: &[u8] = b"key_ring";

/// `meta`: 1 while a backup is being restored.
pub(in crate::store) const RESTORING_KEY: &[u8] = b"restoring";

/// Numbers by name.
pub(in crate::store) const META: &str = "meta";
/// `kind ‖ time of removal ‖ id`.
pub(super) const BY_EXPIRY: &str = "by_expiry";
/// `browser ‖ created ‖ flow`.
pub(super) const LOGINS_BY_BROWSER: &str = "logins_by_browser";
/// `upstream state ‖ flow`.
pub(super) const LOGINS_BY_STATE: &str = "logins_by_upstream_state";
/// `family ‖ generation ‖ token`.
pub(super) const TOKENS_BY_FAMILY: &str = "tokens_by_family";
/// `client key ‖ 0 ‖ family`.
pub(super) const FAMILIES_BY_CLIENT: &str = "families_by_client";
/// `last used ‖ client key`.
pub(super) const CLIENTS_BY_USE: &str = "clients_by_use";
/// `last used ‖ client key`, of clients that nobody approved.
pub(super) const UNAPPROVED: &str = "unapproved_clients";

/// `time of revocation ‖ family`.
pub(super) const REVOKED: &str = "revoked";

/// Every table there is.
pub(in crate::store) const TABLES: [&str; 16] = [
    META,
    BY_EXPIRY,
    LOGINS_BY_BROWSER,
    LOGINS_BY_STATE,
    TOKENS_BY_FAMILY,
    FAMILIES_BY_CLIENT,
    CLIENTS_BY_USE,
    UNAPPROVED,
    REVOKED,
    ClientRecord::TABLE,
    LoginRecord::TABLE,
    CodeRecord::TABLE,
    FamilyRecord::TABLE,
    RefreshRecord::TABLE,
    SigningKeyRecord::TABLE,
    AssertionRecord::TABLE,
];

/// What an entry of [`BY_EXPIRY`] removes.
#[derive(Clone, Copy)]
pub(super) enum Expiring {
    Login = 1,
    Code = 2,
    Refresh = 3,
    Family = 4,
    Assertion = 5,
}

/// Puts the parts of a key together.
pub(super) fn key(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// The longest key of a client as it is; PostgreSQL has room for 2,700 bytes in an index entry.
const LONGEST_CLIENT_KEY: usize = 1_024;

/// The key of a client. A base and a tid hold no zero byte, so the first one ends the tenant. In the place of a
/// very long one (the address of a document may be long) is its hash, after a byte that no text begins with.
pub(in crate::store) fn client_key(tenant: &Tenant, client_id: &str) -> Vec<u8> {
    let key = key(&[tenant.key().as_bytes(), &[0], client_id.as_bytes()]);
    if key.len() > LONGEST_CLIENT_KEY { [&[0xff], &sha256(&key)[..]].concat() } else { key }
}

pub(super) fn expiry_key(kind: Expiring, at: UnixTime, id: &[u8]) -> Vec<u8> {
    key(&[&[kind as u8], &at.as_secs().to_be_bytes(), id])
}

pub(super) fn browser_key(browser: &Hash, created: UnixTime, flow: &Hash) -> Vec<u8> {
    key(&[browser, &created.as_secs().to_be_bytes(), flow])
}

pub(super) fn token_key(family: &FamilyId, generation: u64, token: &Hash) -> Vec<u8> {
    key(&[&family.0, &generation.to_be_bytes(), token])
}

pub(super) fn grant_key(tenant: &Tenant, client_id: &str, family: &FamilyId) -> Vec<u8> {
    key(&[&client_key(tenant, client_id), &[0], &family.0])
}

pub(super) fn use_key(last_used: UnixTime, tenant: &Tenant, client_id: &str) -> Vec<u8> {
    key(&[&last_used.as_secs().to_be_bytes(), &client_key(tenant, client_id)])
}

pub(super) fn revoked_key(at: UnixTime, family: &[u8]) -> Vec<u8> {
    key(&[&at.as_secs().to_be_bytes(), family])
}

/// The last `N` bytes of an index key: the id it points to.
pub(super) fn id_in<const N: usize>(index: &'static str, key: &[u8]) -> Result<[u8; N], StoreError> {
    key.last_chunk::<N>()
        .copied()
        .ok_or_else(|| StoreError::Damaged { table: index, reason: "a key is too short".to_owned() })
}

/// A record as it is stored.
pub(super) fn encode<R: Stored>(record: &R) -> Result<Vec<u8>, StoreError> {
    let mut out = vec![R::VERSION];
    serde_json::to_writer(&mut out, record)
        .map_err(|e| StoreError::Damaged { table: R::TABLE, reason: e.to_string() })?;
    Ok(out)
}

/// Reads what [`encode`] wrote.
pub(super) fn decode<R: Stored>(bytes: &[u8]) -> Result<R, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { table: R::TABLE, reason };
    let (version, json) = bytes.split_first().ok_or_else(|| damaged("empty".to_owned()))?;
    if *version > R::VERSION {
        return Err(StoreError::Newer { table: R::TABLE, found: *version, known: R::VERSION });
    }
    if *version != R::VERSION {
        return Err(damaged(format!("unknown format {version}")));
    }
    // The position only: a message of the parser could quote the record.
    serde_json::from_slice(json).map_err(|e| damaged(format!("not readable at byte {}", e.column())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_are_told_apart() {
        let newer = decode::<SigningKeyRecord>(&[SigningKeyRecord::VERSION + 1, b'{', b'}']);
        assert!(matches!(newer, Err(StoreError::Newer { .. })));
        assert!(matches!(decode::<SigningKeyRecord>(&[0]), Err(StoreError::Damaged { .. })));
        assert!(matches!(decode::<SigningKeyRecord>(&[]), Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn a_damaged_record_is_not_quoted() {
        let text = br#"{"id":"canary-secret-value"}"#;
        let error = decode::<FamilyRecord>(&[&[FamilyRecord::VERSION], &text[..]].concat()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(decode::<FamilyRecord>(&bytes).is_err());
        }
    }
}
