//! The store of the authorization server.
//!
//! An operation is a value ([`intent`]): `store.write(RedeemCode { … })`. It runs on ordered tables ([`tables`](crate))
//! in one atomic transaction of an engine ([`engine`]): a redb file, or PostgreSQL for several sidecars. Async code
//! uses [`StoreHandle`]. The feature `testing` adds one more engine, the oracle that tests compare the others with. All
//! of them must pass one test suite, `store/tests/conformance`.
//!
//! ```text
//! handle ─► store ─► intent ─► rows ─► tables ─► record ─► sealed
//!                └─► engine ───────────┘
//! ```

pub mod backup;
pub mod crypto;
mod decide;
mod direct_grant;
mod ended;
pub mod engine;
pub mod entropy;
mod error;
mod handle;
pub mod intent;
pub mod limits;
mod observe;
mod on_oracle;
mod outcome;
mod page;
pub mod record;
mod reseal;
mod rows;
mod sealed;
mod store;
mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod watch;

pub use direct_grant::{DirectGrant, Granted};
pub use ended::{EndedGrant, OnEnded};
pub use error::{DamagedRecord, StoreError};
pub use handle::{StoreHandle, WRITES_AT_ONCE};
pub use observe::{Observer, Operation, Stopwatch};
pub use on_oracle::OnOracle;
pub use outcome::{
    AddPersonal, Advance, Appended, AuditLimits, Begin, Connection, Connections, GrantDetails, GrantUpdate,
    KeyRingState, NewGrant, NewRefresh, NewSession, PasskeyAdded, PasskeyUse, PersonalGranted, Redeem,
    Redeemed, Registered, Resealed, Revocation, Rotate, Rotated, Rotation, SecondFactorUse, SessionUse,
    SweepLimits, Swept, TenantSummary, UpstreamTurn,
};
pub use page::{BadCursor, Cursor, Page, Within};
pub use reseal::{Reseal, Resealing};
pub use store::Store;
