//! The state that the random operations leave, as callers of the store see it.

use crate::audit::all;
use crate::fixtures::*;
use crate::model::{IDS, browser, client_name, subject_name, tenant_number};
use crate::model_sessions::handle_of;
use crate::passkeys;
use protocol::time::UnixTime;
use store::intent::audit::{AuditFilter, FindAudit, Order};
use store::intent::second_factors::FindSecondFactor;
use store::{Store, Within};

/// Returns the whole state as text.
pub(crate) fn look(store: &Store, now: UnixTime) -> String {
    use std::fmt::Write as _;
    let mut seen = String::new();
    for t in [tenant_number(0), tenant_number(2)] {
        for c in [client_name(0), client_name(2)] {
            writeln!(seen, "{:?}", store.client(&t, &c).unwrap()).unwrap();
        }
        for b in [browser(0), browser(2)] {
            writeln!(seen, "{:?}", store.login_by_upstream_state(&t, &id(77), &b, now).unwrap()).unwrap();
            for n in 0..IDS {
                writeln!(seen, "{:?}", store.login(&t, &id(n), &b, now).unwrap()).unwrap();
            }
        }
        for n in 0..IDS {
            writeln!(seen, "{:?}", store.grant(&t, &grant_id(n), now).unwrap()).unwrap();
            writeln!(seen, "{:?}", store.code(&t, &id(n), now).unwrap()).unwrap();
            writeln!(seen, "{:?}", store.refresh(&t, &id(n), now).unwrap()).unwrap();
        }
    }
    for user in 0..3 {
        let find = FindSecondFactor { user: subject_name(user) };
        writeln!(seen, "{:?}", store.read(find).unwrap()).unwrap();
        writeln!(seen, "{:?}", passkeys::find(store, &subject_name(user))).unwrap();
        for handle in 0..2 {
            writeln!(seen, "{:?}", passkeys::by_handle(store, handle_of(user, handle))).unwrap();
        }
    }
    writeln!(seen, "{:?}", store.revocations(now).unwrap()).unwrap();
    writeln!(seen, "{:?}", store.read(all()).unwrap()).unwrap();
    let filter = AuditFilter { subject: Some(subject_name(1).into()), ..AuditFilter::default() };
    let (order, limit, scan_limit) = (Order::NewestFirst, 2, 3);
    let page = FindAudit { filter, order, limit, scan_limit, ..all() };
    writeln!(seen, "{:?}", store.read(page).unwrap()).unwrap();
    listed(store, now, &mut seen).unwrap();
    seen
}

/// Appends what an administrator sees.
fn listed(store: &Store, now: UnixTime, seen: &mut String) -> std::fmt::Result {
    use std::fmt::Write as _;
    writeln!(seen, "{:?}", store.list_tenants(Within::Everything, None, 9).unwrap())?;
    writeln!(seen, "{:?}", store.list_clients(Within::Everything, None, 2).unwrap())?;
    writeln!(seen, "{:?}", store.list_grants(Within::Everything, None, 4, now).unwrap())?;
    for t in [tenant_number(0), tenant_number(2)] {
        writeln!(seen, "{:?}", store.summary(&t, 3, now).unwrap())?;
        writeln!(seen, "{:?}", store.grants_of_user(&t, "ann", now).unwrap())?;
        writeln!(seen, "{:?}", store.personal_tokens(&t, "ann", now).unwrap())?;
        writeln!(seen, "{:?}", store.connections(&t, "ann", (1, 2), now).unwrap())?;
        writeln!(seen, "{:?}", store.other_sessions(&t, "ann", &id(1), now).unwrap())?;
        writeln!(seen, "{:?}", store.grants_of_user(&t, "user 1", now).unwrap())?;
        let client = Within::Client(t.clone(), client_name(0));
        writeln!(seen, "{:?}", store.list_grants(client, None, 9, now).unwrap())?;
    }
    for n in 0..IDS {
        writeln!(seen, "{:?}", store.show_grant(grant_id(n), now).unwrap())?;
    }
    Ok(())
}
