//! Between the first step and the second: whether the sender of a bound token holds the key that the token is bound to
//! (DPoP, RFC 9449 §7).

use super::log::{Level, LogLine};
use super::read::{method, single};
use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::encoding::sha256;
use crate::error::OAuthError;
use crate::jose::dpop::{self, Expected, Proof, WINDOW_SECS};
use crate::resource::access_token::ValidToken;
use crate::resource::bearer::{self, Credentials};
use crate::resource::request::RequestView;
use crate::settings::Dpop;
use crate::time::UnixTime;
use std::rc::Rc;

/// Most proofs that an instance remembers. When there are more, the oldest is forgotten.
const REMEMBERED: usize = 512;

/// A token that is bound to no key, or whose sender has proven possession of its key.
pub(super) struct PossessedToken(Rc<ValidToken>);

impl PossessedToken {
    pub(super) fn into_inner(self) -> Rc<ValidToken> {
        self.0
    }
}

/// The proofs that this instance has accepted, so that none is accepted twice. Other instances have their own, and those of
/// a reload are new, so a copied proof may be accepted once by each for five minutes.
#[derive(Default)]
pub(super) struct SeenProofs(Vec<([u8; 32], UnixTime)>);

impl SeenProofs {
    /// Whether the proof with this digest of key and id was not seen before; it is from now on.
    fn is_new(&mut self, tag: [u8; 32], now: UnixTime) -> bool {
        // A proof may be from the future, by as much as it may be old.
        self.0.retain(|(_, seen)| now.since(*seen) <= 2 * WINDOW_SECS);
        if self.0.iter().any(|(seen, _)| *seen == tag) {
            return false;
        }
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        self.0.push((tag, now));
        true
    }
}

/// Requires a proof for a token that is bound to a key, and a bound token if the tenant accepts no other.
pub(super) fn prove(
    request: &TenantRequest<'_>,
    token: Rc<ValidToken>,
    seen: &mut SeenProofs,
    view: &mut dyn RequestView,
) -> Result<PossessedToken, Response> {
    let Some(thumbprint) = token.bound_to() else {
        if request.config.settings.dpop == Dpop::Required {
            return Err(request.invalid_token("it is not bound to a key, which the option dpop requires"));
        }
        return Ok(PossessedToken(token));
    };
    let refused = |reason: &str| unproven(request, OAuthError::InvalidDpopProof, reason);
    let hash = token_hash(view)?;
    let method = method(view)?;
    let uri = [request.base.origin(), request.target.path()].concat();
    let proof = single(view, "dpop")?.ok_or_else(|| refused("the header DPoP is missing"))?;
    let expected = Expected { method: &method, uri: &uri, token: Some(&hash), now: request.now };
    let proof = Proof::verify(&proof, &expected).map_err(|error| refused(&error.to_string()))?;
    if proof.thumbprint() != thumbprint {
        return Err(refused("the DPoP proof is signed by another key than the token is bound to"));
    }
    if request.config.settings.dpop_nonce {
        let is_recent = |nonce| dpop::is_recent(request.keys, request.base, request.now, nonce);
        if !proof.nonce().is_some_and(is_recent) {
            let response = unproven(request, OAuthError::UseDpopNonce, "the DPoP proof has no recent nonce");
            return Err(response.with("DPoP-Nonce", dpop::nonce(request.keys, request.base, request.now)));
        }
    }
    // Two clients may choose the same `jti`.
    let tag = sha256(&[&thumbprint[..], proof.id().as_bytes()].concat());
    if !seen.is_new(tag, request.now) {
        return Err(refused("the DPoP proof was used before"));
    }
    Ok(PossessedToken(token))
}

/// 401 `invalid_dpop_proof` or `use_dpop_nonce` (RFC 9449 §7.1, §9).
fn unproven(request: &TenantRequest<'_>, error: OAuthError, reason: &str) -> Response {
    let response = Response::error(401, error.code(), LogLine::new(Level::Info, reason.to_owned()));
    request.dpop_challenged(response, Some(error), "")
}

/// The SHA-256 of the token in the `Authorization` header, which has been read before.
fn token_hash(view: &mut dyn RequestView) -> Result<[u8; 32], Response> {
    match bearer::parse(&view.header("authorization")?.values()?) {
        Ok(Credentials::Dpop(token)) => Ok(sha256(token.expose().as_bytes())),
        _ => Err(Response::bad_request("the Authorization header changed while it was read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::new(1_800_000_000);

    fn tag(number: usize) -> [u8; 32] {
        sha256(&number.to_be_bytes())
    }

    #[test]
    fn the_oldest_proofs_are_forgotten_when_there_are_many() {
        let mut seen = SeenProofs::default();
        assert!((0..=REMEMBERED).all(|number| seen.is_new(tag(number), NOW)));
        assert!(!seen.is_new(tag(REMEMBERED), NOW) && !seen.is_new(tag(1), NOW));
        assert!(seen.is_new(tag(0), NOW), "the oldest one");
        assert_eq!(seen.0.len(), REMEMBERED);
    }

    #[test]
    fn a_proof_is_remembered_as_long_as_it_may_be_valid() {
        let mut seen = SeenProofs::default();
        assert!(seen.is_new(tag(1), NOW));
        assert!(!seen.is_new(tag(1), NOW.plus(2 * WINDOW_SECS)));
        assert!(seen.is_new(tag(1), NOW.plus(2 * WINDOW_SECS + 1)));
    }
}
