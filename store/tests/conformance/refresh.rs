//! Refresh tokens: rotation, grace, reuse.

use crate::fixtures::*;
use protocol::time::UnixTime;
use store::limits::ROTATED_KEPT;
use store::record::{Hash, RefreshState, RevokeReason};
use store::{AuditLimits, GrantUpdate, Rotate, Store, SweepLimits, Swept, UpstreamTurn};

fn rotate(store: &Store, from: u8, to: u8, now: UnixTime) -> Rotation {
    store.rotate_refresh(&tenant(), &id(from), CLIENT, rotate_to(to, now), now).unwrap()
}

fn works(store: &Store, token: u8, now: UnixTime) -> bool {
    store.refresh(&tenant(), &id(token), now).unwrap().is_some()
}

pub(crate) fn rotation_replaces_the_token_by_its_successor(store: &Store) {
    with_grant(store, 1, T0);
    let now = T0.plus(10);
    assert_eq!(rotate(store, 1, 2, now), Rotation::Rotated);
    let (old, _) = store.refresh(&tenant(), &id(1), now).unwrap().unwrap();
    let (new, grant) = store.refresh(&tenant(), &id(2), now).unwrap().unwrap();
    let sealed_successor = sealed("token 2");
    assert_eq!(old.state, RefreshState::Rotated { successor: id(2), sealed_successor, at: now });
    assert_eq!((new.state, new.generation, new.created), (RefreshState::Active, 1, now));
    assert_eq!((new.expires, grant.id), (now.plus(10 * DAY), grant_id(1)));
}

pub(crate) fn within_the_grace_period_a_rotation_returns_the_same_successor(store: &Store) {
    with_grant(store, 1, T0);
    rotate(store, 1, 2, T0);
    for later in [0, 30, GRACE - 1] {
        let again = rotate(store, 1, 3, T0.plus(later));
        assert_eq!(again, Rotation::Repeat { sealed_successor: sealed("token 2") });
        assert!(!works(store, 3, T0), "the new one is dropped");
    }
    assert!(works(store, 2, T0.plus(GRACE)));
}

pub(crate) fn the_grace_period_ends_when_the_successor_is_used(store: &Store) {
    with_grant(store, 1, T0);
    rotate(store, 1, 2, T0);
    assert_eq!(rotate(store, 2, 3, T0.plus(1)), Rotation::Rotated);
    assert_eq!(rotate(store, 1, 4, T0.plus(2)), Rotation::ReuseDetected { grant: grant_id(1) });
    for token in 1..=4 {
        assert!(!works(store, token, T0.plus(2)), "{token}");
    }
    assert_eq!(rotate(store, 3, 5, T0.plus(2)), Rotation::Gone);
}

pub(crate) fn the_grace_period_expires(store: &Store) {
    with_grant(store, 1, T0);
    rotate(store, 1, 2, T0);
    assert_eq!(rotate(store, 1, 3, T0.plus(GRACE)), Rotation::ReuseDetected { grant: grant_id(1) });
    assert!(!works(store, 2, T0.plus(GRACE)));
}

pub(crate) fn another_client_cannot_rotate_or_end_a_token(store: &Store) {
    with_grant(store, 1, T0);
    let theirs = |token: u8, now| {
        store.rotate_refresh(&tenant(), &id(token), "client-2", rotate_to(9, now), now).unwrap()
    };
    assert_eq!(theirs(1, T0), Rotation::WrongClient);
    let before = store.refresh(&tenant(), &id(1), T0).unwrap().unwrap();
    assert_eq!(before.0.state, RefreshState::Active);
    rotate(store, 1, 2, T0);
    assert_eq!(theirs(1, T0.plus(GRACE)), Rotation::WrongClient, "reuse by another client revokes nothing");
    assert!(works(store, 2, T0.plus(GRACE)));
}

pub(crate) fn tokens_and_grants_end_at_their_idle_and_absolute_lifetimes(store: &Store) {
    with_grant(store, 1, T0);
    let idle = T0.plus(10 * DAY);
    assert!(works(store, 1, idle.minus(1)) && !works(store, 1, idle));
    assert_eq!(rotate(store, 1, 2, idle), Rotation::Gone);
    let mut now = T0;
    for n in 1..=4 {
        now = T0.plus(u64::from(n) * 7 * DAY);
        assert_eq!(rotate(store, n, n + 1, now), Rotation::Rotated, "{n}");
    }
    let (last, _) = store.refresh(&tenant(), &id(5), now).unwrap().unwrap();
    assert_eq!(last.expires, T0.plus(30 * DAY), "never past the grant's end");
    assert_eq!(rotate(store, 5, 6, T0.plus(30 * DAY)), Rotation::Gone);
}

pub(crate) fn revocation_takes_effect_immediately(store: &Store) {
    with_grant(store, 1, T0);
    let revoke = || store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::UserRefused, T0).unwrap();
    assert!(revoke());
    assert!(!revoke());
    assert!(!works(store, 1, T0));
    assert_eq!(rotate(store, 1, 2, T0), Rotation::Gone);
}

pub(crate) fn data_learned_at_a_refresh_is_stored_with_the_grant(store: &Store) {
    with_grant(store, 1, T0);
    let learnt = |n: u8, sub: &str, token: &str| Rotate {
        update: GrantUpdate {
            identity: Some(identity(sub)),
            upstream_refresh: Some(sealed(token)),
            upstream_token: Some(upstream_token(token)),
            confirmed: Some(T0.plus(n.into())),
        },
        ..rotate_to(n, T0)
    };
    let grant = || store.refresh(&tenant(), &id(2), T0).unwrap().unwrap().1;
    store.rotate_refresh(&tenant(), &id(1), CLIENT, learnt(2, "ann", "up 1"), T0).unwrap();
    assert_eq!((grant().upstream_refresh, grant().last_confirmed()), (Some(sealed("up 1")), T0.plus(2)));
    assert_eq!(grant().upstream_token, Some(upstream_token("up 1")));
    // The provider was asked for a repeated refresh too: its newer token must not be lost.
    let repeat = store.rotate_refresh(&tenant(), &id(1), CLIENT, learnt(3, "bob", "up 2"), T0).unwrap();
    assert!(matches!(repeat, Rotation::Repeat { .. }));
    assert_eq!((grant().upstream_refresh, grant().identity), (Some(sealed("up 2")), identity("bob")));
    assert_eq!(grant().upstream_token, Some(upstream_token("up 2")));
    // Fields without new information stay unchanged.
    store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(3, T0), T0).unwrap();
    assert_eq!(grant().upstream_token, Some(upstream_token("up 2")));
    // Refused rotations change nothing.
    let refused = store.rotate_refresh(&tenant(), &id(2), "client-2", learnt(4, "eve", "up 3"), T0).unwrap();
    assert_eq!(refused, Rotation::WrongClient);
    assert_eq!(grant().identity, identity("bob"));
}

/// Whatever revokes a grant: an operation on it, the reuse of its code or refresh token, or one grant too many of its
/// user.
pub(crate) fn a_revoked_grant_keeps_no_access_token_of_the_provider(store: &Store) {
    let with_token = |n: u8| {
        with_code(store, n, T0);
        let mut new = grant(n, T0);
        new.grant.upstream_token = Some(upstream_token("access"));
        assert_eq!(store.redeem_code(&tenant(), &id(n), new, T0).unwrap(), DONE);
    };
    let held = |n: u8| {
        let shown = store.show_grant(grant_id(n), T0).unwrap();
        shown.unwrap().grant.upstream_token.is_some()
    };
    for n in [1, 2, 3] {
        with_token(n);
        assert!(held(n));
    }
    store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::ByUser, T0).unwrap();
    store.redeem_code(&tenant(), &id(2), grant(4, T0), T0).unwrap();
    rotate(store, 3, 5, T0);
    rotate(store, 3, 6, T0.plus(GRACE));
    for n in [1, 2, 3] {
        assert!(!held(n), "{n}");
    }
}

pub(crate) fn one_sidecar_asks_the_provider_at_a_time(store: &Store) {
    let begin = |now| store.begin_upstream(&tenant(), &grant_id(1), 10, now).unwrap();
    let end = |update, now| store.end_upstream(&tenant(), &grant_id(1), update, now).unwrap();
    let grant = |now| store.grant(&tenant(), &grant_id(1), now).unwrap().unwrap();
    assert_eq!(begin(T0), UpstreamTurn::Gone);
    with_grant(store, 1, T0);
    assert_eq!(begin(T0), UpstreamTurn::Taken);
    assert_eq!((begin(T0), begin(T0.plus(9))), (UpstreamTurn::Busy, UpstreamTurn::Busy));
    // A sidecar that takes the turn and never ends it blocks the other sidecars only briefly, and so does a clock that
    // is set back.
    assert_eq!(begin(T0.plus(10)), UpstreamTurn::Taken);
    assert_eq!(begin(T0), UpstreamTurn::Busy, "the clock of another sidecar may be behind");
    assert_eq!(begin(T0.minus(100)), UpstreamTurn::Taken);
    assert_eq!(grant(T0).last_confirmed(), T0);
    let update = GrantUpdate {
        upstream_refresh: Some(sealed("up 1")),
        confirmed: Some(T0.plus(3)),
        ..GrantUpdate::default()
    };
    assert!(end(GrantUpdate { upstream_token: Some(upstream_token("at 1")), ..update }, T0));
    assert_eq!(grant(T0).upstream_token, Some(upstream_token("at 1")));
    assert_eq!((grant(T0).upstream_refresh, grant(T0).last_confirmed()), (Some(sealed("up 1")), T0.plus(3)));
    assert_eq!(begin(T0), UpstreamTurn::Taken);
    assert!(end(GrantUpdate::default(), T0));
    assert_eq!((grant(T0).upstream_refresh, grant(T0).asking), (Some(sealed("up 1")), None));
    store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::ByClient, T0).unwrap();
    assert_eq!((begin(T0), end(GrantUpdate::default(), T0)), (UpstreamTurn::Gone, false));
}

pub(crate) fn old_tokens_are_forgotten(store: &Store) {
    fn numbered(n: u64) -> Hash {
        let mut token = [0xff; 32];
        token[..8].copy_from_slice(&n.to_be_bytes());
        token
    }
    with_grant(store, 1, T0);
    let mut presented = id(1);
    for n in 0..=ROTATED_KEPT {
        let mut rotate = rotate_to(0, T0);
        rotate.successor.token = numbered(n);
        let answer = store.rotate_refresh(&tenant(), &presented, CLIENT, rotate, T0).unwrap();
        assert_eq!(answer, Rotation::Rotated);
        presented = numbered(n);
    }
    assert_eq!(store.refresh(&tenant(), &id(1), T0).unwrap(), None, "the first is forgotten");
    assert!(store.refresh(&tenant(), &numbered(0), T0).unwrap().is_some(), "the second is not");
    assert!(store.refresh(&tenant(), &presented, T0).unwrap().is_some());
}

pub(crate) fn setting_the_clock_back_ends_no_grant(store: &Store) {
    const HOUR: u64 = 3_600;
    with_grant(store, 1, T0);
    let rotate = |from: u8, to: u8, now| {
        store.rotate_refresh(&tenant(), &id(from), CLIENT, rotate_to(to, now), now).unwrap()
    };
    assert_eq!(rotate(1, 2, T0), Rotation::Rotated);
    let back = T0.minus(HOUR);
    // The grace period still applies, valid records stay valid, and the sweep removes nothing.
    assert!(matches!(rotate(1, 9, back), Rotation::Repeat { .. }));
    assert!(store.refresh(&tenant(), &id(2), back).unwrap().is_some());
    assert!(store.grant(&tenant(), &grant_id(1), back).unwrap().is_some());
    let limits = SweepLimits { client_idle_secs: DAY, batch: 100, audit: AuditLimits::DEFAULT };
    assert_eq!(store.sweep(back, &limits).unwrap(), Swept::default());
    assert_eq!(rotate(2, 3, back), Rotation::Rotated);
    // When the clock is correct again, everything expires at its original time.
    assert!(store.refresh(&tenant(), &id(3), T0).unwrap().is_some());
    assert!(store.grant(&tenant(), &grant_id(1), T0.plus(30 * DAY)).unwrap().is_none());
}
