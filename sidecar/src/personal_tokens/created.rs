//! A personal access token that was created.

use protocol::secret::Secret;
use store::record::GrantRecord;

/// A token that was created. The token itself is stored nowhere.
#[derive(Debug)]
pub struct Created {
    /// The token, with its prefix.
    pub token: Secret<String>,
    /// The stored grant of the token.
    pub grant: GrantRecord,
}
