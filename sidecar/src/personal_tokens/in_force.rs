//! Counts the personal access tokens in force at each tenant.
//!
//! The repeated check of access ([`super::recheck`]) reads all grants, a bounded number at each tick, and counts the
//! tokens meanwhile. So the numbers are those of the last complete round.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::record::GrantRecord;

/// The numbers of the present round so far and of the last complete round, by the name of the tenant.
#[derive(Debug, Default)]
struct Rounds {
    present: BTreeMap<String, u64>,
    last: BTreeMap<String, u64>,
}

/// The numbers of tokens in force. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct InForce(Arc<Mutex<Rounds>>);

impl InForce {
    /// Adds these tokens, which are in force, to the present round. `is_last` completes the round.
    pub(super) fn count<'a>(&self, tokens: impl Iterator<Item = &'a GrantRecord>, is_last: bool) {
        let mut rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for token in tokens {
            *rounds.present.entry(token.tenant.key()).or_default() += 1;
        }
        if is_last {
            rounds.last = std::mem::take(&mut rounds.present);
        }
    }

    /// Returns the numbers of the last complete round, by the name of the tenant. A tenant without tokens in force is
    /// left out.
    pub fn by_tenant(&self) -> Vec<(String, u64)> {
        let rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.last.iter().map(|(tenant, tokens)| (tenant.clone(), *tokens)).collect()
    }
}
