//! What an administrator sees, in pages, and the revocation of several grants at once.

use crate::fixtures::*;
use protocol::tenant::Tenant;
use store::record::{ClientRecord, CodeRecord, GrantId, GrantRecord, LoginRecord, RevokeReason};
use store::{Advance, Cursor, NewGrant, Page, Store, TenantSummary, Within};

/// Registers a client and gives it grant `n` of this user.
fn with_grant_of(store: &Store, tenant: &Tenant, client_id: &str, n: u8, sub: &str) {
    let now = T0.plus(n.into());
    store.register_client(client(tenant, client_id, now), now).unwrap();
    let (tenant, client_id) = (tenant.clone(), client_id.to_owned());
    let begun = LoginRecord { tenant: tenant.clone(), purpose: request_of(&client_id), ..login(n, now) };
    store.begin_login(begun, now).unwrap();
    store.advance_login(&tenant, &id(n), &BROWSER, password_proven(sub), None, now).unwrap();
    let code = CodeRecord {
        tenant: tenant.clone(),
        client_id: client_id.clone(),
        identity: identity(sub),
        ..code(n, now)
    };
    let finished = store.finish_login(&tenant, &id(n), &BROWSER, consent_given(sub), code, now);
    assert_eq!(finished.unwrap(), Advance::Done);
    let NewGrant { grant, refresh } = grant(n, now);
    let grant = GrantRecord { tenant: tenant.clone(), client_id, identity: identity(sub), ..grant };
    assert_eq!(store.redeem_code(&tenant, &id(n), NewGrant { grant, refresh }, now).unwrap(), DONE);
}

fn long_id(n: u8) -> String {
    format!("https://client.example/{}/{n}", "x".repeat(2_000))
}

/// Stores two clients with two grants each at each of four tenants; returns the tenants in the order of listings.
fn filled(store: &Store) -> Vec<Tenant> {
    let mut tenants = [vec![tenant()], strangers().to_vec()].concat();
    let mut n = 1;
    for tenant in &tenants {
        for client_id in ["a", "b"] {
            for sub in ["ann", "bob"] {
                with_grant_of(store, tenant, client_id, n, sub);
                n += 1;
            }
        }
    }
    tenants.sort_by_key(Tenant::key);
    tenants
}

/// All items of a listing, read in pages of this size.
fn all<T>(limit: usize, page: impl Fn(Option<Cursor>, usize) -> Page<T>) -> Vec<T> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let found = page(after.take(), limit);
        assert!(found.items.len() <= limit, "a page is bounded");
        items.extend(found.items);
        let Some(next) = found.next else { return items };
        // A cursor that is written and read stays the same.
        after = Some(Cursor::parse(&next.to_string()).unwrap());
    }
}

fn clients(store: &Store, within: &Within, limit: usize) -> Vec<(String, String)> {
    all(limit, |after, limit| store.list_clients(within.clone(), after, limit).unwrap())
        .into_iter()
        .map(|client| (client.tenant.key(), client.client_id))
        .collect()
}

fn grants(store: &Store, within: &Within, limit: usize) -> Vec<GrantRecord> {
    all(limit, |after, limit| store.list_grants(within.clone(), after, limit, T0.plus(99)).unwrap())
}

fn tenants(store: &Store, within: &Within, limit: usize) -> Vec<Tenant> {
    all(limit, |after, limit| store.list_tenants(within.clone(), after, limit).unwrap())
}

pub(crate) fn listings_are_in_pages_and_skip_nothing(store: &Store) {
    let all_tenants = filled(store);
    let everything = Within::Everything;
    for limit in [1, 2, 3, 4, 5, 16, 100] {
        assert_eq!(tenants(store, &everything, limit), all_tenants, "pages of {limit}");
        let theirs = all_tenants.iter().flat_map(|t| ["a", "b"].map(|c| (t.key(), c.to_owned())));
        assert_eq!(clients(store, &everything, limit), theirs.collect::<Vec<_>>(), "pages of {limit}");
        let mut ids: Vec<GrantId> = grants(store, &everything, limit).iter().map(|grant| grant.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, (1..=16).map(grant_id).collect::<Vec<_>>(), "pages of {limit}");
    }
}

pub(crate) fn a_listing_shows_only_what_it_is_about(store: &Store) {
    let all_tenants = filled(store);
    let issuer = Within::Issuer(tenant().base);
    // `https://wiki.example/sub` begins with the same text, and is another issuer.
    let of_issuer: Vec<_> = all_tenants.iter().filter(|t| t.base == tenant().base).cloned().collect();
    assert_eq!(of_issuer.len(), 2);
    assert_eq!(tenants(store, &issuer, 1), of_issuer);
    assert_eq!(clients(store, &issuer, 3).len(), 4);
    assert_eq!(grants(store, &issuer, 3).len(), 8);
    let one = Within::Tenant(tenant());
    assert_eq!(tenants(store, &one, 1), [tenant()]);
    assert_eq!(clients(store, &one, 1), ["a", "b"].map(|c| (tenant().key(), c.to_owned())));
    assert!(grants(store, &one, 3).iter().all(|grant| grant.tenant == tenant()));
    assert_eq!(grants(store, &one, 3).len(), 4);
    let mine = grants(store, &Within::Client(tenant(), "a".to_owned()), 1);
    assert_eq!(mine.iter().map(|grant| &*grant.client_id).collect::<Vec<_>>(), ["a", "a"]);
    assert_eq!(grants(store, &Within::Client(tenant(), "c".to_owned()), 1), []);
    let summary = store.summary(&tenant(), 10, T0.plus(99)).unwrap();
    let last_login = Some(T0.plus(4));
    assert_eq!(summary, TenantSummary { clients: 2, grants: 4, last_login, more: false });
    assert!(store.summary(&tenant(), 3, T0.plus(99)).unwrap().more);
}

/// A client id that is too long for a key is stored under a hash.
pub(crate) fn long_client_ids_are_listed_too(store: &Store) {
    let before = filled(store);
    let lonely = tenant_of("https://lonely.example", "lonely");
    with_grant_of(store, &lonely, &long_id(1), 21, "ann");
    with_grant_of(store, &tenant(), &long_id(2), 22, "ann");
    for limit in [1, 2, 100] {
        let found = tenants(store, &Within::Everything, limit);
        assert!(found.contains(&lonely) && before.iter().all(|tenant| found.contains(tenant)));
        assert_eq!(clients(store, &Within::Everything, limit).len(), 10);
        assert_eq!(clients(store, &Within::Tenant(lonely.clone()), limit).len(), 1);
        assert_eq!(clients(store, &Within::Tenant(tenant()), limit).len(), 3);
        assert_eq!(grants(store, &Within::Issuer(lonely.base.clone()), limit).len(), 1);
        assert_eq!(grants(store, &Within::Client(tenant(), long_id(2)), limit).len(), 1);
    }
}

pub(crate) fn a_users_grants_are_found_at_each_tenant(store: &Store) {
    filled(store);
    let now = T0.plus(99);
    let of = |sub: &str| store.grants_of_user(&tenant(), sub, now).unwrap();
    assert_eq!(of("ann").iter().map(|grant| grant.id).collect::<Vec<_>>(), [grant_id(1), grant_id(3)]);
    assert_eq!(of("bob").len(), 2);
    assert_eq!(of("an"), []);
    store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::ByClient, now).unwrap();
    assert_eq!(of("ann").len(), 1, "an ended grant is not listed");
    assert_eq!(store.grants_of_user(&tenant(), "ann", T0.plus(31 * DAY)).unwrap(), [], "nor an expired one");
}

pub(crate) fn a_grant_is_shown_with_its_last_refresh(store: &Store) {
    filled(store);
    let shown = |now| store.show_grant(grant_id(1), now).unwrap();
    let first = shown(T0.plus(5)).unwrap();
    assert_eq!((first.grant.id, first.refreshed, first.rotations), (grant_id(1), Some(T0.plus(1)), 0));
    store.rotate_refresh(&tenant(), &id(1), "a", rotate_to(101, T0.plus(60)), T0.plus(60)).unwrap();
    let then = shown(T0.plus(61)).unwrap();
    assert_eq!((then.refreshed, then.rotations), (Some(T0.plus(60)), 1));
    store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::ByClient, T0.plus(70)).unwrap();
    assert!(shown(T0.plus(71)).unwrap().grant.revoked.is_some());
    assert_eq!(shown(T0.plus(31 * DAY)), None);
    assert_eq!(store.show_grant(grant_id(99), T0).unwrap(), None);
}

pub(crate) fn ending_grants_ends_those_that_are_live_and_no_others(store: &Store) {
    filled(store);
    let now = T0.plus(99);
    store.revoke_grant(&tenant(), &grant_id(2), RevokeReason::ByClient, now).unwrap();
    let mine = |n| (tenant(), grant_id(n));
    // Grant 1 is named twice; 2 is revoked; 3 is named with another tenant; 99 does not exist.
    let named = vec![mine(1), mine(1), mine(2), (strangers()[0].clone(), grant_id(3)), mine(99)];
    let ended = store.end_grants(named.clone(), now).unwrap();
    assert_eq!(ended.iter().map(|grant| grant.id).collect::<Vec<_>>(), [grant_id(1)]);
    assert_eq!(store.end_grants(named, now).unwrap(), []);
    assert_eq!(store.grant(&tenant(), &grant_id(1), now).unwrap(), None);
    assert_eq!(store.refresh(&tenant(), &id(1), now).unwrap(), None);
    assert!(store.grant(&tenant(), &grant_id(3), now).unwrap().is_some());
    let reason = store.show_grant(grant_id(1), now).unwrap().unwrap().grant.revoked.unwrap().reason;
    assert_eq!(reason, RevokeReason::ByAdministrator);
    let remembered = store.revocations(now).unwrap();
    assert!(remembered.iter().any(|revoked| revoked.grant == grant_id(1)), "the plugin learns of it");
}

pub(crate) fn listings_of_an_empty_store_are_empty(store: &Store) {
    let tenants = store.list_tenants(Within::Everything, None, 10).unwrap();
    assert_eq!(tenants, Page { items: Vec::new(), next: None });
    let clients: Page<ClientRecord> = store.list_clients(Within::Everything, None, 10).unwrap();
    assert_eq!(clients, Page { items: Vec::new(), next: None });
    assert_eq!(store.list_grants(Within::Tenant(tenant()), None, 10, T0).unwrap().items, []);
    assert_eq!(store.summary(&tenant(), 10, T0).unwrap(), TenantSummary::default());
    assert!(Cursor::parse("not base64url!").is_err());
}
