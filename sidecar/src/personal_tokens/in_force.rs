//! How many personal access tokens are in force at each tenant.
//!
//! The check of access ([`super::recheck`]) reads every grant anyway, a bounded number at each tick, so it counts them. A
//! number is therefore as old as the last complete round.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::record::GrantRecord;

/// The counts of the round in progress and of the last complete one, by tenant.
#[derive(Debug, Default)]
struct Rounds {
    present: BTreeMap<String, u64>,
    last: BTreeMap<String, u64>,
}

/// The numbers. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct InForce(Arc<Mutex<Rounds>>);

impl InForce {
    /// Counts these tokens, which are in force. `is_last`: they are the last ones of the round.
    pub(super) fn count<'a>(&self, tokens: impl Iterator<Item = &'a GrantRecord>, is_last: bool) {
        let mut rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for token in tokens {
            *rounds.present.entry(token.tenant.key()).or_default() += 1;
        }
        if is_last {
            rounds.last = std::mem::take(&mut rounds.present);
        }
    }

    /// The numbers of the last complete round, by the name of the tenant. A tenant without such tokens is left out.
    pub fn by_tenant(&self) -> Vec<(String, u64)> {
        let rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.last.iter().map(|(tenant, tokens)| (tenant.clone(), *tokens)).collect()
    }
}
