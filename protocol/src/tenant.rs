//! Tenants, to one of which each request, record and token belongs.

use crate::encoding::{b64url_decode, b64url_encode};
use crate::uri::Base;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// A digest of the tenant's name and of the settings that decide which users the tenant has. It tells two tenants of
/// one issuer apart.
///
/// Changing scopes, user rules or the client secret does not change the id. Changing the provider or the client changes
/// it, so whoever takes over an issuer with another provider gets none of the issuer's grants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId([u8; 16]);

impl TenantId {
    /// The first 16 bytes of SHA-256 over the parts in this order, each with its length before it.
    pub fn derive(
        resource: &str,
        provider_issuer: &str,
        client_id: &str,
        identity_options: &[(&str, &str)],
    ) -> Self {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        part("mcpbouncer tenant v1");
        part(resource);
        part(provider_issuer);
        part(client_id);
        for (name, value) in identity_options {
            part(name);
            part(value);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        Self(id)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads what `Display` writes: 22 characters of base64url.
    pub fn parse(text: &str) -> Result<Self, NotATenantId> {
        let bytes = b64url_decode(text).map_err(|_| NotATenantId)?;
        <[u8; 16]>::try_from(bytes.as_slice()).map(Self).map_err(|_| NotATenantId)
    }
}

/// A text is not 16 bytes of base64url.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a tenant id")]
pub struct NotATenantId;

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64url_encode(&self.0))
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TenantId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&b64url_encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for TenantId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// A tenant: its issuer and its id. Every stored record carries this pair, and every use of a record compares it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Tenant {
    /// The issuer.
    pub base: Base,
    /// The digest of the tenant's name and of the settings that decide which users the tenant has.
    pub id: TenantId,
}

impl Tenant {
    /// `<issuer> <id>`: one text for keys and logs. An issuer holds no space, so it is unambiguous.
    pub fn key(&self) -> String {
        [self.base.as_str(), " ", &b64url_encode(&self.id.0)].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_depends_on_every_part_and_its_boundaries() {
        let tid = |r, p, c| TenantId::derive(r, p, c, &[]);
        let this = tid("wiki", "https://idp", "abc");
        assert_eq!(this, tid("wiki", "https://idp", "abc"));
        assert_ne!(this, tid("wik", "ihttps://idp", "abc"));
        assert_ne!(this, tid("wiki", "https://idp", "abd"));
        assert_ne!(this, TenantId::derive("wiki", "https://idp", "abc", &[("a", "b")]));
        assert_ne!(
            TenantId::derive("w", "p", "c", &[("a", "bc")]),
            TenantId::derive("w", "p", "c", &[("ab", "c")])
        );
    }

    #[test]
    fn text_round_trips() {
        let id = TenantId::derive("wiki", "local", "", &[]);
        assert_eq!(id.to_string().len(), 22);
        assert_eq!(TenantId::parse(&id.to_string()), Ok(id));
        assert_eq!(TenantId::parse("short"), Err(NotATenantId));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<TenantId>(&json).unwrap(), id);
    }
}
