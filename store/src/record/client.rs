//! Clients, and the assertions they used.

use super::hash::{Hash, b64, b64_option};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// A registered client (RFC 7591).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRecord {
    /// The tenant it registered at; to other tenants it is unknown.
    pub tenant: Tenant,
    /// `client_id`. Derived from tenant and metadata for a public client, so that registering again yields the same; else random.
    pub client_id: String,
    /// The registered metadata (RFC 7591 §2) as returned to the client, without any secret.
    /// Parsed by `protocol::server::registration`.
    pub metadata: serde_json::Value,
    /// How the client authenticates at the token endpoint.
    pub kind: ClientKind,
    /// Where the metadata come from.
    #[serde(default)]
    pub source: ClientSource,
    /// SHA-256 of the registration access token (RFC 7592 §3), for clients that have one.
    #[serde(default, with = "b64_option", skip_serializing_if = "Option::is_none")]
    pub registration_token: Option<Hash>,
    /// `client_id_issued_at`.
    pub issued_at: UnixTime,
    /// Last registered, sent to a login, approved or granted, to the day (see [`CLIENT_TOUCH_SECS`](crate::limits::CLIENT_TOUCH_SECS)); the
    /// sweep removes clients by it.
    pub last_used: UnixTime,
    /// When a person first approved it; `None` until then.
    pub approved_at: Option<UnixTime>,
}

/// Where a client's metadata come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientSource {
    /// It registered itself (RFC 7591).
    #[default]
    Registered,
    /// The document at the URL that is its id.
    Document {
        /// When the document was fetched.
        fetched_at: UnixTime,
        /// Until when it need not be fetched again.
        fresh_until: UnixTime,
    },
    /// The operator's clients file.
    File,
}

/// Whether a client holds a secret (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// `token_endpoint_auth_method` is `none`.
    Public,
    /// It authenticates with a secret; only the hash is kept.
    Confidential {
        /// SHA-256 of `client_secret`.
        #[serde(with = "b64")]
        secret: Hash,
    },
    /// It signs assertions with a key whose public half is in its metadata (RFC 7523 §2.2).
    KeyHolder,
}

/// A client assertion that was used (RFC 7523 §3, `jti`): it is refused from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssertionRecord {
    /// SHA-256 over tenant, client and `jti`.
    #[serde(with = "b64")]
    pub id: Hash,
    /// When the assertion expires.
    pub expires: UnixTime,
}
