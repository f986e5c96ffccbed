//! Proofs of possession (DPoP, RFC 9449): a client signs each request with a key of its own, and a token that is bound to
//! this key is of no use to anybody else.

mod key;
mod nonce;

pub use key::{ALGORITHMS, Thumbprint};
pub use nonce::{is_recent, nonce};

use super::jws::CompactJws;
use crate::encoding::b64url_decode;
use crate::json::{Json, Object};
use crate::limits::dpop::{ID, PROOF};
use crate::time::UnixTime;
use crate::uri::ResourceUri;
use key::ProofKey;

/// The `typ` of a proof (RFC 9449 §4.2).
const TYPE: &str = "dpop+jwt";
/// How old a proof may be, and how far its `iat` may lie in the future, in seconds. MCP's profile of DPoP asks for five
/// minutes.
pub const WINDOW_SECS: u64 = 300;

/// What a proof has to be about.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The method of the request: `htm`.
    pub method: &'a str,
    /// The URI of the request without query: `htu`.
    pub uri: &'a str,
    /// The SHA-256 of the access token that is sent with it: `ath`. `None` at the token endpoint.
    pub token: Option<&'a [u8; 32]>,
    /// The time.
    pub now: UnixTime,
}

/// A proof about a request, with a valid signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    thumbprint: Thumbprint,
    id: String,
    nonce: Option<String>,
}

/// Why a proof is refused (RFC 9449 §4.3). The text is for the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProofError {
    /// It is not a compact JWS of at most 4 KiB, or its header or its claims are not JSON objects.
    #[error("the DPoP proof is not a compact JWS")]
    Malformed,
    /// `typ` is not `dpop+jwt`.
    #[error("typ of the DPoP proof is not dpop+jwt")]
    Type,
    /// `jwk` is no public key of P-256 (`alg` `ES256`) or Ed25519 (`alg` `EdDSA`).
    #[error("the DPoP proof has no public key for its alg, which must be ES256 or EdDSA")]
    Key,
    /// The key did not sign it.
    #[error("the signature of the DPoP proof is wrong")]
    Signature,
    /// `htm` is not the method of the request.
    #[error("htm of the DPoP proof is not the method of the request")]
    Method,
    /// `htu` is not the URI of the request.
    #[error("htu of the DPoP proof is not the URI of the request")]
    Uri,
    /// `iat` is missing, or more than five minutes ago or ahead.
    #[error("iat of the DPoP proof is more than five minutes away from now")]
    Time,
    /// `jti` is missing or too long.
    #[error("jti of the DPoP proof is missing or too long")]
    Id,
    /// `ath` is not the hash of the access token.
    #[error("ath of the DPoP proof is not the hash of the access token")]
    Token,
}

impl Proof {
    /// Verifies a proof. Whether its key is the right one, its nonce recent, and its `jti` new, is left to the caller.
    pub fn verify(text: &str, expected: &Expected<'_>) -> Result<Self, ProofError> {
        if text.len() > PROOF.most {
            return Err(ProofError::Malformed);
        }
        let jws = CompactJws::parse(text).map_err(|_| ProofError::Malformed)?;
        let header = b64url_decode(jws.header_text()).map_err(|_| ProofError::Malformed)?;
        let header = Object::parse(&header).map_err(|_| ProofError::Malformed)?;
        if header.text("typ") != Ok(Some(TYPE)) {
            return Err(ProofError::Type);
        }
        if ["crit", "b64"].iter().any(|name| header.get(name).is_some()) {
            return Err(ProofError::Malformed);
        }
        let algorithm = header.text("alg").ok().flatten().unwrap_or_default();
        let Some(Json::Object(jwk)) = header.get("jwk") else { return Err(ProofError::Key) };
        let (key, thumbprint) = ProofKey::read(jwk, algorithm).ok_or(ProofError::Key)?;
        let claims = key.payload_of(&jws).ok_or(ProofError::Signature)?;
        let claims = Object::parse(&claims).map_err(|_| ProofError::Malformed)?;
        Self::of(thumbprint, &claims, expected)
    }

    fn of(thumbprint: Thumbprint, claims: &Object<'_>, expected: &Expected<'_>) -> Result<Self, ProofError> {
        let text = |name| claims.text(name).ok().flatten();
        if text("htm") != Some(expected.method) {
            return Err(ProofError::Method);
        }
        if !text("htu").is_some_and(|uri| is_same_uri(uri, expected.uri)) {
            return Err(ProofError::Uri);
        }
        let iat = claims.whole("iat").ok().flatten().map(UnixTime::new).ok_or(ProofError::Time)?;
        if iat.since(expected.now).max(expected.now.since(iat)) > WINDOW_SECS {
            return Err(ProofError::Time);
        }
        let id = text("jti").filter(|id| !id.is_empty() && id.len() <= ID.most).ok_or(ProofError::Id)?;
        if let Some(token) = expected.token {
            let ath = text("ath").and_then(|ath| b64url_decode(ath).ok());
            if ath.as_deref() != Some(&token[..]) {
                return Err(ProofError::Token);
            }
        }
        Ok(Self { thumbprint, id: id.to_owned(), nonce: text("nonce").map(str::to_owned) })
    }

    /// The thumbprint of the key that signed it: `jkt` (RFC 9449 §6.1).
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// Its id: `jti`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The nonce of the server that it repeats, if there is one.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
}

/// Whether `htu` is this URI. Query and fragment do not count, and scheme, host and port are compared in canonical form
/// (RFC 9449 §4.3).
fn is_same_uri(htu: &str, expected: &str) -> bool {
    let htu = htu.split(['?', '#']).next().unwrap_or_default();
    let parsed = |text| ResourceUri::parse(text).ok();
    htu == expected || parsed(htu).zip(parsed(expected)).is_some_and(|(one, other)| one.same_as(&other))
}

#[cfg(test)]
mod tests;
