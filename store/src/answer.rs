//! What the operations take and return.

use crate::error::DamagedRecord;
use crate::record::{ClientRecord, GrantId, GrantRecord, Hash, SigningKeyRecord};
use crate::sealed::Sealed;
use protocol::settings::Identity;
use protocol::time::UnixTime;

/// The answer of [`RegisterClient`](crate::intent::clients::RegisterClient).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// What is stored now.
    pub record: ClientRecord,
    /// Whether this call stored it.
    pub created: bool,
}

/// The answer of [`BeginLogin`](crate::intent::logins::BeginLogin).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Stored.
    Done,
    /// No such client at this tenant.
    NoSuchClient,
    /// Too many logins are under way in all.
    Full,
}

/// The answer of a compare-and-swap on a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// This call did it.
    Done,
    /// No such login for this tenant and browser, expired, or in another step by now.
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
    /// Its idle end; cut to the end of the grant.
    pub expires: UnixTime,
}

/// A revoked grant that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revocation {
    /// From then on no access token of it is accepted anyway.
    pub end: UnixTime,
    /// When it was revoked.
    pub at: UnixTime,
    /// Which grant.
    pub grant: GrantId,
    /// The base of its tenant, the issuer of its tokens.
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

/// The answer of [`RedeemCode`](crate::intent::codes::RedeemCode).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeem {
    /// Spent by this call; the grant is stored.
    Done {
        /// What the mint requires.
        redeemed: Redeemed,
        /// The oldest grant of the user, if it had to give way.
        crowded_out: Option<GrantId>,
    },
    /// The user ended too many grants lately; nothing changed.
    TooMany,
    /// Spent before; the grant it was spent for is revoked now.
    AlreadySpent {
        /// That grant.
        grant: GrantId,
    },
    /// No such code for this tenant and client, or expired.
    Unknown,
}

/// What [`RotateRefresh`](crate::intent::refresh::RotateRefresh) puts in the place of the presented token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotate {
    /// The successor, used only if this call is the first use.
    pub successor: NewRefresh,
    /// The successor sealed under the presented token ([`crate::crypto::successor`]).
    pub sealed_successor: Sealed,
    /// How long the presented token still yields the same successor, seconds.
    pub grace_secs: u64,
    /// The life of the access token that goes with the successor, seconds.
    pub token_secs: u64,
    /// What was learnt about the user meanwhile; written on `Rotated` and `Repeat`.
    pub update: GrantUpdate,
}

/// Changes to a grant made along with a rotation; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantUpdate {
    /// The user as seen now.
    pub identity: Option<Identity>,
    /// The upstream refresh token, sealed, after the provider rotated it.
    pub upstream_refresh: Option<Sealed>,
    /// When the provider confirmed the user.
    pub confirmed: Option<UnixTime>,
}

/// The answer of [`BeginUpstream`](crate::intent::grants::BeginUpstream).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamTurn {
    /// The caller asks now, and ends it.
    Taken,
    /// Another asks.
    Busy,
    /// No such live grant here.
    Gone,
}

/// The answer of [`RotateRefresh`](crate::intent::refresh::RotateRefresh).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// First use: the successor given is the active token now.
    Rotated {
        /// What the mint requires.
        rotated: Rotated,
    },
    /// Used a moment ago: hand out this successor, opened with the presented token.
    Repeat {
        /// As sealed at first use.
        sealed_successor: Sealed,
        /// What the mint requires.
        rotated: Rotated,
    },
    /// Used too late: the grant is revoked.
    ReuseDetected {
        /// That grant.
        grant: GrantId,
    },
    /// Not this client's token.
    WrongClient,
    /// No such token here, or no longer.
    Gone,
}

/// The signing-key ring as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRingState {
    /// Grows by one with every step; 0 before the first.
    pub version: u64,
    /// The keys, by `kid`.
    pub keys: Vec<SigningKeyRecord>,
}

/// What a sweep may do at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepLimits {
    /// Clients unused for this many seconds go (`BOUNCER_CLIENT_TTL_DAYS`).
    pub client_idle_secs: u64,
    /// Records of a kind per transaction, so that a sweep never holds up a login for long.
    pub batch: usize,
}

/// What [`ResealAll`](crate::intent::keys::ResealAll) did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that were replaced.
    pub count: usize,
    /// Records that cannot be read, left as they are: no key would make them readable.
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
    /// Used client assertions, and revocations that no token can outlive.
    pub marks: usize,
    /// Records that could not be read, removed when their time came.
    pub damaged: Vec<DamagedRecord>,
    /// There is more to remove: call again.
    pub more: bool,
}
