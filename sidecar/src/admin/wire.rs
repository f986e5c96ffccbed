//! What the administration endpoints and the commands exchange, as JSON. `docs/operations/administration.md` describes
//! it. Times are seconds since 1970. Names that clients and users chose are as they chose them.

use protocol::jose::key_certificate::KeyPurpose;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A page to ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paged {
    /// Where it begins: `next` of the page before.
    pub after: Option<String>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TenantName {
    /// Its issuer, which is its base URL.
    pub issuer: String,
    /// Its id, which tells two tenants of one issuer apart.
    pub id: String,
}

/// The request of `/admin/tenants`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenantsAsked {
    /// Only this issuer, or this tenant (issuer, space, id).
    pub tenant: Option<String>,
    /// The page.
    pub page: Paged,
}

/// A tenant, and what is stored for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantShown {
    /// The tenant.
    pub tenant: TenantName,
    /// The number of its clients.
    pub clients: usize,
    /// The number of its live grants.
    pub grants: usize,
    /// Whether there are more than were counted.
    pub more: bool,
    /// When the newest grant that is stored was granted.
    pub last_login_at: Option<UnixTime>,
}

/// The response of `/admin/tenants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenants {
    /// The tenants.
    pub tenants: Vec<TenantShown>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Which clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientFilter {
    /// Only this issuer, or this tenant (issuer, space, id).
    pub tenant: Option<String>,
    /// Only those whose name contains this text, in upper or lower case.
    pub name: Option<String>,
    /// Only those from `registered`, `document` or `file`.
    pub source: Option<String>,
}

/// The request of `/admin/clients/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientsAsked {
    /// Which ones.
    pub filter: ClientFilter,
    /// The page.
    pub page: Paged,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientShown {
    /// The `client_id`.
    pub client_id: String,
    /// The tenant that it belongs to.
    pub tenant: TenantName,
    /// The `client_name`; nobody checks it.
    pub name: Option<String>,
    /// Where its metadata come from: `registered`, `document` or `file`.
    pub source: String,
    /// How it authenticates: `public`, `confidential` or `key_holder`.
    pub kind: String,
    /// When it was registered.
    pub issued_at: UnixTime,
    /// When a user first approved it.
    pub approved_at: Option<UnixTime>,
    /// When it was last used, to the day, or to the hour before a user approves it.
    pub last_used_at: UnixTime,
}

/// The response of `/admin/clients/list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clients {
    /// The clients.
    pub clients: Vec<ClientShown>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The request of `/admin/clients/show` and `/admin/clients/remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientNamed {
    /// The `client_id`.
    pub client_id: String,
    /// Its issuer, or its tenant (issuer, space, id); needed if several tenants have a client with this id.
    #[serde(default)]
    pub tenant: Option<String>,
}

/// The response of `/admin/clients/show` and `/admin/clients/remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDetails {
    /// The client.
    #[serde(flatten)]
    pub client: ClientShown,
    /// Its registered metadata.
    pub metadata: Value,
    /// The number of its live grants, at most 1,000.
    pub grants: usize,
}

/// Which grants. Without any member, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantFilter {
    /// Only the grant with this id.
    pub id: Option<String>,
    /// Only those of the user with this `sub`.
    pub user: Option<String>,
    /// Only those of this local user; `user` is not needed then.
    pub local_user: Option<String>,
    /// Only those of users with this email address, in upper or lower case.
    pub email: Option<String>,
    /// Only those of this client.
    pub client: Option<String>,
    /// Only this issuer, or this tenant (issuer, space, id).
    pub tenant: Option<String>,
}

/// The request of `/admin/grants/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantsAsked {
    /// Which ones.
    pub filter: GrantFilter,
    /// Also those that have ended and are still stored. With `user` or `local_user` only live ones are found.
    pub ended: bool,
    /// The page.
    pub page: Paged,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantShown {
    /// Its id.
    pub id: String,
    /// The tenant.
    pub tenant: TenantName,
    /// The client that holds it.
    pub client_id: String,
    /// The client's name; nobody checks it.
    pub client_name: Option<String>,
    /// The user who approved: `sub`.
    pub user: String,
    /// The user's email address, as the provider or the users file names it.
    pub email: Option<String>,
    /// The granted scopes.
    pub scope: String,
    /// The resource that its tokens are for.
    pub resource: String,
    /// When it was granted.
    pub created_at: UnixTime,
    /// When it ends at the latest.
    pub expires_at: UnixTime,
    /// When it was ended.
    pub ended_at: Option<UnixTime>,
    /// Why it was ended: a reason of `docs/operations/events.md`.
    pub ended_because: Option<String>,
}

/// The response of `/admin/grants/list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// The grants.
    pub grants: Vec<GrantShown>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The request of `/admin/grants/show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantNamed {
    /// Its id.
    pub id: String,
}

/// The response of `/admin/grants/show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantDetails {
    /// The grant.
    #[serde(flatten)]
    pub grant: GrantShown,
    /// When its newest refresh token was issued.
    pub refreshed_at: Option<UnixTime>,
    /// How often its refresh token was rotated.
    pub rotations: u64,
    /// When the provider last confirmed the user.
    pub confirmed_at: UnixTime,
    /// Where its code was sent.
    pub redirect_uri: String,
}

/// The request of `/admin/grants/end`: ends the live grants of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantsToEnd {
    /// Which ones.
    pub filter: GrantFilter,
    /// Must be set to end the grants of everybody, which an empty filter selects.
    pub all: bool,
    /// The page.
    pub page: Paged,
}

/// A signing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyShown {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// `next`, `active` or `retiring`.
    pub state: String,
    /// What it signs: `access_tokens` or `personal_tokens`.
    #[serde(default)]
    pub purpose: KeyPurpose,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it began to sign.
    pub since: Option<UnixTime>,
    /// When the next key replaces it.
    pub rotates_at: Option<UnixTime>,
    /// The last second in which it may sign.
    pub signs_until: Option<UnixTime>,
    /// When it is deleted.
    pub gone_at: Option<UnixTime>,
}

/// The response of `/admin/keys/list` and `/admin/keys/rotate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The keys: the active one first, then the next one, then the retiring ones; those for personal access tokens last.
    pub keys: Vec<KeyShown>,
}

/// The store, as `/admin/status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreShown {
    /// `redb` or `postgresql`.
    pub engine: String,
    /// The length of the file in bytes; absent with PostgreSQL.
    pub bytes: Option<u64>,
    /// The free space on the disk of the file in bytes; absent with PostgreSQL.
    pub free_bytes: Option<u64>,
    /// The number of entries of each table; with PostgreSQL an estimate.
    pub entries: BTreeMap<String, u64>,
}

/// An identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderShown {
    /// Its name in `BOUNCER_PROVIDERS_FILE`; absent for the default provider.
    pub name: Option<String>,
    /// Its issuer, or `local`.
    pub issuer: String,
}

/// A problem in the routers of a Traefik.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemShown {
    /// The address of the Traefik.
    pub traefik: String,
    /// The reason: a code of `docs/operations/events.md`.
    pub reason: String,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
}

/// Something that is broken, or will break soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// `not_ready`, `signing_key`, `disk` or `revocation_list`.
    pub what: String,
    /// A sentence.
    pub message: String,
    /// When it breaks, if that is known.
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
    /// Whether it can serve requests, as `/readyz` says.
    pub ready: bool,
    /// The store.
    pub store: StoreShown,
    /// The signing keys.
    pub keys: Vec<KeyShown>,
    /// The identity providers of the settings. Tenants may name others in their options.
    pub providers: Vec<ProviderShown>,
    /// The number of tenants that have a client, at most 1,000.
    pub tenants: usize,
    /// Clients.
    pub clients: u64,
    /// Logins in progress.
    pub logins: u64,
    /// Grants, ended ones that are still stored included.
    pub grants: u64,
    /// Rows of the audit; absent if this release has none.
    pub audit_rows: Option<u64>,
    /// What is wrong with Traefik's routers.
    pub problems: Vec<ProblemShown>,
    /// What is broken or will break soon.
    pub warnings: Vec<Warning>,
}

/// A response with an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// A code: `malformed`, `not_found`, `ambiguous`, `refused`, `unavailable`.
    pub error: String,
    /// A sentence.
    pub message: String,
}
