//! Access tokens of our own that come back to us: at userinfo, introspection and revocation.
//!
//! Validated as the plugin validates them, and against the grant they belong to.

use std::rc::Rc;
use std::sync::Arc;

use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::jose::token::UnverifiedToken;
use protocol::resource::access_token::{TokenPolicy, validate};
use protocol::resource::revocation_list::GRANT_ID;
use protocol::scope::ScopeSet;
use protocol::time::UnixTime;
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::intent::grants::FindGrant;
use store::record::{GrantId, GrantRecord};
use store::{StoreError, StoreHandle};

use crate::clock::Clock;
use crate::edge::Ctx;
use crate::keys::KeyRing;

/// A token of this tenant that is in force now.
#[derive(Debug)]
pub struct LiveToken {
    /// What it grants.
    pub scopes: ScopeSet,
    /// `aud`.
    pub audiences: Vec<String>,
    /// `iat`.
    pub iat: UnixTime,
    /// `exp`.
    pub exp: UnixTime,
    /// `jti`.
    pub jti: String,
    /// The grant it belongs to.
    pub grant: GrantRecord,
}

/// A new `jti`, 30 characters: the id of the grant, then 48 random bits that tell its tokens apart. A year of refreshes
/// every ten minutes repeats one with a chance of 1 in 200,000; nothing looks a token up by it.
pub fn new_token_id(grant: &GrantId, entropy: &dyn Entropy) -> Result<String, EntropyError> {
    Ok(format!("{grant}{}", b64url_encode(&random_bytes::<6>(entropy)?)))
}

/// The grant that a `jti` names.
fn grant_in(jti: &str) -> Option<GrantId> {
    let (id, _) = jti.split_at_checked(GRANT_ID)?;
    b64url_decode(id).ok()?.try_into().ok().map(GrantId)
}

/// Reads access tokens of our own.
#[derive(Clone)]
pub struct AccessTokens {
    /// Their grants.
    pub store: StoreHandle,
    /// When they expire.
    pub clock: Arc<dyn Clock>,
    /// Who signed them.
    pub keys: KeyRing,
}

impl AccessTokens {
    /// The token, if it is this tenant's and in force.
    pub async fn live(&self, ctx: &Ctx, token: &str) -> Result<Option<LiveToken>, StoreError> {
        let now = self.clock.now();
        let Some(signed) = self.read(ctx, token, now) else { return Ok(None) };
        let grant = self.store.read(FindGrant { tenant: ctx.tenant(), grant: signed.grant, now }).await?;
        let same =
            |grant: &GrantRecord| grant.client_id == signed.client_id && grant.identity.sub == signed.sub;
        Ok(grant.filter(same).map(|grant| LiveToken {
            scopes: signed.scopes,
            audiences: signed.audiences,
            iat: signed.iat,
            exp: signed.exp,
            jti: signed.jti,
            grant,
        }))
    }

    fn read(&self, ctx: &Ctx, token: &str, now: UnixTime) -> Option<Signed> {
        let policy = TokenPolicy {
            issuer: &Rc::new(ctx.base.clone()),
            tid: ctx.tid,
            audience: ctx.settings.audience.as_deref(),
            foreign: None,
            match_path: false,
            required: &ScopeSet::new(),
            hierarchy: &ctx.settings.hierarchy,
            forward_issuer: false,
        };
        let signed = UnverifiedToken::parse(token).ok()?.verify_listed(&self.keys.key_set()).ok()?;
        Rc::new(validate(&signed, &policy).ok()?).at(now, ctx.base.path()).ok()?;
        let claims = signed.claims();
        let jti = claims.jti.as_deref()?;
        Some(Signed {
            grant: grant_in(jti)?,
            sub: claims.sub.as_deref()?.to_owned(),
            client_id: claims.client_id.as_deref()?.to_owned(),
            scopes: signed.scopes()?.clone(),
            audiences: claims.aud.clone(),
            // Our own clock is the one it expires by.
            iat: claims.iat?,
            exp: claims.exp.filter(|exp| now < *exp)?,
            jti: jti.to_owned(),
        })
    }
}

/// What a token says that a key of ours signed for this tenant.
struct Signed {
    grant: GrantId,
    sub: String,
    client_id: String,
    scopes: ScopeSet,
    audiences: Vec<String>,
    iat: UnixTime,
    exp: UnixTime,
    jti: String,
}
