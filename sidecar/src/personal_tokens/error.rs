//! Why no personal access token is made.

use events::Reason;
use protocol::server::fitting::TokenTooLong;
use store::StoreError;
use store::entropy::EntropyError;

use super::wanted::Malformed;
use crate::keys::KeyError;

/// Why no personal access token is made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The tenant has none.
    #[error("the option personalTokens is not set for this tenant")]
    Off,
    /// The plugin does not learn of ended grants.
    #[error(
        "this sidecar writes no list of revoked grants, so the token could not be ended: set BOUNCER_SHARE_DIR or \
         BOUNCER_REVOCATION_FILE"
    )]
    NoList,
    /// The name, the scopes or the days are not allowed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The user has the maximum number of live tokens.
    #[error("the user has {} live personal access tokens already", store::limits::PERSONAL_PER_USER)]
    TooMany,
    /// The user has ended too many tokens whose time is not over.
    #[error(
        "the user has ended {} personal access tokens whose time is not over",
        store::limits::PERSONAL_ENDED_PER_USER
    )]
    TooManyEnded,
    /// The form made the token before, and it is shown once.
    #[error("the token was made before and is shown once")]
    MadeBefore,
    /// The token would be longer than the plugin accepts.
    #[error(transparent)]
    TooLong(#[from] TokenTooLong),
    /// There is no key to sign with.
    #[error("no key for personal access tokens: {0}")]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// A task ended unexpectedly.
    #[error("a task ended unexpectedly")]
    Task,
}

impl CreateError {
    /// The reason for the log.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Off => Reason::PersonalTokensOff,
            Self::NoList => Reason::PersonalTokensWithoutList,
            Self::Malformed(_) | Self::TooLong(_) => Reason::PersonalTokenMalformed,
            Self::TooMany | Self::TooManyEnded => Reason::PersonalTokenLimit,
            Self::MadeBefore => Reason::PersonalTokenRepeated,
            Self::Key(_) => Reason::SigningKey,
            Self::Store(_) => Reason::Store,
            Self::Entropy(_) => Reason::Entropy,
            Self::Task => Reason::TaskLost,
        }
    }
}
