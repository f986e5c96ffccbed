//! Writes the files, each as a whole. A file with other content is replaced only if that is wanted.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::files::File;
use crate::cli::terminal::CliError;
use crate::whole_file;

/// The mode of a file that only its owner may read.
const PRIVATE: u32 = 0o600;

/// What was done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// The file did not exist, and was written.
    Written,
    /// The file had this content already.
    Unchanged,
    /// The file had this content already, but other users of the machine could read it; now only its owner can.
    Closed,
    /// The file was replaced; the previous one is kept as `FILE.bak`.
    Replaced,
}

/// Writes the files to the folder. If files there have other content, passes their names to `replaces`, and writes no
/// file at all if that returns `false`.
pub(super) fn write(
    folder: &Path,
    files: &[File],
    replaces: impl FnOnce(&str) -> Result<bool, CliError>,
) -> Result<Vec<Done>, CliError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| CliError::new(format_args!("{path}: {error}"))
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut found = Vec::new();
    for file in files {
        let path = folder.join(file.name);
        found.push(read(&path).map_err(failed(&path))?);
    }
    let differs = |(file, found): &(&File, &Option<Zeroizing<Vec<u8>>>)| {
        found.as_ref().is_some_and(|found| !is(file, found))
    };
    let different: Vec<&str> = files.iter().zip(&found).filter(differs).map(|(file, _)| file.name).collect();
    let different = different.join(", ");
    if !different.is_empty() && !replaces(&different)? {
        return Err(CliError::new(format_args!(
            "{} in {} differs from what the answers give, and nothing was written: choose another folder (--directory), or \
             replace it (--force keeps the previous one as FILE.bak)",
            different,
            folder.display()
        )));
    }
    let mut done = Vec::new();
    for (file, found) in files.iter().zip(&found) {
        let path = folder.join(file.name);
        done.push(put(&path, file, found.as_deref().map(Vec::as_slice)).map_err(failed(&path))?);
    }
    Ok(done)
}

fn is(file: &File, found: &[u8]) -> bool {
    file.content.expose().as_bytes() == found
}

fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn put(path: &Path, file: &File, found: Option<&[u8]>) -> io::Result<Done> {
    let content = file.content.expose().as_bytes();
    match found {
        None => whole_file::create(path, content, file.mode).map(|()| Done::Written),
        Some(found) if is(file, found) => {
            let mode = fs::metadata(path)?.permissions().mode() & 0o777;
            if file.mode == PRIVATE && mode != PRIVATE {
                fs::set_permissions(path, Permissions::from_mode(file.mode))?;
                return Ok(Done::Closed);
            }
            Ok(Done::Unchanged)
        }
        Some(found) => {
            let mut backup = path.as_os_str().to_owned();
            backup.push(".bak");
            whole_file::replace(Path::new(&backup), found, file.mode)?;
            whole_file::replace(path, content, file.mode)?;
            Ok(Done::Replaced)
        }
    }
}
