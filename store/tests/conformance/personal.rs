//! Personal access tokens.
#![expect(clippy::panic, reason = "tests")]

use crate::fixtures::*;
use protocol::personal_token::{CLIENT_ID, MOST_SECS};
use protocol::time::UnixTime;
use store::intent::personal::AddPersonalToken;
use store::intent::sessions::OwnGrants;
use store::limits::{GRANTS_PER_USER, PERSONAL_ENDED_PER_USER, PERSONAL_PER_USER};
use store::record::{GrantId, GrantRecord, RevokeReason};
use store::{AddPersonal, AuditLimits, Store, StoreError, SweepLimits};

const LIMITS: SweepLimits =
    SweepLimits { client_idle_secs: 400 * DAY, batch: 500, audit: AuditLimits::DEFAULT };

/// Token number `n` of ann, made at `now`.
fn numbered(n: usize, now: UnixTime) -> GrantRecord {
    let mut id = [0xaa; 16];
    id[..8].copy_from_slice(&u64::try_from(n).unwrap().to_be_bytes());
    GrantRecord { id: GrantId(id), ..personal(1, now) }
}

fn done(store: &Store, grant: &GrantRecord, now: UnixTime) {
    match store.add_personal(grant.clone(), now).unwrap() {
        AddPersonal::Done(granted) => assert_eq!(granted.grant(), grant),
        other => panic!("{other:?}"),
    }
}

/// The tokens of ann, the newest first.
fn theirs(store: &Store, now: UnixTime) -> Vec<GrantId> {
    let found = store.personal_tokens(&tenant(), "ann", now).unwrap();
    found.into_iter().map(|grant| grant.id).collect()
}

pub(crate) fn a_personal_token_is_stored_once(store: &Store) {
    done(store, &personal(1, T0), T0);
    let client = store.client(&tenant(), CLIENT_ID).unwrap().unwrap();
    assert_eq!(client, personal_client(&tenant(), T0));
    // The same request again, a moment later: it gets the token that was stored.
    let again = GrantRecord { expires: T0.plus(10), token_secs: 9, ..personal(1, T0.plus(1)) };
    match store.add_personal(again, T0.plus(1)).unwrap() {
        AddPersonal::Before(granted) => assert_eq!(granted.grant(), &personal(1, T0)),
        other => panic!("{other:?}"),
    }
    done(store, &personal(2, T0.plus(5)), T0.plus(5));
    assert_eq!(theirs(store, T0.plus(6)), [grant_id(2), grant_id(1)], "the newest first");
    assert_eq!(store.grants_of_user(&tenant(), "ann", T0.plus(6)).unwrap().len(), 2);
    assert_eq!(store.connections(&tenant(), "ann", (0, 9), T0.plus(6)).unwrap().all, 0);
    let end = T0.plus(90 * DAY);
    assert_eq!(theirs(store, end), [grant_id(2)], "the other has expired");
    assert_eq!(store.add_personal(personal(1, T0), end).unwrap(), AddPersonal::Ended);
    // Somebody else's request cannot have the same id.
    let other = GrantRecord { identity: identity("bob"), ..personal(2, T0) };
    assert!(matches!(store.add_personal(other, T0), Err(StoreError::Invariant(_))));
}

pub(crate) fn a_user_has_a_limited_number_of_personal_tokens(store: &Store) {
    for n in 0..PERSONAL_PER_USER {
        done(store, &numbered(n, T0), T0);
    }
    assert_eq!(store.add_personal(numbered(99, T0), T0).unwrap(), AddPersonal::TooMany);
    assert_eq!(theirs(store, T0).len(), PERSONAL_PER_USER, "none was ended to make room");
    // A request that is repeated gets its token even now, and other users have their own limits.
    assert!(matches!(store.add_personal(numbered(0, T0), T0).unwrap(), AddPersonal::Before(_)));
    done(store, &GrantRecord { identity: identity("bob"), ..numbered(100, T0) }, T0);
    done(store, &GrantRecord { tenant: strangers()[0].clone(), ..numbered(101, T0) }, T0);
    assert!(store.revoke_grant(&tenant(), &numbered(3, T0).id, RevokeReason::ByUser, T0).unwrap());
    done(store, &numbered(99, T0), T0);
}

pub(crate) fn ended_personal_tokens_are_limited_until_they_would_have_expired(store: &Store) {
    for n in 0..PERSONAL_ENDED_PER_USER {
        done(store, &numbered(n, T0), T0);
        assert!(store.revoke_grant(&tenant(), &numbered(n, T0).id, RevokeReason::ByUser, T0).unwrap());
    }
    assert_eq!(store.add_personal(numbered(99, T0), T0).unwrap(), AddPersonal::TooManyEnded);
    assert_eq!(store.revocations(T0).unwrap().len(), PERSONAL_ENDED_PER_USER);
    let over = T0.plus(90 * DAY + 120);
    while store.sweep(over, &LIMITS).unwrap().more {}
    assert!(store.revocations(over).unwrap().is_empty());
    done(store, &numbered(99, over), over);
}

/// Neither kind of grant counts for the limits of the other, and a new grant of a client that makes room never revokes
/// a personal access token.
pub(crate) fn personal_tokens_and_connections_do_not_displace_each_other(store: &Store) {
    done(store, &personal(200, T0), T0);
    let ended = GrantRecord { id: GrantId([201; 16]), ..personal(1, T0) };
    done(store, &ended, T0);
    assert!(store.revoke_grant(&tenant(), &ended.id, RevokeReason::ByUser, T0).unwrap());
    for n in 0..u8::try_from(GRANTS_PER_USER).unwrap() {
        with_grant(store, n, T0.plus(u64::from(n) + 1));
    }
    let now = T0.plus(1_000);
    with_code(store, 190, now);
    let crowded_out = store.redeem_code(&tenant(), &id(190), grant(190, now), now).unwrap();
    assert_eq!(crowded_out, Redeem::Done { crowded_out: Some(grant_id(0)) }, "the oldest connection");
    assert_eq!(theirs(store, now), [grant_id(200)]);
    done(store, &personal(202, now), now);
    assert_eq!(store.connections(&tenant(), "ann", (0, 500), now).unwrap().all, GRANTS_PER_USER);
}

pub(crate) fn a_revoked_personal_token_is_remembered_until_it_expires(store: &Store) {
    done(store, &personal(1, T0), T0);
    let later = T0.plus(40 * DAY);
    assert!(store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::ByUser, later).unwrap());
    let revoked = store.revocations(later).unwrap();
    let [revoked] = revoked.as_slice() else { panic!("{revoked:?}") };
    assert_eq!((revoked.at, revoked.end), (later, T0.plus(90 * DAY + 120)));
    assert_eq!((revoked.personal, &*revoked.issuer), (Some(T0), tenant().base.as_str()));
    let last = T0.plus(90 * DAY + 119);
    while store.sweep(last, &LIMITS).unwrap().more {}
    assert_eq!(store.revocations(last).unwrap().len(), 1, "although the grant is gone");
    assert_eq!(store.revocations(T0.plus(90 * DAY + 120)).unwrap(), []);
}

pub(crate) fn a_user_ends_personal_tokens_like_connections(store: &Store) {
    for n in [1, 2] {
        done(store, &personal(n, T0), T0);
    }
    with_grant(store, 3, T0);
    let one = |sub: &str, n| store.end_own_grants(&tenant(), sub, OwnGrants::One(grant_id(n)), T0).unwrap();
    assert!(one("bob", 1).is_empty());
    assert_eq!(one("ann", 1).len(), 1);
    assert!(one("ann", 1).is_empty(), "once");
    let all = store.end_own_grants(&tenant(), "ann", OwnGrants::All { but: id(9) }, T0).unwrap();
    let ended: Vec<_> = all.iter().map(|grant| grant.id).collect();
    assert_eq!(ended, [grant_id(3), grant_id(2)]);
    assert_eq!(store.revocations(T0).unwrap().len(), 3);
}

pub(crate) fn a_user_who_lost_access_loses_all_personal_tokens(store: &Store) {
    for n in [1, 2] {
        done(store, &personal(n, T0), T0);
    }
    done(store, &GrantRecord { identity: identity("bob"), ..personal(3, T0) }, T0);
    with_grant(store, 4, T0);
    assert!(store.end_personal(&strangers()[0], "ann", T0).unwrap().is_empty());
    let ended = store.end_personal(&tenant(), "ann", T0).unwrap();
    assert_eq!(ended.iter().map(|grant| grant.id).collect::<Vec<_>>(), [grant_id(1), grant_id(2)]);
    assert!(store.end_personal(&tenant(), "ann", T0).unwrap().is_empty());
    assert_eq!(store.personal_tokens(&tenant(), "bob", T0).unwrap().len(), 1);
    assert!(
        store.grant(&tenant(), &grant_id(4), T0).unwrap().is_some(),
        "a connection is asked about otherwise"
    );
}

pub(crate) fn a_personal_token_is_that_of_its_client_and_tenant(store: &Store) {
    let good = personal(1, T0);
    let long = MOST_SECS + 1;
    for bad in [
        GrantRecord { client_id: CLIENT.to_owned(), ..good.clone() },
        GrantRecord { personal: None, ..good.clone() },
        GrantRecord { expires: T0.plus(long), token_secs: long, ..good.clone() },
        GrantRecord { token_secs: 3_600, ..good.clone() },
    ] {
        assert!(matches!(store.add_personal(bad, T0), Err(StoreError::Invariant(_))));
    }
    for (tenant, client) in [
        (strangers()[0].clone(), personal_client(&tenant(), T0)),
        (tenant(), personal_client(&strangers()[0], T0)),
        (tenant(), client(&tenant(), CLIENT, T0)),
    ] {
        let add = AddPersonalToken { tenant, client, grant: good.clone(), now: T0 };
        assert!(matches!(store.write(add), Err(StoreError::Invariant(_))));
    }
    assert_eq!(store.client(&tenant(), CLIENT_ID).unwrap(), None);
    assert_eq!(store.grant(&tenant(), &good.id, T0).unwrap(), None);
}

pub(crate) fn removing_the_client_ends_all_personal_tokens_of_the_tenant(store: &Store) {
    done(store, &personal(1, T0), T0);
    done(store, &GrantRecord { identity: identity("bob"), ..personal(2, T0) }, T0);
    assert!(store.remove_client(&tenant(), CLIENT_ID, T0.plus(1)).unwrap());
    assert!(theirs(store, T0.plus(1)).is_empty());
    assert_eq!(store.revocations(T0.plus(1)).unwrap().len(), 2);
    done(store, &personal(3, T0.plus(2)), T0.plus(2));
    assert!(store.client(&tenant(), CLIENT_ID).unwrap().is_some(), "it is stored again");
}
