//! Sessions: begin, use, end; and the grants that users see and revoke in them.

use crate::fixtures::*;
use protocol::server::login::{Advanced, StepKind};
use protocol::server::session::{ABSOLUTE_SECS, Asked, GRACE_SECS, IDLE_SECS, LiveSession};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use store::intent::grants::EndGrants;
use store::intent::logins::{AdvanceLogin, BeginLogin, LoginKey};
use store::intent::sessions::OwnGrants;
use store::limits::{SESSIONS_PER_PART, SESSIONS_PER_USER};
use store::record::{
    Callback, GrantRecord, LoginRecord, LoginStep, RevokeReason, SessionRecord, SignInMethod,
};
use store::{
    Advance, Begin, NewGrant, NewRefresh, NewSession, SessionUse, Store, StoreError, SweepLimits, Swept,
};

/// Presents secret `n` of session `session`; `next` may replace it.
fn use_at(store: &Store, session: u8, n: u8, next: u8, now: UnixTime) -> SessionUse {
    store.use_session(&tenant(), &id(session), &id(n), &id(next), now).unwrap()
}

fn is_live(store: &Store, session: u8, now: UnixTime) -> bool {
    matches!(use_at(store, session, session, 250, now), SessionUse::Live { .. })
}

/// The session as it is stored after this use, and whether the secret was replaced; `None` if it is not live.
fn used_at(store: &Store, session: u8, n: u8, next: u8, now: UnixTime) -> Option<(SessionRecord, bool)> {
    match use_at(store, session, n, next, now) {
        SessionUse::Live { record, rotated, session: live } => {
            assert_eq!((live.id(), live.subject()), (&record.id, &*record.identity.sub));
            Some((*record, rotated))
        }
        SessionUse::Reused(_) | SessionUse::Gone => None,
    }
}

/// The transition to the consent by session `n` of `sub`.
fn session_proven(store: &Store, n: u8, sub: &str, now: UnixTime) -> Advanced<Callback> {
    let live = match use_at(store, n, n, 250, now) {
        SessionUse::Live { session, .. } => Some(session),
        SessionUse::Reused(_) | SessionUse::Gone => None,
    };
    let proof = live.unwrap().stands_for(&Asked::default(), &identity(sub), now).unwrap();
    LoginStep::first(true).session_proven(&proof, admitted(sub)).unwrap()
}

fn begin_at_consent(store: &Store, n: u8, proven: Advanced<Callback>, now: UnixTime) -> Begin {
    store.write(BeginLogin { record: login(n, now), proven: Some(proven), now }).unwrap()
}

fn key(n: u8) -> LoginKey {
    LoginKey { tenant: tenant(), flow: id(n), browser: BROWSER }
}

pub(crate) fn a_sign_in_begins_a_session_and_ends_the_login(store: &Store) {
    with_session(store, 1, session(1, "ann", T0));
    assert_eq!(store.login(&tenant(), &id(1), &BROWSER, T0).unwrap(), None);
    assert_eq!(used_at(store, 1, 1, 2, T0), Some((session(1, "ann", T0), false)));
    // The login is over.
    let again = store.finish_sign_in(
        &tenant(),
        &id(1),
        &BROWSER,
        authenticated("ann"),
        new_session(session(3, "ann", T0)),
        T0,
    );
    assert_eq!(again.unwrap(), Advance::Lost);
    assert!(!is_live(store, 3, T0));
}

/// A session is for the user who signed in, at the login's tenant, and never for a login that a client requested.
pub(crate) fn a_session_matches_its_login(store: &Store) {
    with_client(store);
    store.begin_login(sign_in(1, T0), T0).unwrap();
    store.begin_login(login(2, T0), T0).unwrap();
    let elsewhere = SessionRecord { tenant: strangers()[0].clone(), ..session(1, "ann", T0) };
    for (n, sub, record) in
        [(1, "eve", session(1, "ann", T0)), (1, "ann", elsewhere), (2, "ann", session(1, "ann", T0))]
    {
        let step = authenticated(sub);
        let refused = store.finish_sign_in(&tenant(), &id(n), &BROWSER, step, new_session(record), T0);
        assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    }
    assert!(!is_live(store, 1, T0));
    // Nobody is asked for consent, and no code is issued, without a client.
    let advance = store.advance_login(&tenant(), &id(1), &BROWSER, password_proven("ann"), None, T0);
    assert!(matches!(advance, Err(StoreError::Invariant(_))), "{advance:?}");
    store.begin_login(LoginRecord { step: LoginStep::first(false), ..sign_in(3, T0) }, T0).unwrap();
    store.advance_login(&tenant(), &id(3), &BROWSER, sent_to_provider(), None, T0).unwrap();
    let finish = store.finish_login(&tenant(), &id(3), &BROWSER, identity_proven("ann"), code(3, T0), T0);
    assert!(matches!(finish, Err(StoreError::Invariant(_))), "{finish:?}");
    assert!(store.code(&tenant(), &id(3), T0).unwrap().is_none());
}

pub(crate) fn a_session_continues_under_a_new_secret(store: &Store) {
    with_session(store, 1, session(1, "ann", T0));
    let then = T0.plus(GRACE_SECS);
    let (record, rotated) = used_at(store, 1, 1, 2, then).unwrap();
    assert!(rotated);
    assert_eq!((record.secret, record.previous, record.rotated), (id(2), Some(id(1)), then));
    assert_eq!((record.expires, record.created), (then.plus(IDLE_SECS), T0));
    // Another tab still has the former secret, which replaces nothing.
    assert_eq!(used_at(store, 1, 1, 3, then), Some((record, false)));
    assert!(matches!(use_at(store, 1, 3, 4, then), SessionUse::Gone), "a secret that was not stored");
    assert!(matches!(use_at(store, 1, 2, 4, then), SessionUse::Live { rotated: false, .. }));
}

pub(crate) fn a_replaced_secret_ends_the_session(store: &Store) {
    with_session(store, 1, session(1, "ann", T0));
    let then = T0.plus(GRACE_SECS);
    use_at(store, 1, 1, 2, then);
    let late = then.plus(GRACE_SECS);
    assert!(
        matches!(use_at(store, 1, 1, 3, late), SessionUse::Reused(record) if record.identity.sub == "ann")
    );
    assert!(matches!(use_at(store, 1, 2, 4, late), SessionUse::Gone), "whoever has the new one is out, too");
}

pub(crate) fn a_session_expires_when_it_is_not_used_and_at_its_absolute_end(store: &Store) {
    with_session(store, 1, session(1, "ann", T0));
    assert!(!is_live(store, 1, T0.plus(IDLE_SECS)));
    let (mut now, mut n) = (T0, 1);
    while now < T0.plus(ABSOLUTE_SECS) {
        assert!(matches!(use_at(store, 1, n, n + 1, now), SessionUse::Live { .. }), "{n}");
        n += u8::from(now != T0);
        now = now.plus(600);
    }
    assert!(matches!(use_at(store, 1, n, n + 1, now), SessionUse::Gone), "use does not extend it further");
}

pub(crate) fn a_session_is_that_of_one_tenant(store: &Store) {
    with_session(store, 1, session(1, "ann", T0));
    for other in strangers() {
        let used = store.use_session(&other, &id(1), &id(1), &id(2), T0.plus(GRACE_SECS)).unwrap();
        assert_eq!(used, SessionUse::Gone);
        assert!(!store.end_session(&other, &id(1)).unwrap());
        let all = OwnGrants::All { but: id(9) };
        store.end_own_grants(&other, "ann", all, T0).unwrap();
        end_sessions_of(store, &other, "ann");
    }
    assert!(is_live(store, 1, T0));
    assert!(store.end_session(&tenant(), &id(1)).unwrap());
    assert!(!store.end_session(&tenant(), &id(1)).unwrap());
    assert!(!is_live(store, 1, T0));
}

fn end_sessions_of(store: &Store, tenant: &Tenant, subject: &str) {
    let users = vec![(tenant.clone(), subject.to_owned())];
    let end = EndGrants { grants: Vec::new(), users, reason: RevokeReason::ByAdministrator, now: T0 };
    store.write(end).unwrap();
}

pub(crate) fn a_login_begins_at_the_consent_by_a_live_session_only(store: &Store) {
    with_client(store);
    with_session(store, 1, session(1, "ann", T0));
    let proven = session_proven(store, 1, "ann", T0);
    // Only a session can prove the user when a login begins; a password is proven later, in another transaction.
    for (record, proven) in [
        (login(2, T0), password_proven("ann")),
        (sign_in(2, T0), proven.clone()),
        (upstream_login(2, T0), proven.clone()),
        (upstream_login(2, T0), sent_to_provider()),
    ] {
        let refused = store.write(BeginLogin { record, proven: Some(proven), now: T0 });
        assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    }
    assert_eq!(begin_at_consent(store, 2, proven, T0), Begin::Done);
    let login = store.login(&tenant(), &id(2), &BROWSER, T0).unwrap().unwrap();
    assert_eq!(login.step.kind(), StepKind::AwaitConsent);
    let step = login.step.consent_given(admitted("ann")).unwrap();
    let finish = store.finish_login(&tenant(), &id(2), &BROWSER, step, code(2, T0), T0);
    assert_eq!(finish.unwrap(), Advance::Done);
}

/// A login in which a session replaced the sign-in ends with the session, so that whoever ends a session need not end
/// its logins too.
pub(crate) fn a_login_ends_with_its_session(store: &Store) {
    with_client(store);
    with_session(store, 1, session(1, "ann", T0));
    assert_eq!(begin_at_consent(store, 2, session_proven(store, 1, "ann", T0), T0), Begin::Done);
    store.end_session(&tenant(), &id(1)).unwrap();
    let finish = store.finish_login(&tenant(), &id(2), &BROWSER, consent_given("ann"), code(2, T0), T0);
    assert_eq!(finish.unwrap(), Advance::Lost);
    assert!(store.code(&tenant(), &id(2), T0).unwrap().is_none());
    assert!(store.login(&tenant(), &id(2), &BROWSER, T0).unwrap().is_some(), "nothing changed");
}

pub(crate) fn a_password_begins_a_session_with_the_step(store: &Store) {
    with_client(store);
    store.begin_login(login(1, T0), T0).unwrap();
    let advance = |step: Advanced<Callback>, record: SessionRecord| {
        let session = Some(new_session(record));
        store.write(AdvanceLogin { login: key(1), step, rebind: None, session, now: T0 })
    };
    let proven = || password_proven("ann").with_session(id(1));
    let elsewhere = SessionRecord { tenant: strangers()[0].clone(), ..session(1, "ann", T0) };
    for (step, record) in [
        (password_proven("ann"), session(1, "ann", T0)),
        (proven(), session(2, "ann", T0)),
        (proven(), session(1, "eve", T0)),
        (proven(), elsewhere),
    ] {
        let refused = advance(step, record);
        assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    }
    assert_eq!(advance(proven(), session(1, "ann", T0)).unwrap(), Advance::Done);
    assert!(is_live(store, 1, T0));
    assert_eq!(advance(proven(), session(1, "ann", T0)).unwrap(), Advance::Lost);
}

pub(crate) fn a_new_session_replaces_the_browsers_old_one(store: &Store) {
    with_session(store, 1, session(1, "ann", T0));
    store.begin_login(sign_in(2, T0), T0).unwrap();
    let next = NewSession { record: session(2, "bob", T0), replaces: Some(id(1)) };
    store.finish_sign_in(&tenant(), &id(2), &BROWSER, authenticated("bob"), next, T0).unwrap();
    assert!(!is_live(store, 1, T0) && is_live(store, 2, T0));
    // The same session again, with another secret: the former one is no longer accepted.
    let then = T0.plus(5);
    store.begin_login(sign_in(3, then), then).unwrap();
    let record = SessionRecord { id: id(2), ..session(3, "bob", then) };
    let next = NewSession { record, replaces: Some(id(2)) };
    store.finish_sign_in(&tenant(), &id(3), &BROWSER, authenticated("bob"), next, then).unwrap();
    assert_eq!(use_at(store, 2, 2, 4, then), SessionUse::Gone);
    assert!(matches!(use_at(store, 2, 3, 4, then), SessionUse::Live { .. }));
}

pub(crate) fn a_users_sessions_are_limited(store: &Store) {
    let most = u8::try_from(SESSIONS_PER_USER).unwrap();
    with_session(store, 100, session(100, "bob", T0));
    for n in 1..=most {
        with_session(store, n, session(n, "ann", T0.plus(n.into())));
    }
    let now = T0.plus(20);
    assert!((1..=most).all(|n| is_live(store, n, now)));
    with_session(store, most + 1, session(most + 1, "ann", now));
    assert!(!is_live(store, 1, now), "the oldest ends");
    assert!((2..=most + 1).all(|n| is_live(store, n, now)) && is_live(store, 100, now));
}

/// One session more than a part of the tenant's users may have ends the oldest of the part.
pub(crate) fn the_sessions_of_a_part_of_the_users_are_limited(store: &Store) {
    let part = |sub: &str| {
        let key = [tenant().key().as_bytes(), &[0], sub.as_bytes()].concat();
        protocol::encoding::sha256(&key)[0]
    };
    let subs: Vec<String> = (0..100_000)
        .map(|n| format!("user {n}"))
        .filter(|sub| part(sub) == 0)
        .take(SESSIONS_PER_PART + 1)
        .collect();
    let outsider = (0..10_000).map(|n| format!("user {n}")).find(|sub| part(sub) == 1).unwrap();
    with_session(store, 200, session(200, &outsider, T0));
    for (n, sub) in (1_u8..).zip(&subs) {
        with_session(store, n, session(n, sub, T0.plus(n.into())));
    }
    let now = T0.plus(100);
    let last = u8::try_from(subs.len()).unwrap();
    assert!(!is_live(store, 1, now), "the oldest of the part ends");
    assert!((2..=last).all(|n| is_live(store, n, now)) && is_live(store, 200, now));
}

/// The proof of session `n`.
fn live(store: &Store, n: u8, now: UnixTime) -> LiveSession {
    match use_at(store, n, n, 250, now) {
        SessionUse::Live { session, .. } => Some(session),
        SessionUse::Reused(_) | SessionUse::Gone => None,
    }
    .unwrap()
}

pub(crate) fn a_user_who_signs_in_in_another_way_has_one_session_left(store: &Store) {
    with_client(store);
    for (n, sub) in [(1, "ann"), (2, "ann"), (3, "bob")] {
        with_session(store, n, session(n, sub, T0));
    }
    assert_eq!(begin_at_consent(store, 20, session_proven(store, 2, "ann", T0), T0), Begin::Done);
    let ann = live(store, 1, T0);
    let then = T0.plus(5);
    for other in strangers() {
        assert!(!store.restart_sessions(&other, ann.clone(), Some(&id(7)), then).unwrap());
    }
    assert!([1, 2, 3].iter().all(|n| is_live(store, *n, then)));
    assert!(store.restart_sessions(&tenant(), ann.clone(), Some(&id(7)), then).unwrap());
    assert!(!is_live(store, 2, then) && is_live(store, 3, then));
    let finish = store.finish_login(&tenant(), &id(20), &BROWSER, consent_given("ann"), code(20, T0), then);
    assert_eq!(finish.unwrap(), Advance::Lost, "a login that the ended session stood for");
    // The session stays, as one of the new sign-in, with another secret; the former secret is accepted a little
    // longer.
    let (record, _) = used_at(store, 1, 7, 250, then).unwrap();
    assert_eq!((record.secret, record.previous, record.authenticated), (id(7), Some(id(1)), then));
    assert_eq!(record.method, SignInMethod::Password { credential: id(98) });
    assert!(used_at(store, 1, 1, 250, then).is_some());
    assert!(store.restart_sessions(&tenant(), ann.clone(), None, then).unwrap());
    assert_eq!(used_at(store, 1, 7, 250, then).unwrap().0.secret, id(7));
    store.end_session(&tenant(), &id(1)).unwrap();
    assert!(!store.restart_sessions(&tenant(), ann, None, then).unwrap(), "it has ended");
}

pub(crate) fn sessions_of_a_password_end_at_each_tenant(store: &Store) {
    let elsewhere = strangers()[1].clone();
    with_session(store, 1, session(1, "ann", T0));
    with_session(store, 2, session(2, "bob", T0));
    with_session(store, 3, SessionRecord { method: SignInMethod::Provider, ..session(3, "ann", T0) });
    assert_eq!(store.end_password_sessions(std::slice::from_ref(&elsewhere), "ann").unwrap(), 0);
    assert_eq!(store.end_password_sessions(&[elsewhere, tenant()], "ann").unwrap(), 1);
    assert_eq!([1, 2, 3].map(|n| is_live(store, n, T0)), [false, true, true]);
}

pub(crate) fn users_end_their_own_grants_only(store: &Store) {
    with_grant(store, 1, T0);
    with_grant(store, 2, T0);
    let end = |tenant: &Tenant, sub: &str, n| {
        let ended = store.end_own_grants(tenant, sub, OwnGrants::One(grant_id(n)), T0).unwrap();
        ended.iter().map(|grant| grant.id).collect::<Vec<_>>()
    };
    assert_eq!(end(&tenant(), "eve", 1), []);
    assert_eq!(end(&strangers()[1], "ann", 1), []);
    assert_eq!(end(&tenant(), "ann", 99), []);
    assert!(store.grant(&tenant(), &grant_id(1), T0).unwrap().is_some());
    assert_eq!(end(&tenant(), "ann", 1), [grant_id(1)]);
    assert_eq!(end(&tenant(), "ann", 1), [], "a second click ends nothing");
    assert_eq!(store.refresh(&tenant(), &id(1), T0).unwrap(), None);
    assert!(store.grant(&tenant(), &grant_id(2), T0).unwrap().is_some());
    let reason = store.show_grant(grant_id(1), T0).unwrap().unwrap().grant.revoked.unwrap().reason;
    assert_eq!(reason, RevokeReason::ByUser);
    assert!(store.revocations(T0).unwrap().iter().any(|revoked| revoked.grant == grant_id(1)));
}

pub(crate) fn ending_everything_leaves_one_session(store: &Store) {
    with_grant(store, 1, T0);
    with_grant(store, 2, T0);
    for (n, sub) in [(10, "ann"), (11, "ann"), (12, "bob")] {
        with_session(store, n, session(n, sub, T0));
    }
    let others = |tenant: &Tenant, sub, but, now| store.other_sessions(tenant, sub, &id(but), now).unwrap();
    assert_eq!([10, 12].map(|but| others(&tenant(), "ann", but, T0)), [1, 2]);
    assert_eq!(others(&strangers()[0], "ann", 10, T0), 0);
    assert_eq!(others(&tenant(), "ann", 12, T0.plus(31 * DAY)), 0, "expired ones do not count");
    let ended = store.end_own_grants(&tenant(), "ann", OwnGrants::All { but: id(10) }, T0).unwrap();
    assert_eq!(others(&tenant(), "ann", 10, T0), 0);
    assert_eq!(ended.iter().map(|grant| grant.id).collect::<Vec<_>>(), [grant_id(1), grant_id(2)]);
    assert!(is_live(store, 10, T0) && !is_live(store, 11, T0) && is_live(store, 12, T0));
    assert_eq!(store.connections(&tenant(), "ann", (0, 9), T0).unwrap().all, 0);
}

pub(crate) fn an_administrator_ends_a_users_sessions(store: &Store) {
    for (n, sub) in [(10, "ann"), (11, "ann"), (12, "bob")] {
        with_session(store, n, session(n, sub, T0));
    }
    end_sessions_of(store, &tenant(), "ann");
    assert!(!is_live(store, 10, T0) && !is_live(store, 11, T0) && is_live(store, 12, T0));
}

pub(crate) fn connections_are_in_pages_with_their_last_use(store: &Store) {
    for n in 1..=5 {
        let at = T0.plus(n.into());
        with_code(store, n, at);
        let NewGrant { grant, refresh } = grant(n, at);
        let grant = GrantRecord { network: Some(network(7)), ..grant };
        let refresh = refresh.map(|refresh| NewRefresh { network: Some(network(n)), ..refresh });
        store.redeem_code(&tenant(), &id(n), NewGrant { grant, refresh }, at).unwrap();
    }
    let now = T0.plus(60);
    let mut rotate = rotate_to(50, now);
    rotate.successor.network = Some(network(50));
    store.rotate_refresh(&tenant(), &id(5), CLIENT, rotate, now).unwrap();
    store.revoke_grant(&tenant(), &grant_id(4), RevokeReason::ByClient, now).unwrap();
    let page = |skip| store.connections(&tenant(), "ann", (skip, 2), now).unwrap();
    let ids = |skip| page(skip).items.iter().map(|found| found.grant.id).collect::<Vec<_>>();
    assert_eq!(ids(0), [grant_id(5), grant_id(3)], "the newest first, without ended ones");
    assert_eq!(ids(2), [grant_id(2), grant_id(1)]);
    assert_eq!((ids(4), page(9).all), (vec![], 4));
    let uses = page(0).items.iter().map(|found| (found.used, found.network)).collect::<Vec<_>>();
    assert_eq!(uses, [(Some(now), Some(network(50))), (Some(T0.plus(3)), Some(network(3)))]);
    assert!(page(0).items.iter().all(|found| found.grant.network == Some(network(7))));
    assert_eq!(store.connections(&tenant(), "an", (0, 9), now).unwrap().all, 0);
    assert_eq!(store.connections(&strangers()[0], "ann", (0, 9), now).unwrap().all, 0);
    assert_eq!(store.connections(&tenant(), "ann", (0, 9), T0.plus(31 * DAY)).unwrap().all, 0);
}

pub(crate) fn a_sweep_removes_expired_sessions(store: &Store) {
    with_session(store, 1, session(1, "ann", T0));
    with_session(store, 2, session(2, "ann", T0.plus(60)));
    let limits = SweepLimits { client_idle_secs: 90 * DAY, batch: 100, audit: store::AuditLimits::DEFAULT };
    let sweep = |secs| store.sweep(T0.plus(secs), &limits).unwrap();
    assert_eq!(sweep(IDLE_SECS - 1), Swept::default());
    assert_eq!(sweep(IDLE_SECS), Swept { sessions: 1, ..Swept::default() });
    assert!(is_live(store, 2, T0.plus(IDLE_SECS)));
    assert_eq!(sweep(2 * DAY).sessions, 1);
}
