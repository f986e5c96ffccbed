//! Random operations on the oracle and on a backend: all results and the final state must be equal.

use crate::audit::rotation;
use crate::fixtures::*;
use crate::model_look::look;
use crate::model_sessions::run_session;
use proptest::prelude::*;
use protocol::server::login::StepKind;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use std::sync::Arc;
use store::intent::audit::{Append, Audited, EraseSubject};
use store::intent::logins::{AdvanceLogin, LoginKey};
use store::intent::refresh::RotateRefresh;
use store::record::{
    AssertionRecord, AuditClass, AuditRecord, GrantRecord, Hash, LoginRecord, LoginStep, RevokeReason,
    SessionRecord,
};
use store::{AuditLimits, GrantUpdate, NewSession, Store, SweepLimits, Swept};

/// One operation; numbers choose among few ids, so that operations often refer to the same records.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Register(u8, u8),
    Put(u8, u8, bool),
    Remove(u8, u8),
    Assert(u8),
    Begin(u8, u8, u8),
    Advance(u8, u8, u8, bool, bool),
    Finish(u8, u8, u8),
    Drop(u8, u8, u8),
    Redeem(u8, u8, bool),
    /// Tenant, grant, assertion.
    Direct(u8, u8, u8),
    Rotate(u8, u8, u8, u8),
    Revoke(u8, u8),
    End(u8, u8),
    /// Tenant, login, browser, user.
    SignIn(u8, u8, u8, u8),
    /// Tenant, session, presented and next secret.
    Session(u8, u8, u8, u8),
    EndSession(u8, u8),
    EndOwn(u8, u8, bool),
    /// Tenant, token, and how many more tokens are made: eight for each of this number.
    Personal(u8, u8, u8),
    EndPersonal(u8),
    /// Tenant, session, presented secret, and the session that begins.
    Restart(u8, u8, u8, u8),
    EndPassword(u8),
    /// User, time step.
    Enrol(u8, u8),
    /// User, time step or recovery code.
    Present(u8, u8, bool),
    Unenrol(u8),
    /// Adds a passkey: user, handle, passkey.
    AddPasskey(u8, u8, u8),
    /// Uses a passkey: user, passkey, counter, signed data.
    UsePasskey(u8, u8, u8, u8),
    /// Removes passkeys: user, passkey, and whether all passkeys are removed.
    RemovePasskey(u8, u8, bool),
    BeginUpstream(u8, u8),
    EndUpstream(u8, u8),
    /// An audited rotation: tokens, and the number of its row.
    RotateAudited(u8, u8, u32),
    /// The number of the row, its subject, and whether it is proven.
    Append(u32, u8, bool),
    Erase(u8, u8),
    Sweep(u8),
    Wait(u32),
}

pub(crate) const IDS: u8 = 6;

pub(crate) fn ops() -> impl Strategy<Value = Vec<Op>> {
    let n = 0..IDS;
    let few = 0_u8..3;
    let op = prop_oneof![
        3 => (few.clone(), few.clone()).prop_map(|(t, c)| Op::Register(t, c)),
        2 => (few.clone(), few.clone(), any::<bool>()).prop_map(|(t, c, named)| Op::Put(t, c, named)),
        1 => (few.clone(), few.clone()).prop_map(|(t, c)| Op::Remove(t, c)),
        1 => n.clone().prop_map(Op::Assert),
        6 => (few.clone(), n.clone(), few.clone()).prop_map(|(t, f, b)| Op::Begin(t, f, b)),
        9 => (few.clone(), n.clone(), few.clone(), prop::bool::weighted(0.1), any::<bool>())
            .prop_map(|(t, f, b, stale, r)| Op::Advance(t, f, b, stale, r)),
        6 => (few.clone(), n.clone(), few.clone()).prop_map(|(t, f, b)| Op::Finish(t, f, b)),
        1 => (few.clone(), n.clone(), few.clone()).prop_map(|(t, f, b)| Op::Drop(t, f, b)),
        6 => (few.clone(), n.clone(), any::<bool>()).prop_map(|(t, c, r)| Op::Redeem(t, c, r)),
        6 => (few.clone(), n.clone(), n.clone()).prop_map(|(t, g, a)| Op::Direct(t, g, a)),
        8 => (few.clone(), n.clone(), n.clone(), few.clone()).prop_map(|(t, a, b, c)| Op::Rotate(t, a, b, c)),
        2 => (few.clone(), n.clone()).prop_map(|(t, f)| Op::BeginUpstream(t, f)),
        2 => (few.clone(), n.clone()).prop_map(|(t, f)| Op::EndUpstream(t, f)),
        1 => (few.clone(), n.clone()).prop_map(|(t, f)| Op::Revoke(t, f)),
        4 => (n.clone(), n.clone(), any::<u32>()).prop_map(|(a, b, row)| Op::RotateAudited(a, b, row)),
        8 => (any::<u32>(), few.clone(), any::<bool>()).prop_map(|(row, s, proven)| Op::Append(row, s, proven)),
        1 => (few.clone(), 1_u8..4).prop_map(|(s, batch)| Op::Erase(s, batch)),
        1 => (few.clone(), n.clone()).prop_map(|(t, f)| Op::End(t, f)),
        6 => (few.clone(), n.clone(), few.clone(), few.clone()).prop_map(|(t, f, b, u)| Op::SignIn(t, f, b, u)),
        8 => (few.clone(), n.clone(), n.clone(), n.clone()).prop_map(|(t, s, a, b)| Op::Session(t, s, a, b)),
        1 => (few.clone(), n.clone()).prop_map(|(t, s)| Op::EndSession(t, s)),
        2 => (few.clone(), n.clone(), any::<bool>()).prop_map(|(t, f, all)| Op::EndOwn(t, f, all)),
        6 => (few.clone(), n.clone(), 0_u8..3).prop_map(|(t, f, more)| Op::Personal(t, f, more)),
        1 => few.clone().prop_map(Op::EndPersonal),
        3 => (few.clone(), n.clone(), n.clone(), n.clone()).prop_map(|(t, s, a, b)| Op::Restart(t, s, a, b)),
        1 => few.clone().prop_map(Op::EndPassword),
        3 => (few.clone(), n.clone()).prop_map(|(u, step)| Op::Enrol(u, step)),
        6 => (few.clone(), n.clone(), any::<bool>()).prop_map(|(u, step, code)| Op::Present(u, step, code)),
        1 => few.clone().prop_map(Op::Unenrol),
        3 => (few.clone(), 0_u8..2, n.clone()).prop_map(|(u, handle, p)| Op::AddPasskey(u, handle, p)),
        5 => (few.clone(), n.clone(), few.clone(), few.clone()).prop_map(|(u, p, c, s)| Op::UsePasskey(u, p, c, s)),
        2 => (few.clone(), n.clone(), prop::bool::weighted(0.2)).prop_map(|(u, p, all)| Op::RemovePasskey(u, p, all)),
        2 => (1_u8..4).prop_map(Op::Sweep),
        3 => prop_oneof![1_u32..70, 500_u32..4_000, 80_000_u32..1_300_000].prop_map(Op::Wait),
    ];
    prop::collection::vec(op, 1..80)
}

pub(crate) fn tenant_number(n: u8) -> Tenant {
    // Mostly the same tenant, so that operations often succeed.
    if n < 2 { tenant() } else { strangers()[1].clone() }
}

pub(crate) fn browser(n: u8) -> Hash {
    if n < 2 { BROWSER } else { [0xbe; 32] }
}

pub(crate) fn client_name(n: u8) -> String {
    if n < 2 { CLIENT.to_owned() } else { "client-2".to_owned() }
}

/// Limits so low that the table is often full.
const FEW: AuditLimits = AuditLimits { kept_secs: DAY, rows: 10, unproven_rows: 2 };

pub(crate) fn subject_name(n: u8) -> String {
    format!("subject {n}")
}

/// Some rows have no subject.
fn audit_row(number: u32, subject: u8, proven: bool, now: UnixTime) -> AuditRecord {
    let class = if proven { AuditClass::Proven } else { AuditClass::Unproven };
    let subject = (subject > 0).then(|| subject_name(subject).into());
    AuditRecord { subject, ..AuditRecord::new(class, now, crate::audit::numbered(number), "kind", "done") }
}

/// The login's current step, so that compare-and-swap usually succeeds; if there is none, a possible step.
pub(crate) fn current_step(store: &Store, t: &Tenant, flow: u8, b: &Hash, now: UnixTime) -> LoginStep {
    let login = store.login(t, &id(flow), b, now).unwrap();
    login.map_or_else(|| first_step(flow), |login| login.step)
}

/// Some logins are local, some use a provider.
const fn first_step(flow: u8) -> LoginStep {
    LoginStep::first(flow.is_multiple_of(2))
}

/// Runs one operation and formats its result. Errors are compared by kind, because their texts may differ.
pub(crate) fn run(store: &Store, op: &Op, now: UnixTime) -> String {
    match op.clone() {
        Op::Register(t, c) => {
            format!("{:?}", store.register_client(client(&tenant_number(t), &client_name(c), now), now).ok())
        }
        Op::Put(t, c, named) => {
            let mut record = client(&tenant_number(t), &client_name(c), now);
            record.metadata = serde_json::json!({ "client_name": now.as_secs() % 3 });
            format!("{:?}", store.put_client(record, Arc::new(move |_: &str| named), now).ok())
        }
        Op::Remove(t, c) => {
            format!("{:?}", store.remove_client(&tenant_number(t), &client_name(c), now).ok())
        }
        Op::Assert(n) => {
            let record = AssertionRecord { id: id(n), expires: now.plus(60) };
            format!("{:?}", store.use_assertion(record, now).ok())
        }
        Op::Begin(..) | Op::Advance(..) | Op::Finish(..) | Op::Drop(..) => run_login(store, op, now),
        Op::Redeem(t, c, with_refresh) => {
            let t = tenant_number(t);
            let mut new = grant(c, now);
            new.grant.tenant = t.clone();
            new.refresh = new.refresh.filter(|_| with_refresh);
            format!("{:?}", store.redeem_code(&t, &id(c), new, now).ok())
        }
        Op::Direct(t, g, a) => {
            let sub = if g % 2 == 0 { "ann" } else { "user 1" };
            let grant = crate::direct::direct(g, sub, now);
            let grant = GrantRecord { tenant: tenant_number(t), client_id: client_name(t), ..grant };
            let record = AssertionRecord { id: id(a), expires: now.plus(60) };
            format!("{:?}", store.put_direct(grant, (a % 2 == 0).then_some(record), now).ok())
        }
        Op::Rotate(t, from, to, c) => {
            let mut rotate = rotate_to(to, now);
            rotate.update.identity = Some(identity(&format!("user {}", to % 2)));
            let t = tenant_number(t);
            format!("{:?}", store.rotate_refresh(&t, &id(from), &client_name(c), rotate, now).ok())
        }
        Op::Revoke(t, f) => {
            let answer = store.revoke_grant(&tenant_number(t), &grant_id(f), RevokeReason::UserRefused, now);
            format!("{:?}", answer.ok())
        }
        Op::End(t, f) => {
            // Several grants at once, of which some may not be live.
            let named = [f, (f + 1) % IDS, f].map(|f| (tenant_number(t), grant_id(f)));
            format!("{:?}", store.end_grants(named.to_vec(), now).ok())
        }
        Op::SignIn(..)
        | Op::Session(..)
        | Op::EndSession(..)
        | Op::EndOwn(..)
        | Op::Restart(..)
        | Op::EndPassword(..)
        | Op::Enrol(..)
        | Op::Present(..)
        | Op::Unenrol(..)
        | Op::AddPasskey(..)
        | Op::UsePasskey(..)
        | Op::RemovePasskey(..) => run_session(store, op, now),
        Op::BeginUpstream(t, f) => {
            format!("{:?}", store.begin_upstream(&tenant_number(t), &grant_id(f), 10, now).ok())
        }
        Op::EndUpstream(t, f) => {
            let update = GrantUpdate { confirmed: Some(now), ..GrantUpdate::default() };
            format!("{:?}", store.end_upstream(&tenant_number(t), &grant_id(f), update, now).ok())
        }
        Op::RotateAudited(..) | Op::Append(..) | Op::Erase(..) => run_audited(store, op, now),
        Op::Personal(t, f, more) => {
            // Several tokens at once, so that the maximum is reached now and then.
            let add = |n: u8| {
                let grant = GrantRecord { tenant: tenant_number(t), ..personal(n, now) };
                format!("{:?}", store.add_personal(grant, now).ok())
            };
            (0..=more * 8).map(|n| add(100 + f * 20 + n)).collect()
        }
        Op::EndPersonal(t) => format!("{:?}", store.end_personal(&tenant_number(t), "ann", now).ok()),
        Op::Sweep(batch) => {
            let limits = SweepLimits { client_idle_secs: 5 * DAY, batch: usize::from(batch), audit: FEW };
            format!("{:?}", store.sweep(now, &limits).ok())
        }
        Op::Wait(_) => String::new(),
    }
}

/// [`run`] for the operations on logins.
fn run_login(store: &Store, op: &Op, now: UnixTime) -> String {
    match op.clone() {
        Op::Begin(t, f, b) => {
            let step = first_step(f);
            let tenant = tenant_number(t);
            // Some logins are only for a session, not for a client.
            let begun = if f == IDS - 1 { sign_in(f, now) } else { login(f, now) };
            let record = LoginRecord { tenant, browser: browser(b), step, ..begun };
            format!("{:?}", store.begin_login(record, now).ok())
        }
        Op::Advance(t, f, b, stale, rebind) => {
            let (t, b) = (tenant_number(t), browser(b));
            let step = if stale { first_step(f) } else { current_step(store, &t, f, &b, now) };
            let advanced = match step.kind() {
                StepKind::AwaitPassword if stale => step.first_factor_proven(admitted("ann"), [7; 32]),
                StepKind::AwaitPassword => step.password_proven(admitted("ann"), &not_due("ann")),
                StepKind::AwaitSecondFactor => step.another_account(),
                StepKind::AwaitConsent => step.denied(),
                _ => step.sent_to_provider(callback()),
            };
            let Some(advanced) = advanced else { return "no such transition".to_owned() };
            let new = Some(&[0xbe; 32]).filter(|_| rebind);
            // Some passwords begin a session.
            let session = (rebind && advanced.to().kind() == StepKind::AwaitConsent).then(|| {
                let record = SessionRecord { tenant: t.clone(), ..session(f, "ann", now) };
                NewSession { record, replaces: stale.then(|| id(f + 1)) }
            });
            let step = if session.is_some() { advanced.with_session(id(f)) } else { advanced };
            let login = LoginKey { tenant: t, flow: id(f), browser: b };
            let advance = AdvanceLogin { login, step, rebind: new.copied(), session, now };
            format!("{:?}", store.write(advance).ok())
        }
        Op::Finish(t, f, b) => {
            let (t, b) = (tenant_number(t), browser(b));
            let step = current_step(store, &t, f, &b, now);
            let finished = match step.kind() {
                StepKind::AwaitConsent => step.consent_given(admitted("ann")),
                _ => step.identity_proven(admitted("ann")),
            };
            let Some(finished) = finished else { return "no such transition".to_owned() };
            let mut record = code(f, now);
            record.tenant = t.clone();
            format!("{:?}", store.finish_login(&t, &id(f), &b, finished, record, now).ok())
        }
        Op::Drop(t, f, b) => {
            let (t, b) = (tenant_number(t), browser(b));
            let ended = current_step(store, &t, f, &b, now).ended();
            format!("{:?}", store.drop_login(&t, &id(f), &b, ended, now).ok())
        }
        _ => String::new(),
    }
}

/// [`run`] for the operations on the audit table.
fn run_audited(store: &Store, op: &Op, now: UnixTime) -> String {
    match op.clone() {
        Op::RotateAudited(from, to, number) => {
            let row = audit_row(number, from % 3, true, now);
            let intent = RotateRefresh { rotate: rotate_to(to, now), now, ..rotation(from, to) };
            format!("{:?}", store.write(Audited::new(intent, FEW, move |_| vec![row.clone()])).ok())
        }
        Op::Append(number, subject, proven) => {
            let rows = vec![audit_row(number, subject, proven, now)];
            format!("{:?}", store.write(Append { rows, limits: FEW }).ok())
        }
        Op::Erase(subject, batch) => {
            let subject = subject_name(subject).into();
            let erase = EraseSubject { subject, tenant: None, after: None, batch: usize::from(batch) };
            format!("{:?}", store.write(erase).ok())
        }
        _ => String::new(),
    }
}

/// Runs the operations on an empty store and on the oracle. The visible state is compared after every `often`
/// operations and at the end.
fn answers_as_the_oracle(store: &Store, ops: &[Op], often: usize) -> Result<(), TestCaseError> {
    let oracle = Store::oracle();
    let mut now = T0;
    for (at, op) in ops.iter().enumerate() {
        if let Op::Wait(secs) = op {
            now = now.plus(u64::from(*secs));
        }
        prop_assert_eq!(run(store, op, now), run(&oracle, op, now), "operation {} {:?}", at, op);
        if at % often == 0 || at + 1 == ops.len() {
            prop_assert_eq!(look(store, now), look(&oracle, now), "after operation {} {:?}", at, op);
        }
    }
    // Finally everything is removed, and no index entries are left.
    let limits = SweepLimits { client_idle_secs: DAY, batch: 1_000, audit: FEW };
    let end = now.plus(1_000 * DAY);
    prop_assert_eq!(store.sweep(end, &limits).unwrap(), oracle.sweep(end, &limits).unwrap());
    prop_assert_eq!(store.sweep(end, &limits).unwrap(), Swept::default());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redb_behaves_like_the_oracle(ops in ops()) {
        let store = Store::on_backend(redb::backends::InMemoryBackend::new).unwrap();
        answers_as_the_oracle(&store, &ops, 1)?;
    }
}

proptest! {
    // Reading the whole state takes hundreds of round trips to PostgreSQL.
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn postgres_behaves_like_the_oracle(ops in ops()) {
        answers_as_the_oracle(&crate::server::store(), &ops, 20)?;
    }
}
