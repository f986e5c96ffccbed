//! The free space on a disk.

use std::path::Path;

/// If less space than this is free, in bytes, there is a warning. A million clients and refresh tokens take some
/// hundred MiB.
pub(crate) const LITTLE: u64 = 256 * 1024 * 1024;

/// Returns the free space on the disk of this file or folder, in bytes; `None` if the system does not tell it.
pub(crate) fn free(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
