//! What is stored, field by field. `docs/storage-schema.md` describes the same on disk.
//!
//! These are on-disk forms: they carry a format version ([`Stored::VERSION`]) and change slowly. Every record but a
//! signing key belongs to one [`Tenant`](protocol::tenant::Tenant); every use compares base *and* tid. Secrets are here only as a SHA-256
//! [`type@Hash`] of what was presented, or as [`Sealed`](crate::sealed::Sealed) bytes.

mod client;
mod code;
mod grant;
mod hash;
mod key;
mod login;

pub use client::{AssertionRecord, ClientKind, ClientRecord, ClientSource};
pub use code::{CodeRecord, Spent};
pub use grant::{GrantId, GrantRecord, RefreshRecord, RefreshState, RevokeReason, Revoked};
pub use hash::Hash;
pub use key::{SigningKeyRecord, SigningKeyState};
pub use login::{Callback, LoginRecord, LoginStep};

use serde::{Deserialize, Serialize};

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
