//! The second factors of local users.

use super::{OnOracle, Tables};
use crate::decide;
use crate::error::StoreError;
use crate::intent::second_factors::{
    EnrolSecondFactor, FindSecondFactor, RemoveSecondFactor, UseSecondFactor,
};
use crate::outcome::SecondFactorUse;
use crate::record::SecondFactorRecord;
use protocol::server::second_factor::SecondFactorProof;

impl OnOracle<Option<SecondFactorRecord>> for FindSecondFactor {
    fn on(&self, tables: &mut Tables) -> Result<Option<SecondFactorRecord>, StoreError> {
        Ok(tables.second_factors.get(&self.user).cloned())
    }
}

impl OnOracle<SecondFactorUse> for UseSecondFactor {
    fn on(&self, tables: &mut Tables) -> Result<SecondFactorUse, StoreError> {
        let found = tables.second_factors.get(&self.user).cloned();
        let (used, next) = decide::use_second_factor(found, &self.secret, &self.presented);
        if let Some(next) = next {
            tables.second_factors.insert(self.user.clone(), next);
        }
        Ok(used)
    }
}

impl OnOracle<Option<SecondFactorProof>> for EnrolSecondFactor {
    fn on(&self, tables: &mut Tables) -> Result<Option<SecondFactorProof>, StoreError> {
        if tables.second_factors.contains_key(&self.record.user) {
            return Ok(None);
        }
        tables.second_factors.insert(self.record.user.clone(), self.record.clone());
        Ok(decide::enrolled(&self.record))
    }
}

impl OnOracle<bool> for RemoveSecondFactor {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        Ok(tables.second_factors.remove(&self.user).is_some())
    }
}
