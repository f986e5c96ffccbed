//! The random operations on sessions, second factors and passkeys.

use crate::fixtures::*;
use crate::model::{Op, browser, current_step, subject_name, tenant_number};
use crate::passkeys::{self, passkey};
use crate::second_factors::{enrol, present, second_factor};
use protocol::server::second_factor::Presented;
use protocol::time::UnixTime;
use store::intent::second_factors::RemoveSecondFactor;
use store::intent::sessions::OwnGrants;
use store::record::SessionRecord;
use store::{NewSession, SessionUse, Store};

/// Returns one of the two handles of a user.
pub(crate) fn handle_of(user: u8, handle: u8) -> u8 {
    100 + 2 * user + handle
}

/// [`run`](crate::model::run) for the operations on sessions, second factors and passkeys.
pub(crate) fn run_session(store: &Store, op: &Op, now: UnixTime) -> String {
    match op.clone() {
        Op::SignIn(t, f, b, user) => {
            let (t, b, sub) = (tenant_number(t), browser(b), if user < 2 { "ann" } else { "bob" });
            let step = current_step(store, &t, f, &b, now);
            let by_password = step.clone().authenticated_by_password(admitted(sub), &not_due(sub));
            let step = by_password.or_else(|| step.authenticated_by_provider(admitted(sub)));
            let Some(step) = step else { return "no such transition".to_owned() };
            let record = SessionRecord { tenant: t.clone(), ..session(f, sub, now) };
            let session = NewSession { record, replaces: (user == 1).then(|| id(f + 1)) };
            format!("{:?}", store.finish_sign_in(&t, &id(f), &b, step, session, now).ok())
        }
        Op::Session(t, s, a, b) => {
            let used = store.use_session(&tenant_number(t), &id(s), &id(a), &id(b), now);
            format!("{:?}", used.ok())
        }
        Op::EndSession(t, s) => format!("{:?}", store.end_session(&tenant_number(t), &id(s)).ok()),
        Op::Restart(t, s, a, next) => {
            let t = tenant_number(t);
            let used = store.use_session(&t, &id(s), &id(a), &id(a), now).unwrap();
            let SessionUse::Live { session: live, .. } = used else { return "no live session".to_owned() };
            let new = id(next);
            let new = (!next.is_multiple_of(3)).then_some(&new);
            format!("{:?}", store.restart_sessions(&t, live, new, now).ok())
        }
        Op::EndPassword(t) => format!("{:?}", store.end_password_sessions(&[tenant_number(t)], "ann").ok()),
        Op::EndOwn(t, f, all) => {
            let which = if all { OwnGrants::All { but: id(f) } } else { OwnGrants::One(grant_id(f)) };
            format!("{:?}", store.end_own_grants(&tenant_number(t), "ann", which, now).ok())
        }
        Op::Enrol(user, step) => {
            format!("{}", enrol(store, second_factor(&subject_name(user), step.into())))
        }
        Op::Present(user, n, code) => {
            let presented = if code { Presented::Step(n.into()) } else { Presented::Recovery(id(n)) };
            format!("{:?}", present(store, &subject_name(user), presented))
        }
        Op::Unenrol(user) => {
            format!("{:?}", store.write(RemoveSecondFactor { user: subject_name(user) }).ok())
        }
        Op::AddPasskey(user, handle, p) => {
            let added = passkeys::add(store, &subject_name(user), handle_of(user, handle), passkey(p));
            format!("{added:?}")
        }
        Op::UsePasskey(user, p, counter, signed) => {
            let presented = (counter.into(), signed);
            format!("{:?}", passkeys::present(store, &subject_name(user), p, presented, now))
        }
        Op::RemovePasskey(user, _, true) => format!("{}", passkeys::remove_all(store, &subject_name(user))),
        Op::RemovePasskey(user, p, false) => format!("{:?}", passkeys::remove(store, &subject_name(user), p)),
        _ => String::new(),
    }
}
