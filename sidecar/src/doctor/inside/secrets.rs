//! Checks who can read the files with secrets.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::disk::file_system;
use crate::config::{Config, KeyOrigin};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::row::Severity;
use crate::share;

/// The variables whose file contains no secret.
const PUBLIC: [&str; 2] = ["BOUNCER_CA_FILE", "BOUNCER_REVOCATION_FILE"];

/// Checks every file with a secret that the settings name.
pub(super) fn check(config: &Config, pairs: &[(String, String)], ledger: &mut Ledger) {
    let named = pairs.iter().filter(|(name, value)| {
        name.starts_with("BOUNCER_") && name.ends_with("_FILE") && !value.trim().is_empty()
    });
    let mut files: Vec<PathBuf> = named
        .filter(|(name, _)| !PUBLIC.contains(&name.as_str()))
        .map(|(_, value)| PathBuf::from(value.trim()))
        .collect();
    if let KeyOrigin::Found(path) = &config.keys.origin {
        files.push(path.clone());
    }
    files.extend(config.server.share_dir.as_deref().map(share::keys_file));
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    for file in files {
        let Ok(file) = file.canonicalize() else { continue };
        let Ok(metadata) = std::fs::metadata(&file) else { continue };
        if let Some((severity, who)) = exposed(metadata.permissions().mode(), is_in_memory(&mounts, &file)) {
            let sentence = format!(
                "{} can be {who} (mode {:o}).",
                file.display(),
                metadata.permissions().mode() & 0o7777
            );
            ledger.found_with(Check::SecretFiles, severity, sentence, Check::SecretFiles.row().remedy);
        }
    }
    ledger.fine(Check::SecretFiles);
}

/// Whether a file is where Docker and Kubernetes put secrets: in memory, and only inside the container. There
/// everybody may read it by default.
fn is_in_memory(mounts: &str, file: &Path) -> bool {
    file.starts_with("/run/secrets") || file_system(mounts, file).as_deref() == Some("tmpfs")
}

/// Says what everybody, not only owner and group, can do with a file of this mode, and how severe that is; `None` if
/// nothing that matters.
const fn exposed(mode: u32, is_in_memory: bool) -> Option<(Severity, &'static str)> {
    if mode & 0o002 != 0 {
        Some((Severity::Fault, "written by everybody on this machine"))
    } else if mode & 0o004 != 0 && !is_in_memory {
        Some((Severity::Warning, "read by everybody on this machine"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_may_do_counts() {
        assert_eq!(exposed(0o100_600, false), None);
        assert_eq!(exposed(0o100_640, false), None);
        assert_eq!(exposed(0o100_644, true), None);
        assert_eq!(exposed(0o100_644, false).map(|(severity, _)| severity), Some(Severity::Warning));
        assert_eq!(exposed(0o100_666, true).map(|(severity, _)| severity), Some(Severity::Fault));
    }

    #[test]
    fn secrets_of_containers_are_in_memory() {
        let mounts = "1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / /etc/keys rw - tmpfs x rw\n";
        assert!(is_in_memory(mounts, Path::new("/etc/keys/key")));
        assert!(is_in_memory(mounts, Path::new("/run/secrets/key")));
        assert!(!is_in_memory(mounts, Path::new("/etc/other/key")));
    }
}
