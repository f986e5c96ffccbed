//! Notes which reasons the tests cause, so that `tools/test-reasons.sh` finds reasons that no test causes.

use std::collections::BTreeSet;

/// The environment variable that names the folder for the notes; each reason gets a file there.
const FOLDER: &str = "MCPBOUNCER_REASONS";

/// Returns the reasons in the text of `/metrics`.
pub(crate) fn reasons(metrics: &str) -> BTreeSet<String> {
    let events = metrics.lines().filter(|line| line.starts_with("bouncer_events_total{"));
    let reasons = events.filter_map(|line| Some(line.split_once("reason=\"")?.1.split_once('"')?.0));
    reasons.filter(|reason| !reason.is_empty()).map(str::to_owned).collect()
}

/// Writes a file for each reason, if the environment variable is set.
pub(crate) fn note(reasons: &BTreeSet<String>) {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = std::path::Path::new(&folder);
    for reason in reasons {
        std::fs::write(folder.join(reason), "").unwrap();
    }
}
