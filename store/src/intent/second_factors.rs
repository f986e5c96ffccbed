//! The second factors of local users. A user has at most one, which belongs to the user at every tenant.

use super::{ReadIntent, WriteIntent};
use crate::decide;
use crate::error::StoreError;
use crate::outcome::SecondFactorUse;
use crate::record::SecondFactorRecord;
use crate::sealed::Sealed;
use crate::tables::keys::second_factor_key;
use crate::tables::{Read, Write};
use protocol::server::second_factor::{Presented, SecondFactorProof};

/// Returns the second factor of a user; `None` if the user has none.
#[derive(Clone, Debug)]
pub struct FindSecondFactor {
    /// The user's name.
    pub user: String,
}

impl ReadIntent for FindSecondFactor {
    type Output = Option<SecondFactorRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<SecondFactorRecord>, StoreError> {
        tx.record(&second_factor_key(&self.user))
    }
}

/// Checks a code of a second factor, as [`protocol::server::second_factor`] decides inside the transaction, and marks
/// it as used. An accepted code is not accepted again; of parallel calls with one code, exactly one is accepted.
/// Refuses the code if the user's second factor has another secret than `secret`.
#[derive(Clone, Debug)]
pub struct UseSecondFactor {
    /// The user's name.
    pub user: String,
    /// The sealed secret with which the code was compared.
    pub secret: Sealed,
    /// The code that the user presents.
    pub presented: Presented,
}

impl WriteIntent for UseSecondFactor {
    type Output = SecondFactorUse;

    fn run(&self, tx: &impl Write) -> Result<SecondFactorUse, StoreError> {
        let key = second_factor_key(&self.user);
        let found = tx.record::<SecondFactorRecord>(&key)?;
        let (used, next) = decide::use_second_factor(found, &self.secret, &self.presented);
        if let Some(next) = next {
            tx.put(&key, &next)?;
        }
        Ok(used)
    }
}

/// Stores the second factor of a user who has none. The user has presented a code of it, whose time step is in
/// `last_step`. Returns the proof that the user has the second factor; `None`, without changing anything, if the user
/// has one already.
#[derive(Clone, Debug)]
pub struct EnrolSecondFactor {
    /// The record.
    pub record: SecondFactorRecord,
}

impl WriteIntent for EnrolSecondFactor {
    type Output = Option<SecondFactorProof>;

    fn run(&self, tx: &impl Write) -> Result<Option<SecondFactorProof>, StoreError> {
        let key = second_factor_key(&self.record.user);
        if tx.record::<SecondFactorRecord>(&key)?.is_some() {
            return Ok(None);
        }
        tx.put(&key, &self.record)?;
        Ok(decide::enrolled(&self.record))
    }
}

/// Removes the second factor of a user; `true` if there was one, even if it could not be read.
#[derive(Clone, Debug)]
pub struct RemoveSecondFactor {
    /// The user's name.
    pub user: String,
}

impl WriteIntent for RemoveSecondFactor {
    type Output = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let key = second_factor_key(&self.user);
        let found = tx.bytes(<SecondFactorRecord as crate::record::Stored>::TABLE, &key)?.is_some();
        if found {
            tx.remove::<SecondFactorRecord>(&key)?;
        }
        Ok(found)
    }
}
