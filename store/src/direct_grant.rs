//! The result of [`PutDirectGrant`](crate::intent::direct::PutDirectGrant), with the proof that is needed to issue an
//! access token.

use crate::record::{GrantId, GrantRecord};

/// The result of [`PutDirectGrant`](crate::intent::direct::PutDirectGrant).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectGrant {
    /// The grant is live.
    Done {
        /// The proof that is needed to issue an access token.
        granted: Granted,
        /// The user's oldest grant, if this call revoked it to make room.
        crowded_out: Option<GrantId>,
    },
    /// Too many grants of the user were revoked recently; nothing changed.
    TooMany,
    /// The assertion was used before; nothing changed.
    AssertionUsed,
}

/// Proof that a committed transaction stored or continued a grant that no login led to. Only
/// [`PutDirectGrant`](crate::intent::direct::PutDirectGrant) can make it.
///
/// ```compile_fail
/// use store::Granted;
/// use store::record::GrantId;
/// let forged = Granted { grant: GrantId([0; 16]), client_id: String::new(), created: true };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    grant: GrantId,
    client_id: String,
    created: bool,
}

impl Granted {
    /// The proof for a grant that this transaction stores.
    pub(crate) fn new(grant: &GrantRecord) -> Self {
        Self { grant: grant.id, client_id: grant.client_id.clone(), created: true }
    }

    /// The proof for a live grant that this transaction continues.
    pub(crate) fn again(grant: &GrantRecord) -> Self {
        Self { created: false, ..Self::new(grant) }
    }

    /// The grant.
    pub const fn grant(&self) -> GrantId {
        self.grant
    }

    /// The client that holds the grant.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether the grant is new; `false` if an earlier one was continued.
    pub const fn created(&self) -> bool {
        self.created
    }
}
