//! The inputs and results of the operations.

mod personal;
mod sweep;
mod users;

pub use personal::{AddPersonal, PersonalGranted};
pub use sweep::{SweepLimits, Swept};
pub use users::{Connection, Connections, PasskeyAdded, PasskeyUse, SecondFactorUse};

use crate::error::DamagedRecord;
use crate::limits::audit;
use crate::record::{
    AuditClass, ClientRecord, GrantId, GrantRecord, Hash, Network, SessionRecord, SigningKeyRecord,
    UpstreamTokenRecord,
};
use crate::sealed::Sealed;
use protocol::server::session::LiveSession;
use protocol::settings::Identity;
use protocol::time::UnixTime;

/// The result of [`RegisterClient`](crate::intent::clients::RegisterClient).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The record that is now stored.
    pub record: ClientRecord,
    /// Whether this call stored it; `false` if it existed already.
    pub created: bool,
}

/// The result of [`BeginLogin`](crate::intent::logins::BeginLogin).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// The login was stored.
    Done,
    /// The client is unknown at this tenant.
    NoSuchClient,
    /// Too many logins are in progress.
    Full,
}

/// The result of a compare-and-swap on a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// The change was made by this call.
    Done,
    /// Nothing changed. There is no such login of this tenant and browser, it has expired, or it is in another step
    /// now; for [`FinishLogin`](crate::intent::logins::FinishLogin), also if its client or session no longer exists.
    Lost,
}

/// The grant that a code is redeemed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The grant.
    pub grant: GrantRecord,
    /// The grant's first refresh token; `None` if the client gets none.
    pub refresh: Option<NewRefresh>,
}

/// A refresh token to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefresh {
    /// The hash of the token.
    pub token: Hash,
    /// When the token expires if it is not used; it expires earlier if the grant does.
    pub expires: UnixTime,
    /// The network of the client that gets the token; `None` if the address is not known.
    pub network: Option<Network>,
}

/// A session to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The session.
    pub record: SessionRecord,
    /// The session that the browser had before, which ends; `None` if it had none.
    pub replaces: Option<Hash>,
}

/// The result of [`UseSession`](crate::intent::sessions::UseSession).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionUse {
    /// The secret is that of a live session.
    Live {
        /// The proof that the session is live.
        session: LiveSession,
        /// The session as it is stored now.
        record: Box<SessionRecord>,
        /// Whether this call replaced the secret.
        rotated: bool,
    },
    /// The secret had been replaced; this call ended the session.
    Reused(Box<SessionRecord>),
    /// There is no such session of this tenant.
    Gone,
}

/// A revoked grant whose access tokens may not all have expired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revocation {
    /// When the grant's last access token has expired; then the revocation can be forgotten.
    pub end: UnixTime,
    /// When the grant was revoked.
    pub at: UnixTime,
    /// The grant's id.
    pub grant: GrantId,
    /// The issuer of the grant's tokens.
    pub issuer: String,
    /// `iat` of the personal access token that the grant stood for; `None` if a client held it.
    pub personal: Option<UnixTime>,
}

/// Proof that a committed transaction redeemed a code for a grant. Only
/// [`RedeemCode`](crate::intent::codes::RedeemCode) can make it.
///
/// ```compile_fail
/// use store::Redeemed;
/// use store::record::GrantId;
/// let forged = Redeemed { grant: GrantId([0; 16]), client_id: String::new() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    grant: GrantId,
    client_id: String,
}

/// Proof that a committed transaction rotated a refresh token, or found it rotated within the grace period. Only
/// [`RotateRefresh`](crate::intent::refresh::RotateRefresh) can make it.
///
/// ```compile_fail
/// use store::Rotated;
/// use store::record::GrantId;
/// let forged = Rotated { grant: GrantId([0; 16]), client_id: String::new() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    grant: GrantId,
    client_id: String,
}

impl Redeemed {
    /// The proof for the grant that this transaction stores.
    pub(crate) fn of(grant: &GrantRecord) -> Self {
        Self { grant: grant.id, client_id: grant.client_id.clone() }
    }

    /// The grant that was stored.
    pub const fn grant(&self) -> GrantId {
        self.grant
    }

    /// The client that holds the grant.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

impl Rotated {
    /// The proof for the live grant whose refresh token this transaction rotates, or finds rotated in the grace period.
    pub(crate) fn of(grant: &GrantRecord) -> Self {
        Self { grant: grant.id, client_id: grant.client_id.clone() }
    }

    /// The grant that the refresh token belongs to.
    pub const fn grant(&self) -> GrantId {
        self.grant
    }

    /// The client that holds the grant.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

/// The result of [`RedeemCode`](crate::intent::codes::RedeemCode).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeem {
    /// This call redeemed the code and stored the grant.
    Done {
        /// The proof that is needed to issue an access token.
        redeemed: Redeemed,
        /// The user's oldest grant, if this call revoked it to make room.
        crowded_out: Option<GrantId>,
    },
    /// Too many grants of the user were revoked recently; nothing changed.
    TooMany,
    /// The code was redeemed before; this call revoked the grant issued for it.
    AlreadySpent {
        /// The revoked grant.
        grant: GrantId,
    },
    /// There is no such code of this tenant and client, or it has expired.
    Unknown,
}

/// What [`RotateRefresh`](crate::intent::refresh::RotateRefresh) stores when it rotates the presented token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotate {
    /// The successor; stored only if the presented token had not been used before.
    pub successor: NewRefresh,
    /// The successor, sealed with the presented token ([`crate::crypto::successor`]).
    pub sealed_successor: Sealed,
    /// The grace period, in which the presented token still yields the same successor, in seconds.
    pub grace_secs: u64,
    /// The lifetime of the access token that is issued together with the successor, in seconds.
    pub token_secs: u64,
    /// New information about the user; written if the result is `Rotated` or `Repeat`.
    pub update: GrantUpdate,
}

/// Changes to a grant; `None` leaves a field unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantUpdate {
    /// The user, as the provider or the users file describes them now.
    pub identity: Option<Identity>,
    /// The provider's new refresh token, sealed, if the provider rotated it.
    pub upstream_refresh: Option<Sealed>,
    /// The provider's new access token, if the tenant's MCP server gets it.
    pub upstream_token: Option<UpstreamTokenRecord>,
    /// When the provider confirmed the user.
    pub confirmed: Option<UnixTime>,
}

/// The result of [`BeginUpstream`](crate::intent::grants::BeginUpstream).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamTurn {
    /// The caller may ask the provider now, and must end its turn afterwards.
    Taken,
    /// Another sidecar is asking the provider.
    Busy,
    /// There is no such live grant of this tenant.
    Gone,
}

/// The result of [`RotateRefresh`](crate::intent::refresh::RotateRefresh).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The token was used for the first time; its successor is now the active token.
    Rotated {
        /// The proof that is needed to issue an access token.
        rotated: Rotated,
    },
    /// The token was used a moment ago: open this successor with the presented token and return it to the client again.
    Repeat {
        /// The successor, as sealed at the first use.
        sealed_successor: Sealed,
        /// The proof that is needed to issue an access token.
        rotated: Rotated,
    },
    /// The token was used before, and the grace period has passed or the successor was used; this call revoked the
    /// grant.
    ReuseDetected {
        /// The revoked grant.
        grant: GrantId,
    },
    /// The token was issued to another client.
    WrongClient,
    /// There is no such token of this tenant, or it is revoked or expired.
    Gone,
}

/// The signing key ring as stored: all signing keys, and a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRingState {
    /// Increases by one with every replacement; 0 before the first.
    pub version: u64,
    /// The keys, by `kid`.
    pub keys: Vec<SigningKeyRecord>,
}

/// The result of [`SummarizeTenant`](crate::intent::listing::SummarizeTenant).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TenantSummary {
    /// The number of the tenant's clients.
    pub clients: usize,
    /// The number of the tenant's live grants.
    pub grants: usize,
    /// When the newest stored grant of the tenant was granted; `None` if there is none.
    pub last_login: Option<UnixTime>,
    /// Whether there are more records than were counted.
    pub more: bool,
}

/// The result of [`ShowGrant`](crate::intent::listing::ShowGrant).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantDetails {
    /// The grant.
    pub grant: GrantRecord,
    /// When the newest refresh token of the grant was issued; `None` if the grant has none or it cannot be read.
    pub refreshed: Option<UnixTime>,
    /// How many times the refresh token of the grant was rotated.
    pub rotations: u64,
}

/// The limits of the audit table. With PostgreSQL the number of rows is an estimate: it includes all changes of this
/// process, but may miss the latest changes of other replicas, at most one row in 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditLimits {
    /// Rows are deleted after this many seconds.
    pub kept_secs: u64,
    /// The number of rows of [`AuditClass::Proven`] that a sweep leaves, the newest ones.
    pub rows: u64,
    /// The number of rows of [`AuditClass::Unproven`] that a sweep leaves, the newest ones.
    pub unproven_rows: u64,
}

impl Default for AuditLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl AuditLimits {
    /// The limits of [`audit`].
    pub const DEFAULT: Self =
        Self { kept_secs: audit::KEPT_SECS, rows: audit::ROWS, unproven_rows: audit::UNPROVEN_ROWS };

    /// How many rows of this class a sweep leaves.
    pub const fn left(&self, class: AuditClass) -> u64 {
        match class {
            AuditClass::Proven => self.rows,
            AuditClass::Unproven => self.unproven_rows,
        }
    }

    /// The maximum number of rows of this class: what a sweep leaves, and a tenth more that may be written before the
    /// next sweep.
    pub const fn most(&self, class: AuditClass) -> u64 {
        let left = self.left(class);
        left.saturating_add(left / audit::ONE_MORE_PER)
    }
}

/// What became of rows for the audit table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// How many rows were written.
    pub written: usize,
    /// How many rows were not written, because their table is full ([`AuditLimits::most`]). Report them elsewhere.
    pub full: usize,
}

/// The result of [`ResealAll`](crate::intent::keys::ResealAll).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// The number of values that were replaced.
    pub count: usize,
    /// Records that cannot be read; they were not changed.
    pub damaged: Vec<DamagedRecord>,
}
