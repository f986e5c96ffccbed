//! Whether a tenant's access tokens are bound to keys.

use serde::{Deserialize, Serialize};

/// The `dpop` option (RFC 9449).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dpop {
    /// Tokens are bearer tokens, and the token endpoint does not read proofs.
    #[default]
    Off,
    /// A client that sends a proof gets a token that is bound to its key; the tokens of others are bearer tokens.
    Optional,
    /// Every client has to send a proof, and only bound tokens are accepted.
    Required,
}

impl Dpop {
    /// Whether it is off.
    pub const fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }
}
