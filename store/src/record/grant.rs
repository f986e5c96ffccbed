//! Grants, and their refresh tokens.

use super::hash::{Hash, b64};
use crate::sealed::Sealed;
use protocol::encoding::b64url_encode;
use protocol::scope::ScopeSet;
use protocol::settings::Identity;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::ResourceUri;
use serde::{Deserialize, Serialize};

/// The id of a [`GrantRecord`]: 16 random bytes, base64url as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId(pub [u8; 16]);

impl std::fmt::Display for GrantId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&b64url_encode(&self.0))
    }
}

impl std::fmt::Debug for GrantId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GrantId({self})")
    }
}

impl Serialize for GrantId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        b64::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for GrantId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        b64::deserialize(deserializer).map(Self)
    }
}

/// A grant: what one approval led to. Its refresh tokens end with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRecord {
    /// Its id.
    pub id: GrantId,
    /// Where it was granted.
    pub tenant: Tenant,
    /// The client it was granted to.
    pub client_id: String,
    /// Where its code was sent. If the client no longer names this URI, the grant is revoked.
    pub redirect_uri: String,
    /// The scopes granted; a refresh may ask for fewer, never more (RFC 6749 §6).
    pub scopes: ScopeSet,
    /// The resource of its tokens.
    pub resource: ResourceUri,
    /// Who approved.
    pub identity: Identity,
    /// The upstream refresh token, sealed, where the provider gave one.
    pub upstream_refresh: Option<Sealed>,
    /// When the provider last confirmed the user at a refresh; `None`: not since it was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<UnixTime>,
    /// Until when one sidecar has reserved asking the provider about this grant ([`BeginUpstream`](crate::intent::grants::BeginUpstream)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking: Option<UnixTime>,
    /// When it was granted.
    pub created: UnixTime,
    /// The absolute end: from then on no refresh token of it works.
    pub expires: UnixTime,
    /// The longest life of the access tokens issued under it, seconds: a revocation is kept for so long, even if the
    /// setting is lowered meanwhile.
    pub token_secs: u64,
    /// Set when revoked.
    pub revoked: Option<Revoked>,
}

impl GrantRecord {
    /// When the provider last vouched for the user: at a refresh, or at the login.
    pub fn last_confirmed(&self) -> UnixTime {
        self.confirmed.unwrap_or(self.created)
    }
}

/// When and why a grant was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// When.
    pub at: UnixTime,
    /// Why.
    pub reason: RevokeReason,
}

/// Why a grant was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeReason {
    /// Its code was presented again (RFC 6749 §4.1.2).
    CodeReused,
    /// A refresh token was presented again after its successor was used or the grace had passed (RFC 9700 §4.14.2).
    RefreshReused,
    /// The access rules or the users file no longer admit the user.
    UserRefused,
    /// The upstream provider no longer vouches for the user.
    UpstreamRefused,
    /// The client revoked one of its tokens (RFC 7009).
    ByClient,
    /// The client was removed (RFC 7592 §2.3).
    ClientRemoved,
    /// The client no longer names the redirect URI it was granted at.
    RedirectDropped,
    /// Its user made more grants than one may have ([`GRANTS_PER_USER`](crate::limits::GRANTS_PER_USER)).
    CrowdedOut,
}

/// A refresh token (RFC 6749 §1.5). Public and confidential clients alike: rotated on use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshRecord {
    /// Hash of the token.
    #[serde(with = "b64")]
    pub token: Hash,
    /// The grant it belongs to.
    #[serde(rename = "family")]
    pub grant: GrantId,
    /// How many rotations led to it; 0 for the first.
    pub generation: u64,
    /// Where it was issued.
    pub tenant: Tenant,
    /// The client it was issued to.
    pub client_id: String,
    /// When it was issued.
    pub created: UnixTime,
    /// From then on it does not work: the idle lifetime, never past the grant's end.
    pub expires: UnixTime,
    /// Unused, or rotated.
    pub state: RefreshState,
}

/// Whether a refresh token was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RefreshState {
    /// Not used yet.
    Active,
    /// Used; the same successor is given again for a short while.
    Rotated {
        /// Hash of the token that took its place.
        #[serde(with = "b64")]
        successor: Hash,
        /// The successor itself, sealed under a key derived from this token as presented: only who
        /// holds this token can open it ([`successor`](crate::crypto::successor)).
        sealed_successor: Sealed,
        /// When it was first used.
        at: UnixTime,
    },
}
