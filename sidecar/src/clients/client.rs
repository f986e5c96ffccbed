//! A client of one tenant.

use protocol::server::grant_type::GrantType;
use protocol::server::redirect::RedirectUri;
use protocol::server::registration::{AuthMethod, ClientMetadata};
use store::record::{ClientKind, ClientRecord, ClientSource};

/// A client of the tenant in question.
#[derive(Debug, Clone)]
pub struct Client {
    /// The stored record.
    pub record: ClientRecord,
    /// Its metadata, parsed.
    pub metadata: ClientMetadata,
}

/// Whether somebody vouches for this client: a user or the provider has approved it, or the operator lists it. Such a
/// client has allowances of its own; for any other, the requester is charged.
pub(super) fn is_known(record: &ClientRecord) -> bool {
    record.approved_at.is_some() || record.source == ClientSource::File
}

/// The purpose of a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For an authorization request, or a token request that no login precedes: the client's metadata document must be
    /// fresh.
    Login,
    /// For a client that holds a grant: the stored record is used if its metadata document cannot be fetched.
    Grant,
}

/// The kind of a client with this authentication method, before a secret is assigned to it.
pub const fn kind_without_secret(method: AuthMethod) -> ClientKind {
    match method {
        AuthMethod::PrivateKeyJwt => ClientKind::KeyHolder,
        AuthMethod::None | AuthMethod::Basic | AuthMethod::Post => ClientKind::Public,
    }
}

/// Whether the metadata contain this redirect URI of a grant. A grant that no login led to has none (it is empty): then,
/// whether they contain a grant type that leads to such a grant.
pub fn names(metadata: &ClientMetadata, uri: &str) -> bool {
    if uri.is_empty() {
        return [GrantType::ClientCredentials, GrantType::JwtBearer]
            .iter()
            .any(|grant| metadata.allows(*grant));
    }
    RedirectUri::parse(uri)
        .is_ok_and(|requested| metadata.redirect_uris().iter().any(|uri| requested.matches(uri)))
}
