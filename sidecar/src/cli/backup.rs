//! The commands `backup` and `restore`.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::Store;
use store::backup::{self, BackupError};
use store::crypto::Sealer;
use store::engine::redb::OpenError;
use store::entropy::{Entropy, SystemEntropy};

use super::actor;
use super::progress::{Counted, Progress, Unit};
use super::terminal::CliError;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, KeyOrigin};
use crate::ops::Caller;
use crate::serve;

/// The backup file that is written, with its progress.
type Out = Counted<BufWriter<File>>;

fn sealer(config: &Config) -> Sealer {
    Sealer::new(&config.keys.encryption_key, &config.keys.encryption_keys_previous, Arc::new(SystemEntropy))
}

/// Writes the backup to a temporary file next to `file`, checks it once it is complete and on disk, and renames it.
pub(super) fn back_up(config: &Config, file: &Path, entropy: &dyn Entropy) -> Result<String, CliError> {
    let failed = |error: BackupError| CliError::new(format_args!("{}: {error}", file.display()));
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(&beside).map_err(BackupError::Io).map_err(failed)?;
    let mut out = Counted(BufWriter::new(made), Progress::of("writing the backup", Unit::Bytes, None));
    let done = fill(config, &mut out, entropy).and_then(|what| {
        out.flush().and_then(|()| out.0.get_ref().sync_all()).map_err(CliError::new)?;
        drop(out);
        check(config, &beside).map_err(failed)?;
        std::fs::rename(&beside, file).map_err(CliError::new)?;
        Ok(what)
    });
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    let key = match &config.keys.origin {
        KeyOrigin::Given => "BOUNCER_ENCRYPTION_KEY".to_owned(),
        KeyOrigin::Found(path) | KeyOrigin::Made(path) | KeyOrigin::ToBeMade(path) => {
            format!("the key in {}", path.display())
        }
    };
    done.map(|what| {
        format!(
            "{} holds {what}; to restore it you need {key}: keep that as well, in another place\n",
            file.display()
        )
    })
}

/// Writes a backup to `out`: reads the store directly or, if the running sidecar has the database file open, gets the
/// backup from the sidecar.
fn fill(config: &Config, out: &mut Out, entropy: &dyn Entropy) -> Result<String, CliError> {
    let sealer = sealer(config);
    let store: Arc<Store> = if config.storage.database_url.is_some() {
        serve::open_store(config, Arc::new(SystemEntropy)).map_err(CliError::new)?
    } else {
        if !config.storage.db_path.exists() {
            return Err(CliError::new(format_args!(
                "there is no database {}",
                config.storage.db_path.display()
            )));
        }
        match Store::open_file(&config.storage.db_path) {
            Ok(store) => Arc::new(store),
            Err(OpenError::InUse(_)) => return fetch(config, &sealer, out),
            Err(error) => return Err(CliError::new(error)),
        }
    };
    let count = backup::back_up(&store, out, &sealer, entropy).map_err(CliError::new)?;
    Ok(format!("{count} entries"))
}

fn fetch(config: &Config, sealer: &Sealer, out: &mut Out) -> Result<String, CliError> {
    let caller = Caller {
        places: config.server.ops_listen.destinations(),
        sealer,
        entropy: &SystemEntropy,
        actor: actor::of_this_process(),
    };
    match crate::backup::fetch(&caller, SystemClock.now(), out) {
        Ok(bytes) => Ok(format!("{bytes} bytes from the running sidecar")),
        Err(error) => Err(CliError::new(format_args!(
            "the database is in use, and the sidecar that uses it makes no backup: {error}"
        ))),
    }
}

/// Reads the whole file back, so that an incomplete or unreadable backup is never reported as made.
fn check(config: &Config, file: &Path) -> Result<(), BackupError> {
    let mut reader = backup::Reader::new(opened("checking the backup", file)?, &sealer(config))?;
    while reader.next_frame()? {}
    Ok(())
}

/// Opens a backup file and shows the progress of reading it; `what` says why it is read.
fn opened(what: &'static str, file: &Path) -> std::io::Result<Counted<BufReader<File>>> {
    let file = File::open(file)?;
    let length = file.metadata()?.len();
    Ok(Counted(BufReader::new(file), Progress::of(what, Unit::Bytes, Some(length))))
}

/// Restores a backup into the configured store, which must be empty.
pub(super) fn restore(config: &Config, file: &Path) -> Result<String, CliError> {
    let failed = |error: BackupError| CliError::new(format_args!("{}: {error}", file.display()));
    let from = opened("restoring the backup", file).map_err(BackupError::Io).map_err(failed)?;
    let store = serve::open_store(config, Arc::new(SystemEntropy)).map_err(CliError::new)?;
    let count = backup::restore(&store, from, &sealer(config)).map_err(failed)?;
    Ok(format!("{count} entries restored\n"))
}
