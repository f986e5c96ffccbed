//! The key ring, sealing all records again, and counting the records of two tables. Copying whole tables always fails
//! here.

use super::{NO_COPIES, OnOracle, Tables};
use crate::decide;
use crate::error::StoreError;
use crate::intent::copy::{CopyIn, Sizes};
use crate::intent::keys::{FindKeyRing, ReplaceKeyRing, ResealAll};
use crate::outcome::{KeyRingState, Resealed};
use crate::record::{ClientRecord, RefreshRecord, Stored};
use crate::reseal::{HoldsSealed, Resealing};

impl OnOracle<KeyRingState> for FindKeyRing {
    fn on(&self, tables: &mut Tables) -> Result<KeyRingState, StoreError> {
        Ok(tables.ring.clone())
    }
}

impl OnOracle<bool> for ReplaceKeyRing {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        decide::check_ring(&self.keys)?;
        if tables.ring.version != self.expected {
            return Ok(false);
        }
        let mut keys = self.keys.clone();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        tables.ring = KeyRingState { version: self.expected + 1, keys };
        Ok(true)
    }
}

impl OnOracle<Resealed> for ResealAll {
    fn on(&self, tables: &mut Tables) -> Result<Resealed, StoreError> {
        let mut new =
            (tables.logins.clone(), tables.codes.clone(), tables.grants.clone(), tables.ring.clone());
        let mut second_factors = tables.second_factors.clone();
        let count = all(new.0.values_mut(), &*self.reseal)?
            + all(new.1.values_mut(), &*self.reseal)?
            + all(new.2.values_mut(), &*self.reseal)?
            + all(new.3.keys.iter_mut(), &*self.reseal)?
            + all(second_factors.values_mut(), &*self.reseal)?;
        (tables.logins, tables.codes, tables.grants, tables.ring) = new;
        tables.second_factors = second_factors;
        Ok(Resealed { count, damaged: Vec::new() })
    }
}

fn all<'a, R: Stored + HoldsSealed + 'a>(
    records: impl Iterator<Item = &'a mut R>,
    reseal: &Resealing,
) -> Result<usize, StoreError> {
    let mut count = 0;
    for record in records {
        let failed = |source| StoreError::Seal { table: R::TABLE, id: String::new(), source };
        count += record.reseal(reseal).map_err(failed)?;
    }
    Ok(count)
}

impl OnOracle<Vec<(&'static str, u64)>> for Sizes {
    fn on(&self, tables: &mut Tables) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(vec![
            (ClientRecord::TABLE, count(tables.clients.len())),
            (RefreshRecord::TABLE, count(tables.tokens.len())),
        ])
    }
}

impl OnOracle<()> for CopyIn {
    fn on(&self, _: &mut Tables) -> Result<(), StoreError> {
        Err(NO_COPIES)
    }
}
