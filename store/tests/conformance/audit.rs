//! The audit table: rows are written together with the changes that they tell, are limited in number, and are found
//! again.
#![expect(clippy::indexing_slicing, clippy::panic, reason = "tests")]

use crate::fixtures::*;
use protocol::time::UnixTime;
use store::intent::audit::{Append, AuditFilter, AuditPage, Audited, EraseSubject, Erased, FindAudit, Order};
use store::intent::clients::RegisterClient;
use store::intent::refresh::RotateRefresh;
use store::record::{AuditClass, AuditCursor, AuditId, AuditIds, AuditRecord};
use store::{Appended, AuditLimits, Rotation, Store, StoreError, SweepLimits, Swept};

pub(crate) use AuditClass::{Proven, Unproven};

/// Few rows, so that tests can fill the table. Between two sweeps, a tenth more rows may be written than a sweep
/// leaves.
pub(crate) const FEW: AuditLimits = AuditLimits { kept_secs: 90 * DAY, rows: 100, unproven_rows: 10 };

pub(crate) fn ids() -> AuditIds {
    AuditIds::new(&store::entropy::SeededEntropy::new(5)).unwrap()
}

/// The id with this number.
pub(crate) fn numbered(number: u32) -> AuditId {
    let text = [&[0; 12], &number.to_be_bytes()[..], &[0; 4]].concat();
    protocol::encoding::b64url_encode(&text).parse::<AuditCursor>().unwrap().id()
}

/// A row of `subject`.
pub(crate) fn row(ids: &AuditIds, class: AuditClass, at: UnixTime, subject: &str) -> AuditRecord {
    AuditRecord {
        subject: Some(subject.into()),
        tenant: Some(tenant().key().into()),
        client: Some(CLIENT.into()),
        address: Some("192.0.2.1".into()),
        ..AuditRecord::new(class, at, ids.next(), "token.refreshed", "done")
    }
}

/// Reads all rows, the oldest first.
pub(crate) fn all() -> FindAudit {
    FindAudit {
        filter: AuditFilter::default(),
        order: Order::OldestFirst,
        after: None,
        limit: 100_000,
        scan_limit: 100_000,
    }
}

fn append(store: &Store, rows: &[AuditRecord], limits: AuditLimits) -> Appended {
    store.write(Append { rows: rows.to_vec(), limits }).unwrap()
}

fn find(store: &Store, what: FindAudit) -> Vec<AuditRecord> {
    let page = store.read(what).unwrap();
    assert!(!page.more && page.unreadable.is_empty(), "{page:?}");
    page.rows
}

fn with(filter: AuditFilter) -> FindAudit {
    FindAudit { filter, ..all() }
}

pub(crate) fn rotation(from: u8, to: u8) -> RotateRefresh {
    RotateRefresh {
        tenant: tenant(),
        presented: id(from),
        client_id: CLIENT.to_owned(),
        rotate: rotate_to(to, T0),
        now: T0,
    }
}

pub(crate) fn an_operation_and_its_rows_are_written_together(store: &Store) {
    with_grant(store, 1, T0);
    let ids = ids();
    let rotate = |from, to| {
        let (proven, refused) = (row(&ids, Proven, T0, "ann"), row(&ids, Unproven, T0, "eve"));
        let audited =
            Audited::new(rotation(from, to), AuditLimits::default(), move |rotation| match rotation {
                Rotation::Rotated { .. } => vec![proven.clone()],
                _ => vec![AuditRecord { reason: Some("unknown".into()), ..refused.clone() }],
            });
        store.write(audited).unwrap()
    };
    let (rotated, appended) = rotate(1, 2);
    assert!(matches!(rotated, Rotation::Rotated { .. }));
    assert_eq!(appended, Appended { written: 1, full: 0 });
    let rows = find(store, all());
    assert_eq!(rows.iter().map(|row| (row.class, row.at)).collect::<Vec<_>>(), [(Proven, T0)]);
    assert_eq!(rows[0].subject.as_deref(), Some("ann"));
    assert!(store.refresh(&tenant(), &id(2), T0).unwrap().is_some());
    // A refusal changes nothing, and writes a row too.
    assert_eq!(rotate(9, 3), (Rotation::Gone, Appended { written: 1, full: 0 }));
    let rows = find(store, all());
    assert_eq!(rows.iter().map(|row| row.class).collect::<Vec<_>>(), [Proven, Unproven]);
    assert_eq!(rows[1].reason.as_deref(), Some("unknown"));
}

pub(crate) fn a_failed_operation_writes_no_row(store: &Store) {
    with_grant(store, 1, T0);
    let row = row(&ids(), Proven, T0, "ann");
    // The successor's id exists already.
    let audited = Audited::new(rotation(1, 1), AuditLimits::default(), move |_| vec![row.clone()]);
    assert!(matches!(store.write(audited), Err(StoreError::Invariant(_))));
    assert_eq!(store.read(all()).unwrap(), AuditPage::default());
}

pub(crate) fn a_full_table_refuses_rows_and_no_operation(store: &Store) {
    let ids = ids();
    let rows = |class, count: usize| -> Vec<_> { (0..count).map(|_| row(&ids, class, T0, "ann")).collect() };
    let strangers = append(store, &rows(Unproven, 15), FEW);
    assert_eq!(strangers, Appended { written: 11, full: 4 });
    let both = [rows(Proven, 109), rows(Unproven, 1)].concat();
    assert_eq!(append(store, &both, FEW), Appended { written: 109, full: 1 }, "each class has its own room");
    assert_eq!(append(store, &rows(Proven, 2), FEW), Appended { written: 1, full: 1 });
    let told = rows(Proven, 1);
    let record = client(&tenant(), CLIENT, T0);
    let audited = Audited::new(RegisterClient { record, now: T0 }, FEW, move |_| told.clone());
    let (registered, appended) = store.write(audited).unwrap();
    assert!(registered.created);
    assert_eq!(appended, Appended { written: 0, full: 1 });
    assert!(store.client(&tenant(), CLIENT).unwrap().is_some());
    assert_eq!(find(store, all()).len(), 110 + 11);
    // A sweep makes room.
    let limits = SweepLimits { client_idle_secs: 90 * DAY, batch: 100, audit: FEW };
    assert_eq!(store.sweep(T0, &limits).unwrap(), Swept { audit: 11, ..Swept::default() });
    assert_eq!(append(store, &rows(Unproven, 2), FEW), Appended { written: 1, full: 1 });
}

pub(crate) fn a_sweep_removes_old_rows_and_the_oldest_of_too_many(store: &Store) {
    let ids = ids();
    let sweep = |now, batch| {
        let limits = SweepLimits { client_idle_secs: 900 * DAY, batch, audit: FEW };
        let swept = store.sweep(now, &limits).unwrap();
        (swept.audit, swept.more)
    };
    let times = |class| -> Vec<u64> {
        let rows = find(store, with(AuditFilter { class: Some(class), ..AuditFilter::default() }));
        rows.iter().map(|row| row.at.since(T0)).collect()
    };
    let rows: Vec<_> = (0..11).map(|n| row(&ids, Unproven, T0.plus(n), "ann")).collect();
    append(store, &rows, FEW);
    append(store, &[row(&ids, Proven, T0, "ann"), row(&ids, Proven, T0.plus(9), "ann")], FEW);
    // Of too many unproven rows the oldest is deleted, and no proven row.
    assert_eq!(sweep(T0, 100), (1, false));
    assert_eq!((times(Unproven), times(Proven)), ((1..11).collect(), vec![0, 9]));
    assert_eq!(sweep(T0, 100), (0, false));
    // Rows that are 90 days old are kept, older ones are deleted, in batches of each class.
    assert_eq!(sweep(T0.plus(90 * DAY), 2), (0, false));
    assert_eq!(sweep(T0.plus(90 * DAY + 4), 2), (2 + 1, true));
    assert_eq!(sweep(T0.plus(90 * DAY + 4), 2), (1, false));
    assert_eq!((times(Unproven), times(Proven)), ((4..11).collect(), vec![9]));
    assert_eq!(sweep(T0.plus(91 * DAY), 100), (7 + 1, false));
    assert_eq!(find(store, with(AuditFilter { subject: Some("ann".into()), ..AuditFilter::default() })), []);
}

pub(crate) fn rows_are_found_by_each_of_their_texts(store: &Store) {
    let ids = ids();
    let plain = |at| AuditRecord::new(Proven, at, ids.next(), "key.rotated", "done");
    let wanted = AuditRecord {
        reason: Some("expired".into()),
        tenant: Some("https://else.example 1".into()),
        client: Some("client-2".into()),
        subject: Some("bob".into()),
        address: Some("2001:db8::1".into()),
        grant: Some("grant 7".into()),
        detail: Some("the Ünusual detail".into()),
        actor: Some("root".into()),
        ..AuditRecord::new(Unproven, T0.plus(5), ids.next(), "login.refused", "refused")
    };
    let rows = [
        row(&ids, Proven, T0, "ann"),
        plain(T0.plus(1)),
        wanted.clone(),
        row(&ids, Unproven, T0.plus(5), "ann"),
        plain(T0.plus(9)),
    ];
    append(store, &rows, AuditLimits::default());
    assert_eq!(find(store, all()), rows);
    let none = AuditFilter::default;
    let text = |text: &str| AuditFilter { text: Some(text.to_owned()), ..none() };
    let one = [
        AuditFilter { kind: Some(wanted.kind.clone()), ..none() },
        AuditFilter { outcome: Some(wanted.outcome.clone()), ..none() },
        AuditFilter { reason: wanted.reason.clone(), ..none() },
        AuditFilter { tenant: wanted.tenant.clone(), ..none() },
        AuditFilter { client: wanted.client.clone(), ..none() },
        AuditFilter { subject: wanted.subject.clone(), ..none() },
        AuditFilter { address: wanted.address.clone(), ..none() },
        AuditFilter { grant: wanted.grant.clone(), ..none() },
        AuditFilter { actor: wanted.actor.clone(), ..none() },
        AuditFilter {
            since: Some(T0.plus(2)),
            until: Some(T0.plus(6)),
            tenant: wanted.tenant.clone(),
            ..none()
        },
        AuditFilter { subject: wanted.subject.clone(), class: Some(Unproven), ..none() },
        text("UNUSUAL DETAIL").text.map_or_else(none, |_| text("nusual DETAIL")),
        text("GRANT 7"),
    ];
    for filter in one {
        assert_eq!(find(store, with(filter.clone())), std::slice::from_ref(&wanted), "{filter:?}");
    }
    let other = [
        AuditFilter { subject: wanted.subject.clone(), class: Some(Proven), ..none() },
        AuditFilter { subject: wanted.subject.clone(), until: Some(T0.plus(5)), ..none() },
        AuditFilter { subject: wanted.subject.clone(), since: Some(T0.plus(6)), ..none() },
        AuditFilter { subject: Some("bo".into()), ..none() },
        AuditFilter { client: Some(CLIENT.into()), kind: wanted.kind.clone().into(), ..none() },
        text("nowhere"),
    ];
    for filter in other {
        assert_eq!(find(store, with(filter.clone())), [], "{filter:?}");
    }
    let times = AuditFilter { since: Some(T0.plus(1)), until: Some(T0.plus(9)), ..none() };
    assert_eq!(find(store, with(times)), rows[1..4]);
    let proven = AuditFilter { class: Some(Proven), ..none() };
    assert_eq!(find(store, with(proven)), [rows[0].clone(), rows[1].clone(), rows[4].clone()]);
}

pub(crate) fn reading_continues_where_a_page_ended(store: &Store) {
    let ids = ids();
    let class = |n: u64| if n.is_multiple_of(3) { Unproven } else { Proven };
    let subject = |n: u64| if n.is_multiple_of(10) { "bob" } else { "ann" };
    let rows: Vec<_> = (0..50).map(|n| row(&ids, class(n), T0.plus(n / 4), subject(n))).collect();
    append(store, &rows, AuditLimits::default());
    let in_pages = |mut what: FindAudit, pages: usize| {
        let mut seen = Vec::new();
        for _ in 0..pages {
            let page = store.read(what.clone()).unwrap();
            assert!(page.rows.len() <= what.limit);
            seen.extend(page.rows);
            what.after = page.cursor;
            if !page.more {
                return seen;
            }
        }
        panic!("more than {pages} pages");
    };
    let newest = FindAudit { order: Order::NewestFirst, ..all() };
    let backwards: Vec<_> = rows.iter().rev().cloned().collect();
    for limit in [1, 7, 50, 51] {
        assert_eq!(in_pages(FindAudit { limit, ..all() }, 51), rows);
        assert_eq!(in_pages(FindAudit { limit, ..newest.clone() }, 51), backwards);
        assert_eq!(in_pages(FindAudit { scan_limit: limit, ..newest.clone() }, 51), backwards);
    }
    let bob = AuditFilter { subject: Some("bob".into()), ..AuditFilter::default() };
    let theirs: Vec<_> = rows.iter().step_by(10).cloned().collect();
    assert_eq!(in_pages(FindAudit { filter: bob, limit: 2, scan_limit: 3, ..all() }, 3), theirs);
    // A filter that selects nothing reads no more than it may, and comes to an end.
    let nothing =
        FindAudit { scan_limit: 8, ..with(AuditFilter { grant: Some("none".into()), ..Default::default() }) };
    let page = store.read(nothing.clone()).unwrap();
    assert_eq!((page.rows.len(), page.more, page.cursor), (0, true, Some(rows[7].cursor())));
    assert_eq!(in_pages(nothing, 7), []);
    // A follower reads the rows after the end.
    let end = store.read(all()).unwrap().cursor;
    assert_eq!(
        store.read(FindAudit { after: end, ..all() }).unwrap(),
        AuditPage { cursor: end, ..AuditPage::default() }
    );
    let next = row(&ids, Unproven, T0.plus(13), "ann");
    append(store, std::slice::from_ref(&next), AuditLimits::default());
    assert_eq!(find(store, FindAudit { after: end, ..all() }), [next]);
    let back = rows[49].cursor().back(1);
    assert_eq!(find(store, FindAudit { after: Some(back), ..all() })[0].at, T0.plus(11));
    assert_eq!(
        find(store, FindAudit { after: Some(AuditCursor::at(T0.plus(1))), ..newest }),
        backwards[46..]
    );
}

pub(crate) fn hostile_texts_are_kept_within_their_limits(store: &Store) {
    let hostile = "\u{0}\r\n\u{1b}]0;x\u{7}\"\\',;${jndi}<script>\u{202e}💥".repeat(50_000);
    let ids = ids();
    let mut rows = Vec::new();
    for (class, shift) in [(Proven, 0), (Unproven, 1), (Unproven, 2)] {
        let text = &hostile[shift..];
        rows.push(AuditRecord {
            reason: Some(text.into()),
            tenant: Some(text.into()),
            client: Some(text.into()),
            subject: Some(text.into()),
            address: Some(text.into()),
            grant: Some(text.into()),
            detail: Some(text.into()),
            actor: Some(text.into()),
            ..AuditRecord::new(class, T0, ids.next(), text, text)
        });
    }
    assert_eq!(append(store, &rows, AuditLimits::default()).written, 3);
    assert_eq!(find(store, all()), rows);
    for row in &rows {
        let size = store::testing::record::encode(row).unwrap().len();
        assert!(size <= 4_096, "{size}");
        assert!(!format!("{row:?} {}", row.kind).contains(char::is_control));
        let subject = AuditFilter { subject: row.subject.clone(), ..AuditFilter::default() };
        assert_eq!(find(store, with(subject)), std::slice::from_ref(row));
    }
    let longest = "\"".repeat(1_000);
    let texts = AuditRecord { detail: Some(longest.as_str().into()), ..rows[0].clone() };
    assert_eq!(texts.detail.unwrap().len(), store::limits::audit::DETAIL);
}

pub(crate) fn the_rows_of_a_subject_can_be_erased(store: &Store) {
    let ids = ids();
    let mut rows = Vec::new();
    for n in 0..12 {
        let class = if n < 6 { Proven } else { Unproven };
        let mut row = row(&ids, class, T0.plus(n % 6), if n % 2 == 0 { "ann" } else { "bob" });
        if n % 3 == 0 {
            row.tenant = Some("https://else.example 1".into());
        }
        rows.push(row);
    }
    append(store, &rows, AuditLimits::default());
    let ann = EraseSubject { subject: "ann".into(), tenant: rows[1].tenant.clone(), after: None, batch: 4 };
    let first = store.write(ann.clone()).unwrap();
    assert_eq!((first.rows, first.more), (2, true), "of the other tenant's, two were read");
    let second = store.write(EraseSubject { after: first.cursor, ..ann.clone() }).unwrap();
    assert_eq!((second.rows, second.more), (2, false));
    let left = |subject: &str| {
        let filter = AuditFilter { subject: Some(subject.into()), ..AuditFilter::default() };
        find(store, with(filter))
            .iter()
            .map(|row| row.tenant.as_deref().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(left("ann"), ["https://else.example 1"; 2]);
    let all_tenants = EraseSubject { tenant: None, batch: 100, ..ann };
    assert_eq!(store.write(all_tenants.clone()).unwrap().rows, 2);
    assert_eq!(left("ann").len(), 0);
    assert_eq!(left("bob").len(), 6);
    assert_eq!(find(store, all()).len(), 6);
    assert_eq!(store.write(all_tenants).unwrap(), Erased::default());
}
