//! A personal access token that was made.

use protocol::secret::Secret;
use store::record::GrantRecord;

/// A token that was made. It is nowhere else.
#[derive(Debug)]
pub struct Created {
    /// The token, with its prefix.
    pub token: Secret<String>,
    /// What is stored of it.
    pub grant: GrantRecord,
}
