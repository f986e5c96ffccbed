//! Access tokens (RFC 9068): signing them, and verifying their signatures.
//!
//! [`SignatureValid`], made from an [`UnverifiedToken`], proves only that a key signed these claims. Whether the claims
//! are valid for a tenant is validated in `resource::access_token`.

use super::jws::{Algorithm, CompactJws, Header, JwsError, SigningInput};
use super::key::{JwkSet, VerifyKey};
use super::key_certificate::{KeyPurpose, SigningWindow, VerifiedKeyCertificate};
use super::own::hot_key::HotKey;
use crate::json::{Json, Object};
use crate::scope::ScopeSet;
use crate::settings::{BoxItem, Profile};
use crate::tenant::TenantId;
use crate::time::UnixTime;
use crate::token_box::{BOX_CLAIM, BoxContents};
use crate::uri::ResourceUri;
use ed25519_dalek::SigningKey;
use serde::{Serialize, Serializer};

/// The `typ` of an access token (RFC 9068 §2.1).
const TYPE: &str = "at+jwt";

/// The claims that the authorization server puts into an access token.
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
    /// The tenant at which the token was issued.
    pub mcpb_tid: TenantId,
    /// Only the claims that the granted scopes disclose ([`Profile::limited_to`]).
    #[serde(flatten)]
    pub profile: Profile,
}

fn one_or_many<S: Serializer>(values: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match values {
        [one] => serializer.serialize_str(one),
        many => serializer.collect_seq(many),
    }
}

/// Signs an access token: `typ` `at+jwt`, `alg` `EdDSA`, the key's thumbprint as `kid`, and the key
/// certificate that vouches for the key.
pub fn sign_access_token(
    key: &SigningKey,
    kid: &str,
    key_certificate: &str,
    claims: &AccessTokenClaims,
) -> String {
    access_token_input(kid, key_certificate, claims, None).sign(key)
}

/// Signs an access token with a sealed box ([`crate::token_box`]).
pub fn sign_boxed_token(
    key: &SigningKey,
    kid: &str,
    key_certificate: &str,
    claims: &AccessTokenClaims,
    sealed_box: &str,
) -> String {
    access_token_input(kid, key_certificate, claims, Some(sealed_box)).sign(key)
}

/// Returns what [`sign_access_token`] signs, or [`sign_boxed_token`] if there is a box.
pub fn access_token_input(
    kid: &str,
    key_certificate: &str,
    claims: &AccessTokenClaims,
    sealed_box: Option<&str>,
) -> SigningInput {
    #[derive(Serialize)]
    struct Boxed<'a> {
        #[serde(flatten)]
        claims: &'a AccessTokenClaims,
        mcpb_box: &'a str,
    }
    match sealed_box {
        None => SigningInput::new(TYPE, kid, key_certificate, claims),
        Some(mcpb_box) => SigningInput::new(TYPE, kid, key_certificate, &Boxed { claims, mcpb_box }),
    }
}

/// Why a token's signature is not valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenError {
    /// The token is not a compact JWS, or its header has a parameter that is refused.
    #[error("{0}")]
    Jws(#[from] JwsError),
    /// `typ` is neither `at+jwt` nor `JWT`.
    #[error("typ is neither at+jwt nor JWT")]
    Type,
    /// No key has this `kid`, or the token has no `kid` although there are several keys.
    #[error("unknown kid")]
    UnknownKey,
    /// `kid` is not the thumbprint of the certified key.
    #[error("kid is not the thumbprint of the certified key")]
    KeyId,
    /// `alg` is not the key's, the signature is invalid, or the claims cannot be read.
    #[error("wrong alg for the key, bad signature or unreadable claims")]
    Signature,
}

/// What kind of JWT a token says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenType {
    /// `at+jwt` (RFC 9068 §2.1).
    AccessToken,
    /// `JWT`, or no `typ`: only the claims can show what kind of token it is.
    Jwt,
}

/// What vouches for the key that signed a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyOrigin {
    /// A key certificate, for this purpose and these times.
    Certified(KeyPurpose, SigningWindow),
    /// The configured key set.
    Listed,
}

/// A token of which only the header has been read.
pub struct UnverifiedToken<'a> {
    jws: CompactJws<'a>,
    header: Header,
    token_type: TokenType,
}

/// What each new token of a key adds to the key's heat, a measure of how many new tokens arrive. A token that was
/// verified before subtracts 1.
const WARMTH: u32 = 8;
/// The heat at which a key's [`HotKey`] table is computed: that of eight new tokens in a row. The table takes 130 KiB
/// and as long as two verifications to compute, so it pays where more than one request in nine has a new token. The
/// table is freed when the heat is 0.
const HOT: u32 = 8 * WARMTH;
/// The maximum heat. After 512 known tokens in a row a table is freed, however many new tokens came before.
const HOTTEST: u32 = 512;

/// A token header bound to the certificate of its key. All tokens of that key have the same header, so it is read once.
pub struct CertifiedHeader {
    text: Box<str>,
    token_type: TokenType,
    certificate: VerifiedKeyCertificate,
    heat: u32,
    hot: Option<HotKey>,
}

impl CertifiedHeader {
    /// The header, as it is written in tokens.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Verifies the signature of a token that has exactly this header. `None` if the token has another header.
    pub fn verify(&mut self, token: &CompactJws<'_>) -> Option<Result<SignatureValid, TokenError>> {
        if *self.text != *token.header_text() {
            return None;
        }
        let payload = match &self.hot {
            Some(hot) => token.verified_by_hot(hot),
            None => token.verified_by(self.certificate.key()),
        };
        Some(payload.ok_or(TokenError::Signature).and_then(|payload| {
            self.heat = (self.heat + WARMTH).min(HOTTEST);
            if self.heat >= HOT && self.hot.is_none() {
                self.hot = Some(HotKey::new(*self.certificate.key()));
            }
            let origin = KeyOrigin::Certified(self.certificate.purpose(), self.certificate.window());
            proof(&payload, self.token_type, origin)
        }))
    }

    /// Lowers the heat by 1, for a token of this key that did not have to be verified again.
    pub fn cool(&mut self) {
        self.heat = self.heat.saturating_sub(1);
        if self.heat == 0 {
            self.hot = None;
        }
    }
}

impl<'a> UnverifiedToken<'a> {
    /// Reads the header of a token.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        Self::read(CompactJws::parse(text)?)
    }

    /// Reads the header of a message that is already split.
    pub fn read(jws: CompactJws<'a>) -> Result<Self, TokenError> {
        let header = jws.header()?;
        let token_type = match header.token_type.as_deref() {
            Some(typ) if typ.eq_ignore_ascii_case(TYPE) => TokenType::AccessToken,
            Some(typ) if typ.eq_ignore_ascii_case("application/at+jwt") => TokenType::AccessToken,
            Some(typ) if typ.eq_ignore_ascii_case("JWT") => TokenType::Jwt,
            Some(_) => return Err(TokenError::Type),
            None => TokenType::Jwt,
        };
        Ok(Self { jws, header, token_type })
    }

    /// The `kid` in the header.
    pub fn key_id(&self) -> Option<&str> {
        self.header.key_id.as_deref()
    }

    /// The key certificate in the header.
    pub fn key_certificate(&self) -> Option<&str> {
        self.header.key_certificate.as_deref()
    }

    /// Binds the header to the certificate. Fails unless `kid` is the thumbprint of its key and `alg` is `EdDSA`.
    pub fn certified(&self, certificate: VerifiedKeyCertificate) -> Result<CertifiedHeader, TokenError> {
        if self.key_id() != Some(certificate.thumbprint()) {
            return Err(TokenError::KeyId);
        }
        if self.header.algorithm != Algorithm::EdDsa {
            return Err(TokenError::Signature);
        }
        let text = self.jws.header_text().into();
        Ok(CertifiedHeader { text, token_type: self.token_type, certificate, heat: 0, hot: None })
    }

    /// Verifies the signature with a key of the set: the one that `kid` names, or the only one if there is no `kid`.
    pub fn verify_listed(&self, keys: &JwkSet) -> Result<SignatureValid, TokenError> {
        let candidates: Vec<&VerifyKey> = match self.key_id() {
            Some(kid) => keys.with_id(kid).collect(),
            None => keys.only().into_iter().collect(),
        };
        if candidates.is_empty() {
            return Err(TokenError::UnknownKey);
        }
        // Each key is bound to its own `alg`, so a signature is verified with keys of one kind at most.
        let verified = |key| self.jws.verified_by_any(key, self.header.algorithm);
        let payload = candidates.into_iter().find_map(verified).ok_or(TokenError::Signature)?;
        proof(&payload, self.token_type, KeyOrigin::Listed)
    }
}

/// Reads the claims of a payload whose signature is verified.
fn proof(payload: &[u8], token_type: TokenType, key: KeyOrigin) -> Result<SignatureValid, TokenError> {
    let object = Object::parse(payload).map_err(|_| TokenError::Signature)?;
    let text = |name| match object.text(name) {
        Ok(text) => Ok(text.map(str::to_owned)),
        Err(_) => Err(TokenError::Signature),
    };
    let time = |name| match object.whole(name) {
        Ok(seconds) => Ok(seconds.map(UnixTime::new)),
        Err(_) => Err(TokenError::Signature),
    };
    let aud = object.texts("aud").map_err(|_| TokenError::Signature)?;
    let claims = TokenClaims {
        exp: time("exp")?,
        nbf: time("nbf")?,
        iat: time("iat")?,
        iss: text("iss")?,
        aud: aud.into_iter().map(str::to_owned).collect(),
        sub: text("sub")?,
        client_id: text("client_id")?,
        scope: text("scope")?,
        jti: text("jti")?,
        mcpb_tid: text("mcpb_tid")?,
        mcpb_box: text(BOX_CLAIM)?,
    };
    // Only a token whose key is in the configured key set can come from another issuer.
    let described = if key == KeyOrigin::Listed { described(&object) } else { BoxContents::new() };
    Ok(SignatureValid {
        described,
        audiences: claims.aud.iter().map(|aud| ResourceUri::parse(aud).ok()).collect(),
        tid: claims.mcpb_tid.as_deref().and_then(|tid| TenantId::parse(tid).ok()),
        scopes: ScopeSet::parse(claims.scope.as_deref().unwrap_or_default()).ok(),
        claims,
        token_type,
        key,
    })
}

/// Collects what the claims of OpenID Connect say about the user.
#[inline(never)]
fn described(object: &Object<'_>) -> BoxContents {
    let mut contents = BoxContents::new();
    let text = |name| object.text(name).ok().flatten();
    if object.get("email_verified") == Some(&Json::Bool(true)) {
        contents.insert_some(BoxItem::Email, text("email"));
    }
    contents.insert_some(BoxItem::Name, text("name"));
    contents.insert_some(BoxItem::Username, text("preferred_username"));
    object.texts("groups").unwrap_or_default().into_iter().for_each(|group| {
        contents.insert(BoxItem::Groups, group);
    });
    contents
}

/// The claims of a signed token by which access is authorized. Any of them may be missing.
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
    /// The tenant at which the token was issued. Foreign tokens do not have it.
    pub mcpb_tid: Option<String>,
    /// The sealed box ([`crate::token_box`]). Foreign tokens do not have it.
    pub mcpb_box: Option<String>,
}

/// Proof that a trusted key signed these claims. Only [`CertifiedHeader::verify`] and
/// [`UnverifiedToken::verify_listed`] make it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureValid {
    claims: TokenClaims,
    audiences: Vec<Option<ResourceUri>>,
    tid: Option<TenantId>,
    scopes: Option<ScopeSet>,
    described: BoxContents,
    token_type: TokenType,
    key: KeyOrigin,
}

impl SignatureValid {
    /// What the claims say about the user, as far as a box could hold it; empty if the key is certified. An e-mail
    /// address counts only if `email_verified` is `true`. A claim counts as absent if its type is not the one of OpenID
    /// Connect Core §5.1.
    pub const fn described(&self) -> &BoxContents {
        &self.described
    }

    /// The audiences in order, each with the resource URI that it names, if it names one.
    pub fn audiences(&self) -> impl Iterator<Item = (&str, Option<&ResourceUri>)> {
        self.claims.aud.iter().map(String::as_str).zip(self.audiences.iter().map(Option::as_ref))
    }

    /// The tenant id in the claim `mcpb_tid`, if it can be read.
    pub const fn tenant(&self) -> Option<TenantId> {
        self.tid
    }

    /// The scopes. `None` if the claim `scope` is malformed; an empty set if the claim is missing.
    pub const fn scopes(&self) -> Option<&ScopeSet> {
        self.scopes.as_ref()
    }

    /// The signed claims.
    pub const fn claims(&self) -> &TokenClaims {
        &self.claims
    }

    /// What kind of JWT the token says it is.
    pub const fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// What vouches for the key that signed the token.
    pub const fn key(&self) -> KeyOrigin {
        self.key
    }
}

#[cfg(test)]
mod tests;
