//! Grants that end while they hold tokens of a provider are noted, whatever ends them.

use crate::fixtures::*;
use std::sync::Arc;
use store::intent::WriteIntent;
use store::intent::clients::{PutClient, RemoveClient};
use store::intent::codes::RedeemCode;
use store::intent::grants::{EndGrants, RevokeGrant};
use store::intent::refresh::RotateRefresh;
use store::intent::sessions::{EndOwnGrants, OwnGrants};
use store::intent::sweep::Sweep;
use store::record::{GrantRecord, RevokeReason};
use store::{AuditLimits, EndedGrant, NewGrant, OnOracle, Store, SweepLimits};

/// Grant `n` with tokens of the provider.
fn with_tokens(n: u8) -> NewGrant {
    let mut new = grant(n, T0);
    new.grant.upstream_refresh = Some(sealed("refresh"));
    new.grant.upstream_token = Some(upstream_token("access"));
    new
}

/// Stores this grant.
fn stored(store: &Store, n: u8, new: NewGrant) -> GrantRecord {
    with_code(store, n, T0);
    let record = new.grant.clone();
    assert_eq!(store.redeem_code(&tenant(), &id(n), new, T0).unwrap(), DONE);
    record
}

/// Runs an operation, and returns the grants that it noted.
fn noted<I>(store: &Store, intent: I) -> Vec<EndedGrant>
where
    I: WriteIntent + OnOracle<<I as WriteIntent>::Output>,
{
    store.write_noting(intent).unwrap().1
}

fn by_client(n: u8) -> RevokeGrant {
    RevokeGrant { tenant: tenant(), grant: grant_id(n), reason: RevokeReason::ByClient, now: T0 }
}

pub(crate) fn whatever_ends_a_grant_notes_it_with_its_tokens(store: &Store) {
    let mut former = with_tokens(5);
    "https://client.example/former".clone_into(&mut former.grant.redirect_uri);
    let former = stored(store, 5, former);
    let note = |n: u8, reason| {
        let grant = if n == 5 { former.clone() } else { with_tokens(n).grant };
        [EndedGrant { grant, reason }]
    };
    for n in [0, 1, 2, 3, 4, 6] {
        stored(store, n, with_tokens(n));
    }

    assert_eq!(noted(store, by_client(0)), note(0, RevokeReason::ByClient));

    let (tenant, subject, now) = (tenant(), "ann".to_owned(), T0.plus(GRACE));
    let listed = vec![(tenant.clone(), grant_id(1))];
    let end = EndGrants { grants: listed, users: Vec::new(), reason: RevokeReason::ByAdministrator, now };
    assert_eq!(noted(store, end), note(1, RevokeReason::ByAdministrator));

    let own = EndOwnGrants { tenant: tenant.clone(), subject, which: OwnGrants::One(grant_id(2)), now };
    assert_eq!(noted(store, own), note(2, RevokeReason::ByUser));

    store.rotate_refresh(&tenant, &id(3), CLIENT, rotate_to(13, T0), T0).unwrap();
    let rotate = rotate_to(23, now);
    let client_id = CLIENT.to_owned();
    let reuse = RotateRefresh { tenant: tenant.clone(), presented: id(3), client_id, rotate, now };
    assert_eq!(noted(store, reuse), note(3, RevokeReason::RefreshReused));

    let redeem = RedeemCode { tenant: tenant.clone(), code: id(4), pkce: pkce(), grant: with_tokens(9), now };
    assert_eq!(noted(store, redeem), note(4, RevokeReason::CodeReused));

    let still_named = Arc::new(|uri: &str| uri == "https://client.example/cb");
    let put = PutClient { record: client(&tenant, CLIENT, now), still_named, now };
    assert_eq!(noted(store, put), note(5, RevokeReason::RedirectDropped));

    let remove = RemoveClient { tenant, client_id: CLIENT.to_owned(), now };
    assert_eq!(noted(store, remove.clone()), note(6, RevokeReason::ClientRemoved));
    assert_eq!(noted(store, remove), []);
}

pub(crate) fn only_live_grants_with_tokens_are_noted_once(store: &Store) {
    let held = stored(store, 1, with_tokens(1));
    for tenant in strangers() {
        assert_eq!(noted(store, RevokeGrant { tenant, ..by_client(1) }), []);
    }
    assert_eq!(noted(store, by_client(1)), [EndedGrant { grant: held, reason: RevokeReason::ByClient }]);
    assert_eq!(noted(store, by_client(1)), [], "it has ended before");
    stored(store, 2, grant(2, T0));
    assert_eq!(noted(store, by_client(2)), [], "it holds no token");
    stored(store, 3, with_tokens(3));
    let limits = SweepLimits { client_idle_secs: DAY, batch: 100, audit: AuditLimits::DEFAULT };
    assert_eq!(noted(store, Sweep { limits, now: T0.plus(30 * DAY) }), [], "it expires");
}

/// Operations that come at the same time may share a transaction.
pub(crate) fn operations_at_the_same_time_note_their_own_grants(store: &Store) {
    let grants: Vec<GrantRecord> = (0..12).map(|n| stored(store, n, with_tokens(n))).collect();
    std::thread::scope(|scope| {
        let ending: Vec<_> = (0..12).map(|n| scope.spawn(move || noted(store, by_client(n)))).collect();
        for (thread, grant) in ending.into_iter().zip(grants) {
            assert_eq!(thread.join().unwrap(), [EndedGrant { grant, reason: RevokeReason::ByClient }]);
        }
    });
}
