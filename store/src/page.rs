//! Listings in pages: which records they are about, and where the next page begins.

use crate::tables::keys::{client_key, key};
use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::tenant::Tenant;
use protocol::uri::Base;

/// Which records a listing is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// The records of every tenant.
    Everything,
    /// The records of every tenant with this issuer.
    Issuer(Base),
    /// The records of this tenant.
    Tenant(Tenant),
    /// The records of this client.
    Client(Tenant, String),
}

/// The byte with which every key begins that holds a hash instead of a tenant; see
/// [`client_key`].
const HASHED: u8 = 0xff;

impl Within {
    /// Returns the prefixes of the keys of these records, in the order of the keys. Other records may also have a key
    /// with the prefix of a hash.
    pub(crate) fn prefixes(&self) -> Vec<Vec<u8>> {
        let hashed = || vec![HASHED];
        match self {
            Self::Everything => vec![Vec::new()],
            Self::Issuer(base) => vec![key(&[base.as_str().as_bytes(), b" "]), hashed()],
            Self::Tenant(tenant) => vec![key(&[tenant.key().as_bytes(), &[0]]), hashed()],
            Self::Client(tenant, client_id) => vec![key(&[&client_key(tenant, client_id), &[0]])],
        }
    }

    /// Whether the listing includes records of this tenant.
    pub(crate) fn has(&self, tenant: &Tenant) -> bool {
        match self {
            Self::Everything => true,
            Self::Issuer(base) => *base == tenant.base,
            Self::Tenant(own) | Self::Client(own, _) => own == tenant,
        }
    }

    /// Whether the listing includes the records of this client.
    pub(crate) fn has_client(&self, tenant: &Tenant, client_id: &str) -> bool {
        let other = matches!(self, Self::Client(_, own) if own != client_id);
        self.has(tenant) && !other
    }
}

/// Where the next page of a listing begins. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) Vec<u8>);

/// The text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of a listing")]
pub struct BadCursor;

impl Cursor {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Result<Self, BadCursor> {
        b64url_decode(text).map(Self).map_err(|_| BadCursor)
    }

    /// The smallest key after this one.
    pub(crate) fn following(&self) -> Vec<u8> {
        key(&[&self.0, &[0]])
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&b64url_encode(&self.0))
    }
}

/// A page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The records, in the order of their keys. A page that is not the last one may also have fewer records than it
    /// has room for, even none.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Cursor>,
}
