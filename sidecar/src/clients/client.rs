//! A client of one tenant.

use protocol::server::grant_type::GrantType;
use protocol::server::redirect::RedirectUri;
use protocol::server::registration::{AuthMethod, ClientMetadata};
use store::record::{ClientKind, ClientRecord, ClientSource};

/// A client of one tenant.
#[derive(Debug, Clone)]
pub struct Client {
    /// The stored record.
    pub record: ClientRecord,
    /// The parsed metadata of the client.
    pub metadata: ClientMetadata,
}

/// Whether the client is known: a user or the provider has approved it, or the operator's file lists it. A known client
/// has rate limits of its own ([`crate::budget`]); what any other client needs is charged to its caller.
pub(super) fn is_known(record: &ClientRecord) -> bool {
    record.approved_at.is_some() || record.source == ClientSource::File
}

/// The purpose for which a client is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For an authorization request, or a token request that no login precedes: the client's metadata document must be
    /// fresh.
    Login,
    /// For a client that holds a grant: the stored record is used if its metadata document cannot be fetched.
    Grant,
}

/// Returns the kind of a client with this authentication method, before a secret is assigned to it.
pub const fn kind_without_secret(method: AuthMethod) -> ClientKind {
    match method {
        AuthMethod::PrivateKeyJwt => ClientKind::KeyHolder,
        AuthMethod::None | AuthMethod::Basic | AuthMethod::Post => ClientKind::Public,
    }
}

/// Whether the metadata contain this redirect URI of a grant. The redirect URI of a grant that no login led to is
/// empty; then the result is whether the metadata contain a grant type that leads to such a grant.
pub fn names(metadata: &ClientMetadata, uri: &str) -> bool {
    if uri.is_empty() {
        return [GrantType::ClientCredentials, GrantType::JwtBearer]
            .iter()
            .any(|grant| metadata.allows(*grant));
    }
    RedirectUri::parse(uri)
        .is_ok_and(|requested| metadata.redirect_uris().iter().any(|uri| requested.matches(uri)))
}
