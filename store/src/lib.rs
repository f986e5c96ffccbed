//! What the authorization server remembers.
//!
//! [`Store`] is the contract: operations named by intent, each **one atomic transaction**, durable
//! before it returns. Two backends keep it: [`redb`] (the default) and [`postgres`]; `testing` has
//! one in memory, the oracle of the tests. One suite, `store/tests/conformance`, is what all must pass.
//!
//! Rules that hold for every operation:
//! - **Tenant**: a record is visible to and changed by its own tenant only, base and tid both; to
//!   any other it does not exist.
//! - **Time** is an argument. A record is gone from its `expires` on (`now >= expires`), whether or
//!   not the sweep has removed it.
//! - **Negative outcomes change nothing**, unless the operation says so (reuse revokes).
//! - An `Err` is our fault (disk, damaged record) and never an answer about a secret: callers
//!   answer 503 and change nothing.

mod answers;
pub mod backup;
pub mod crypto;
mod decide;
pub mod entropy;
pub mod handle;
mod ordered;
pub mod postgres;
pub mod records;
pub mod redb;
pub mod reseal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use protocol::limits::stored;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use records::{
    AssertionRecord, ClientRecord, CodeRecord, GrantId, GrantRecord, Hash, LoginRecord, LoginStep,
    LoginStepKind, RefreshRecord, RevokeReason, SigningKeyRecord,
};
use std::sync::Arc;

pub use answers::{
    Advance, Begin, CopyIn, DamagedRecord, GrantUpdate, KeyRingState, NOT_EMPTY, NewGrant, NewRefresh,
    Redeem, Registered, Resealed, Revocation, Rotate, Rotation, Sink, StoreError, SweepLimits, Swept,
    UpstreamTurn,
};
pub use handle::StoreHandle;
pub use reseal::{Reseal, Resealing};

/// Whether a client still names a redirect URI.
pub type StillNamed = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Logins kept per browser; beginning one more drops the oldest.
pub const LOGINS_PER_BROWSER: usize = 16;
/// Logins kept in all, a ceiling against floods; beyond it `begin_login` answers [`Begin::Full`].
pub const LOGINS_IN_ALL: u64 = 200_000;
/// How long a spent code is remembered, seconds, so that its reuse revokes what it was spent for.
pub const SPENT_CODE_KEPT_SECS: u64 = 3_600;
/// Rotated refresh tokens remembered per grant; an older one no longer works, like an expired one.
pub const ROTATED_KEPT: u64 = 512;
/// The longest life of an access token that can be configured, seconds.
pub const LONGEST_TOKEN_SECS: u64 = 24 * 3_600;
/// Live grants of one user at one tenant; one more ends the oldest.
pub const GRANTS_PER_USER: usize = 128;
/// Ended grants of one user at one tenant whose access tokens may still live; beyond it no further grant is made. More
/// than [`GRANTS_PER_USER`], so that ending all grants at once keeps nobody out.
pub const ENDED_PER_USER: usize = 192;
/// `last_used` of an approved client is written again after this many seconds, not at every use.
pub const CLIENT_TOUCH_SECS: u64 = 86_400;
/// The same for a client that nobody approved, whose life is shorter.
pub const UNAPPROVED_TOUCH_SECS: u64 = 3_600;
/// Clients kept in all that strangers caused and nobody approved: one more removes the longest unused of them.
pub const UNAPPROVED_CLIENTS: u64 = stored::UNAPPROVED_CLIENTS.most as u64;
/// A client that nobody approved goes after this many seconds without use.
pub const UNAPPROVED_CLIENT_SECS: u64 = stored::UNAPPROVED_CLIENT_LIFE.most as u64;

/// What a backend does. See the module for the rules that hold throughout.
///
/// Synchronous and blocking: async code goes through [`StoreHandle`].
pub trait Store: Send + Sync + 'static {
    /// Stores a client. Registering again what exists (same tenant and id: a public client with the
    /// same metadata) changes nothing but `last_used` and returns the record that exists.
    /// Of parallel registrations of one id exactly one reports `created`.
    ///
    /// There are at most [`UNAPPROVED_CLIENTS`] that nobody approved: if one more is stored, here or by
    /// [`Self::put_client`], the longest unused of them is removed. PostgreSQL estimates their number.
    fn register_client(&self, record: ClientRecord, now: UnixTime) -> Result<Registered, StoreError>;

    /// The client, if it registered at this tenant.
    fn client(&self, tenant: &Tenant, client_id: &str) -> Result<Option<ClientRecord>, StoreError>;

    /// Writes a client whose metadata changed (RFC 7592 §2.2, a newer client document, the operator's file)
    /// or that is new. Keeps `issued_at`, `approved_at` and `last_used` of the one that exists. Grants whose redirect URI
    /// `still_named` refuses are revoked, in the same transaction; says how many. Nothing is written if nothing
    /// changed.
    fn put_client(
        &self,
        record: ClientRecord,
        still_named: StillNamed,
        now: UnixTime,
    ) -> Result<usize, StoreError>;

    /// Removes a client with all its grants, which are revoked (RFC 7592 §2.3); `true` if it existed.
    fn remove_client(&self, tenant: &Tenant, client_id: &str, now: UnixTime) -> Result<bool, StoreError>;

    /// Marks a client assertion as used until it expires; `false` if it was used before. Of parallel calls
    /// exactly one is `true`.
    fn use_assertion(&self, record: AssertionRecord, now: UnixTime) -> Result<bool, StoreError>;

    /// Stores a new login. Keeps the client from being swept while the login lives, and keeps the
    /// [`LOGINS_PER_BROWSER`] newest of its browser (by `created`, over all tenants): the oldest give way.
    /// Without the client, or when full, nothing is stored.
    fn begin_login(&self, record: LoginRecord, now: UnixTime) -> Result<Begin, StoreError>;

    /// The login, if tenant and browser are its own and it has not expired.
    fn login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError>;

    /// The login that awaits the upstream answer with this `state`, under the conditions of [`Self::login`].
    fn login_by_upstream_state(
        &self,
        tenant: &Tenant,
        upstream_state: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError>;

    /// Moves a login from step `expected` to `next`: compare and swap, so of parallel calls exactly
    /// one is [`Advance::Done`]. Everything but the step (and the browser) stays as it was.
    ///
    /// `rebind`: the browser got a new cookie value. This login and every other live one of that
    /// browser on the same host move to it (logins in other tabs go on), and the old value opens
    /// none of them any more.
    #[expect(clippy::too_many_arguments, reason = "the key of a login is three values, and it is one step")]
    fn advance_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        next: LoginStep,
        rebind: Option<&Hash>,
        now: UnixTime,
    ) -> Result<Advance, StoreError>;

    /// Ends a login in step `expected` with a code: removes the login, stores the code, marks the
    /// client approved, all or nothing. `rebind` as in [`Self::advance_login`]. [`Advance::Lost`] too if the client no
    /// longer exists; a code of another tenant or client than the login's is refused
    /// ([`StoreError::Invariant`]).
    #[expect(clippy::too_many_arguments, reason = "the key of a login is three values, and it is one step")]
    fn finish_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        code: CodeRecord,
        rebind: Option<&Hash>,
        now: UnixTime,
    ) -> Result<Advance, StoreError>;

    /// Removes a login in step `expected` without a code: the user said no, or the login failed.
    fn drop_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        now: UnixTime,
    ) -> Result<Advance, StoreError>;

    /// The code: unspent and not expired, or spent and still remembered (`spent` says which).
    /// Reading changes nothing; only [`Self::redeem_code`] spends.
    fn code(&self, tenant: &Tenant, code: &Hash, now: UnixTime) -> Result<Option<CodeRecord>, StoreError>;

    /// Spends a code for a grant. Call it only after client, redirect URI and PKCE were proven:
    /// a second call revokes.
    ///
    /// Of any number of parallel calls exactly one is [`Redeem::Done`]; its grant and first refresh token
    /// are stored in the same transaction. Every other finds the code spent and revokes the grant
    /// it was spent for, in its transaction. A code of another tenant or client, or expired
    /// unspent, is [`Redeem::Unknown`]. A user has [`GRANTS_PER_USER`] live grants at most, the oldest gives way; and
    /// who ended [`ENDED_PER_USER`] within the life of their tokens gets [`Redeem::TooMany`].
    fn redeem_code(
        &self,
        tenant: &Tenant,
        code: &Hash,
        grant: NewGrant,
        now: UnixTime,
    ) -> Result<Redeem, StoreError>;

    /// A refresh token with its grant, while both live: not expired, not revoked. A rotated one is
    /// returned too (its `state` says so). Reading changes nothing.
    fn refresh(
        &self,
        tenant: &Tenant,
        token: &Hash,
        now: UnixTime,
    ) -> Result<Option<(RefreshRecord, GrantRecord)>, StoreError>;

    /// Uses a refresh token: the decision of `protocol::server::refresh`, taken inside the transaction.
    ///
    /// - Unused: becomes rotated, `successor` is stored as the one active token.
    /// - Rotated, and its successor unused, and less than `grace_secs` since: [`Rotation::Repeat`] with the
    ///   successor sealed at first use; the `successor` given here is dropped. So parallel callers
    ///   all end with the same successor.
    /// - Rotated otherwise: [`Rotation::ReuseDetected`], the grant is revoked in this transaction.
    /// - Of another client: [`Rotation::WrongClient`], nothing changes.
    /// - Of another tenant, expired, revoked or unknown: [`Rotation::Gone`], nothing changes.
    fn rotate_refresh(
        &self,
        tenant: &Tenant,
        presented: &Hash,
        client_id: &str,
        rotate: Rotate,
        now: UnixTime,
    ) -> Result<Rotation, StoreError>;

    /// Reserves asking the provider about a grant for the caller, for `secs` seconds or until
    /// [`Self::end_upstream`]. A refresh token of the provider that is presented twice may end the user's session
    /// there, so of all sidecars one asks at a time; of parallel calls exactly one is [`UpstreamTurn::Taken`]. A
    /// reservation whose end lies more than `secs` and a minute ahead counts for nothing: the clock was set back.
    fn begin_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        secs: u64,
        now: UnixTime,
    ) -> Result<UpstreamTurn, StoreError>;

    /// Ends the reservation and writes what the provider's answer brought; `false`: no such live grant, nothing is
    /// written.
    fn end_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        update: GrantUpdate,
        now: UnixTime,
    ) -> Result<bool, StoreError>;

    /// A grant that gives tokens: not expired, not revoked.
    fn grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        now: UnixTime,
    ) -> Result<Option<GrantRecord>, StoreError>;

    /// Revoked grants of all tenants of which an access token may still be accepted somewhere, in no certain order.
    fn revocations(&self, now: UnixTime) -> Result<Vec<Revocation>, StoreError>;

    /// Revokes a grant; `true` if it was live. Its refresh tokens stop working at once.
    fn revoke_grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        reason: RevokeReason,
        now: UnixTime,
    ) -> Result<bool, StoreError>;

    /// The signing-key ring and its version.
    fn signing_keys(&self) -> Result<KeyRingState, StoreError>;

    /// Replaces the ring if its version is still `expected`; the version then grows by one. `false`:
    /// another replica was faster, nothing changed. A ring without exactly one active key is refused
    /// ([`StoreError::Invariant`]).
    fn replace_signing_keys(&self, expected: u64, keys: Vec<SigningKeyRecord>) -> Result<bool, StoreError>;

    /// Removes what has expired, at most `limits.batch` records per kind in one transaction; `more`
    /// says that the batch was full. Removes clients idle for `limits.client_idle_secs` that hold no
    /// live grant, and clients that nobody approved after [`UNAPPROVED_CLIENT_SECS`]; never others. A record that cannot be read goes like any other when its time has come, and is named
    /// in the answer; one of a newer release stays.
    fn sweep(&self, now: UnixTime, limits: &SweepLimits) -> Result<Swept, StoreError>;

    /// Replaces sealed values in logins, codes, grants and signing keys by what `reseal` makes of them, all in one
    /// transaction; says how many. If one of them cannot be replaced, none is; a record that cannot be read holds none.
    fn reseal(&self, reseal: Reseal) -> Result<Resealed, StoreError>;

    /// Whether the store answers, for `/readyz`: one cheap read.
    fn ready(&self) -> Result<(), StoreError>;

    /// How many entries each table has, as the database keeps count: for metrics.
    fn sizes(&self) -> Result<Vec<(&'static str, u64)>, StoreError>;

    /// Hands over everything that is stored, as of one moment, while the store goes on working.
    fn copy_out(&self, sink: &mut Sink<'_>) -> Result<(), StoreError>;

    /// One step of taking over what [`Self::copy_out`] gave, into an empty store. A store that has begun and not
    /// ended is not opened again.
    fn copy_in(&self, step: CopyIn) -> Result<(), StoreError>;
}
