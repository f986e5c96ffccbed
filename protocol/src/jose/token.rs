//! Access tokens (RFC 9068): signing them, and verifying who signed one.
//!
//! [`UnverifiedToken`] → [`SignatureValid`] says only that a key signed these claims. Whether the claims
//! admit to a resource is judged in `resource::access_token`, again on every use.

use super::key::{JwkSet, VerifyKey};
use super::key_certificate::{SigningWindow, VerifiedKeyCertificate};
use super::{Extras, JwsError, parse_jws, unix_time};
use crate::scope::ScopeSet;
use crate::settings::Profile;
use crate::tenant::TenantId;
use crate::time::UnixTime;
use crate::uri::ResourceUri;
use ed25519_dalek::SigningKey;
use jwt_compact::alg::{Ed25519, Rsa};
use jwt_compact::{AlgorithmExt as _, Claims, Header, Token, UntrustedToken};
use serde::{Deserialize, Serialize, Serializer};

/// The `typ` of an access token (RFC 9068 §2.1).
const TYPE: &str = "at+jwt";

/// What the authorization server puts into an access token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[expect(missing_docs, reason = "each field is the claim of its name in RFC 9068 §2.2")]
pub struct AccessTokenClaims {
    pub iss: String,
    /// One value is written as a string, several as an array (RFC 7519 §4.1.3).
    #[serde(serialize_with = "one_or_many")]
    pub aud: Vec<String>,
    pub sub: String,
    pub client_id: String,
    pub scope: ScopeSet,
    pub iat: UnixTime,
    pub nbf: UnixTime,
    pub exp: UnixTime,
    pub jti: String,
    /// The tenant the token was issued at.
    pub mcpb_tid: TenantId,
    /// Only what the granted scopes show ([`Profile::limited_to`]).
    #[serde(flatten)]
    pub profile: Profile,
}

fn one_or_many<S: Serializer>(values: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match values {
        [one] => serializer.serialize_str(one),
        many => serializer.collect_seq(many),
    }
}

#[derive(Serialize)]
struct KeyCertificateHeader<'a> {
    kcert: &'a str,
}

/// Signs an access token: `typ` `at+jwt`, `alg` `EdDSA`, the key's thumbprint as `kid`, and the key
/// certificate that vouches for the key.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic")]
#[expect(clippy::expect_used, reason = "claims hold only strings, numbers and lists of them")]
pub fn sign_access_token(
    key: &SigningKey,
    kid: &str,
    key_certificate: &str,
    claims: &AccessTokenClaims,
) -> String {
    let header =
        Header::new(KeyCertificateHeader { kcert: key_certificate }).with_key_id(kid).with_token_type(TYPE);
    Ed25519.token(&header, &Claims::new(claims), key).expect("serialisable")
}

/// Why a token's signature does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a compact JWS that may be read.
    #[error("token: {0}")]
    Jws(#[from] JwsError),
    /// `typ` is neither `at+jwt` nor `JWT`.
    #[error("token: typ is neither at+jwt nor JWT")]
    Type,
    /// No key has this `kid`, or the token names none.
    #[error("token: unknown kid")]
    UnknownKey,
    /// `kid` is not the thumbprint of the certified key.
    #[error("token: kid is not the thumbprint of the certified key")]
    KeyId,
    /// `alg` is not that of the key, or the signature does not verify, or the claims cannot be read.
    #[error("token: wrong alg for the key, bad signature or unreadable claims")]
    Signature,
}

/// Which kind of JWT a token says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenType {
    /// `at+jwt` (RFC 9068 §2.1).
    AccessToken,
    /// `JWT`, or nothing: what it is must be told from its claims.
    Jwt,
}

/// What vouches for the key that signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyOrigin {
    /// A key certificate, for these times.
    Certified(SigningWindow),
    /// The configured key set.
    Listed,
}

/// A token whose header was read and nothing more.
pub struct UnverifiedToken<'a> {
    jws: UntrustedToken<'a, Extras>,
    token_type: TokenType,
}

impl<'a> UnverifiedToken<'a> {
    /// Reads the header.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        let jws = parse_jws(text)?;
        let token_type = match jws.header().token_type.as_deref() {
            Some(typ) if typ.eq_ignore_ascii_case(TYPE) => TokenType::AccessToken,
            Some(typ) if typ.eq_ignore_ascii_case("application/at+jwt") => TokenType::AccessToken,
            Some(typ) if typ.eq_ignore_ascii_case("JWT") => TokenType::Jwt,
            Some(_) => return Err(TokenError::Type),
            None => TokenType::Jwt,
        };
        Ok(Self { jws, token_type })
    }

    /// The key id the token names.
    pub fn key_id(&self) -> Option<&str> {
        self.jws.header().key_id.as_deref()
    }

    /// The key certificate the token carries.
    pub fn key_certificate(&self) -> Option<&str> {
        self.jws.header().other_fields.kcert.as_deref()
    }

    /// Verifies the signature with the key a trust anchor vouches for.
    pub fn verify_certified(
        &self,
        certificate: &VerifiedKeyCertificate,
    ) -> Result<SignatureValid, TokenError> {
        if self.key_id() != Some(certificate.thumbprint()) {
            return Err(TokenError::KeyId);
        }
        let token = Ed25519.validator(certificate.key()).validate(&self.jws);
        self.proof(token.ok(), KeyOrigin::Certified(certificate.window()))
    }

    /// Verifies the signature with a key of the set: the one `kid` names, or the only one.
    pub fn verify_listed(&self, keys: &JwkSet) -> Result<SignatureValid, TokenError> {
        let candidates: Vec<&VerifyKey> = match self.key_id() {
            Some(kid) => keys.with_id(kid).collect(),
            None => keys.only().into_iter().collect(),
        };
        if candidates.is_empty() {
            return Err(TokenError::UnknownKey);
        }
        // Each is bound to its own `alg`, so at most one kind gets as far as a signature check.
        let token = candidates.into_iter().find_map(|key| match key {
            VerifyKey::Ed25519(key) => Ed25519.validator(key).validate(&self.jws).ok(),
            VerifyKey::Rsa(key) => Rsa::rs256().validator(key).validate(&self.jws).ok(),
        });
        self.proof(token, KeyOrigin::Listed)
    }

    fn proof(
        &self,
        token: Option<Token<WireClaims, Extras>>,
        key: KeyOrigin,
    ) -> Result<SignatureValid, TokenError> {
        let (_, claims) = token.ok_or(TokenError::Signature)?.into_parts();
        let time =
            |seconds: Option<i64>| seconds.map(|s| unix_time(s).ok_or(TokenError::Signature)).transpose();
        let claims = TokenClaims {
            exp: time(claims.expiration.map(|time| time.timestamp()))?,
            nbf: time(claims.not_before.map(|time| time.timestamp()))?,
            iat: time(claims.issued_at.map(|time| time.timestamp()))?,
            iss: claims.custom.iss,
            aud: claims.custom.aud.into_vec(),
            sub: claims.custom.sub,
            client_id: claims.custom.client_id,
            scope: claims.custom.scope,
            jti: claims.custom.jti,
            mcpb_tid: claims.custom.mcpb_tid,
        };
        Ok(SignatureValid {
            audiences: claims.aud.iter().map(|aud| ResourceUri::parse(aud).ok()).collect(),
            tid: claims.mcpb_tid.as_deref().and_then(|tid| TenantId::parse(tid).ok()),
            scopes: ScopeSet::parse(claims.scope.as_deref().unwrap_or_default()).ok(),
            claims,
            token_type: self.token_type,
            key,
        })
    }
}

#[derive(Deserialize)]
struct WireClaims {
    iss: Option<String>,
    #[serde(default)]
    aud: Audience,
    sub: Option<String>,
    client_id: Option<String>,
    scope: Option<String>,
    jti: Option<String>,
    mcpb_tid: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
    #[default]
    None,
}

impl Audience {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
            Self::None => Vec::new(),
        }
    }
}

/// The claims of a signed token that access is judged by. Any may be missing.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "each field is the claim of its name in RFC 9068 §2.2")]
pub struct TokenClaims {
    pub iss: Option<String>,
    pub aud: Vec<String>,
    pub sub: Option<String>,
    pub client_id: Option<String>,
    pub scope: Option<String>,
    pub iat: Option<UnixTime>,
    pub nbf: Option<UnixTime>,
    pub exp: Option<UnixTime>,
    pub jti: Option<String>,
    /// The tenant the token was issued at; ours alone carry it.
    pub mcpb_tid: Option<String>,
}

/// Proof that a trusted key signed these claims. Only the two `verify_…` methods of [`UnverifiedToken`]
/// make it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureValid {
    claims: TokenClaims,
    audiences: Vec<Option<ResourceUri>>,
    tid: Option<TenantId>,
    scopes: Option<ScopeSet>,
    token_type: TokenType,
    key: KeyOrigin,
}

impl SignatureValid {
    /// The audiences, in order, each with the resource it names if it names one.
    pub fn audiences(&self) -> impl Iterator<Item = (&str, Option<&ResourceUri>)> {
        self.claims.aud.iter().map(String::as_str).zip(self.audiences.iter().map(Option::as_ref))
    }

    /// The tenant in the claim `mcpb_tid`, if it can be read.
    pub const fn tenant(&self) -> Option<TenantId> {
        self.tid
    }

    /// The scopes; `None` if the claim is malformed. A missing one holds none.
    pub const fn scopes(&self) -> Option<&ScopeSet> {
        self.scopes.as_ref()
    }

    /// The signed claims.
    pub const fn claims(&self) -> &TokenClaims {
        &self.claims
    }

    /// What the token says it is.
    pub const fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// What vouches for its key.
    pub const fn key(&self) -> KeyOrigin {
        self.key
    }
}

#[cfg(test)]
mod tests;
