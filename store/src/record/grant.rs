//! Grants, and their refresh tokens.

use super::hash::{Hash, b64};
use super::network::Network;
use super::upstream_token::UpstreamTokenRecord;
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

/// A grant: the result of one approval. When the grant is revoked or expires, its refresh tokens become invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRecord {
    /// The grant's id.
    pub id: GrantId,
    /// The protected MCP server, with its provider, at which the user allowed the client access.
    pub tenant: Tenant,
    /// The client that holds the grant.
    pub client_id: String,
    /// The redirect URI to which the code was sent that led to the grant; empty if no code led to it
    /// ([`PutDirectGrant`](crate::intent::direct::PutDirectGrant)). If the client's metadata no longer contain this
    /// URI, or no longer allow a grant without one, the grant is revoked.
    pub redirect_uri: String,
    /// The granted scopes; a refresh may request fewer, never more (RFC 6749 §6).
    pub scopes: ScopeSet,
    /// The resource that its tokens are for.
    pub resource: ResourceUri,
    /// The user who approved, or whom the provider named; for the client credentials grant, the client's own subject.
    pub identity: Identity,
    /// The provider's refresh token, sealed; `None` if no provider was involved, or if it issued none.
    pub upstream_refresh: Option<Sealed>,
    /// The provider's access token, if the tenant's MCP server gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_token: Option<UpstreamTokenRecord>,
    /// When the identity provider last accepted its own refresh token of this user, which the sidecar presents when
    /// the client refreshes; `None`: not since the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<UnixTime>,
    /// Until when only one sidecar may present the provider's refresh token of this grant; `None`: no sidecar is doing
    /// so ([`BeginUpstream`](crate::intent::grants::BeginUpstream)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking: Option<UnixTime>,
    /// The network (/24 or /48) from which the user signed in; `None` if the address is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// When the grant was made.
    pub created: UnixTime,
    /// The absolute end: from then on its refresh tokens are invalid.
    pub expires: UnixTime,
    /// The longest lifetime of the access tokens issued under the grant, in seconds. If the grant is revoked, it stays
    /// in the revocation list for this time, even if a shorter lifetime is configured by then.
    pub token_secs: u64,
    /// Describes the personal access token that the grant stands for; `None` if a client holds the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<PersonalToken>,
    /// When and why the grant was revoked; `None` if it is not revoked.
    pub revoked: Option<Revoked>,
}

/// Describes a personal access token. Its scopes are those of its grant, whose `created` and `expires` are its `iat`
/// and `exp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalToken {
    /// The name that the user gave to the token.
    pub name: String,
    /// Whether the user is in the users file, so that the file says whether the user still has access.
    pub local: bool,
}

impl GrantRecord {
    /// When the provider last confirmed the user, at a refresh or at the login.
    pub fn last_confirmed(&self) -> UnixTime {
        self.confirmed.unwrap_or(self.created)
    }
}

/// When and why a grant was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// When the grant was revoked.
    pub at: UnixTime,
    /// Why the grant was revoked.
    pub reason: RevokeReason,
}

/// Why a grant was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeReason {
    /// The code that led to the grant was presented again (RFC 6749 §4.1.2).
    CodeReused,
    /// A refresh token was presented again after its successor was used or the grace had passed (RFC 9700 §4.14.2).
    RefreshReused,
    /// The user no longer satisfies the tenant's access rules, or is no longer in the file of local users.
    UserRefused,
    /// The provider no longer confirms the user.
    UpstreamRefused,
    /// The client revoked one of its tokens (RFC 7009).
    ByClient,
    /// The client was deleted (RFC 7592 §2.3).
    ClientRemoved,
    /// The client's metadata no longer contain the redirect URI of the grant.
    RedirectDropped,
    /// The user exceeded the maximum number of grants ([`GRANTS_PER_USER`](crate::limits::GRANTS_PER_USER)).
    CrowdedOut,
    /// An administrator revoked the grant.
    ByAdministrator,
    /// The user revoked the grant.
    ByUser,
}

/// A refresh token (RFC 6749 §1.5); rotated on use, for public and confidential clients alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshRecord {
    /// The hash of the token.
    #[serde(with = "b64")]
    pub token: Hash,
    /// The grant to which the token belongs.
    #[serde(rename = "family")]
    pub grant: GrantId,
    /// The number of rotations before this token; 0 for the first token of the grant.
    pub generation: u64,
    /// The tenant that issued the token.
    pub tenant: Tenant,
    /// The client to which the token was issued.
    pub client_id: String,
    /// When the token was issued.
    pub created: UnixTime,
    /// The network of the client that got this token; `None` if the address is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// From this time on, the token is invalid: after its idle lifetime, and never later than the grant's end.
    pub expires: UnixTime,
    /// Unused, or rotated.
    pub state: RefreshState,
}

/// The state of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RefreshState {
    /// Not used yet.
    Active,
    /// Used; for a short time it still yields the same successor.
    Rotated {
        /// The hash of the token that replaces it.
        #[serde(with = "b64")]
        successor: Hash,
        /// The successor itself, sealed with a key derived from this token as presented: only the holder of this token
        /// can open it ([`successor`](crate::crypto::successor)).
        sealed_successor: Sealed,
        /// When this token was first used.
        at: UnixTime,
    },
}
