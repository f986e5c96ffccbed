//! Creates personal access tokens.

use std::net::IpAddr;
use std::sync::Arc;

use events::{Event, Kind};
use protocol::context::PluginKeys;
use protocol::personal_token::{CLIENT_ID, DAY_SECS};
use protocol::settings::AuthorizedUser;
use protocol::time::UnixTime;
use protocol::uri::ResourceUri;
use serde_json::json;
use store::AddPersonal;
use store::crypto::Sealer;
use store::entropy::{Entropy, random_bytes};
use store::intent::personal::AddPersonalToken;
use store::record::{ClientKind, ClientRecord, ClientSource, GrantId, GrantRecord, Network, PersonalToken};

use super::created::Created;
use super::error::CreateError;
use super::wanted::{Malformed, Wanted};
use crate::clock::Clock;
use crate::edge::Place;
use crate::journal::Journal;
use crate::keys::KeyRing;

/// The longest lifetime of a personal access token of a provider's user, in days. The provider is not asked again while
/// the token is valid, so the user has to sign in there once a month to create another.
pub const PROVIDER_DAYS: u16 = 30;
/// If a browser sends the form twice, the same token is shown again until this number of seconds after its creation.
const AGAIN_SECS: u64 = 60;

/// Creates and revokes personal access tokens. Cheap to clone.
#[derive(Clone)]
pub struct PersonalTokens {
    /// Stores tokens, and records their creation and revocation.
    pub journal: Journal,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub entropy: Arc<dyn Entropy>,
    /// The keys that sign the tokens.
    pub keys: KeyRing,
    /// The keys that encrypt the part of a token that only the plugin can read.
    pub plugin_keys: PluginKeys,
    /// Derives ids of tokens from the values of a form.
    pub sealer: Sealer,
    /// Whether the plugin learns of revoked grants. If not, no token is created, because it could not be revoked.
    pub tells_revocations: bool,
}

/// Who asks for a token. This is recorded when the token is created.
#[derive(Debug, Clone, Default)]
pub struct Maker {
    /// The address of the user's browser; `None` if it is not known or there is no browser.
    pub address: Option<IpAddr>,
    /// The administrator who asks for the token; `None` if the user does.
    pub administrator: Option<String>,
}

impl PersonalTokens {
    /// Returns the longest lifetime, in days, that a user of this tenant may choose; `None` if the tenant does not
    /// allow personal access tokens.
    pub fn most_days(place: &Place) -> Option<u16> {
        let days = place.settings.personal_days;
        let days = if place.is_local() { days } else { days.min(PROVIDER_DAYS) };
        (days > 0).then_some(days)
    }

    /// Returns the id of the token that a form asks for. The form contains `once`, so a form that is sent twice asks
    /// for the same token.
    pub fn id_of_form(&self, session: &[u8; 32], once: &[u8; 16]) -> GrantId {
        let tag = self.sealer.tag("mcpbouncer personal access token v1", &[&session[..], once].concat());
        GrantId(tag.first_chunk().copied().unwrap_or_default())
    }

    /// Makes the id of a token that no form asks for.
    pub fn fresh_id(&self) -> Result<GrantId, CreateError> {
        Ok(GrantId(random_bytes(&*self.entropy)?))
    }

    /// Creates a token of this user, who must have access now. The token never has more scopes than are wanted; it has
    /// fewer if the user is not entitled to all of them.
    pub async fn create(
        &self,
        place: &Place,
        user: &AuthorizedUser,
        wanted: &Wanted,
        id: GrantId,
        maker: Maker,
    ) -> Result<Created, CreateError> {
        let most = Self::most_days(place).ok_or(CreateError::Off)?;
        if !self.tells_revocations {
            return Err(CreateError::NoList);
        }
        if wanted.days() > most {
            return Err(Malformed::Days.into());
        }
        // Without a key nothing must be stored.
        let key = self.key().await?;
        let now = self.clock.now();
        let lives = u64::from(wanted.days()) * DAY_SECS;
        let identity = user.identity();
        let grant = GrantRecord {
            id,
            tenant: place.tenant.clone(),
            client_id: CLIENT_ID.to_owned(),
            redirect_uri: place.tenant.base.join("/oauth/connections"),
            scopes: place.settings.grant(Some(wanted.scopes()), &identity.claims.groups),
            resource: ResourceUri::from_base(&place.tenant.base),
            identity: identity.clone(),
            upstream_refresh: None,
            upstream_token: None,
            confirmed: None,
            asking: None,
            network: maker.address.map(Network::of),
            created: now,
            expires: now.plus(lives),
            token_secs: lives,
            personal: Some(PersonalToken { name: wanted.name().to_owned(), local: place.is_local() }),
            revoked: None,
        };
        self.check(place, &grant, &key)?;
        let event = made(&grant, &maker);
        let add = AddPersonalToken { tenant: place.tenant.clone(), client: client(place, now), grant, now };
        let events = move |added: &AddPersonal| match added {
            AddPersonal::Done(_) => vec![event.clone()],
            AddPersonal::Before(_)
            | AddPersonal::Ended
            | AddPersonal::TooMany
            | AddPersonal::TooManyEnded => Vec::new(),
        };
        match self.journal.write(add, events).await? {
            AddPersonal::Done(granted) => self.issue(place, &granted, &key),
            AddPersonal::Before(granted) if now.since(granted.grant().created) <= AGAIN_SECS => {
                self.issue(place, &granted, &key)
            }
            AddPersonal::Before(_) | AddPersonal::Ended => Err(CreateError::MadeBefore),
            AddPersonal::TooMany => Err(CreateError::TooMany),
            AddPersonal::TooManyEnded => Err(CreateError::TooManyEnded),
        }
    }
}

fn made(grant: &GrantRecord, maker: &Maker) -> Event {
    let event = Event::new(Kind::PersonalTokenMade)
        .tenant(grant.tenant.key())
        .client(&grant.client_id)
        .subject(&grant.identity.sub)
        .grant(grant.id)
        .address(maker.address);
    let name = grant.personal.as_ref().map(|personal| personal.name.clone()).unwrap_or_default();
    event.actor(maker.administrator.as_deref().unwrap_or(&grant.identity.sub)).detail(name)
}

/// Makes the record of the client to which all personal access tokens of a tenant belong. No login can be started for
/// this client ([`Clients::find`](crate::clients::Clients::find)). It has no secret, so whoever has a token may revoke
/// it (RFC 7009).
fn client(place: &Place, now: UnixTime) -> ClientRecord {
    ClientRecord {
        tenant: place.tenant.clone(),
        client_id: CLIENT_ID.to_owned(),
        metadata: json!({
            "client_name": "Personal access tokens",
            "redirect_uris": [place.tenant.base.join("/oauth/connections")],
            "token_endpoint_auth_method": "none",
        }),
        kind: ClientKind::Public,
        source: ClientSource::Registered,
        registration_token: None,
        issued_at: now,
        last_used: now,
        approved_at: Some(now),
    }
}
