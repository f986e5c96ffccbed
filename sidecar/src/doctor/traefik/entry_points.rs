//! Checks entry points: TLS, trusted proxies, time limits, header aliases.

use std::collections::BTreeSet;

use serde_json::Value;

use super::map::{Map, Router};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::target::Target;
use crate::doctor::value::at;

/// The first version of Traefik with `aliasHeadersStrategy`.
const ALIASES: (u32, u32, u32) = (3, 7, 12);

/// Checks the entry points of protected routers.
pub(super) fn check(map: &Map, client_ip_depth: u32, ledger: &mut Ledger) {
    let used: BTreeSet<&String> = map.protected().flat_map(|router| &router.entry_points).collect();
    for name in used {
        let Some(entry) = map.entry_points.get(name) else { continue };
        one(map, name, entry, client_ip_depth, ledger);
    }
    for router in map.protected() {
        tls(map, router, ledger);
    }
    for check in [
        Check::ForwardedHeaders,
        Check::ClientAddress,
        Check::StreamTimeout,
        Check::HeaderAliases,
        Check::EntryTls,
    ] {
        ledger.fine(check);
    }
}

fn one(map: &Map, name: &str, entry: &Value, client_ip_depth: u32, ledger: &mut Ledger) {
    ledger.judge(Check::ForwardedHeaders, *at(entry, "/forwardedHeaders/insecure") != true, || {
        format!("The entry point {name} trusts X-Forwarded-* of everybody (forwardedHeaders.insecure).")
    });
    ledger.judge(Check::ClientAddress, client_ip_depth == 0 || trusts(entry), || {
        format!(
            "BOUNCER_CLIENT_IP_DEPTH is {client_ip_depth}, but the entry point {name} trusts no proxy, so X-Forwarded-For \
             holds the peer alone."
        )
    });
    let limit = at(entry, "/transport/respondingTimeouts/writeTimeout").as_str().unwrap_or("0s");
    ledger.judge(Check::StreamTimeout, is_zero(limit), || {
        format!("The entry point {name} ends each response after {limit} (writeTimeout).")
    });
    let deletes = at(entry, "/http/aliasHeadersStrategy").as_str() == Some("delete");
    if map.version < ALIASES {
        ledger.not_checked(Check::HeaderAliases, "this Traefik does not have the option");
    } else {
        ledger.judge(Check::HeaderAliases, deletes, || {
            format!("The entry point {name} lets through headers such as X_Mcp_Sub.")
        });
    }
}

/// Whether the entry point trusts the `X-Forwarded-*` headers of a proxy in front, or of everybody.
fn trusts(entry: &Value) -> bool {
    let listed = at(entry, "/forwardedHeaders/trustedIPs").as_array();
    *at(entry, "/forwardedHeaders/insecure") == true || listed.is_some_and(|list| !list.is_empty())
}

/// Finds public hosts at entry points without TLS.
fn tls(map: &Map, router: &Router, ledger: &mut Ledger) {
    let is_public = |host: &&String| {
        Target::new(&format!("http://{host}"), &[]).is_ok_and(|target| !target.is_loopback())
    };
    let Some(host) = router.hosts.iter().find(is_public) else { return };
    let plain = router.entry_points.iter().find(|name| {
        map.entry_points.get(*name).is_some_and(|entry| !at(entry, "/http/tls").is_object() && !trusts(entry))
    });
    if let (false, Some(name)) = (router.has_tls, plain) {
        ledger.found(
            Check::EntryTls,
            format!("Router {} serves {host} without TLS, at the entry point {name}.", router.name),
        );
    }
}

/// Whether a duration in Go's form is zero.
fn is_zero(duration: &str) -> bool {
    !duration.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_zero;

    #[test]
    fn durations_of_zero_set_no_limit() {
        assert!(["0s", "0", "", "0h0m0s"].iter().all(|text| is_zero(text)));
        assert!(["1m0s", "10s", "500ms"].iter().all(|text| !is_zero(text)));
    }
}
