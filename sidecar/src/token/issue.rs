//! The only place that makes access tokens. It requires proof of permission ([`Proof`]): a redeemed code (PKCE), a
//! rotated refresh token, or a grant that was stored without a login.

use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use events::{Field, Kind, Reason};
use protocol::jose::token::AccessTokenClaims;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::server::fitting::{FittingToken, ToBox, fit};
use protocol::settings::{BoxItem, Identity};
use protocol::token_box::BoxContents;
use protocol::uri::ResourceUri;
use serde_json::json;
use store::record::GrantId;
use store::{Granted, Redeemed, Rotated};

use super::deps::Deps;
use super::error::{TokenError, Unavailable};
use crate::access::{new_token_id, no_token_id};
use crate::edge::Ctx;
use crate::keys::CurrentKey;
use crate::upstream::UpstreamToken;

/// The proof that a token may be issued. Only a committed transaction of the store can make the values in the variants.
#[derive(Debug)]
pub(super) enum Proof {
    /// The client redeemed its code and proved possession of the PKCE verifier.
    Code(Redeemed),
    /// The client rotated its refresh token, or repeated the rotation within the grace period.
    Refresh(Rotated),
    /// The client used the client credentials grant, or presented an assertion of the provider that had not been used
    /// before.
    Direct(Granted),
}

impl Proof {
    /// Returns the grant and the client to issue the token for.
    fn into_parts(self) -> (GrantId, String) {
        match self {
            Self::Code(redeemed) => (redeemed.grant(), redeemed.client_id().to_owned()),
            Self::Refresh(rotated) => (rotated.grant(), rotated.client_id().to_owned()),
            Self::Direct(granted) => (granted.grant(), granted.client_id().to_owned()),
        }
    }
}

/// The content of an access token, apart from its grant and its client.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) identity: Identity,
    /// The client's name, as the client itself gives it.
    pub(super) client_name: Option<String>,
    pub(super) resource: ResourceUri,
    pub(super) scopes: ScopeSet,
    /// The provider's access token for the MCP server; `None` unless the tenant's options pass it on (`upstreamToken`).
    pub(super) upstream: Option<UpstreamToken>,
    /// How long the access token lives at most, in seconds.
    pub(super) lifetime_secs: u64,
}

/// A proof and all other values that go into the token response.
#[derive(Debug)]
pub(super) struct Approved {
    pub(super) proof: Proof,
    pub(super) content: Content,
    pub(super) refresh: Option<Secret<String>>,
}

/// An access token that is not signed yet, and the key that signs it.
struct Unsigned {
    fitting: FittingToken,
    key: Arc<CurrentKey>,
    /// How long the token lives, in seconds.
    lifetime: u64,
}

/// Fails if an access token of this client with this content cannot be issued, because it would be too long or there is
/// no signing key. Called before a code, a refresh token or an assertion is spent, so that the client can present it
/// again.
pub(super) fn check(deps: &Deps, ctx: &Ctx, client_id: &str, content: &Content) -> Result<(), TokenError> {
    unsigned(deps, ctx, client_id, no_token_id(), content).map(drop)
}

/// Makes the access token, and the token response that holds it (RFC 6749 §5.1).
pub(super) fn mint(deps: &Deps, ctx: &Ctx, approved: Approved) -> Result<Response, TokenError> {
    let Approved { proof, content, refresh } = approved;
    let (grant, client_id) = proof.into_parts();
    let jti = new_token_id(&grant, &*deps.entropy)?;
    let Unsigned { fitting, key, lifetime } = unsigned(deps, ctx, &client_id, jti, &content)?;
    if !fitting.left_out.is_empty() {
        let event = ctx.event_because(Kind::Operation, Reason::ClaimsLeftOut).succeeded();
        let event = event.client(&client_id).subject(&content.identity.sub);
        deps.journal.record(event.with(Field::Claims, fitting.left_out.join(" ")).saying(
            "the access token would have exceeded the size that the plugin accepts, so it lacks these claims: configure the \
             provider to send fewer groups, or do not grant the scopes that include these claims",
        ));
    }
    let mut body = json!({
        "access_token": fitting.sign(&key.signing_key),
        "token_type": "Bearer",
        "expires_in": lifetime,
    });
    if let Some(fields) = body.as_object_mut() {
        // RFC 6749 §3.3 does not allow an empty scope, and clients send back what they receive.
        if !content.scopes.is_empty() {
            fields.insert("scope".into(), content.scopes.to_string().into());
        }
        if let Some(refresh) = refresh {
            fields.insert("refresh_token".into(), refresh.expose().clone().into());
        }
    }
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, body.to_string()).into_response())
}

/// Makes the access token (RFC 9068 §2.2) without its signature. It expires no later than the provider's token in it.
fn unsigned(
    deps: &Deps,
    ctx: &Ctx,
    client_id: &str,
    jti: String,
    content: &Content,
) -> Result<Unsigned, TokenError> {
    let Content { identity, client_name, resource, scopes, upstream, lifetime_secs } = content;
    let now = deps.clock.now();
    let key = deps.keys.current(now).map_err(Unavailable::SigningKey)?;
    let mut lifetime = *lifetime_secs;
    if let Some(token) = upstream {
        lifetime = lifetime.min(token.expires.since(now));
    }
    let to_box = ToBox {
        key: deps.plugin_keys.first(),
        contents: box_contents(ctx, identity, client_name.as_deref(), upstream.as_ref()),
    };
    let mut audience = vec![resource.as_str().to_owned()];
    audience.extend(ctx.settings.audience.iter().filter(|extra| **extra != resource.as_str()).cloned());
    let claims = AccessTokenClaims {
        iss: ctx.base.as_str().to_owned(),
        aud: audience,
        sub: identity.sub.clone(),
        client_id: client_id.to_owned(),
        scope: scopes.clone(),
        iat: now,
        nbf: now,
        exp: now.plus(lifetime),
        jti,
        mcpb_tid: ctx.tid,
        profile: identity.claims.limited_to(scopes),
    };
    let fitting = fit(&key.kid, &key.kcert, claims, to_box).map_err(TokenError::TooLong)?;
    Ok(Unsigned { fitting, key, lifetime })
}

/// Returns the content that only the plugin can read: exactly what the tenant's options name.
fn box_contents(
    ctx: &Ctx,
    identity: &Identity,
    client_name: Option<&str>,
    upstream: Option<&UpstreamToken>,
) -> BoxContents {
    let mut contents = BoxContents::of_profile(&identity.claims, &ctx.settings.token_box);
    if ctx.settings.boxes(BoxItem::ClientName) {
        contents.insert_some(BoxItem::ClientName, client_name);
    }
    contents.insert_some(BoxItem::UpstreamToken, upstream.map(|token| token.token.expose().as_str()));
    contents
}
