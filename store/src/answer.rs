//! What the operations take and return.

use crate::error::DamagedRecord;
use crate::record::{ClientRecord, GrantId, GrantRecord, Hash, SigningKeyRecord};
use crate::sealed::Sealed;
use protocol::settings::Identity;
use protocol::time::UnixTime;

/// What [`RegisterClient`](crate::intent::clients::RegisterClient) returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// What is stored now.
    pub record: ClientRecord,
    /// Whether this call stored it.
    pub created: bool,
}

/// What [`BeginLogin`](crate::intent::logins::BeginLogin) returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Stored.
    Done,
    /// No such client at this tenant.
    NoSuchClient,
    /// Too many logins are under way in all.
    Full,
}

/// What a compare-and-swap on a login returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// This call did it.
    Done,
    /// This tenant and browser have no such login, it has expired, or it is in another step by now.
    Lost,
}

/// What a code is redeemed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The grant.
    pub grant: GrantRecord,
    /// Its first refresh token, for clients that use them.
    pub refresh: Option<NewRefresh>,
}

/// A refresh token to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefresh {
    /// Hash of the token.
    pub token: Hash,
    /// When it expires unless it is used; never after the grant ends.
    pub expires: UnixTime,
}

/// A revoked grant that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revocation {
    /// When the last access token of the grant has expired, so that the revocation need not be kept.
    pub end: UnixTime,
    /// When it was revoked.
    pub at: UnixTime,
    /// Which grant.
    pub grant: GrantId,
    /// The issuer of its tokens.
    pub issuer: String,
}

/// Proof that a committed transaction spent a code for a grant. Nothing but
/// [`RedeemCode`](crate::intent::codes::RedeemCode) makes it.
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

/// Proof that a committed transaction rotated a refresh token, or found it rotated a moment ago. Nothing but
/// [`RotateRefresh`](crate::intent::refresh::RotateRefresh) makes it.
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
    /// For the grant that this transaction stores.
    pub(crate) fn of(grant: &GrantRecord) -> Self {
        Self { grant: grant.id, client_id: grant.client_id.clone() }
    }

    /// The grant that was stored.
    pub const fn grant(&self) -> GrantId {
        self.grant
    }

    /// The client it was granted to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

impl Rotated {
    /// For the live grant whose refresh token this transaction rotates.
    pub(crate) fn of(grant: &GrantRecord) -> Self {
        Self { grant: grant.id, client_id: grant.client_id.clone() }
    }

    /// The grant that the refresh token belongs to.
    pub const fn grant(&self) -> GrantId {
        self.grant
    }

    /// The client it was granted to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

/// What [`RedeemCode`](crate::intent::codes::RedeemCode) returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeem {
    /// This call spent the code and stored the grant.
    Done {
        /// What the mint requires.
        redeemed: Redeemed,
        /// The oldest grant of the user, if this call revoked it to make room.
        crowded_out: Option<GrantId>,
    },
    /// The user ended too many grants lately; nothing changed.
    TooMany,
    /// The code was spent before; this call revoked the grant that it was spent for.
    AlreadySpent {
        /// That grant.
        grant: GrantId,
    },
    /// This tenant and client have no such code, or it has expired.
    Unknown,
}

/// What [`RotateRefresh`](crate::intent::refresh::RotateRefresh) stores instead of the presented token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotate {
    /// The successor; stored only if the presented token was not used before.
    pub successor: NewRefresh,
    /// The successor sealed under the presented token ([`crate::crypto::successor`]).
    pub sealed_successor: Sealed,
    /// How long the presented token still yields the same successor, seconds.
    pub grace_secs: u64,
    /// The life of the access token that goes with the successor, seconds.
    pub token_secs: u64,
    /// What is newly known about the user; written with `Rotated` and with `Repeat`.
    pub update: GrantUpdate,
}

/// Changes to a grant; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantUpdate {
    /// The user, as the provider or the users file describes them now.
    pub identity: Option<Identity>,
    /// The upstream refresh token, sealed, after the provider rotated it.
    pub upstream_refresh: Option<Sealed>,
    /// When the provider confirmed the user.
    pub confirmed: Option<UnixTime>,
}

/// What [`BeginUpstream`](crate::intent::grants::BeginUpstream) returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamTurn {
    /// The caller may ask the provider now, and must end its turn.
    Taken,
    /// Another sidecar is asking.
    Busy,
    /// The tenant has no such live grant.
    Gone,
}

/// What [`RotateRefresh`](crate::intent::refresh::RotateRefresh) returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The token was used for the first time; its successor is the active token now.
    Rotated {
        /// What the mint requires.
        rotated: Rotated,
    },
    /// The token was used a moment ago: open this successor with the presented token and return it again.
    Repeat {
        /// The successor, as it was sealed at the first use.
        sealed_successor: Sealed,
        /// What the mint requires.
        rotated: Rotated,
    },
    /// The token was used before and is presented too late; this call revoked the grant.
    ReuseDetected {
        /// That grant.
        grant: GrantId,
    },
    /// The token was issued to another client.
    WrongClient,
    /// The tenant has no such token, or it is revoked or expired.
    Gone,
}

/// The signing-key ring as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRingState {
    /// Grows by one with every replacement; 0 before the first.
    pub version: u64,
    /// The keys, by `kid`.
    pub keys: Vec<SigningKeyRecord>,
}

/// What a sweep may do at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepLimits {
    /// Clients unused for this many seconds are removed (`BOUNCER_CLIENT_TTL_DAYS`).
    pub client_idle_secs: u64,
    /// Records of a kind per transaction; few enough that a login never waits long for a sweep.
    pub batch: usize,
}

/// What [`ResealAll`](crate::intent::keys::ResealAll) did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that were replaced.
    pub count: usize,
    /// Records that cannot be read; they were left as they are.
    pub damaged: Vec<DamagedRecord>,
}

/// What a sweep removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Logins.
    pub logins: usize,
    /// Codes, spent ones too.
    pub codes: usize,
    /// Refresh tokens.
    pub refresh_tokens: usize,
    /// Grants.
    pub grants: usize,
    /// Clients.
    pub clients: usize,
    /// Used client assertions that have expired, and revocations whose access tokens have.
    pub marks: usize,
    /// Records that could not be read, removed when they were due.
    pub damaged: Vec<DamagedRecord>,
    /// There is more to remove: call again.
    pub more: bool,
}
