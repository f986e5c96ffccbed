//! Proofs of possession in requests to this server (DPoP, RFC 9449).
//!
//! At the token endpoint a proof names the key to which the tokens are bound. No `jti` is remembered here: what a request
//! presents is used up by it (a code, a refresh token), and the tokens that a copied proof could get are of use only to the
//! holder of its key.

use axum::http::{HeaderMap, HeaderName};
use events::Reason;
use protocol::context::PluginKeys;
use protocol::encoding::sha256;
use protocol::error::OAuthError;
use protocol::jose::dpop::{self, Expected, Proof, ProofError, Thumbprint};
use protocol::settings::Dpop;
use protocol::time::UnixTime;

use crate::edge::Ctx;
use crate::wire::Failure;
use crate::wire::headers::single;

/// The header with the proof.
const HEADER: HeaderName = HeaderName::from_static("dpop");

/// Why a request has no valid proof.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotProven {
    /// There is none, although the tenant or the token requires one, or there are several.
    #[error("the request does not have exactly one header DPoP")]
    Missing,
    /// It is not valid.
    #[error(transparent)]
    Invalid(ProofError),
    /// It is signed by another key than the token is bound to.
    #[error("the DPoP proof is signed by another key than the token is bound to")]
    OtherKey,
    /// It has no recent nonce; the client may try again with this one.
    #[error("the DPoP proof has no recent nonce")]
    Nonce(String),
}

impl From<NotProven> for Failure {
    fn from(error: NotProven) -> Self {
        match error {
            NotProven::Nonce(nonce) => {
                Self::oauth(OAuthError::UseDpopNonce, Reason::DpopNonce).dpop_nonce(nonce)
            }
            invalid => Self::oauth(OAuthError::InvalidDpopProof, Reason::DpopProof).detail(invalid),
        }
    }
}

/// The key to which the tokens of a token request are to be bound; `None`: they are bearer tokens.
pub(crate) fn key_of_token_request(
    keys: &PluginKeys,
    ctx: &Ctx,
    headers: &HeaderMap,
    now: UnixTime,
) -> Result<Option<Thumbprint>, NotProven> {
    match ctx.settings.dpop {
        Dpop::Off => return Ok(None),
        Dpop::Optional if !headers.contains_key(HEADER) => return Ok(None),
        Dpop::Optional | Dpop::Required => {}
    }
    let uri = ctx.base.join("/oauth/token");
    let expected = Expected { method: "POST", uri: &uri, token: None, now };
    proven(keys, ctx, headers, &expected).map(Some)
}

/// Requires a proof of the key to which a token is bound, in a request with this method for this endpoint of the tenant.
pub(crate) fn require_key(
    keys: &PluginKeys,
    ctx: &Ctx,
    headers: &HeaderMap,
    request: (&str, &str),
    (token, bound_to): (&str, &Thumbprint),
    now: UnixTime,
) -> Result<(), NotProven> {
    let (method, path) = request;
    let (uri, hash) = (ctx.base.join(path), sha256(token.as_bytes()));
    let expected = Expected { method, uri: &uri, token: Some(&hash), now };
    let key = proven(keys, ctx, headers, &expected)?;
    if key == *bound_to { Ok(()) } else { Err(NotProven::OtherKey) }
}

/// The key of the request's proof.
fn proven(
    keys: &PluginKeys,
    ctx: &Ctx,
    headers: &HeaderMap,
    expected: &Expected<'_>,
) -> Result<Thumbprint, NotProven> {
    let proof = single(headers, &HEADER).ok_or(NotProven::Missing)?;
    let proof = Proof::verify(proof, expected).map_err(NotProven::Invalid)?;
    let is_recent = |nonce| dpop::is_recent(keys, &ctx.base, expected.now, nonce);
    if ctx.settings.dpop_nonce && !proof.nonce().is_some_and(is_recent) {
        return Err(NotProven::Nonce(dpop::nonce(keys, &ctx.base, expected.now)));
    }
    Ok(*proof.thumbprint())
}
