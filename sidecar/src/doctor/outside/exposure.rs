//! Checks what should not be public: Traefik's API, the sidecar's listeners, and the MCP server's own port.

use super::Outside;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::{Answer, Probe};

/// The usual port of Traefik's API.
const API: u16 = 8080;
/// The usual ports of the sidecar's listeners.
const OAUTH: u16 = 8080;
const OPERATIONS: u16 = 9090;

/// Sends requests to the URL's own host and port, and to other ports of the host.
pub(super) async fn check(outside: &Outside<'_>) -> Ledger {
    let mut ledger = Ledger::default();
    let (own, ports) = tokio::join!(own_port(outside), other_ports(outside));
    ledger.merge(own);
    ledger.merge(ports);
    ledger
}

async fn own_port(outside: &Outside<'_>) -> Ledger {
    let mut ledger = Ledger::default();
    let at = |path: &str| outside.target.at(path);
    let (version, raw, metrics, traefik) = tokio::join!(
        outside.probe.get(at("/api/version"), &[]),
        outside.probe.get(at("/api/rawdata"), &[]),
        outside.probe.get(at("/metrics"), &[]),
        outside.probe.get(at("/traefik"), &[]),
    );
    let found = [("/api/version", version), ("/api/rawdata", raw)]
        .into_iter()
        .find(|(_, answer)| answer.as_ref().is_ok_and(is_api));
    ledger.judge(Check::ApiPublic, found.is_none(), || {
        format!("Traefik's API answers at {}.", at(found.as_ref().map_or("", |(path, _)| path)))
    });
    let found = [("/metrics", metrics), ("/traefik", traefik)]
        .into_iter()
        .find(|(_, answer)| answer.as_ref().is_ok_and(is_operations));
    ledger.judge(Check::OperationsPublic, found.is_none(), || {
        format!("The operations listener answers at {}.", at(found.as_ref().map_or("", |(path, _)| path)))
    });
    ledger
}

fn is_api(answer: &Answer) -> bool {
    answer.status == 200
        && (answer.body.contains("\"Codename\"") || answer.body.contains("\"routers\""))
        && answer.json().is_some()
}

fn is_operations(answer: &Answer) -> bool {
    answer.status == 200 && (answer.body.contains("bouncer_") || answer.body.contains("mcpb-tenant"))
}

async fn other_ports(outside: &Outside<'_>) -> Ledger {
    let mut ledger = Ledger::default();
    if outside.target.is_loopback() {
        for check in [Check::SidecarPublic, Check::ServerPublic] {
            ledger.not_checked(check, "the host is this machine, whose ports are not seen from outside here");
        }
        return ledger;
    }
    let api = outside.ports.api.unwrap_or(API);
    if let Some(answer) = ask(outside, api, "/api/version").await {
        ledger.judge(Check::ApiPublic, !is_api(&answer), || format!("Traefik's API answers at port {api}."));
    }
    let operations = outside.ports.operations.unwrap_or(OPERATIONS);
    if let Some(answer) = ask(outside, operations, "/metrics").await {
        ledger.judge(Check::OperationsPublic, !is_operations(&answer), || {
            format!("The operations listener answers at port {operations}.")
        });
    }
    let oauth = outside.ports.oauth.unwrap_or(OAUTH);
    let answer = ask(outside, oauth, "/oauth/jwks.json").await;
    let is_sidecar = answer.is_some_and(|answer| answer.headers.contains_key("x-mcpb-sidecar"));
    ledger.judge(Check::SidecarPublic, !is_sidecar, || format!("The sidecar answers at port {oauth}."));
    servers(outside, &mut ledger).await;
    ledger
}

async fn servers(outside: &Outside<'_>, ledger: &mut Ledger) {
    if outside.ports.servers.is_empty() {
        return ledger.not_checked(
            Check::ServerPublic,
            "the MCP server's port is not known (run doctor where it can read Traefik's API)",
        );
    }
    for port in &outside.ports.servers {
        let is_own = [outside.target.port(), 80, 443].contains(port);
        let answer = if is_own { None } else { ask(outside, *port, outside.target.url().path()).await };
        ledger.judge(Check::ServerPublic, answer.is_none(), || {
            let status = answer.as_ref().map_or(0, |answer| answer.status);
            format!("Port {port}, which is an MCP server's, answers with status {status}.")
        });
    }
}

/// Returns the response to plain http at another port of the host; `None` if nothing responds there.
async fn ask(outside: &Outside<'_>, port: u16, path: &str) -> Option<Answer> {
    let url = outside.target.plain(port, path)?;
    let probe = Probe::new(outside.target.address(port), outside.authorities).ok()?;
    probe.get(url, &[]).await.ok()
}
