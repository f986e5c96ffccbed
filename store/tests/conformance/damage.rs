//! Records that cannot be read: reading one is an error, but operations over many records skip it.

use crate::audit::{all, ids, row};
use crate::fixtures::*;
use protocol::time::UnixTime;
use std::sync::Arc;
use store::crypto::{Place, SealError, Sealed};
use store::intent::audit::{Append, AuditFilter, EraseSubject, FindAudit};
use store::intent::copy::CopyIn;
use store::limits::LONGEST_TOKEN_SECS;
use store::record::{AssertionRecord, AuditClass, AuditRecord, RevokeReason, SessionRecord};
use store::{AuditLimits, Store, StoreError, SweepLimits, Swept};

const LIMITS: SweepLimits =
    SweepLimits { client_idle_secs: 90 * DAY, batch: 100, audit: AuditLimits::DEFAULT };
/// A time at which everything has expired.
const END: UnixTime = T0.plus(1_000 * DAY);
const GARBAGE: &[u8] = b"\x01{canary";

/// Every backend that stores bytes.
fn stores() -> [Store; 2] {
    let file = Store::on_backend(redb::backends::InMemoryBackend::new).unwrap();
    [file, crate::server::store()]
}

/// The entries of a table.
fn entries(store: &Store, wanted: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    let mut sink = |table: &'static str, key: &[u8], value: &[u8]| {
        if table == wanted {
            found.push((key.to_vec(), value.to_vec()));
        }
        Ok(())
    };
    store.copy_out(&mut sink).unwrap();
    found
}

/// Overwrites the records whose keys begin with `key`; returns their number.
fn overwrite(store: &Store, table: &str, key: &[u8], bytes: &[u8]) -> usize {
    let keys = entries(store, table).into_iter().map(|(key, _)| key).filter(|found| found.starts_with(key));
    let new: Vec<_> = keys.map(|key| (table.to_owned(), key, bytes.to_vec())).collect();
    let count = new.len();
    assert!(count > 0, "{table} holds no such record");
    store.write(CopyIn::Entries(new)).unwrap();
    count
}

fn damage(store: &Store, table: &str, key: &[u8]) {
    overwrite(store, table, key, GARBAGE);
}

fn sweep_all(store: &Store, now: UnixTime) -> Swept {
    let mut total = Swept::default();
    loop {
        total.add(store.sweep(now, &LIMITS).unwrap());
        if !total.more {
            assert_eq!(store.sweep(now, &LIMITS).unwrap(), Swept::default(), "nothing comes up again");
            return total;
        }
    }
}

/// Creates two records of each kind; operations process the first one first.
fn two_of_each(store: &Store) {
    for n in [1, 2] {
        with_grant(store, n, T0.plus(n.into()));
        store.begin_login(login(n + 2, T0.plus(n.into())), T0).unwrap();
        store.use_assertion(AssertionRecord { id: id(n), expires: T0.plus(n.into()) }, T0).unwrap();
        let at = T0.plus(n.into());
        with_session(store, n + 6, SessionRecord { id: id(n), ..session(n, "ann", at) });
        store.register_client(client(&tenant(), &format!("idle-{n}"), at), at).unwrap();
    }
}

#[test]
fn a_sweep_continues_after_an_unreadable_record_and_reports_it() {
    let first = |table: &str| match table {
        "families" => grant_id(1).0.to_vec(),
        "clients" => [tenant().key().as_bytes(), b"\0idle-1"].concat(),
        "logins" => id(3).to_vec(),
        _ => id(1).to_vec(),
    };
    for table in ["logins", "codes", "refresh_tokens", "families", "clients", "assertions", "sessions"] {
        for store in stores() {
            two_of_each(&store);
            damage(&store, table, &first(table));
            let swept = sweep_all(&store, END);
            let named: Vec<_> = swept.damaged.iter().map(|damaged| (damaged.table, &*damaged.id)).collect();
            let id = match table {
                "clients" => format!("{} idle-1", tenant().key()),
                _ => protocol::encoding::b64url_encode(&first(table)),
            };
            assert_eq!(named, [(table, &*id)]);
            assert!(!format!("{:?}", swept.damaged).contains("canary"), "it is not quoted");
            for table in [
                "logins",
                "codes",
                "refresh_tokens",
                "families",
                "clients",
                "assertions",
                "sessions",
                "by_expiry",
            ] {
                assert_eq!(entries(&store, table), [], "{table} is empty");
            }
        }
    }
}

#[test]
fn damaged_records_of_every_kind_are_removed_when_they_expire() {
    for store in stores() {
        two_of_each(&store);
        for table in ["logins", "codes", "refresh_tokens", "families", "clients", "assertions", "sessions"] {
            damage(&store, table, b"");
        }
        // A client is removed by its last use, a grant by its end: each is reported once.
        let damaged = sweep_all(&store, END).damaged;
        assert_eq!(damaged.len(), 2 + 2 + 2 + 2 + 3 + 2 + 2, "{damaged:?}");
        for table in ["logins", "codes", "refresh_tokens", "families", "clients", "assertions", "sessions"] {
            assert_eq!(entries(&store, table), [], "{table}");
        }
        with_grant(&store, 5, T0);
    }
}

#[test]
fn a_sweep_keeps_a_record_of_a_newer_release_and_removes_the_ones_after_it() {
    for store in stores() {
        for n in 1..=5 {
            with_code(&store, n, T0.plus(n.into()));
        }
        for n in 1..=3 {
            overwrite(&store, "codes", &id(n), b"\x02{}");
        }
        let limits = SweepLimits { batch: 2, ..LIMITS };
        let swept = store.sweep(T0.plus(DAY), &limits).unwrap();
        assert_eq!((swept.codes, swept.damaged.len(), swept.more), (1, 0, false));
        assert_eq!(store.sweep(T0.plus(DAY), &limits).unwrap().codes, 1);
        assert_eq!(entries(&store, "codes").len(), 3);
        assert!(matches!(store.code(&tenant(), &id(1), T0), Err(StoreError::Newer { .. })));
    }
}

#[test]
fn removing_a_client_ends_its_unreadable_grants_too() {
    for store in stores() {
        for n in 1..=3 {
            with_grant(&store, n, T0);
        }
        damage(&store, "families", &grant_id(2).0);
        assert!(store.grant(&tenant(), &grant_id(2), T0).is_err());
        assert!(store.remove_client(&tenant(), CLIENT, T0).unwrap());
        let mut revoked = store.revocations(T0).unwrap();
        revoked.sort_unstable_by_key(|revoked| revoked.grant);
        let ends: Vec<_> = revoked.iter().map(|revoked| (revoked.grant, revoked.end)).collect();
        let end = |secs: u64| T0.plus(secs + 120);
        assert_eq!(
            ends,
            [(grant_id(1), end(3_600)), (grant_id(2), end(LONGEST_TOKEN_SECS)), (grant_id(3), end(3_600))],
            "how long its tokens live is not known"
        );
        assert_eq!(store.refresh(&tenant(), &id(2), T0).unwrap(), None);
        assert_eq!(sweep_all(&store, END).damaged, []);
    }
}

#[test]
fn an_unreadable_refresh_token_does_not_affect_its_grant() {
    for store in stores() {
        with_grant(&store, 1, T0);
        assert_eq!(
            store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(2, T0), T0).unwrap(),
            Rotation::Rotated
        );
        damage(&store, "refresh_tokens", &id(1));
        let rotated = store.rotate_refresh(&tenant(), &id(2), CLIENT, rotate_to(3, T0), T0).unwrap();
        assert_eq!(rotated, Rotation::Rotated);
        assert!(store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::ByClient, T0).unwrap());
        sweep_all(&store, END);
        assert_eq!(entries(&store, "refresh_tokens"), []);
        assert_eq!(entries(&store, "tokens_by_family"), []);
    }
}

#[test]
fn sealing_again_reaches_all_readable_records_and_reports_the_others() {
    for store in stores() {
        for n in 1..=3 {
            with_code(&store, n, T0);
        }
        damage(&store, "codes", &id(2));
        let replacing = |_: &Place, _: &Sealed| -> Result<Option<Sealed>, SealError> {
            Ok(Some(sealed("longer than before")))
        };
        let done = store.reseal(Arc::new(replacing)).unwrap();
        assert_eq!((done.count, done.damaged.len()), (2, 1));
        assert!(done.damaged[0].to_string().starts_with("codes AgICAgI"), "{}", done.damaged[0]);
        // A readable record that cannot be opened is an error, because its key may be missing.
        let failing =
            |_: &Place, _: &Sealed| -> Result<Option<Sealed>, SealError> { Err(SealError::UnknownKey) };
        let error = store.reseal(Arc::new(failing)).unwrap_err().to_string();
        assert!(error.starts_with("a sealed value in codes, record AQEB"), "{error}");
    }
}

#[test]
fn a_backup_copies_unreadable_records_unchanged() {
    let [one, other] = stores();
    with_grant(&one, 1, T0);
    damage(&one, "families", &grant_id(1).0);
    let key = protocol::secret::Secret::new([1; 32]);
    let entropy = Arc::new(store::entropy::SeededEntropy::new(1));
    let sealer = store::crypto::Sealer::new(&key, &[], entropy.clone());
    let mut bytes = Vec::new();
    store::backup::back_up(&one, &mut bytes, &sealer, &*entropy).unwrap();
    store::backup::restore(&other, &bytes[..], &sealer).unwrap();
    for table in ["families", "refresh_tokens", "clients"] {
        assert_eq!(entries(&other, table), entries(&one, table));
    }
    assert_eq!(entries(&other, "families")[0].1, GARBAGE);
}

#[test]
fn unreadable_audit_rows_are_reported_and_the_others_found() {
    for store in stores() {
        let ids = ids();
        let rows: Vec<_> = (0..6)
            .map(|n| {
                let class = if n < 4 { AuditClass::Proven } else { AuditClass::Unproven };
                row(&ids, class, T0.plus(n), "ann")
            })
            .collect();
        store.write(Append { rows: rows.clone(), limits: AuditLimits::DEFAULT }).unwrap();
        damage(&store, "audit", &T0.plus(1).as_secs().to_be_bytes());
        overwrite(&store, "audit", &T0.plus(2).as_secs().to_be_bytes(), b"\x02{}");
        damage(&store, "audit_unproven", &T0.plus(4).as_secs().to_be_bytes());
        let left = [rows[0].clone(), rows[3].clone(), rows[5].clone()];
        for subject in [None, Some("ann".into())] {
            let filter = AuditFilter { subject, ..AuditFilter::default() };
            let page = store.read(FindAudit { filter, ..all() }).unwrap();
            assert_eq!(page.rows, left);
            let reported: Vec<_> = page.unreadable.iter().map(|damaged| damaged.table).collect();
            assert_eq!(reported, ["audit", "audit", "audit_unproven"]);
            assert!(!format!("{:?}", page.unreadable).contains("canary"), "it is not quoted");
        }
        // The unreadable rows age and can be erased like other rows, with their index entries.
        let limits = SweepLimits { batch: 3, ..LIMITS };
        assert_eq!(
            store.sweep(T0.plus(90 * DAY + 2), &limits).unwrap(),
            Swept { audit: 2, ..Swept::default() }
        );
        let erase =
            EraseSubject { subject: "ann".into(), tenant: Some("other".into()), after: None, batch: 10 };
        assert_eq!(
            store.write(erase.clone()).unwrap().rows,
            2,
            "nobody knows whether they are of this tenant"
        );
        assert_eq!(store.write(EraseSubject { tenant: None, ..erase }).unwrap().rows, 2);
        for table in ["audit", "audit_unproven", "audit_subjects"] {
            assert_eq!(entries(&store, table), [], "{table}");
        }
    }
}

#[test]
fn subjects_without_an_audit_row_are_skipped() {
    for store in stores() {
        let ids = ids();
        let rows: Vec<_> = (0..9).map(|n| row(&ids, AuditClass::Proven, T0.plus(n), "ann")).collect();
        store.write(Append { rows: rows[..8].to_vec(), limits: AuditLimits::DEFAULT }).unwrap();
        let index = entries(&store, "audit_subjects");
        let limits = SweepLimits { audit: AuditLimits { rows: 1, ..AuditLimits::DEFAULT }, ..LIMITS };
        assert_eq!(store.sweep(T0, &limits).unwrap().audit, 7);
        let lost = index.into_iter().map(|(key, value)| ("audit_subjects".to_owned(), key, value));
        store.write(CopyIn::Entries(lost.collect())).unwrap();
        store.write(Append { rows: rows[8..].to_vec(), limits: AuditLimits::DEFAULT }).unwrap();
        let filter = AuditFilter { subject: Some("ann".into()), ..AuditFilter::default() };
        // Chunks of one row, so that several are empty.
        let page = store.read(FindAudit { filter, limit: 1, scan_limit: 1, ..all() }).unwrap();
        assert_eq!((page.rows, page.more), (vec![rows[7].clone()], true));
        let after: Vec<AuditRecord> = store.read(FindAudit { after: page.cursor, ..all() }).unwrap().rows;
        assert_eq!(after, rows[8..]);
    }
}
