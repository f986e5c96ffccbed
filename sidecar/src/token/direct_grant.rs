//! Stores the grant of a token that no login led to.

use events::{Event, Field, Kind, Reason};
use protocol::scope::ScopeSet;
use protocol::settings::{BoxItem, Identity};
use protocol::time::CLOCK_SKEW;
use protocol::uri::ResourceUri;
use store::DirectGrant;
use store::crypto::secrets::new_grant_id;
use store::intent::direct::PutDirectGrant;
use store::limits::GRANTS_PER_USER;
use store::record::{AssertionRecord, GrantRecord, Network};

use super::deps::Deps;
use super::error::{GrantError, TokenError};
use super::issue::Proof;
use crate::edge::Ctx;

/// What differs from grant type to grant type: fields of the grant, and the event of its token.
pub(super) struct Direct {
    pub(super) client_id: String,
    pub(super) identity: Identity,
    /// The scopes that a token of the grant may have at most.
    pub(super) scopes: ScopeSet,
    pub(super) resource: ResourceUri,
    /// How long the token lives, in seconds.
    pub(super) lifetime_secs: u64,
    /// The assertion that the client presented; `None` with client credentials.
    pub(super) assertion: Option<AssertionRecord>,
    /// The event without its client, subject and grant.
    pub(super) issued: Event,
}

/// Makes sure that there is an unrevoked grant for this client and subject. The grant lives as long as its last token,
/// because it has no refresh token.
pub(super) async fn put(deps: &Deps, ctx: &Ctx, direct: Direct) -> Result<Proof, TokenError> {
    // The plugin would not accept an access token of this tenant without the provider's token in it.
    if ctx.settings.boxes(BoxItem::UpstreamToken) {
        return Err(TokenError::NoUpstreamToken);
    }
    let now = deps.clock.now();
    let sub = direct.identity.sub.clone();
    let grant = GrantRecord {
        id: new_grant_id(&*deps.entropy)?,
        tenant: ctx.tenant(),
        client_id: direct.client_id,
        redirect_uri: String::new(),
        scopes: direct.scopes,
        resource: direct.resource,
        identity: direct.identity,
        upstream_refresh: None,
        upstream_token: None,
        confirmed: None,
        asking: None,
        network: ctx.client_address.map(Network::of),
        created: now,
        expires: now.plus(direct.lifetime_secs + CLOCK_SKEW),
        token_secs: direct.lifetime_secs,
        personal: None,
        revoked: None,
    };
    let named = |event: Event| event.client(&grant.client_id).subject(&sub);
    let issued = named(direct.issued);
    let crowded_out = named(ctx.event_because(Kind::GrantRevoked, Reason::CrowdedOut).succeeded())
        .with(Field::Grants, GRANTS_PER_USER)
        .saying("the oldest grant of this user was ended: the user has reached the maximum number of grants");
    let put = PutDirectGrant { tenant: ctx.tenant(), grant, assertion: direct.assertion, now };
    let events = move |done: &DirectGrant| match done {
        DirectGrant::Done { granted, crowded_out: ended } => {
            let ended = ended.map(|ended| crowded_out.clone().grant(ended));
            [Some(issued.clone().grant(granted.grant())), ended].into_iter().flatten().collect()
        }
        DirectGrant::TooMany | DirectGrant::AssertionUsed => Vec::new(),
    };
    match deps.journal.write(put, events).await? {
        DirectGrant::Done { granted, .. } => Ok(Proof::Direct(granted)),
        DirectGrant::TooMany => Err(TokenError::TooManyGrants { sub }),
        DirectGrant::AssertionUsed => Err(GrantError::AssertionUsed.into()),
    }
}
