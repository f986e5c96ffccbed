//! The disk under the store: whether it outlives the container, and how much room it has.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::disk::{LITTLE, free};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::row::Severity;
use crate::whole_file::folder_of;

/// Fewer free bytes than this are a fault: the file grows by steps of some MiB.
const NONE: u64 = 16 * 1024 * 1024;
/// The kinds of file systems that are gone with the container or at the machine's next start.
const TRANSIENT: [&str; 5] = ["overlay", "aufs", "tmpfs", "ramfs", "rootfs"];
/// The file in which the kernel lists the mounts (`proc_pid_mountinfo(5)`).
const MOUNTS: &str = "/proc/self/mountinfo";

/// Checks the folder of the database file.
pub(super) fn check(config: &Config, ledger: &mut Ledger) {
    if config.storage.database_url.is_some() {
        for check in [Check::StoreVolume, Check::DiskSpace] {
            ledger.not_checked(check, "the store is a PostgreSQL database");
        }
        return;
    }
    let path = &config.storage.db_path;
    let Ok(folder) = folder_of(path).canonicalize() else {
        for check in [Check::StoreVolume, Check::DiskSpace] {
            ledger.not_checked(check, format!("the folder of {} does not exist", path.display()));
        }
        return;
    };
    match std::fs::read_to_string(MOUNTS).ok().and_then(|text| file_system(&text, &folder)) {
        None => ledger.not_checked(Check::StoreVolume, format!("{MOUNTS} cannot be read")),
        Some(kind) => ledger.judge(Check::StoreVolume, !TRANSIENT.contains(&kind.as_str()), || {
            format!("{} is on {kind}, which is gone with the container.", path.display())
        }),
    }
    space(&folder, ledger);
}

fn space(folder: &Path, ledger: &mut Ledger) {
    let Some(free) = free(folder) else {
        return ledger.not_checked(Check::DiskSpace, format!("{} cannot be asked", folder.display()));
    };
    let sentence = format!("{} has {} MiB left.", folder.display(), free / 1024 / 1024);
    if free < NONE {
        ledger.found_with(Check::DiskSpace, Severity::Fault, sentence, Check::DiskSpace.row().remedy);
    } else {
        ledger.judge(Check::DiskSpace, free >= LITTLE, || sentence);
    }
}

/// Returns the kind of the file system that contains this folder: that of the mount with the longest path above the
/// folder; of several mounts at one path, the last one. `None` if no mount contains the folder.
pub(super) fn file_system(mounts: &str, folder: &Path) -> Option<String> {
    let mut found: Option<(PathBuf, &str)> = None;
    for line in mounts.lines() {
        let Some((before, after)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (before.split(' ').nth(4), after.split(' ').next()) else { continue };
        let point = PathBuf::from(unescaped(point));
        let is_deeper = found.as_ref().is_none_or(|(known, _)| point.starts_with(known));
        if folder.starts_with(&point) && is_deeper {
            found = Some((point, kind));
        }
    }
    found.map(|(_, kind)| kind.to_owned())
}

/// Undoes the kernel's escapes: it writes space, tab, line break and backslash as `\040`, `\011`, `\012` and `\134`.
fn unescaped(path: &str) -> String {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    escapes.iter().fold(path.to_owned(), |path, (escape, meant)| path.replace(escape, meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_and_last_mount_counts() {
        let mounts = "22 1 0:21 / / rw,relatime - overlay overlay rw,lowerdir=/x\n\
                      23 22 0:22 / /dev/shm rw - tmpfs shm rw\n\
                      24 22 254:0 /v /data rw - ext4 /dev/vda rw\n\
                      25 24 0:30 / /data/my\\040files rw - tmpfs t rw\n\
                      26 22 0:31 / /run rw - tmpfs t rw\n\
                      27 22 0:31 / /run rw - xfs /dev/vdb rw\n\
                      nonsense\n";
        for (folder, kind) in [
            ("/", "overlay"),
            ("/database", "overlay"),
            ("/data", "ext4"),
            ("/data/deep/er", "ext4"),
            ("/data/my files/x", "tmpfs"),
            ("/dev/shm", "tmpfs"),
            ("/run", "xfs"),
        ] {
            assert_eq!(file_system(mounts, Path::new(folder)).as_deref(), Some(kind), "{folder}");
        }
        assert_eq!(file_system("", Path::new("/")), None);
    }
}
