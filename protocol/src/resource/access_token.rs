//! Whether a token with a valid signature admits to this tenant: RFC 9068 §4 and the rules of the key
//! certificate.
//!
//! [`admit`] validates once what never changes: claims, issuer, tenant, audience. What it returns,
//! [`Admitted`], holds the rest as plain values, and [`Admitted::at`] validates that at every use: times, and
//! the path where the audience must match it.

use super::header_value::HeaderValue;
use super::identity::{ISS_HEADER, SCOPES_HEADER, SUB_HEADER};
use super::request::Editor;
use super::revocation_list::Grant;
use crate::jose::key_certificate::SigningWindow;
use crate::jose::token::{KeyOrigin, SignatureValid, TokenClaims, TokenType};
use crate::scope::{ScopeHierarchy, ScopeSet};
use crate::settings::Identity;
use crate::tenant::TenantId;
use crate::time::{CLOCK_SKEW, UnixTime};
use crate::uri::{Base, ResourceUri, path_is_at_or_below};
use std::rc::Rc;

/// What a token is validated against.
#[derive(Clone, Copy, Debug)]
pub struct TokenPolicy<'a> {
    /// The tenant's base: `iss` of our own tokens.
    pub base: &'a Rc<Base>,
    /// The tenant's id: `mcpb_tid` of our own tokens.
    pub tid: TenantId,
    /// The extra audience, if one is configured.
    pub audience: Option<&'a str>,
    /// The other issuer whose tokens the key file verifies, if one is configured.
    pub foreign: Option<ForeignIssuer<'a>>,
    /// Whether the audience must be a whole-segment prefix of the path asked for (`resourceMatch=path`).
    pub match_path: bool,
    /// The scopes that must all be granted.
    pub required: &'a ScopeSet,
    /// Which scopes imply which.
    pub hierarchy: &'a ScopeHierarchy,
    /// Whether the MCP server is told the issuer.
    pub forward_issuer: bool,
}

/// The `jwksIssuer` option.
#[derive(Clone, Copy, Debug)]
pub struct ForeignIssuer<'a> {
    /// The only `iss` it may be.
    pub issuer: &'a str,
    /// Whether `typ: JWT` is taken too; then `scope` is demanded, which an `id_token` does not have.
    pub allow_typ_jwt: bool,
}

/// Why a token does not admit. The reason is for the log; the client reads `invalid_token`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenRefusal {
    /// A claim is missing.
    #[error("token: claim {0} is missing")]
    Missing(&'static str),
    /// `typ` is not `at+jwt`.
    #[error("token: typ is not at+jwt")]
    Type,
    /// `iss` is not the tenant's issuer.
    #[error("token: iss does not match the tenant's issuer")]
    Issuer,
    /// `mcpb_tid` does not match: issued under other provider settings.
    #[error("token: mcpb_tid does not match: the tenant's provider, client or name has changed")]
    Tenant,
    /// `aud` names something else.
    #[error("token: aud does not lie at or below the base, or not above the path asked for")]
    Audience,
    /// `exp` is past.
    #[error("token: expired")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("token: not valid yet")]
    NotYet,
    /// `iat` or `exp` is outside what the key certificate allows.
    #[error("token: outside the times its key was certified for")]
    OutsideCertificate,
    /// `sub` is not 1–255 visible ASCII characters.
    #[error("token: sub cannot be put into a header")]
    Subject,
    /// `scope` is not a list of scopes.
    #[error("token: scope is malformed")]
    Scope,
}

/// A token that a trusted key signed for this tenant, as far as that depends on nothing that changes. It holds
/// no text of the token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted {
    /// The base it was validated for.
    base: Rc<Base>,
    /// The first second at which it counts, clock skew included.
    from: UnixTime,
    /// `exp`.
    exp: UnixTime,
    /// The end of its key's certificate, if a certificate vouches for the key.
    key_exp: Option<UnixTime>,
    /// The paths it is for, where the audience must match the path; `None`: any path of the tenant.
    paths: Option<Box<[Box<str>]>>,
    /// The grant of a token of our own; `None` of a foreign one.
    grant: Option<Grant>,
    /// Whether the required scopes are all granted.
    sufficient: bool,
    sub: HeaderValue,
    scopes: HeaderValue,
    iss: Option<HeaderValue>,
}

impl Admitted {
    /// Whether it was validated for this base.
    pub fn is_for(&self, base: &Rc<Base>) -> bool {
        Rc::ptr_eq(&self.base, base) || self.base == *base
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: UnixTime) -> bool {
        self.not_over(now).is_err()
    }

    fn not_over(&self, now: UnixTime) -> Result<(), TokenRefusal> {
        if self.key_exp.is_some_and(|end| now >= end) {
            return Err(TokenRefusal::OutsideCertificate);
        }
        if now >= self.exp.plus(CLOCK_SKEW) { Err(TokenRefusal::Expired) } else { Ok(()) }
    }

    /// Validates what depends on the moment and the request.
    pub fn at(&self, now: UnixTime, path: &str) -> Result<Current<'_>, TokenRefusal> {
        self.not_over(now)?;
        if now < self.from {
            return Err(TokenRefusal::NotYet);
        }
        let covers = |paths: &[Box<str>]| paths.iter().any(|own| path_is_at_or_below(path, own));
        if self.paths.as_ref().is_some_and(|paths| !covers(paths)) {
            return Err(TokenRefusal::Audience);
        }
        Ok(Current(self))
    }

    /// Sets the headers that tell the MCP server who asks.
    pub(super) fn tell<E: Editor>(&self, editor: &mut E) -> Result<(), E::Error> {
        editor.set(SUB_HEADER, &self.sub)?;
        editor.set(SCOPES_HEADER, &self.scopes)?;
        match &self.iss {
            Some(iss) => editor.set(ISS_HEADER, iss),
            None => Ok(()),
        }
    }

    /// How many bytes its texts have.
    pub fn text_length(&self) -> usize {
        let paths = self.paths.iter().flatten().map(|path| path.len()).sum::<usize>();
        paths + self.sub.len() + self.scopes.len() + self.iss.as_ref().map_or(0, |iss| iss.len())
    }

    /// Shares the texts that another token has in common with this one.
    pub fn share_with(&mut self, other: &Self) {
        if self.scopes == other.scopes {
            self.scopes = other.scopes.clone();
        }
        if self.iss == other.iss {
            self.iss.clone_from(&other.iss);
        }
        if self.base == other.base {
            self.base = Rc::clone(&other.base);
        }
    }
}

/// Proof that a token admits to this tenant at this moment. Revocation is checked separately.
#[derive(Clone, Copy, Debug)]
pub struct Current<'a>(&'a Admitted);

impl<'a> Current<'a> {
    /// The grant of a token of our own; `None` of a foreign one.
    pub const fn grant(&self) -> Option<&'a Grant> {
        self.0.grant.as_ref()
    }

    /// The base it was validated for: of a token of our own, its issuer.
    pub fn issuer(&self) -> &'a Base {
        &self.0.base
    }

    /// Whether the required scopes are all granted.
    pub const fn has_required_scopes(&self) -> bool {
        self.0.sufficient
    }
}

/// Validates a token's claims. Times and the path are validated at each use ([`Admitted::at`]).
pub fn admit(token: &SignatureValid, policy: &TokenPolicy<'_>) -> Result<Admitted, TokenRefusal> {
    let claims = token.claims();
    let mut paths = None;
    let mut key_exp = None;
    let own_jti = match (token.key(), policy.foreign) {
        (KeyOrigin::Listed, Some(foreign)) => {
            validate_foreign(token, foreign, policy)?;
            None
        }
        (KeyOrigin::Listed, None) => Some(validate_own(token, policy, &mut paths)?),
        (KeyOrigin::Certified(window), _) => {
            validate_window(claims, window)?;
            key_exp = Some(window.exp);
            Some(validate_own(token, policy, &mut paths)?)
        }
    };
    let exp = require(claims.exp, "exp")?;
    let iat = require(claims.iat, "iat")?;
    require(claims.client_id.as_deref(), "client_id")?;
    let sub = require(claims.sub.as_deref(), "sub")?;
    let sub = Some(sub).filter(|sub| Identity::is_valid_sub(sub)).and_then(HeaderValue::new);
    let iss = require(claims.iss.as_deref(), "iss")?;
    let scopes = token.scopes().ok_or(TokenRefusal::Scope)?;
    Ok(Admitted {
        base: Rc::clone(policy.base),
        from: iat.max(claims.nbf.unwrap_or(iat)).minus(CLOCK_SKEW),
        exp,
        key_exp,
        paths,
        grant: own_jti.map(|jti| Grant::of(jti, iat)),
        sufficient: scopes.contains_all(policy.required)
            || policy.hierarchy.expand(scopes).contains_all(policy.required),
        sub: sub.ok_or(TokenRefusal::Subject)?,
        scopes: HeaderValue::new(&scopes.to_string()).ok_or(TokenRefusal::Scope)?,
        iss: policy.forward_issuer.then(|| HeaderValue::new(iss).ok_or(TokenRefusal::Issuer)).transpose()?,
    })
}

/// A token of our own: every claim the authorization server writes is required. Its `jti`.
fn validate_own<'a>(
    token: &'a SignatureValid,
    policy: &TokenPolicy<'_>,
    paths: &mut Option<Box<[Box<str>]>>,
) -> Result<&'a str, TokenRefusal> {
    let claims = token.claims();
    if token.token_type() != TokenType::AccessToken {
        return Err(TokenRefusal::Type);
    }
    if require(claims.iss.as_deref(), "iss")? != policy.base.as_str() {
        return Err(TokenRefusal::Issuer);
    }
    require(claims.mcpb_tid.as_deref(), "mcpb_tid")?;
    if token.tenant() != Some(policy.tid) {
        return Err(TokenRefusal::Tenant);
    }
    require(claims.nbf, "nbf")?;
    let jti = require(claims.jti.as_deref(), "jti")?;
    require(claims.scope.as_deref(), "scope")?;
    if claims.aud.is_empty() {
        return Err(TokenRefusal::Missing("aud"));
    }
    let mut covered = Vec::new();
    for (aud, resource) in token.audiences() {
        match resource.filter(|resource| resource.within(policy.base)) {
            // In addition to the resource asked for it is in every token, so it says nothing about any path.
            Some(_) if claims.aud.len() > 1 && policy.audience == Some(aud) => {}
            Some(resource) => covered.push(resource.path().into()),
            None if policy.audience == Some(aud) => {}
            None => return Err(TokenRefusal::Audience),
        }
    }
    if covered.is_empty() {
        return Err(TokenRefusal::Audience);
    }
    *paths = policy.match_path.then(|| covered.into());
    Ok(jti)
}

/// A token of the issuer that `jwksIssuer` names (RFC 9068 §4).
fn validate_foreign(
    token: &SignatureValid,
    foreign: ForeignIssuer<'_>,
    policy: &TokenPolicy<'_>,
) -> Result<(), TokenRefusal> {
    let claims = token.claims();
    match token.token_type() {
        TokenType::AccessToken => {
            require(claims.jti.as_deref(), "jti")?;
        }
        TokenType::Jwt if foreign.allow_typ_jwt => {
            require(claims.scope.as_deref(), "scope")?;
        }
        TokenType::Jwt => return Err(TokenRefusal::Type),
    }
    if require(claims.iss.as_deref(), "iss")? != foreign.issuer {
        return Err(TokenRefusal::Issuer);
    }
    let names_us = |(aud, resource): (&str, Option<&ResourceUri>)| match policy.audience {
        Some(audience) => aud == audience,
        None => resource.is_some_and(|aud| aud.same_as(&ResourceUri::from_base(policy.base))),
    };
    if token.audiences().any(names_us) { Ok(()) } else { Err(TokenRefusal::Audience) }
}

/// `iat` in [nbf, `sign_until`] and `exp` no later than the certificate's.
fn validate_window(claims: &TokenClaims, window: SigningWindow) -> Result<(), TokenRefusal> {
    let iat = require(claims.iat, "iat")?;
    let exp = require(claims.exp, "exp")?;
    if iat < window.nbf || iat > window.sign_until || exp > window.exp {
        return Err(TokenRefusal::OutsideCertificate);
    }
    Ok(())
}

fn require<T>(claim: Option<T>, name: &'static str) -> Result<T, TokenRefusal> {
    claim.ok_or(TokenRefusal::Missing(name))
}

#[cfg(test)]
impl Admitted {
    pub(super) fn sub(&self) -> &str {
        &self.sub
    }

    /// A token of this subject that is good until `exp`.
    pub(super) fn sample(sub: &str, exp: UnixTime) -> Self {
        let value = |text| HeaderValue::new(text).unwrap();
        Self {
            base: Rc::new(Base::parse("https://h.test").unwrap()),
            from: UnixTime::new(0),
            exp,
            key_exp: None,
            paths: None,
            grant: None,
            sufficient: true,
            sub: value(sub),
            scopes: value("read"),
            iss: None,
        }
    }
}
