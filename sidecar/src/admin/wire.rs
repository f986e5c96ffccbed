//! The requests and responses of the administration endpoints, as JSON. `docs/operations/administration.md` describes
//! them. Times are in seconds since 1970. Names that clients and users chose are not changed or checked.

use protocol::jose::key_certificate::KeyPurpose;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Which page is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paged {
    /// Where the page begins: `next` of the page before; absent for the first page.
    pub after: Option<String>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TenantName {
    /// The tenant's issuer, which is its base URL.
    pub issuer: String,
    /// The tenant's id, which distinguishes tenants with the same issuer.
    pub id: String,
}

/// The request of `/admin/tenants`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenantsAsked {
    /// Only the tenants of this issuer, or this tenant (`<issuer> <id>`).
    pub tenant: Option<String>,
    /// Which page.
    pub page: Paged,
}

/// A tenant, and the numbers of its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantShown {
    /// The tenant.
    pub tenant: TenantName,
    /// The number of its clients, at most 1,000.
    pub clients: usize,
    /// The number of its live grants, at most 1,000.
    pub grants: usize,
    /// Whether the tenant has more clients or grants than were counted.
    pub more: bool,
    /// The creation time of the newest stored grant.
    pub last_login_at: Option<UnixTime>,
}

/// The response of `/admin/tenants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenants {
    /// The tenants of this page.
    pub tenants: Vec<TenantShown>,
    /// Where the next page begins; absent on the last page.
    pub next: Option<String>,
}

/// Which clients are wanted. An absent member restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientFilter {
    /// Only the clients of this issuer, or of this tenant (`<issuer> <id>`).
    pub tenant: Option<String>,
    /// Only the clients whose name contains this text, in upper or lower case.
    pub name: Option<String>,
    /// Only the clients whose metadata come from this source: `registered`, `document` or `file`.
    pub source: Option<String>,
}

/// The request of `/admin/clients/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientsAsked {
    /// Which clients.
    pub filter: ClientFilter,
    /// Which page.
    pub page: Paged,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientShown {
    /// The `client_id`.
    pub client_id: String,
    /// The tenant that the client belongs to.
    pub tenant: TenantName,
    /// The client's `client_name`, which nobody has verified.
    pub name: Option<String>,
    /// Where the client's metadata come from: `registered`, `document` or `file`.
    pub source: String,
    /// How the client authenticates: `public`, `confidential` or `key_holder`.
    pub kind: String,
    /// When the client was registered, or its record was first stored.
    pub issued_at: UnixTime,
    /// When a user, or a provider for a user, first approved the client; absent if none has.
    pub approved_at: Option<UnixTime>,
    /// When the client was last used: precise to a day, or to an hour as long as no user has approved it.
    pub last_used_at: UnixTime,
}

/// The response of `/admin/clients/list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clients {
    /// The clients of this page.
    pub clients: Vec<ClientShown>,
    /// Where the next page begins; absent on the last page.
    pub next: Option<String>,
}

/// The request of `/admin/clients/show` and `/admin/clients/remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientNamed {
    /// The `client_id`.
    pub client_id: String,
    /// The client's issuer, or its tenant (`<issuer> <id>`); needed if several tenants have a client with this id.
    #[serde(default)]
    pub tenant: Option<String>,
}

/// The response of `/admin/clients/show` and `/admin/clients/remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDetails {
    /// The client.
    #[serde(flatten)]
    pub client: ClientShown,
    /// The client's registered metadata.
    pub metadata: Value,
    /// The number of the client's live grants, at most 1,000.
    pub grants: usize,
}

/// Which grants are wanted. An absent member restricts nothing; without any member, all grants are selected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantFilter {
    /// Only the grant with this id.
    pub id: Option<String>,
    /// Only the grants of the user with this `sub`.
    pub user: Option<String>,
    /// Only the grants of the local user with this login name; do not set `user` then.
    pub local_user: Option<String>,
    /// Only the grants of users with this email address, in upper or lower case.
    pub email: Option<String>,
    /// Only the grants of the client with this `client_id`.
    pub client: Option<String>,
    /// Only the grants of this issuer, or of this tenant (`<issuer> <id>`).
    pub tenant: Option<String>,
}

/// The request of `/admin/grants/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantsAsked {
    /// Which grants.
    pub filter: GrantFilter,
    /// Whether to list grants that have ended and are still stored, too. If the filter has `user` or `local_user`, but
    /// neither `id` nor `client`, only live grants are found.
    pub ended: bool,
    /// Which page.
    pub page: Paged,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantShown {
    /// The grant's id.
    pub id: String,
    /// The tenant that the grant belongs to.
    pub tenant: TenantName,
    /// The `client_id` of the client that holds the grant.
    pub client_id: String,
    /// The client's name, which nobody has verified.
    pub client_name: Option<String>,
    /// The `sub` of the user who approved the grant; with the client credentials grant, the subject of the client.
    pub user: String,
    /// The user's email address according to the provider or the users file.
    pub email: Option<String>,
    /// The granted scopes, separated by spaces.
    pub scope: String,
    /// The resource that the grant's tokens are for.
    pub resource: String,
    /// When the grant was created.
    pub created_at: UnixTime,
    /// When the grant expires.
    pub expires_at: UnixTime,
    /// When the grant was ended; absent if it is live.
    pub ended_at: Option<UnixTime>,
    /// Why the grant was ended: a code of a reason in `docs/operations/events.md`.
    pub ended_because: Option<String>,
}

/// The response of `/admin/grants/list` and `/admin/grants/end`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// The grants of this page.
    pub grants: Vec<GrantShown>,
    /// Where the next page begins; absent on the last page.
    pub next: Option<String>,
}

/// The request of `/admin/grants/show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantNamed {
    /// The grant's id.
    pub id: String,
}

/// The response of `/admin/grants/show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantDetails {
    /// The grant.
    #[serde(flatten)]
    pub grant: GrantShown,
    /// When the grant's newest refresh token was issued; absent if it has none.
    pub refreshed_at: Option<UnixTime>,
    /// How many times the grant's refresh token was rotated.
    pub rotations: u64,
    /// The last time at which the provider confirmed the user at a refresh; if it never did, the time when the grant
    /// was created.
    pub confirmed_at: UnixTime,
    /// The redirect URI to which the grant's authorization code was sent; empty if the grant needed no login. For a
    /// personal access token, the address of the connections page.
    pub redirect_uri: String,
}

/// The request of `/admin/grants/end`: ends the live grants of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantsToEnd {
    /// Which grants.
    pub filter: GrantFilter,
    /// Must be `true` to end the grants of everybody, which an empty filter selects.
    pub all: bool,
    /// Which page.
    pub page: Paged,
}

/// A signing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyShown {
    /// The key's RFC 7638 thumbprint.
    pub kid: String,
    /// `next`, `active` or `retiring`.
    pub state: String,
    /// What the key signs: `access_tokens` or `personal_tokens`.
    #[serde(default)]
    pub purpose: KeyPurpose,
    /// When the key was made.
    pub created_at: UnixTime,
    /// When the key began to sign; absent if the key is `next`.
    pub since: Option<UnixTime>,
    /// When the next key is due to replace the active key; absent for other keys.
    pub rotates_at: Option<UnixTime>,
    /// The last second in which the key may sign; absent if the key is `next`.
    pub signs_until: Option<UnixTime>,
    /// When a retiring key is deleted; absent for other keys.
    pub gone_at: Option<UnixTime>,
}

/// The response of `/admin/keys/list` and `/admin/keys/rotate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The keys: the active one first, then the next one, then the retiring ones; the keys for personal access tokens
    /// come last.
    pub keys: Vec<KeyShown>,
}

/// The store, as `/admin/status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreShown {
    /// The database: `redb` or `postgresql`.
    pub engine: String,
    /// The length of the database file in bytes; absent with PostgreSQL.
    pub bytes: Option<u64>,
    /// The free space on the disk of the database file in bytes; absent with PostgreSQL.
    pub free_bytes: Option<u64>,
    /// The number of entries of each table; with PostgreSQL an estimate.
    pub entries: BTreeMap<String, u64>,
}

/// An identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderShown {
    /// The provider's name in `BOUNCER_PROVIDERS_FILE`; absent for the default provider.
    pub name: Option<String>,
    /// The provider's issuer, or `local` for the users file.
    pub issuer: String,
}

/// A problem in the routers of a Traefik instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemShown {
    /// The address of the Traefik instance.
    pub traefik: String,
    /// The code of a reason in `docs/operations/events.md`.
    pub reason: String,
    /// A sentence that says what is wrong and what to do.
    pub message: String,
}

/// Something that is broken, or will break soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// `not_ready`, `signing_key`, `disk` or `revocation_list`.
    pub what: String,
    /// A sentence that says what is wrong.
    pub message: String,
    /// When the server will fail because of this, if that is known.
    pub at: Option<UnixTime>,
}

/// The response of `/admin/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The version of the program.
    pub version: String,
    /// When the server started.
    pub started_at: UnixTime,
    /// The server's time.
    pub now: UnixTime,
    /// Whether the server can serve requests, as `/readyz` reports.
    pub ready: bool,
    /// The state of the store.
    pub store: StoreShown,
    /// The signing keys.
    pub keys: Vec<KeyShown>,
    /// The identity providers of the server's settings. Tenants may name other providers in their options.
    pub providers: Vec<ProviderShown>,
    /// The number of tenants that have a client, at most 1,000.
    pub tenants: usize,
    /// The number of stored clients; with PostgreSQL an estimate.
    pub clients: u64,
    /// The number of stored logins; with PostgreSQL an estimate.
    pub logins: u64,
    /// The number of stored grants, including those that have ended; with PostgreSQL an estimate.
    pub grants: u64,
    /// The number of rows of the audit; absent if this release has no audit.
    pub audit_rows: Option<u64>,
    /// The problems found in Traefik's routers.
    pub problems: Vec<ProblemShown>,
    /// What is broken or will break soon.
    pub warnings: Vec<Warning>,
}

/// The response to a request that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// A code: `malformed`, `not_found`, `ambiguous`, `refused`, `unavailable`.
    pub error: String,
    /// A sentence that says what is wrong.
    pub message: String,
}
