//! Which fields of records are sealed, so that they can be re-encrypted with another encryption key.

use crate::crypto::{Place, SealError};
use crate::record::{CodeRecord, GrantRecord, LoginRecord, LoginStep, SecondFactorRecord, SigningKeyRecord};
use crate::sealed::Sealed;
use std::sync::Arc;

/// Makes a new sealed value from an old one; `None` leaves the old one unchanged.
pub type Resealing = dyn Fn(&Place, &Sealed) -> Result<Option<Sealed>, SealError> + Send + Sync;
/// A shared [`Resealing`].
pub type Reseal = Arc<Resealing>;

/// A record that may contain sealed values.
pub(crate) trait HoldsSealed {
    /// Replaces the sealed values; returns how many were replaced.
    fn reseal(&mut self, reseal: &Resealing) -> Result<usize, SealError>;
}

fn one(place: &Place, sealed: &mut Sealed, reseal: &Resealing) -> Result<usize, SealError> {
    let new = reseal(place, sealed)?;
    Ok(usize::from(new.map(|new| *sealed = new).is_some()))
}

fn some(place: &Place, sealed: Option<&mut Sealed>, reseal: &Resealing) -> Result<usize, SealError> {
    sealed.map_or(Ok(0), |sealed| one(place, sealed, reseal))
}

impl HoldsSealed for LoginRecord {
    fn reseal(&mut self, reseal: &Resealing) -> Result<usize, SealError> {
        let place = Place::login(&self.flow);
        match &mut self.step {
            LoginStep::AwaitCallback(sent) => one(&place, &mut sent.callback_mut().secrets, reseal),
            LoginStep::AwaitPassword
            | LoginStep::AwaitSecondFactor(_)
            | LoginStep::AwaitConsent(_)
            | LoginStep::AwaitApproval => Ok(0),
        }
    }
}

impl HoldsSealed for CodeRecord {
    fn reseal(&mut self, reseal: &Resealing) -> Result<usize, SealError> {
        let refresh = some(&Place::code(&self.code), self.upstream_refresh.as_mut(), reseal)?;
        let token = self.upstream_token.as_mut().map(|token| &mut token.sealed);
        Ok(refresh + some(&Place::code_upstream_token(&self.code), token, reseal)?)
    }
}

impl HoldsSealed for GrantRecord {
    fn reseal(&mut self, reseal: &Resealing) -> Result<usize, SealError> {
        let refresh = some(&Place::grant(&self.id), self.upstream_refresh.as_mut(), reseal)?;
        let token = self.upstream_token.as_mut().map(|token| &mut token.sealed);
        Ok(refresh + some(&Place::grant_upstream_token(&self.id), token, reseal)?)
    }
}

impl HoldsSealed for SigningKeyRecord {
    fn reseal(&mut self, reseal: &Resealing) -> Result<usize, SealError> {
        one(&Place::signing_key(&self.kid), &mut self.seed, reseal)
    }
}

impl HoldsSealed for SecondFactorRecord {
    fn reseal(&mut self, reseal: &Resealing) -> Result<usize, SealError> {
        one(&Place::second_factor(&self.user), &mut self.secret, reseal)
    }
}
