//! From the text of a token to the proof that a trusted key signed it, through the caches.

use super::bearer::{self, BearerError, Credentials};
use super::gate::{HeaderList, RequestView, Unreadable};
use super::key_cache::KeyCertificateCache;
use super::key_file::{KeyFile, KeyFileOptions, Loaded};
use super::token_cache::TokenCache;
use crate::jose::anchor::TrustAnchors;
use crate::jose::jws::CompactJws;
use crate::jose::key_certificate::KeyCertificateError;
use crate::jose::token::{CertifiedHeader, SignatureValid, TokenError, UnverifiedToken};
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

/// What the `Authorization` header of a request amounts to.
#[derive(Debug)]
pub enum Verified<'a> {
    /// The host did not hand the header over as it should.
    Unreadable(Unreadable),
    /// There is no bearer token.
    NoCredentials,
    /// A trusted key signed the token.
    Proof(&'a SignatureValid),
    /// None did, or none could be asked.
    Refused(VerifyError),
}

/// The key sources and what was verified with them.
pub struct Verifier {
    anchors: Option<TrustAnchors>,
    file: Option<KeyFile>,
    certificates: KeyCertificateCache,
    /// Of the last token that a certified key signed: the next will have the same.
    known: Option<CertifiedHeader>,
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
            known: None,
            tokens: TokenCache::default(),
            warning: None,
        }
    }

    /// The proof that a trusted key signed the token in this `Authorization` header. `view` is asked for the
    /// key file, when it is due. The outer error is about the header, the inner one about the token.
    pub fn verify(
        &mut self,
        header: &HeaderList,
        now: UnixTime,
        view: &mut dyn RequestView,
    ) -> Result<Verified<'_>, BearerError> {
        let read = self.read_file(now, false, view);
        let seen = self.tokens.position(header);
        let position = if seen.is_some() {
            seen
        } else {
            let values = match header.values() {
                Ok(values) => values,
                Err(error) => return Ok(Verified::Unreadable(error)),
            };
            let Credentials::Bearer(token) = bearer::parse(&values)? else {
                return Ok(Verified::NoCredentials);
            };
            match self.verify_anew(token.expose(), now, view, read) {
                Ok(proof) => self.tokens.insert(header.clone(), proof),
                Err(error) => return Ok(Verified::Refused(error)),
            }
        };
        // A token that a key signed is long enough to be kept, and short enough.
        let proof = position.and_then(|position| self.tokens.get(position));
        Ok(proof.map_or(Verified::Refused(VerifyError::Token(TokenError::Signature)), Verified::Proof))
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
        let jws = CompactJws::parse(token).map_err(TokenError::Jws)?;
        if let Some(verified) = self.known.as_mut().and_then(|known| known.verify(&jws)) {
            return Ok(verified?);
        }
        let parsed = UnverifiedToken::read(jws)?;
        if let (Some(text), Some(anchors)) = (parsed.key_certificate(), &self.anchors) {
            let certificate = self.certificates.verified(anchors, text)?;
            let mut header = parsed.certified(certificate)?;
            let proof = header.verify(&jws).unwrap_or(Err(TokenError::KeyId))?;
            // Only of a token that a certified key signed, so nobody else can put another in its place.
            self.known = Some(header);
            return Ok(proof);
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
        let loaded = match view.file(file.path()) {
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
