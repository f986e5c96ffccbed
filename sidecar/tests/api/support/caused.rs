//! Notes which reasons the tests cause, so that `tools/test-reasons.sh` finds those that none does.

use std::collections::BTreeSet;

/// The variable that names the folder with a file for each reason.
const FOLDER: &str = "MCPBOUNCER_REASONS";

/// The reasons in the text of `/metrics`.
pub(crate) fn reasons(metrics: &str) -> BTreeSet<String> {
    let events = metrics.lines().filter(|line| line.starts_with("bouncer_events_total{"));
    let reasons = events.filter_map(|line| Some(line.split_once("reason=\"")?.1.split_once('"')?.0));
    reasons.filter(|reason| !reason.is_empty()).map(str::to_owned).collect()
}

/// Writes a file for each reason, if somebody asks for them.
pub(crate) fn note(reasons: &BTreeSet<String>) {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = std::path::Path::new(&folder);
    for reason in reasons {
        std::fs::write(folder.join(reason), "").unwrap();
    }
}
