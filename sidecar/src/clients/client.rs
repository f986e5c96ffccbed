//! A client of one tenant.

use protocol::server::redirect::RedirectUri;
use protocol::server::registration::{AuthMethod, ClientMetadata};
use store::record::{ClientKind, ClientRecord};

/// A client of the tenant at hand.
#[derive(Debug, Clone)]
pub struct Client {
    /// As the store has it.
    pub record: ClientRecord,
    /// Its metadata, parsed.
    pub metadata: ClientMetadata,
}

/// What a client is looked up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A person is about to be asked: what its document says must be fresh.
    Login,
    /// It holds a grant already: a document that cannot be had does not end it.
    Grant,
}

/// How a client of this kind proves itself, apart from a secret.
pub const fn kind_without_secret(method: AuthMethod) -> ClientKind {
    match method {
        AuthMethod::PrivateKeyJwt => ClientKind::KeyHolder,
        AuthMethod::None | AuthMethod::Basic | AuthMethod::Post => ClientKind::Public,
    }
}

/// Whether the metadata hold this redirect URI.
pub fn names(metadata: &ClientMetadata, uri: &str) -> bool {
    RedirectUri::parse(uri)
        .is_ok_and(|requested| metadata.redirect_uris().iter().any(|uri| requested.matches(uri)))
}
