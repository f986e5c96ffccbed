//! What the operator's clients file allows a client that uses the client credentials grant (RFC 6749 §4.4).

use protocol::scope::ScopeSet;
use protocol::server::grant_type::GrantType;
use protocol::server::registration::ClientMetadata;

/// The maximum length of such a client's id, in bytes. Its subject is `client:` and the id, and has at most 255 bytes.
const LONGEST_ID: usize = 248;
/// The shortest lifetime of an access token that an entry can ask for, in seconds.
const SHORTEST_TTL: u64 = 60;

/// What the clients file allows a client that uses the client credentials grant.
#[derive(Debug, Clone)]
pub(super) struct Allowance {
    scopes: Option<ScopeSet>,
    ttl_secs: Option<u64>,
}

impl Allowance {
    /// Reads from an entry of the file what the client may get. Returns `None` if the entry's `grant_types` do not
    /// contain `client_credentials`. Fails with a text that says what is wrong with the entry.
    pub(super) fn read(
        client_id: &str,
        metadata: &ClientMetadata,
        ttl_secs: Option<u64>,
    ) -> Result<Option<Self>, String> {
        if !metadata.allows(GrantType::ClientCredentials) {
            return match ttl_secs {
                Some(_) => {
                    Err("access_token_ttl_secs is for clients with the grant client_credentials".to_owned())
                }
                None => Ok(None),
            };
        }
        if client_id.len() > LONGEST_ID {
            return Err(format!(
                "the id of a client with the grant client_credentials has at most {LONGEST_ID} bytes"
            ));
        }
        if ttl_secs.is_some_and(|secs| secs < SHORTEST_TTL) {
            return Err(format!("access_token_ttl_secs is less than {SHORTEST_TTL}"));
        }
        let scopes = metadata.scope().map(ScopeSet::parse).transpose();
        let scopes = scopes.map_err(|_| "scope is not a list of scopes, separated by spaces".to_owned())?;
        Ok(Some(Self { scopes, ttl_secs }))
    }

    /// The scopes that the client may get; `None` if its entry has no `scope`, so that only the tenant's options limit
    /// them.
    pub(super) const fn scopes(&self) -> Option<&ScopeSet> {
        self.scopes.as_ref()
    }

    /// The lifetime of the client's access tokens in seconds; `None` if its entry sets none.
    pub(super) const fn ttl_secs(&self) -> Option<u64> {
        self.ttl_secs
    }
}
