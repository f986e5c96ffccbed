//! Clients that act for themselves, without a user (RFC 6749 §4.4). The operator's clients file lists them; no client can
//! register itself as one.

use protocol::scope::ScopeSet;
use protocol::settings::{Identity, Profile, client_subject};

use super::allowance::Allowance;
use super::auth::AuthenticatedClient;
use super::directory::Clients;
use crate::edge::Ctx;

/// Proof that an authenticated client may get access tokens for itself at this tenant: the operator's file says so, and the
/// client has proven its credentials.
#[derive(Debug)]
pub struct MachineClient {
    client_id: String,
    name: Option<String>,
    allowed: Allowance,
}

impl Clients {
    /// The proof that the operator's file allows this client to get access tokens for itself; `None` if it does not, or if
    /// the client has no credentials.
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
    /// `client_id`.
    pub fn id(&self) -> &str {
        &self.client_id
    }

    /// The most that it may get, if its entry says so.
    pub const fn scopes(&self) -> Option<&ScopeSet> {
        self.allowed.scopes()
    }

    /// The lifetime of its access tokens in seconds; never longer than that of others.
    pub fn ttl_secs(&self, others: u64) -> u64 {
        self.allowed.ttl_secs().map_or(others, |secs| secs.min(others))
    }

    /// The client as the subject of its tokens.
    pub fn identity(&self) -> Identity {
        let claims = Profile { name: self.name.clone(), ..Profile::default() };
        Identity { sub: client_subject(&self.client_id), claims }
    }
}
