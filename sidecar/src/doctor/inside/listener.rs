//! The running sidecar: its operations listener, and what that says of store and keys.

use url::Url;

use crate::config::Config;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::Probe;
use crate::doctor::text::quoted;

/// Asks for `/readyz` at each address where the listener may be.
pub(super) async fn check(config: &Config) -> Ledger {
    let mut ledger = Ledger::default();
    let mut reason = String::new();
    for (host, port) in config.server.ops_listen.destinations() {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let (Ok(url), Ok(probe)) =
            (Url::parse(&format!("http://{host}:{port}/readyz")), Probe::new(None, &[]))
        else {
            continue;
        };
        match probe.get(url, &[]).await {
            Ok(answer) => {
                ledger.fine(Check::Listener);
                ledger.judge(Check::Ready, answer.status == 200, || {
                    format!(
                        "The sidecar is not ready (status {}): {}.",
                        answer.status,
                        quoted(answer.body.trim())
                    )
                });
                return ledger;
            }
            Err(failure) => reason = failure.words(),
        }
    }
    ledger.found(Check::Listener, format!("Nothing responds at BOUNCER_METRICS_ADDR ({reason})."));
    ledger
}
