//! Decides whether a token with a valid signature is valid for this tenant: RFC 9068 §4 and the rules of the key
//! certificate. A token "of our own" was issued by the tenant's authorization server, a "foreign" token by the issuer
//! that the option `jwksIssuer` names.
//!
//! [`validate`] checks once what never changes: claims, issuer, tenant, audience. Its result, [`ValidToken`], may be
//! remembered. [`ValidToken::at`] checks the rest at every use: times, and the path where the audience must cover it.
//! Its result, [`CurrentToken`], goes on to
//! [`RevocationFile::validate`](super::revocation_file::RevocationFile::validate), whose result goes on to
//! [`TokenInForce::authorize`](super::token_in_force::TokenInForce::authorize).

mod refusal;

use super::backend_headers::BackendIdentity;
use super::header_value::HeaderValue;
use super::policy::{RuleSet, Rules};
use super::revocation_list::Grant;
use super::workloads::Workloads;
use crate::jose::key_certificate::{KeyPurpose, SigningWindow};
use crate::jose::token::{KeyOrigin, SignatureValid, TokenClaims, TokenType};
use crate::personal_token;
use crate::scope::{ScopeHierarchy, ScopeSet};
use crate::settings::Identity;
use crate::tenant::TenantId;
use crate::time::{CLOCK_SKEW, UnixTime};
use crate::uri::{Base, ResourceUri, path_is_at_or_below};
use std::rc::Rc;

pub use refusal::TokenRefusal;

/// What a token is validated against.
#[derive(Clone, Copy, Debug)]
pub struct TokenPolicy<'a> {
    /// The tenant's issuer: `iss` of our own tokens. Each value of their `aud` is a resource at or below it, or the
    /// extra audience.
    pub issuer: &'a Rc<Base>,
    /// The tenant's id: `mcpb_tid` of our own tokens.
    pub tid: TenantId,
    /// The extra audience, if one is configured. A token of our own may name the extra audience besides its resource; a
    /// foreign token must name it.
    pub audience: Option<&'a str>,
    /// The other issuer whose tokens the key file verifies, if one is configured.
    pub foreign: Option<ForeignIssuer<'a>>,
    /// Whether the audience of a token of our own must cover the requested path, by whole segments
    /// (`resourceMatch=path`).
    pub match_path: bool,
    /// The scopes that must all be granted.
    pub required: &'a ScopeSet,
    /// The rules of `toolPolicy`.
    pub rules: &'a Rules,
    /// Which scopes imply which others.
    pub hierarchy: &'a ScopeHierarchy,
    /// Whether the issuer is forwarded to the MCP server.
    pub forward_issuer: bool,
    /// Whether the prefix of personal access tokens stood before the token.
    pub has_personal_prefix: bool,
    /// The longest lifetime of a personal access token in seconds; 0: none is accepted.
    pub personal_secs: u64,
}

/// The `jwksIssuer` option.
#[derive(Clone, Copy, Debug)]
pub struct ForeignIssuer<'a> {
    /// The only `iss` that is accepted in a token that a key in `jwksFile` signed.
    pub issuer: &'a str,
    /// Whether `typ: JWT` is accepted too. Such a token must have `scope`, which an `id_token` does not have.
    pub allow_typ_jwt: bool,
    /// The subjects whose `typ: JWT` without `scope` is accepted (option `workloads`).
    pub workloads: &'a Workloads,
}

/// A token that a trusted key signed for this tenant, and that passed each check whose result never changes. The text
/// of the token is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidToken {
    /// The issuer of the tenant for which the token was validated.
    issuer: Rc<Base>,
    /// The time from which on the token is valid, clock skew included.
    valid_from: UnixTime,
    /// `exp`.
    exp: UnixTime,
    /// The end of the certificate of the token's key, if a certificate vouches for the key.
    key_exp: Option<UnixTime>,
    /// The paths that a token of our own covers with `resourceMatch=path`; `None`: every path of the tenant.
    paths: Option<Box<[Box<str>]>>,
    /// The grant and `iat` of a token of our own; `None` for a foreign one.
    grant: Option<Grant>,
    /// Whether the token grants every required scope.
    has_required_scopes: bool,
    /// The rules of `toolPolicy` whose scopes the token grants.
    satisfied: RuleSet,
    sub: HeaderValue,
    scopes: HeaderValue,
    /// `iss`, if it is forwarded to the MCP server.
    iss: Option<HeaderValue>,
    /// The headers that `identityHeaders` and `upstreamToken` choose.
    backend: BackendIdentity,
}

impl ValidToken {
    /// Whether the token was validated for the tenant with this issuer.
    pub fn is_for(&self, issuer: &Rc<Base>) -> bool {
        Rc::ptr_eq(&self.issuer, issuer) || self.issuer == *issuer
    }

    /// Whether the token or its key's certificate has expired.
    pub fn is_expired(&self, now: UnixTime) -> bool {
        self.not_expired(now).is_err()
    }

    fn not_expired(&self, now: UnixTime) -> Result<(), TokenRefusal> {
        if self.key_exp.is_some_and(|end| now >= end) {
            return Err(TokenRefusal::OutsideCertificate);
        }
        if now >= self.exp.plus(CLOCK_SKEW) { Err(TokenRefusal::Expired) } else { Ok(()) }
    }

    /// Validates the token's times at this moment, and its audience for this path.
    pub fn at(self: Rc<Self>, now: UnixTime, path: &str) -> Result<CurrentToken, TokenRefusal> {
        self.not_expired(now)?;
        if now < self.valid_from {
            return Err(TokenRefusal::NotYet);
        }
        let covers = |paths: &[Box<str>]| paths.iter().any(|own| path_is_at_or_below(path, own));
        if self.paths.as_ref().is_some_and(|paths| !covers(paths)) {
            return Err(TokenRefusal::Audience);
        }
        Ok(CurrentToken(self))
    }

    /// Whether the token grants every required scope.
    pub(super) const fn has_required_scopes(&self) -> bool {
        self.has_required_scopes
    }

    /// The rules of `toolPolicy` whose scopes the token grants.
    pub(super) const fn satisfied(&self) -> RuleSet {
        self.satisfied
    }

    /// The subject.
    pub(super) const fn sub(&self) -> &HeaderValue {
        &self.sub
    }

    /// The granted scopes, space-separated.
    pub(super) const fn scopes(&self) -> &HeaderValue {
        &self.scopes
    }

    /// The issuer, if it is to be forwarded.
    pub(super) const fn iss(&self) -> Option<&HeaderValue> {
        self.iss.as_ref()
    }

    /// Whether this is a token of our own, and not one of the issuer that `jwksIssuer` names.
    pub(super) const fn is_own(&self) -> bool {
        self.grant.is_some()
    }

    /// The headers that `identityHeaders` and `upstreamToken` choose.
    pub(super) const fn backend(&self) -> &BackendIdentity {
        &self.backend
    }

    /// Adds the headers that `identityHeaders` and `upstreamToken` choose. If one of them is the provider's access
    /// token, the token is valid until its `exp` and not for another minute, because the provider's token may end then.
    #[must_use]
    pub(super) fn with_backend(mut self, backend: BackendIdentity) -> Self {
        if backend.has_upstream_token() {
            self.exp = self.exp.minus(CLOCK_SKEW);
        }
        self.backend = backend;
        self
    }

    /// The length of the token's texts together, in bytes.
    pub fn text_length(&self) -> usize {
        let paths = self.paths.iter().flatten().map(|path| path.len()).sum::<usize>();
        paths
            + self.backend.text_length()
            + self.sub.len()
            + self.scopes.len()
            + self.iss.as_ref().map_or(0, |iss| iss.len())
    }

    /// Takes the scopes and the issuers of another token where they are equal, so that both tokens share their memory.
    pub fn share_with(&mut self, other: &Self) {
        if self.scopes == other.scopes {
            self.scopes = other.scopes.clone();
        }
        if self.iss == other.iss {
            self.iss.clone_from(&other.iss);
        }
        if self.issuer == other.issuer {
            self.issuer = Rc::clone(&other.issuer);
        }
    }
}

/// Proof that a token is valid at this moment and for this path. Whether it was revoked is checked next.
#[derive(Debug)]
pub struct CurrentToken(Rc<ValidToken>);

impl CurrentToken {
    /// The grant and `iat` of a token of our own; `None` for a foreign one.
    pub(super) fn grant(&self) -> Option<&Grant> {
        self.0.grant.as_ref()
    }

    /// The issuer of the tenant for which the token was validated. It is the `iss` of a token of our own.
    pub(super) fn issuer(&self) -> &Base {
        &self.0.issuer
    }

    pub(super) fn into_inner(self) -> Rc<ValidToken> {
        self.0
    }
}

/// Validates a token's claims. Times and the path are validated at each use ([`ValidToken::at`]).
pub fn validate(token: &SignatureValid, policy: &TokenPolicy<'_>) -> Result<ValidToken, TokenRefusal> {
    let claims = token.claims();
    let mut paths = None;
    let mut key_exp = None;
    let mut of_workload = None;
    // What the key may sign, where that is known.
    let mut purpose = None;
    let own_jti = match (token.key(), policy.foreign) {
        (KeyOrigin::Listed, Some(foreign)) => {
            of_workload = validate_foreign(token, foreign, policy)?;
            None
        }
        (KeyOrigin::Listed, None) => Some(validate_own(token, policy, &mut paths)?),
        (KeyOrigin::Certified(certified, window), _) => {
            validate_window(claims, window)?;
            key_exp = Some(window.exp);
            purpose = Some(certified);
            Some(validate_own(token, policy, &mut paths)?)
        }
    };
    let exp = require(claims.exp, "exp")?;
    let iat = require(claims.iat, "iat")?;
    let is_personal = own_jti.is_some() && claims.client_id.as_deref() == Some(personal_token::CLIENT_ID);
    if is_personal != policy.has_personal_prefix
        || purpose.is_some_and(|purpose| is_personal != (purpose == KeyPurpose::PersonalTokens))
    {
        return Err(TokenRefusal::Purpose);
    }
    if is_personal && (policy.personal_secs == 0 || exp.since(iat) > policy.personal_secs) {
        return Err(TokenRefusal::Personal);
    }
    if of_workload.is_none() {
        require(claims.client_id.as_deref(), "client_id")?;
    }
    let sub = require(claims.sub.as_deref(), "sub")?;
    let sub = Some(sub).filter(|sub| Identity::is_valid_sub(sub)).and_then(HeaderValue::new);
    let iss = require(claims.iss.as_deref(), "iss")?;
    let scopes = of_workload.as_ref().or_else(|| token.scopes()).ok_or(TokenRefusal::Scope)?;
    Ok(ValidToken {
        issuer: Rc::clone(policy.issuer),
        valid_from: iat.max(claims.nbf.unwrap_or(iat)).minus(CLOCK_SKEW),
        exp,
        key_exp,
        paths,
        grant: own_jti.map(|jti| Grant::of(jti, iat, is_personal)),
        has_required_scopes: scopes.contains_all(policy.required)
            || policy.hierarchy.expand(scopes).contains_all(policy.required),
        satisfied: satisfied(scopes, policy),
        sub: sub.ok_or(TokenRefusal::Subject)?,
        scopes: HeaderValue::new(&scopes.to_string()).ok_or(TokenRefusal::Scope)?,
        iss: policy.forward_issuer.then(|| HeaderValue::new(iss).ok_or(TokenRefusal::Issuer)).transpose()?,
        backend: BackendIdentity::default(),
    })
}

/// Validates a token of our own, which must have every claim that the authorization server writes. Returns its `jti`.
fn validate_own<'a>(
    token: &'a SignatureValid,
    policy: &TokenPolicy<'_>,
    paths: &mut Option<Box<[Box<str>]>>,
) -> Result<&'a str, TokenRefusal> {
    let claims = token.claims();
    if token.token_type() != TokenType::AccessToken {
        return Err(TokenRefusal::Type);
    }
    if require(claims.iss.as_deref(), "iss")? != policy.issuer.as_str() {
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
        match resource.filter(|resource| resource.within(policy.issuer)) {
            // Every token of our own names the extra audience in addition to the requested resource, so this audience
            // says nothing about a path.
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

/// Validates a token of the issuer that `jwksIssuer` names (RFC 9068 §4). For the token of a workload, which names no
/// scopes, returns the scopes that `workloads` gives it; `None` for any other token.
fn validate_foreign(
    token: &SignatureValid,
    foreign: ForeignIssuer<'_>,
    policy: &TokenPolicy<'_>,
) -> Result<Option<ScopeSet>, TokenRefusal> {
    let claims = token.claims();
    let of_workload = match token.token_type() {
        TokenType::AccessToken => {
            require(claims.jti.as_deref(), "jti")?;
            None
        }
        TokenType::Jwt if claims.scope.is_none() && !foreign.workloads.is_empty() => {
            let sub = require(claims.sub.as_deref(), "sub")?;
            Some(foreign.workloads.scopes_of(sub).ok_or(TokenRefusal::Workload)?)
        }
        TokenType::Jwt if foreign.allow_typ_jwt => {
            require(claims.scope.as_deref(), "scope")?;
            None
        }
        TokenType::Jwt => return Err(TokenRefusal::Type),
    };
    if require(claims.iss.as_deref(), "iss")? != foreign.issuer {
        return Err(TokenRefusal::Issuer);
    }
    let names_us = |(aud, resource): (&str, Option<&ResourceUri>)| match policy.audience {
        Some(audience) => aud == audience,
        None => resource.is_some_and(|aud| aud.same_as(&ResourceUri::from_base(policy.issuer))),
    };
    if token.audiences().any(names_us) { Ok(of_workload) } else { Err(TokenRefusal::Audience) }
}

/// Fails unless `iat` lies between the certificate's `nbf` and `sign_until`, and `exp` is no later than the
/// certificate's `exp`.
fn validate_window(claims: &TokenClaims, window: SigningWindow) -> Result<(), TokenRefusal> {
    let iat = require(claims.iat, "iat")?;
    let exp = require(claims.exp, "exp")?;
    if iat < window.nbf || iat > window.sign_until || exp > window.exp {
        return Err(TokenRefusal::OutsideCertificate);
    }
    Ok(())
}

fn satisfied(scopes: &ScopeSet, policy: &TokenPolicy<'_>) -> RuleSet {
    if policy.rules.is_empty() {
        return RuleSet::NONE;
    }
    policy.rules.satisfied_by(&policy.hierarchy.expand(scopes))
}

fn require<T>(claim: Option<T>, name: &'static str) -> Result<T, TokenRefusal> {
    claim.ok_or(TokenRefusal::Missing(name))
}

#[cfg(test)]
impl ValidToken {
    /// A token of this subject that is valid until `exp`.
    pub(super) fn sample(sub: &str, exp: UnixTime) -> Self {
        let value = |text| HeaderValue::new(text).unwrap();
        Self {
            issuer: Rc::new(Base::parse("https://h.test").unwrap()),
            valid_from: UnixTime::new(0),
            exp,
            key_exp: None,
            paths: None,
            grant: None,
            has_required_scopes: true,
            satisfied: RuleSet::NONE,
            sub: value(sub),
            scopes: value("read"),
            iss: None,
            backend: BackendIdentity::default(),
        }
    }
}
