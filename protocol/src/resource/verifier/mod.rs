//! Verifies that a trusted key signed a token.

mod certified_keys;
mod error;
mod key_file;

pub use certified_keys::CertifiedKeys;
pub use error::VerifyError;
pub use key_file::{KeyFile, KeyFileOptions, Loaded};

use crate::jose::anchor::TrustAnchors;
use crate::jose::jws::CompactJws;
use crate::jose::token::{SignatureValid, TokenError, UnverifiedToken};
use crate::resource::request::RequestView;
use crate::time::UnixTime;

/// A number that changes whenever a key may no longer be trusted. What was verified in another generation must be
/// verified again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Generation(u64);

/// The sources of keys: certificates in tokens, and the key file.
pub struct Verifier {
    certified: CertifiedKeys,
    file: Option<KeyFile>,
    generation: Generation,
    warning: Option<String>,
}

impl Verifier {
    /// Creates a verifier that has no key yet.
    pub fn new(anchors: Option<TrustAnchors>, file: Option<KeyFileOptions>) -> Self {
        Self {
            certified: CertifiedKeys::new(anchors),
            file: file.map(KeyFile::new),
            generation: Generation::default(),
            warning: None,
        }
    }

    /// The generation of the present keys.
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// The certified keys.
    pub const fn certified(&mut self) -> &mut CertifiedKeys {
        &mut self.certified
    }

    /// Replaces the trust anchors. What was verified before must be verified again.
    pub fn trust(&mut self, anchors: TrustAnchors) {
        self.certified.trust(anchors);
        self.generation.0 += 1;
    }

    /// Keeps a warning for the log.
    pub fn warn(&mut self, warning: String) {
        self.warning = Some(warning);
    }

    /// Returns the kept warning for the log, once. The problem that it reports does not change the decision about the
    /// request.
    pub fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Verifies the signature of a token. If the keys read from the key file do not include the token's key, this reads
    /// the file again through `view`. `read` is the result of the last [`Verifier::refresh`]: the reason for the error
    /// if the file has never been usable.
    pub fn verify(
        &mut self,
        token: &str,
        now: UnixTime,
        view: &mut dyn RequestView,
        read: Result<(), String>,
    ) -> Result<SignatureValid, VerifyError> {
        let jws = CompactJws::parse(token).map_err(TokenError::Jws)?;
        if let Some(verified) = self.certified.verify_known(&jws) {
            return Ok(verified?);
        }
        let parsed = UnverifiedToken::read(jws)?;
        if let Some(verified) = self.certified.verify(&jws, &parsed, now) {
            return verified;
        }
        let Some(file) = &self.file else { return Err(VerifyError::NoKeySource) };
        let Some(keys) = file.keys() else {
            let reason = read.err().unwrap_or_else(|| "not read yet".to_owned());
            return Err(VerifyError::KeysUnavailable(reason));
        };
        match parsed.verify_listed(keys) {
            Err(TokenError::UnknownKey) => {}
            outcome => return Ok(outcome?),
        }
        self.refresh(now, true, view).map_err(VerifyError::KeysUnavailable)?;
        let Some(file) = &self.file else { return Err(VerifyError::NoKeySource) };
        match (parsed.verify_listed(file.keys().ok_or(TokenError::UnknownKey)?), file.failure()) {
            // The previous keys do not include this one, and the file that may include it cannot be read.
            (Err(TokenError::UnknownKey), Some(reason)) => {
                Err(VerifyError::KeysUnavailable(reason.to_owned()))
            }
            (outcome, _) => Ok(outcome?),
        }
    }

    /// Reads the key file if it is due. Fails only if the file cannot be used and no keys were read from it before.
    pub fn refresh(
        &mut self,
        now: UnixTime,
        key_missing: bool,
        view: &mut dyn RequestView,
    ) -> Result<(), String> {
        let Some(file) = self.file.as_mut().filter(|file| file.is_due(now, key_missing)) else {
            return Ok(());
        };
        let stale = file.keys().is_some();
        let loaded = match view.file(file.path()) {
            Ok(json) => file.load(now, &json).map_err(|error| error.to_string()),
            Err(error) => {
                let reason = error.of_file();
                file.failed(now, &reason);
                Err(reason)
            }
        };
        match loaded {
            Ok(Loaded::Same) => {}
            Ok(Loaded::Changed) => {
                self.generation.0 += 1;
                self.warning =
                    file.refused().map(|reason| ["jwksFile: a key is left out: ", &reason].concat());
            }
            Err(reason) if stale => {
                let parts = ["jwksFile cannot be used, the keys read before go on serving: ", &reason];
                self.warning = Some(parts.concat());
            }
            Err(reason) => return Err(reason),
        }
        Ok(())
    }
}
