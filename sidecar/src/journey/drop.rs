//! Ending a login that comes to nothing.

use super::browser::Browser;
use super::error::JourneyError;
use crate::clock::Clock;
use crate::edge::Ctx;
use crate::store::records::LoginRecord;
use crate::store::{Advance, StoreHandle};

/// Removes the login, which must still be at this step.
pub(super) async fn drop_login(
    (store, clock): (&StoreHandle, &dyn Clock),
    ctx: &Ctx,
    browser: &Browser,
    login: &LoginRecord,
) -> Result<(), JourneyError> {
    let (flow, step) = (&login.flow, login.step.kind());
    match store.drop_login(&ctx.tenant(), flow, &browser.hash(), step, clock.now()).await? {
        Advance::Done => Ok(()),
        Advance::Lost => Err(JourneyError::lost(login)),
    }
}
