//! Clients that use the client credentials grant (RFC 6749 §4.4), so that no user is involved. The operator's clients
//! file lists them; no client can register itself for this grant.

use protocol::scope::ScopeSet;
use protocol::settings::{Identity, Profile, client_subject};

use super::allowance::Allowance;
use super::auth::AuthenticatedClient;
use super::directory::Clients;
use crate::edge::Ctx;

/// An authenticated client that may use the client credentials grant at this tenant: the operator's file allows the
/// grant, and the client has authenticated with its credentials.
#[derive(Debug)]
pub struct MachineClient {
    client_id: String,
    name: Option<String>,
    allowed: Allowance,
}

impl Clients {
    /// Returns the client with what the operator's file allows it; `None` if the operator's file does not allow the
    /// client credentials grant to it, or if the client has no credentials.
    pub fn machine(&self, ctx: &Ctx, client: &AuthenticatedClient) -> Option<MachineClient> {
        let listed = self.listed(ctx, client.id())?;
        let allowed = listed.allowance()?;
        client.is_confidential().then(|| MachineClient {
            client_id: client.id().to_owned(),
            name: client.name().map(str::to_owned),
            allowed: allowed.clone(),
        })
    }
}

impl MachineClient {
    /// The `client_id`.
    pub fn id(&self) -> &str {
        &self.client_id
    }

    /// The scopes that the client may get; `None` if its entry has no `scope`, so that only the tenant's options limit
    /// them.
    pub const fn scopes(&self) -> Option<&ScopeSet> {
        self.allowed.scopes()
    }

    /// Returns the lifetime of the client's access tokens in seconds. It is never longer than `others`, the lifetime of
    /// the tenant's other access tokens.
    pub fn ttl_secs(&self, others: u64) -> u64 {
        self.allowed.ttl_secs().map_or(others, |secs| secs.min(others))
    }

    /// Returns the client as the subject of its tokens.
    pub fn identity(&self) -> Identity {
        let claims = Profile { name: self.name.clone(), ..Profile::default() };
        Identity { sub: client_subject(&self.client_id), claims }
    }
}
