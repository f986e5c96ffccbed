//! Clients, and the assertions they have used.

use super::hash::{Hash, b64, b64_option};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// A client (RFC 7591).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRecord {
    /// The tenant to which the client belongs; at other tenants the client is unknown.
    pub tenant: Tenant,
    /// The `client_id`. For a public client that registered, it is derived from tenant and metadata, so that
    /// registering again yields the same id; for another client that registered, it is random. Otherwise it is the URL
    /// of the metadata document, or the id in the operator's clients file.
    pub client_id: String,
    /// The registered metadata (RFC 7591 §2) as returned to the client, without any secret.
    /// Parsed by `protocol::server::registration`.
    pub metadata: serde_json::Value,
    /// How the client authenticates at the token endpoint.
    pub kind: ClientKind,
    /// The source of the metadata.
    #[serde(default)]
    pub source: ClientSource,
    /// SHA-256 of the registration access token (RFC 7592 §3), for clients that have one.
    #[serde(default, with = "b64_option", skip_serializing_if = "Option::is_none")]
    pub registration_token: Option<Hash>,
    /// `client_id_issued_at`.
    pub issued_at: UnixTime,
    /// When the client last registered, began a login, was approved, or used a code or a refresh token. Precise to the
    /// day ([`CLIENT_TOUCH_SECS`](crate::limits::CLIENT_TOUCH_SECS)), for an unapproved client to the hour
    /// ([`UNAPPROVED_TOUCH_SECS`](crate::limits::UNAPPROVED_TOUCH_SECS)). The sweep deletes clients that were last
    /// used long ago.
    pub last_used: UnixTime,
    /// When a user, or an assertion of the identity provider, first approved the client; `None` until then.
    pub approved_at: Option<UnixTime>,
}

/// The source of a client's metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientSource {
    /// The client registered itself (RFC 7591).
    #[default]
    Registered,
    /// The metadata document at the URL that is its id.
    Document {
        /// When the document was fetched.
        fetched_at: UnixTime,
        /// Until when the document need not be fetched again.
        fresh_until: UnixTime,
    },
    /// The operator's clients file.
    File,
}

/// How a client authenticates (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// `token_endpoint_auth_method` is `none`.
    Public,
    /// The client authenticates with a secret; only the hash is stored.
    Confidential {
        /// SHA-256 of `client_secret`.
        #[serde(with = "b64")]
        secret: Hash,
    },
    /// The client signs assertions with a key whose public half is in its metadata (RFC 7523 §2.2).
    KeyHolder,
}

/// A used assertion of a client or of an identity provider (RFC 7523 §3, `jti`). It is refused from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssertionRecord {
    /// SHA-256 over tenant, client or provider, and `jti`.
    #[serde(with = "b64")]
    pub id: Hash,
    /// When the assertion expires.
    pub expires: UnixTime,
}
