//! Whether a token with a valid signature admits to this tenant: RFC 9068 §4 and the rules of the key
//! certificate. Judged at every use, whatever was cached.

use crate::jose::key_certificate::SigningWindow;
use crate::jose::token::{KeyOrigin, SignatureValid, TokenClaims, TokenType};
use crate::scope::ScopeSet;
use crate::settings::Identity;
use crate::tenant::TenantId;
use crate::time::{CLOCK_SKEW, UnixTime};
use crate::uri::{Base, ResourceUri, path_is_at_or_below};
use std::rc::Rc;

/// What a token is judged by.
#[derive(Clone, Copy, Debug)]
pub struct TokenPolicy<'a> {
    /// The tenant's base: `iss` of our own tokens.
    pub base: &'a Base,
    /// The tenant's id: `mcpb_tid` of our own tokens.
    pub tid: TenantId,
    /// The extra audience, if one is configured.
    pub audience: Option<&'a str>,
    /// The other issuer whose tokens the key file verifies, if one is configured.
    pub foreign: Option<ForeignIssuer<'a>>,
    /// The path of the request, if the audience must be a whole-segment prefix of it
    /// (`resourceMatch=path`).
    pub path: Option<&'a str>,
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
    /// `iss` is another.
    #[error("token: iss is another")]
    Issuer,
    /// `mcpb_tid` is another: issued under other provider settings.
    #[error("token: mcpb_tid is another: the tenant's provider, client or name has changed")]
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

/// Proof that a token admits to this tenant now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedAccessToken<'a> {
    sub: &'a Rc<str>,
    iss: &'a Rc<str>,
    scopes: &'a ScopeSet,
    scopes_text: &'a Rc<str>,
    /// `jti` and `iat`, of a token of our own.
    own_id: Option<(&'a str, UnixTime)>,
}

impl<'a> VerifiedAccessToken<'a> {
    /// Who it was issued about.
    pub const fn sub(&self) -> &'a Rc<str> {
        self.sub
    }

    /// Who issued it.
    pub const fn iss(&self) -> &'a Rc<str> {
        self.iss
    }

    /// `jti` and `iat` of a token of our own issuing; `None` of a foreign one.
    pub const fn own_id(&self) -> Option<(&'a str, UnixTime)> {
        self.own_id
    }

    /// What was granted.
    pub const fn scopes(&self) -> &'a ScopeSet {
        self.scopes
    }

    /// What was granted, space-joined.
    pub const fn scopes_text(&self) -> &'a Rc<str> {
        self.scopes_text
    }
}

/// Judges a token.
pub fn judge<'a>(
    token: &'a SignatureValid,
    policy: &TokenPolicy<'_>,
    now: UnixTime,
) -> Result<VerifiedAccessToken<'a>, TokenRefusal> {
    let claims = token.claims();
    let own_jti = match (token.key(), policy.foreign) {
        (KeyOrigin::Listed, Some(foreign)) => {
            judge_foreign(token, foreign, policy)?;
            None
        }
        (KeyOrigin::Listed, None) => Some(judge_own(token, policy)?),
        (KeyOrigin::Certified(window), _) => {
            judge_window(claims, window, now)?;
            Some(judge_own(token, policy)?)
        }
    };
    let exp = demand(claims.exp, "exp")?;
    let iat = demand(claims.iat, "iat")?;
    if now >= exp.plus(CLOCK_SKEW) {
        return Err(TokenRefusal::Expired);
    }
    let latest_start = now.plus(CLOCK_SKEW);
    if iat > latest_start || claims.nbf.is_some_and(|nbf| nbf > latest_start) {
        return Err(TokenRefusal::NotYet);
    }
    demand(claims.client_id.as_deref(), "client_id")?;
    let sub = demand(claims.sub.as_ref(), "sub")?;
    if !Identity::is_valid_sub(sub) {
        return Err(TokenRefusal::Subject);
    }
    let iss = demand(claims.iss.as_ref(), "iss")?;
    let (scopes_text, scopes) = token.scopes().ok_or(TokenRefusal::Scope)?;
    let own = own_jti.map(|jti| (jti, iat));
    Ok(VerifiedAccessToken { sub, iss, scopes, scopes_text, own_id: own })
}

/// A token of our own: every claim the authorization server writes is demanded. Its `jti`.
fn judge_own<'a>(token: &'a SignatureValid, policy: &TokenPolicy<'_>) -> Result<&'a str, TokenRefusal> {
    let claims = token.claims();
    if token.token_type() != TokenType::AccessToken {
        return Err(TokenRefusal::Type);
    }
    if demand(claims.iss.as_deref(), "iss")? != policy.base.as_str() {
        return Err(TokenRefusal::Issuer);
    }
    demand(claims.mcpb_tid.as_deref(), "mcpb_tid")?;
    if token.tenant() != Some(policy.tid) {
        return Err(TokenRefusal::Tenant);
    }
    demand(claims.nbf, "nbf")?;
    let jti = demand(claims.jti.as_deref(), "jti")?;
    demand(claims.scope.as_deref(), "scope")?;
    if claims.aud.is_empty() {
        return Err(TokenRefusal::Missing("aud"));
    }
    let mut covers = false;
    for (aud, resource) in token.audiences() {
        match resource.filter(|resource| resource.within(policy.base)) {
            // Beside the resource asked for it is in every token, so it says nothing about any path.
            Some(_) if claims.aud.len() > 1 && policy.audience == Some(aud) => {}
            Some(resource) => {
                covers |= policy.path.is_none_or(|path| path_is_at_or_below(path, resource.path()));
            }
            None if policy.audience == Some(aud) => {}
            None => return Err(TokenRefusal::Audience),
        }
    }
    if covers { Ok(jti) } else { Err(TokenRefusal::Audience) }
}

/// A token of the issuer that `jwksIssuer` names (RFC 9068 §4).
fn judge_foreign(
    token: &SignatureValid,
    foreign: ForeignIssuer<'_>,
    policy: &TokenPolicy<'_>,
) -> Result<(), TokenRefusal> {
    let claims = token.claims();
    match token.token_type() {
        TokenType::AccessToken => {
            demand(claims.jti.as_deref(), "jti")?;
        }
        TokenType::Jwt if foreign.allow_typ_jwt => {
            demand(claims.scope.as_deref(), "scope")?;
        }
        TokenType::Jwt => return Err(TokenRefusal::Type),
    }
    if demand(claims.iss.as_deref(), "iss")? != foreign.issuer {
        return Err(TokenRefusal::Issuer);
    }
    let names_us = |(aud, resource): (&str, Option<&ResourceUri>)| match policy.audience {
        Some(audience) => aud == audience,
        None => resource.is_some_and(|aud| aud.same_as(&ResourceUri::from_base(policy.base))),
    };
    if token.audiences().any(names_us) { Ok(()) } else { Err(TokenRefusal::Audience) }
}

/// `iat` in [nbf, `sign_until`] and `exp` no later than the certificate's, which must not be over.
fn judge_window(claims: &TokenClaims, window: SigningWindow, now: UnixTime) -> Result<(), TokenRefusal> {
    let iat = demand(claims.iat, "iat")?;
    let exp = demand(claims.exp, "exp")?;
    if iat < window.nbf || iat > window.sign_until || exp > window.exp || now >= window.exp {
        return Err(TokenRefusal::OutsideCertificate);
    }
    Ok(())
}

fn demand<T>(claim: Option<T>, name: &'static str) -> Result<T, TokenRefusal> {
    claim.ok_or(TokenRefusal::Missing(name))
}
