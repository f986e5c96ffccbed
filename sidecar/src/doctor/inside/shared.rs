//! Checks the folder that sidecar and Traefik share: whether the plugin finds this sidecar's keys there.

use protocol::resource::shared_keys::SharedKeys;

use crate::config::{Config, KeyOrigin};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::share;

/// Checks that `keys.json` can be read and holds this sidecar's keys.
pub(super) fn check(config: &Config, ledger: &mut Ledger) {
    let check = Check::SharedKeys;
    let Some(folder) = &config.server.share_dir else {
        return ledger.not_checked(check, "BOUNCER_SHARE_DIR is not set");
    };
    if matches!(config.keys.origin, KeyOrigin::ToBeMade(_)) {
        return ledger.not_checked(check, "the first start makes the keys");
    }
    let path = share::keys_file(folder);
    let keys = match std::fs::read(&path) {
        Err(error) => return ledger.found(check, format!("{} cannot be read: {error}.", path.display())),
        Ok(text) => SharedKeys::parse(&text),
    };
    let Ok(keys) = keys else {
        return ledger.found(check, format!("{} is not a whole file of keys.", path.display()));
    };
    let own = config.keys.anchor();
    let is_own = keys.anchors.iter().any(|anchor| anchor.to_text() == own.trust_anchor().to_text());
    ledger.judge(check, is_own, || format!("{} holds the keys of another sidecar.", path.display()));
}
