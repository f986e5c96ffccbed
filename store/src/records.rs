//! What is stored, field by field. `docs/storage-schema.md` describes the same on disk.
//!
//! These are on-disk forms: they carry a format version ([`Stored::VERSION`]) and change slowly. Every record but a
//! signing key belongs to one [`Tenant`]; every use compares base *and* tid. Secrets are here only as a SHA-256
//! [`type@Hash`] of what was presented, or as [`Sealed`] bytes.

use crate::crypto::Sealed;
use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::scope::ScopeSet;
use protocol::settings::Identity;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::ResourceUri;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// SHA-256 of a secret as presented (a flow id, cookie, code, token, state). It has 256 random bits: a hash is enough.
pub type Hash = [u8; 32];

/// A kind of record: where it is kept and which form of it this program writes.
pub trait Stored: Serialize + for<'de> Deserialize<'de> {
    /// The table's name, also part of the associated data that sealed fields are bound to.
    const TABLE: &'static str;
    /// The form of the record written now; goes before each record on disk.
    const VERSION: u8;
}

macro_rules! stored {
    ($($record:ty => $table:literal v $version:literal),+ $(,)?) => {
        $(impl Stored for $record {
            const TABLE: &'static str = $table;
            const VERSION: u8 = $version;
        })+
    };
}

stored! {
    ClientRecord => "clients" v 1,
    LoginRecord => "logins" v 1,
    CodeRecord => "codes" v 1,
    GrantRecord => "families" v 1,
    RefreshRecord => "refresh_tokens" v 1,
    SigningKeyRecord => "signing_keys" v 1,
    AssertionRecord => "assertions" v 1,
}

/// A registered client (RFC 7591).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRecord {
    /// Where it registered; it does not exist elsewhere.
    pub tenant: Tenant,
    /// `client_id`. Derived from tenant and metadata for a public client, so that it comes back; else random.
    pub client_id: String,
    /// The registered metadata (RFC 7591 §2) as answered to the client, without any secret.
    /// Parsed by `protocol::server::registration`.
    pub metadata: serde_json::Value,
    /// How the client proves itself at the token endpoint.
    pub kind: ClientKind,
    /// Where the metadata come from.
    #[serde(default)]
    pub source: ClientSource,
    /// SHA-256 of the registration access token (RFC 7592 §3), for clients that have one.
    #[serde(default, with = "b64_option", skip_serializing_if = "Option::is_none")]
    pub registration_token: Option<Hash>,
    /// `client_id_issued_at`.
    pub issued_at: UnixTime,
    /// Last registered, sent to a login, approved or granted, to the day (see [`super::CLIENT_TOUCH_SECS`]); the
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

/// One login under way: from the authorize request to the code, at most ten minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRecord {
    /// Hash of the flow id that pages and forms carry.
    #[serde(with = "b64")]
    pub flow: Hash,
    /// Where it was asked for.
    pub tenant: Tenant,
    /// Hash of the browser cookie; only that browser may go on.
    #[serde(with = "b64")]
    pub browser: Hash,
    /// The client that asks.
    pub client_id: String,
    /// The validated redirect URI exactly as asked; answers go only there.
    pub redirect_uri: String,
    /// The client's `state`, returned verbatim.
    pub state: Option<String>,
    /// PKCE `code_challenge`, S256 (RFC 7636 §4.2).
    pub code_challenge: String,
    /// The resource asked for (RFC 8707), or the base.
    pub resource: ResourceUri,
    /// The scopes asked for; `None` if the parameter was absent.
    pub scopes: Option<ScopeSet>,
    /// The values of `prompt`.
    pub prompt: BTreeSet<String>,
    /// Who the client thinks will log in (OpenID Connect Core §3.1.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// How many seconds ago the user may have logged in at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// When it began.
    pub created: UnixTime,
    /// From then on it does not exist.
    pub expires: UnixTime,
    /// What is awaited now.
    pub step: LoginStep,
}

/// What a login waits for, holding only what exists then.
///
/// ```text
/// local:     AwaitPassword ─► AwaitConsent ─► code
/// upstream:  AwaitApproval ─► AwaitCallback ─► [AwaitSecondConsent ─►] code
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LoginStep {
    /// The local login page: a user name and a password.
    AwaitPassword,
    /// The consent page of a local login, after the password was right.
    AwaitConsent {
        /// Who logged in.
        identity: Identity,
    },
    /// The approval page before the browser is sent to the upstream provider.
    AwaitApproval,
    /// The upstream provider's answer.
    AwaitCallback {
        /// Hash of the `state` sent upstream; finds this record at the callback.
        #[serde(with = "b64")]
        upstream_state: Hash,
        /// The nonce and PKCE verifier sent upstream, sealed.
        secrets: Sealed,
    },
    /// Consent again, naming the user, after the upstream answer.
    AwaitSecondConsent {
        /// Who logged in.
        identity: Identity,
        /// The upstream refresh token, sealed, where the provider gave one.
        upstream_refresh: Option<Sealed>,
    },
}

/// [`LoginStep`] without its contents: what a compare-and-swap compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginStepKind {
    /// [`LoginStep::AwaitPassword`].
    AwaitPassword,
    /// [`LoginStep::AwaitConsent`].
    AwaitConsent,
    /// [`LoginStep::AwaitApproval`].
    AwaitApproval,
    /// [`LoginStep::AwaitCallback`].
    AwaitCallback,
    /// [`LoginStep::AwaitSecondConsent`].
    AwaitSecondConsent,
}

impl LoginStep {
    /// Which step this is.
    pub const fn kind(&self) -> LoginStepKind {
        match self {
            Self::AwaitPassword => LoginStepKind::AwaitPassword,
            Self::AwaitConsent { .. } => LoginStepKind::AwaitConsent,
            Self::AwaitApproval => LoginStepKind::AwaitApproval,
            Self::AwaitCallback { .. } => LoginStepKind::AwaitCallback,
            Self::AwaitSecondConsent { .. } => LoginStepKind::AwaitSecondConsent,
        }
    }

    /// The hash of the state sent upstream, while its answer is awaited.
    pub const fn upstream_state(&self) -> Option<&Hash> {
        match self {
            Self::AwaitCallback { upstream_state, .. } => Some(upstream_state),
            Self::AwaitPassword
            | Self::AwaitConsent { .. }
            | Self::AwaitApproval
            | Self::AwaitSecondConsent { .. } => None,
        }
    }
}

/// An authorization code (RFC 6749 §4.1.2), 60 seconds, redeemed once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRecord {
    /// Hash of the code.
    #[serde(with = "b64")]
    pub code: Hash,
    /// Where it was issued.
    pub tenant: Tenant,
    /// The client it was issued to.
    pub client_id: String,
    /// The redirect URI it was sent to.
    pub redirect_uri: String,
    /// PKCE `code_challenge`, S256.
    pub code_challenge: String,
    /// The resource the token will be for.
    pub resource: ResourceUri,
    /// The scopes granted.
    pub scopes: ScopeSet,
    /// Who approved.
    pub identity: Identity,
    /// The upstream refresh token, sealed, where the provider gave one.
    pub upstream_refresh: Option<Sealed>,
    /// From then on it cannot be redeemed.
    pub expires: UnixTime,
    /// Set once redeemed; kept for [`super::SPENT_CODE_KEPT_SECS`] so that a second use is noticed.
    pub spent: Option<Spent>,
}

/// The mark of a redeemed code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// What it was redeemed for.
    #[serde(rename = "family")]
    pub grant: GrantId,
    /// When.
    pub at: UnixTime,
}

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

/// A grant: everything that grew out of one approval. Refresh tokens belong to it and die with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRecord {
    /// Its id.
    pub id: GrantId,
    /// Where it was granted.
    pub tenant: Tenant,
    /// The client it was granted to.
    pub client_id: String,
    /// Where its code was sent: a client that no longer names it loses the grant.
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
    /// Until when the provider is being asked about this grant by one sidecar ([`super::Store::begin_upstream`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking: Option<UnixTime>,
    /// When it was granted.
    pub created: UnixTime,
    /// The absolute end: from then on no refresh token of it works.
    pub expires: UnixTime,
    /// The longest life of the access tokens issued under it, seconds: so long a revocation is remembered, whatever
    /// the setting is by then.
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
    /// The user may no longer enter.
    UserRefused,
    /// The upstream provider no longer vouches for the user.
    UpstreamRefused,
    /// The client gave a token of it up (RFC 7009).
    ByClient,
    /// The client was removed (RFC 7592 §2.3).
    ClientRemoved,
    /// The client no longer names the redirect URI it was granted at.
    RedirectDropped,
    /// Its user made more grants than one may have ([`super::GRANTS_PER_USER`]).
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
    /// How many rotations lie before it; the first is 0.
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
        /// holds this token can open it ([`crate::crypto::successor`]).
        sealed_successor: Sealed,
        /// When it was first used.
        at: UnixTime,
    },
}

/// A client assertion that was used (RFC 7523 §3, `jti`): it is refused from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssertionRecord {
    /// SHA-256 over tenant, client and `jti`.
    #[serde(with = "b64")]
    pub id: Hash,
    /// When it would no longer be accepted anyway.
    pub expires: UnixTime,
}

/// One key of the signing-key ring. It belongs to the sidecar, not to a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyRecord {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// The Ed25519 public key, base64url (`x` of RFC 8037 §2).
    pub public_key: String,
    /// The 32-byte Ed25519 seed, sealed.
    pub seed: Sealed,
    /// When it was made.
    pub created: UnixTime,
    /// Where it stands in its life.
    pub state: SigningKeyState,
}

/// The life of a signing key: next → active → retiring → removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SigningKeyState {
    /// Published, not yet signing.
    Next,
    /// The one that signs.
    Active {
        /// Since when.
        since: UnixTime,
        /// When the next key takes over.
        rotate_at: UnixTime,
        /// Its certificate's `sign_until`: after that it must not sign even if nothing took over.
        sign_until: UnixTime,
    },
    /// No longer signs; published until its last token has expired.
    Retiring {
        /// Since when it had signed.
        since: UnixTime,
        /// Its certificate's `sign_until`, unchanged.
        sign_until: UnixTime,
        /// When it is removed.
        gone_at: UnixTime,
    },
}

/// An optional [`type@Hash`] as base64url text.
mod b64_option {
    use super::{Hash, b64};
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "the form that serde calls")]
    pub(super) fn serialize<S: Serializer>(hash: &Option<Hash>, serializer: S) -> Result<S::Ok, S::Error> {
        match hash {
            Some(hash) => b64::serialize(hash, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hash>, D::Error> {
        #[derive(Deserialize)]
        struct Present(#[serde(with = "b64")] Hash);
        Ok(Option::<Present>::deserialize(deserializer)?.map(|Present(hash)| hash))
    }
}

/// Byte arrays as base64url text.
mod b64 {
    use super::{b64url_decode, b64url_encode};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<const N: usize, S: Serializer>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&b64url_encode(bytes))
    }

    pub(super) fn deserialize<'de, const N: usize, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = b64url_decode(&text).map_err(|_| D::Error::custom("not base64url"))?;
        bytes.try_into().map_err(|_| D::Error::custom("wrong length"))
    }
}
