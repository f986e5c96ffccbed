//! Checks the running sidecar: whether its operations listener responds, and whether that says that the sidecar is
//! ready.

use url::Url;

use crate::config::Config;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::Probe;
use crate::doctor::text::quoted;

/// Asks for `/healthz` and `/readyz` at each address where the listener may be, until one responds.
pub(super) async fn check(config: &Config) -> Ledger {
    let mut ledger = Ledger::default();
    let mut reason = String::new();
    for (host, port) in config.server.ops_listen.destinations() {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let url = |path: &str| Url::parse(&format!("http://{host}:{port}{path}"));
        let (Ok(health), Ok(ready), Ok(probe)) = (url("/healthz"), url("/readyz"), Probe::new(None, &[]))
        else {
            continue;
        };
        let (health, ready) = tokio::join!(probe.get(health, &[]), probe.get(ready, &[]));
        if let Err(failure) = health {
            reason = failure.words();
            continue;
        }
        ledger.fine(Check::Listener);
        match ready {
            Ok(answer) => ledger.judge(Check::Ready, answer.status == 200, || {
                format!(
                    "The sidecar is not ready (status {}): {}.",
                    answer.status,
                    quoted(answer.body.trim())
                )
            }),
            // A database that does not respond holds the response back.
            Err(failure) => {
                ledger.found(
                    Check::Ready,
                    format!("The sidecar does not say whether it is ready ({}).", failure.words()),
                );
            }
        }
        return ledger;
    }
    ledger.found(Check::Listener, format!("Nothing responds at BOUNCER_METRICS_ADDR ({reason})."));
    ledger
}
