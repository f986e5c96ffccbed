//! The encryption key that the first start makes if none is given: a file in the store's folder.
//!
//! The file contains the key in base64 and, after `rekey --new-key`, the previous key on the second line. Whoever
//! reads the folder can read everything in the store, so for production a key that is given from elsewhere is
//! recommended.

use std::io;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use protocol::secret::{Secret, decode_key32};
use zeroize::Zeroizing;

use crate::whole_file;
use store::entropy::{Entropy, random_bytes};

/// Only the file's owner may read and write it.
const MODE: u32 = 0o600;

/// The path of the key file for the store at this path.
pub(super) fn path_of(store: &Path) -> PathBuf {
    let mut name = store.file_name().unwrap_or_default().to_owned();
    name.push(".key");
    store.with_file_name(name)
}

/// Reads the keys in the file, the present one first. `None` if there is no file. The error is a sentence.
pub(super) fn read(path: &Path) -> Result<Option<Vec<Secret<[u8; 32]>>>, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(format!("the encryption key in {} cannot be read: {error}", path.display()));
        }
    };
    let keys: Result<Vec<_>, _> = text.lines().map(decode_key32).collect();
    match keys {
        Ok(keys) if !keys.is_empty() => Ok(Some(keys)),
        Ok(_) | Err(_) => Err(format!(
            "{} holds no encryption key: put it back from a backup, or give the key in BOUNCER_ENCRYPTION_KEY and remove \
             the file",
            path.display()
        )),
    }
}

/// Makes a key and stores it in the file. If another process made the file first, returns the key of that process.
pub(super) fn make(path: &Path, entropy: &dyn Entropy) -> Result<Secret<[u8; 32]>, String> {
    let key = random_bytes(entropy).map(Secret::new).map_err(|error| error.to_string())?;
    match whole_file::create(path, text(&[&key]).as_bytes(), MODE) {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let keys = read(path)?.unwrap_or_default();
            keys.into_iter().next().ok_or_else(|| format!("{} was removed again", path.display()))
        }
        Err(error) => Err(format!(
            "BOUNCER_ENCRYPTION_KEY is not set, and no key can be made in {}: {error}; set the variable to what \
             `mcpbouncer keygen` prints, or make the folder one that the sidecar may write",
            path.display()
        )),
    }
}

/// Replaces the keys in the file.
pub(crate) fn replace(path: &Path, keys: &[&Secret<[u8; 32]>]) -> io::Result<()> {
    whole_file::replace(path, text(keys).as_bytes(), MODE)
}

/// Returns the content of the file, one key per line.
fn text(keys: &[&Secret<[u8; 32]>]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for key in keys {
        text.push_str(&Zeroizing::new(Base64::encode_string(key.expose())));
        text.push('\n');
    }
    text
}
