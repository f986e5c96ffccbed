//! The second source of keys: a key set in a file (`jwksFile`), read again from time to time.

use crate::jose::key::{JwkSet, JwkSetError};
use crate::time::UnixTime;

/// The minimum number of seconds between two reads.
const MIN_INTERVAL: u64 = 5;

/// The options about the key file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyFileOptions {
    /// The file's path in a mounted directory.
    pub path: String,
    /// Seconds after which the file is read again.
    pub ttl: u64,
}

/// The key set, and when it was read. The caller reads the file.
#[derive(Debug)]
pub struct KeyFile {
    options: KeyFileOptions,
    keys: Option<JwkSet>,
    tried: Option<UnixTime>,
    failure: Option<String>,
}

/// Whether a read changed the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loaded {
    /// The same keys as before.
    Same,
    /// Other keys: whatever was verified with the previous keys is void.
    Changed,
}

impl KeyFile {
    /// Creates the state of a file that has not been read yet.
    pub const fn new(options: KeyFileOptions) -> Self {
        Self { options, keys: None, tried: None, failure: None }
    }

    /// The file's path.
    pub fn path(&self) -> &str {
        &self.options.path
    }

    /// Whether the file is to be read now: it has not been usable yet, its interval is over, or a token names a key
    /// that the file does not have; but not more often than every 5 s. A clock that was set back counts as time passed.
    pub fn is_due(&self, now: UnixTime, key_missing: bool) -> bool {
        let Some(tried) = self.tried else { return true };
        let is_wanted = key_missing || self.keys.is_none();
        now.is_past(tried, if is_wanted { MIN_INTERVAL } else { self.options.ttl.max(MIN_INTERVAL) })
    }

    /// Takes the content of the file. Fails if the content cannot be used; then the previous keys stay in use.
    pub fn load(&mut self, now: UnixTime, json: &[u8]) -> Result<Loaded, JwkSetError> {
        self.tried = Some(now);
        let keys = JwkSet::parse(json).inspect_err(|error| self.failure = Some(error.to_string()))?;
        self.failure = None;
        if self.keys.as_ref() == Some(&keys) {
            return Ok(Loaded::Same);
        }
        self.keys = Some(keys);
        Ok(Loaded::Changed)
    }

    /// Notes why the file could not be read.
    pub fn failed(&mut self, now: UnixTime, reason: &str) {
        self.tried = Some(now);
        self.failure = Some(reason.to_owned());
    }

    /// Why the last read failed; `None` if it did not fail.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Why a key of the file is not used, if there is such a key.
    pub fn refused(&self) -> Option<String> {
        self.keys.as_ref()?.refused().first().map(ToString::to_string)
    }

    /// The keys; `None` if the file has never been usable.
    pub const fn keys(&self) -> Option<&JwkSet> {
        self.keys.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::key::Ed25519PublicJwk;
    use ed25519_dalek::SigningKey;

    fn set(byte: u8) -> Vec<u8> {
        let x = Ed25519PublicJwk::from_key(&SigningKey::from_bytes(&[byte; 32]).verifying_key()).x;
        format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}]}}"#).into_bytes()
    }

    #[test]
    fn when_it_is_read() {
        let mut file = KeyFile::new(KeyFileOptions { path: "/keys".to_owned(), ttl: 300 });
        let at = UnixTime::new;
        assert!(file.is_due(at(1_000), false));
        file.failed(at(1_000), "gone");
        assert!(!file.is_due(at(1_004), true) && file.is_due(at(1_005), false));
        assert_eq!(file.load(at(1_005), &set(1)), Ok(Loaded::Changed));
        assert!(!file.is_due(at(1_009), true) && file.is_due(at(1_010), true));
        assert!(!file.is_due(at(1_304), false) && file.is_due(at(1_305), false));
        assert!(file.is_due(at(900), false), "the clock was set back");
    }

    #[test]
    fn previous_keys_stay_in_use() {
        let mut file = KeyFile::new(KeyFileOptions { path: "/keys".to_owned(), ttl: 300 });
        let now = UnixTime::new(1_000);
        assert!(file.load(now, b"{").is_err() && file.keys().is_none());
        file.load(now, &set(1)).unwrap();
        assert!(file.load(now, b"").is_err());
        file.failed(now, "gone");
        assert!(file.keys().is_some());
        assert_eq!(file.load(now, &set(1)), Ok(Loaded::Same));
        assert_eq!(file.load(now, &set(2)), Ok(Loaded::Changed));
    }
}
