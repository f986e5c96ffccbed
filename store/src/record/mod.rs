//! The stored records, field by field. `docs/storage-schema.md` describes their form on disk.
//!
//! The records have a format version ([`Stored::VERSION`]) and change rarely. Every record except a signing key, the
//! second factor and the passkeys of a local user, and a row of the audit table belongs to one
//! [`Tenant`](protocol::tenant::Tenant); every use compares issuer *and* `tid`. Secrets are stored only as the SHA-256
//! [`type@Hash`] of the presented value, or as [`Sealed`](crate::sealed::Sealed) bytes.

mod audit;
mod client;
mod code;
mod grant;
mod hash;
mod key;
mod login;
mod network;
mod passkey;
mod second_factor;
mod session;
mod short;
mod upstream_token;

pub(crate) use audit::CURSOR;
pub use audit::{AuditClass, AuditCursor, AuditId, AuditIds, AuditRecord, NotACursor};
pub use client::{AssertionRecord, ClientKind, ClientRecord, ClientSource};
pub use code::{CodeRecord, Spent};
pub use grant::{GrantId, GrantRecord, PersonalToken, RefreshRecord, RefreshState, RevokeReason, Revoked};
pub use hash::Hash;
pub use key::{SigningKeyRecord, SigningKeyState};
pub use login::{Callback, ClientRequest, LoginRecord, LoginStep, Purpose};
pub use network::Network;
pub use passkey::{Passkey, PasskeysRecord};
pub use second_factor::SecondFactorRecord;
pub use session::{SessionRecord, SignInMethod};
pub use short::Short;
pub use upstream_token::UpstreamTokenRecord;

use serde::{Deserialize, Serialize};

/// A kind of record: its table, and the format version that this program writes.
pub trait Stored: Serialize + for<'de> Deserialize<'de> {
    /// The name of the table; it is also part of the associated data of sealed fields.
    const TABLE: &'static str;
    /// The format version written now; it precedes each record on disk.
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
    SessionRecord => "sessions" v 1,
    SecondFactorRecord => "second_factors" v 1,
    PasskeysRecord => "passkeys" v 1,
    // Rows of [`AuditClass::Unproven`] are in another table.
    AuditRecord => "audit" v 1,
}
