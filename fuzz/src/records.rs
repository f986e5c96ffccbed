//! Fuzzes the bytes of stored records.

use std::fmt::Debug;

use serde_json::{Value, json};
use store::StoreError;
use store::record::{
    AssertionRecord, AuditRecord, ClientRecord, CodeRecord, GrantRecord, LoginRecord, RefreshRecord,
    SigningKeyRecord, Stored,
};
use store::testing::record::{decode, encode};

/// A parsed record is unchanged after writing and parsing it again; errors do not quote its bytes.
pub(crate) fn record(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 8 {
        0 => same::<ClientRecord>(bytes),
        1 => same::<LoginRecord>(bytes),
        2 => same::<CodeRecord>(bytes),
        3 => same::<GrantRecord>(bytes),
        4 => same::<RefreshRecord>(bytes),
        5 => same::<SigningKeyRecord>(bytes),
        6 => same::<AssertionRecord>(bytes),
        _ => same::<AuditRecord>(bytes),
    }
}

fn same<R: Stored + PartialEq + Debug>(bytes: &[u8]) {
    match decode::<R>(bytes) {
        Ok(record) => {
            let written = encode(&record).expect("a record that was read");
            let again = decode::<R>(&written).expect("a record that was written");
            assert_eq!(again, record);
            assert_eq!(encode(&again).expect("the same"), written);
        }
        Err(StoreError::Damaged { reason, .. }) => {
            let position = reason.trim_end_matches(|c: char| c.is_ascii_digit());
            assert!(["empty", "unknown format ", "not readable at byte "].contains(&position), "{reason}");
        }
        Err(StoreError::Newer { found, known, .. }) => assert!(found > known),
        Err(other) => panic!("{other}"),
    }
}

/// A record of each kind, in the form of `docs/storage-schema.md`.
pub(crate) fn record_seeds() -> Vec<Vec<u8>> {
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let id = "AAAAAAAAAAAAAAAAAAAAAA";
    let tenant = json!({"base": "https://h.test/wiki", "id": id});
    let identity = json!({"sub": "alice", "claims": {"email": "a@b.test", "groups": ["g"]}});
    let kinds: [Value; 8] = [
        json!({"tenant": tenant, "client_id": "c", "metadata": {"redirect_uris": ["https://a/cb"]},
               "kind": {"confidential": {"secret": hash}}, "source": {"document": {"fetched_at": 1, "fresh_until": 2}},
               "issued_at": 1, "last_used": 2, "approved_at": null}),
        json!({"flow": hash, "tenant": tenant, "browser": hash, "client_id": "c", "redirect_uri": "https://a/cb",
               "state": "s", "code_challenge": hash, "resource": "https://h.test/wiki", "scopes": "read", "prompt": ["login"],
               "created": 1, "expires": 2, "step": {"await_callback": {"upstream_state": hash, "secrets": "AAAA"}}}),
        json!({"code": hash, "tenant": tenant, "client_id": "c", "redirect_uri": "https://a/cb", "code_challenge": hash,
               "resource": "https://h.test/wiki", "scopes": "read", "identity": identity, "upstream_refresh": "AAAA",
               "upstream_token": {"sealed": "AAAA", "expires": 3}, "expires": 2, "spent": {"family": id, "at": 1}}),
        json!({"id": id, "tenant": tenant, "client_id": "c", "redirect_uri": "https://a/cb", "scopes": "read",
               "resource": "https://h.test/wiki", "identity": identity, "upstream_refresh": null, "created": 1, "expires": 2,
               "token_secs": 3_600, "revoked": {"at": 1, "reason": "by_client"}}),
        json!({"token": hash, "family": id, "generation": 0, "tenant": tenant, "client_id": "c", "created": 1, "expires": 2,
               "state": {"rotated": {"successor": hash, "sealed_successor": "AAAA", "at": 1}}}),
        json!({"kid": "k", "public_key": "AAAA", "seed": "AAAA", "created": 1,
               "state": {"active": {"since": 1, "rotate_at": 2, "sign_until": 3}}}),
        json!({"id": hash, "expires": 2}),
        json!({"kind": "token.refreshed", "outcome": "refused", "reason": "reused", "tenant": "https://h.test/wiki t", "client": "c",
               "subject": "alice", "address": "192.0.2.1", "grant": id, "detail": "a\u{0}b", "actor": "root"}),
    ];
    let bytes = |(kind, record): (u8, &Value)| [&[kind, 1], record.to_string().as_bytes()].concat();
    (0..).zip(&kinds).map(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If no seed were valid, the target would test only errors.
    #[test]
    fn seeds_are_valid_records() {
        let seeds = record_seeds();
        let bytes = |kind: usize| &seeds[kind][1..];
        decode::<ClientRecord>(bytes(0)).expect("a client");
        decode::<LoginRecord>(bytes(1)).expect("a login");
        decode::<CodeRecord>(bytes(2)).expect("a code");
        decode::<GrantRecord>(bytes(3)).expect("a grant");
        decode::<RefreshRecord>(bytes(4)).expect("a refresh token");
        decode::<SigningKeyRecord>(bytes(5)).expect("a signing key");
        decode::<AssertionRecord>(bytes(6)).expect("an assertion");
        decode::<AuditRecord>(bytes(7)).expect("an audit row");
    }
}
