//! From the text of a token to the proof that a trusted key signed it, through the caches.

use super::gate::{RequestView, Unreadable};
use super::key_cache::KeyCertificateCache;
use super::key_file::{KeyFile, KeyFileOptions, Loaded};
use super::token_cache::TokenCache;
use crate::jose::anchor::TrustAnchors;
use crate::jose::key_certificate::KeyCertificateError;
use crate::jose::token::{SignatureValid, TokenError, UnverifiedToken};
use crate::time::UnixTime;

/// Why there is no proof.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token or its signature is wrong.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token's key certificate is wrong.
    #[error(transparent)]
    Certificate(#[from] KeyCertificateError),
    /// The token carries no key certificate, and no key file is configured.
    #[error("token: no key certificate, and no jwksFile to look its key up in")]
    NoKeySource,
    /// No key is there to verify with: 503, not the client's fault.
    #[error("jwksFile cannot be used: {0}")]
    KeysUnavailable(String),
}

/// The key sources and what was verified with them.
pub struct Verifier {
    anchors: Option<TrustAnchors>,
    file: Option<KeyFile>,
    certificates: KeyCertificateCache,
    tokens: TokenCache,
    warning: Option<String>,
}

impl Verifier {
    /// A verifier that knows no token yet.
    pub fn new(anchors: Option<TrustAnchors>, file: Option<KeyFileOptions>) -> Self {
        Self {
            anchors,
            file: file.map(KeyFile::new),
            certificates: KeyCertificateCache::default(),
            tokens: TokenCache::default(),
            warning: None,
        }
    }

    /// The proof that a trusted key signed this token. `view` is asked for the key file, when it is due.
    pub fn verify(
        &mut self,
        token: &str,
        now: UnixTime,
        view: &mut dyn RequestView,
    ) -> Result<&SignatureValid, VerifyError> {
        let read = self.read_file(now, false, view);
        if self.tokens.get(token).is_none() {
            let proof = self.verify_anew(token, now, view, read)?;
            self.tokens.insert(token, proof);
        }
        self.tokens.get(token).ok_or(VerifyError::Token(TokenError::Signature))
    }

    /// What went wrong without making a difference to the request, for the log; told once.
    pub fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    fn verify_anew(
        &mut self,
        token: &str,
        now: UnixTime,
        view: &mut dyn RequestView,
        read: Result<(), String>,
    ) -> Result<SignatureValid, VerifyError> {
        let parsed = UnverifiedToken::parse(token)?;
        if let (Some(text), Some(anchors)) = (parsed.key_certificate(), &self.anchors) {
            let certificate = self.certificates.verified(anchors, text)?;
            return Ok(parsed.verify_certified(&certificate)?);
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
        self.read_file(now, true, view).map_err(VerifyError::KeysUnavailable)?;
        let Some(file) = &self.file else { return Err(VerifyError::NoKeySource) };
        match (parsed.verify_listed(file.keys().ok_or(TokenError::UnknownKey)?), file.failure()) {
            // The keys that served before do not hold this one; the file that may hold it cannot be read.
            (Err(TokenError::UnknownKey), Some(reason)) => {
                Err(VerifyError::KeysUnavailable(reason.to_owned()))
            }
            (outcome, _) => Ok(outcome?),
        }
    }

    /// Reads the key file if it is due, and forgets all tokens if its keys changed.
    fn read_file(
        &mut self,
        now: UnixTime,
        key_missing: bool,
        view: &mut dyn RequestView,
    ) -> Result<(), String> {
        let Some(file) = self.file.as_mut().filter(|file| file.is_due(now, key_missing)) else {
            return Ok(());
        };
        let stale = file.keys().is_some();
        let loaded = match view.key_file(file.path()) {
            Ok(json) => file.load(now, &json).map_err(|error| error.to_string()),
            Err(error) => {
                let reason = match error {
                    Unreadable::TooLarge => "it is too large".to_owned(),
                    Unreadable::Failed(reason) => reason,
                };
                file.failed(now, &reason);
                Err(reason)
            }
        };
        match loaded {
            Ok(Loaded::Same) => {}
            Ok(Loaded::Changed) => {
                self.tokens.clear();
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
