//! Validates the server's own access tokens when they are presented at userinfo, introspection or revocation.
//!
//! The checks of a token's signature, issuer, audience and tenant (the protected MCP server) are those of the plugin.
//! The token must not have expired, and its grant must still exist.

use std::rc::Rc;
use std::sync::Arc;

use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::jose::token::UnverifiedToken;
use protocol::personal_token::{self, DAY_SECS, MOST_SECS};
use protocol::resource::access_token::{TokenPolicy, validate};
use protocol::resource::policy::Rules;
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

/// An access token that this server has signed for this tenant, that has not expired, and whose grant still exists.
#[derive(Debug)]
pub struct LiveToken {
    /// `scope`: the scopes of the token.
    pub scopes: ScopeSet,
    /// `aud`: the resources that the token is for.
    pub audiences: Vec<String>,
    /// `iat`: when the token was issued.
    pub iat: UnixTime,
    /// `exp`: when the token expires.
    pub exp: UnixTime,
    /// `jti`: the token's id.
    pub jti: String,
    /// The grant under which the token was issued.
    pub grant: GrantRecord,
}

/// Creates a `jti` of 30 characters: the grant's id, then 48 random bits that distinguish the grant's tokens. If a
/// token is refreshed every ten minutes for a year, the chance that a `jti` repeats is about 1 in 200,000; this is
/// acceptable because only the grant's id in a `jti` is ever looked up, never the whole `jti`.
pub fn new_token_id(grant: &GrantId, entropy: &dyn Entropy) -> Result<String, EntropyError> {
    Ok(format!("{grant}{}", b64url_encode(&random_bytes::<6>(entropy)?)))
}

/// Returns a text that has the length of a `jti` but is the `jti` of no token. Before the server issues a token, it
/// writes the token's claims with this text as `jti`: their length shows whether the token will fit into a header.
pub fn no_token_id() -> String {
    "-".repeat(GRANT_ID + 8)
}

/// Decodes the grant's id, which is the beginning of a `jti`. Returns `None` if the `jti` does not begin with an id.
/// The grant need not exist.
fn grant_in(jti: &str) -> Option<GrantId> {
    let (id, _) = jti.split_at_checked(GRANT_ID)?;
    b64url_decode(id).ok()?.try_into().ok().map(GrantId)
}

/// Validates the server's own access tokens.
#[derive(Clone)]
pub struct AccessTokens {
    /// Holds the grants.
    pub store: StoreHandle,
    /// Tells the current time, with which `exp` is compared.
    pub clock: Arc<dyn Clock>,
    /// Verifies the signatures.
    pub keys: KeyRing,
}

impl AccessTokens {
    /// Returns the token's claims and grant. Returns `None` unless this server has signed the token for this tenant,
    /// the token has not expired, and its grant still exists and belongs to the same client and user. The lifetime of a
    /// personal access token must also be at most the number of days that the tenant's option `personalTokens` allows.
    /// Fails if the store fails.
    pub async fn live(&self, ctx: &Ctx, token: &str) -> Result<Option<LiveToken>, StoreError> {
        self.find(ctx, token, u64::from(ctx.settings.personal_days) * DAY_SECS).await
    }

    /// Like [`Self::live`], for revocation: also returns a personal access token that the option `personalTokens` does
    /// not allow now. A user may revoke such a token. If it were not found here, it would become valid again as soon as
    /// the operator allows it again.
    pub async fn live_to_revoke(&self, ctx: &Ctx, token: &str) -> Result<Option<LiveToken>, StoreError> {
        self.find(ctx, token, MOST_SECS).await
    }

    async fn find(
        &self,
        ctx: &Ctx,
        token: &str,
        personal_secs: u64,
    ) -> Result<Option<LiveToken>, StoreError> {
        let now = self.clock.now();
        let Some(signed) = self.read(ctx, token, personal_secs, now) else { return Ok(None) };
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

    fn read(&self, ctx: &Ctx, token: &str, personal_secs: u64, now: UnixTime) -> Option<Signed> {
        let (jwt, has_personal_prefix) = personal_token::split(token);
        let policy = TokenPolicy {
            issuer: &Rc::new(ctx.base.clone()),
            tid: ctx.tid,
            audience: ctx.settings.audience.as_deref(),
            foreign: None,
            match_path: false,
            required: &ScopeSet::new(),
            rules: &Rules::default(),
            hierarchy: &ctx.settings.hierarchy,
            forward_issuer: false,
            has_personal_prefix,
            personal_secs,
        };
        let signed = UnverifiedToken::parse(jwt).ok()?.verify_listed(&self.keys.key_set()).ok()?;
        Rc::new(validate(&signed, &policy).ok()?).at(now, ctx.base.path()).ok()?;
        let claims = signed.claims();
        let jti = claims.jti.as_deref()?;
        Some(Signed {
            grant: grant_in(jti)?,
            sub: claims.sub.as_deref()?.to_owned(),
            client_id: claims.client_id.as_deref()?.to_owned(),
            scopes: signed.scopes()?.clone(),
            audiences: claims.aud.clone(),
            iat: claims.iat?,
            // Unlike the plugin, this server allows no clock skew after `exp`.
            exp: claims.exp.filter(|exp| now < *exp)?,
            jti: jti.to_owned(),
        })
    }
}

/// The claims of a token that this server has signed for this tenant.
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
