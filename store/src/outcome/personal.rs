//! The results of making personal access tokens.

use crate::record::GrantRecord;

/// Proof that a committed transaction stored a personal access token, or found it stored by the same request before.
/// Only [`AddPersonalToken`](crate::intent::personal::AddPersonalToken) can make it.
///
/// ```compile_fail
/// use store::PersonalGranted;
/// fn forge(grant: store::record::GrantRecord) -> PersonalGranted {
///     PersonalGranted { grant }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalGranted {
    grant: GrantRecord,
}

impl PersonalGranted {
    pub(crate) const fn of(grant: GrantRecord) -> Self {
        Self { grant }
    }

    /// The stored grant.
    pub const fn grant(&self) -> &GrantRecord {
        &self.grant
    }
}

/// The result of [`AddPersonalToken`](crate::intent::personal::AddPersonalToken).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddPersonal {
    /// This call stored the token.
    Done(Box<PersonalGranted>),
    /// The same request stored the token before, and the token is live.
    Before(Box<PersonalGranted>),
    /// The same request stored the token before, and the token is revoked or expired.
    Ended,
    /// The user has the maximum number of live personal access tokens
    /// ([`PERSONAL_PER_USER`](crate::limits::PERSONAL_PER_USER)); nothing changed.
    TooMany,
    /// Too many personal access tokens of the user are revoked but unexpired
    /// ([`PERSONAL_ENDED_PER_USER`](crate::limits::PERSONAL_ENDED_PER_USER)); nothing changed.
    TooManyEnded,
}
