//! Copies a store into a backup, and a backup into a store.

use super::error::BackupError;
use super::format::{Reader, Writer};
use crate::crypto::Sealer;
use crate::entropy::Entropy;
use crate::error::StoreError;
use crate::intent::copy::CopyIn;
use crate::store::Store;
use std::io::{Read, Write};

/// Writes a backup of the store as it is now; returns the number of entries. Blocking.
pub fn back_up<W: Write>(
    store: &Store,
    out: W,
    sealer: &Sealer,
    entropy: &dyn Entropy,
) -> Result<u64, BackupError> {
    let mut writer = Writer::new(out, sealer, entropy)?;
    let (mut count, mut failed) = (0, None);
    let copied = store.copy_out(&mut |table, key, value| {
        count += 1;
        writer.entry(table, key, value).map_err(|error| {
            failed = Some(error);
            StoreError::Stopped
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    copied?;
    writer.finish()?;
    Ok(count)
}

/// Restores a backup into an empty store; returns the number of entries. Blocking. If the restore fails after it began
/// to write, the store refuses to open until it has been emptied.
pub fn restore<R: Read>(store: &Store, from: R, sealer: &Sealer) -> Result<u64, BackupError> {
    // If the header or the first frame cannot be read, the restore fails here, before it writes anything.
    let mut reader = Reader::new(from, sealer)?;
    let mut frame = reader.frame()?;
    store.write(CopyIn::Begin)?;
    let mut count = 0;
    while let Some(entries) = frame {
        count += entries.len() as u64;
        store.write(CopyIn::Entries(entries))?;
        frame = reader.frame()?;
    }
    store.write(CopyIn::End)?;
    Ok(count)
}
