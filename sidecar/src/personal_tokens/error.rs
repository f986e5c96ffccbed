//! Why a personal access token cannot be created.

use events::Reason;
use protocol::server::fitting::TokenTooLong;
use store::StoreError;
use store::entropy::EntropyError;

use super::wanted::Malformed;
use crate::keys::KeyError;

/// Why a personal access token cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The tenant does not allow personal access tokens.
    #[error("the option personalTokens is not set for this tenant")]
    Off,
    /// The plugin does not learn of revoked grants, so the token could not be revoked.
    #[error(
        "this sidecar writes no list of revoked grants, so the token could not be ended: set BOUNCER_SHARE_DIR or \
         BOUNCER_REVOCATION_FILE"
    )]
    NoList,
    /// The name, the scopes or the lifetime are not allowed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The user already has the maximum number of live tokens.
    #[error("the user has {} live personal access tokens already", store::limits::PERSONAL_PER_USER)]
    TooMany,
    /// The user already has the maximum number of tokens that were revoked and have not expired.
    #[error(
        "the user has ended {} personal access tokens whose time is not over",
        store::limits::PERSONAL_ENDED_PER_USER
    )]
    TooManyEnded,
    /// The form was sent before and created the token, which is shown only once.
    #[error("the token was made before and is shown once")]
    MadeBefore,
    /// The token would be longer than the plugin accepts.
    #[error(transparent)]
    TooLong(#[from] TokenTooLong),
    /// There is no key to sign the token.
    #[error("no key for personal access tokens: {0}")]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no randomness for an id.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// A background task ended unexpectedly.
    #[error("a task ended unexpectedly")]
    Task,
}

impl CreateError {
    /// Returns the reason for the log.
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
