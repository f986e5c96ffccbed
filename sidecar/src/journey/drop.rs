//! Ends a login without a code.

use store::intent::logins::{DropLogin, LoginKey};
use store::record::LoginRecord;
use store::{Advance, StoreHandle};

use super::browser::Browser;
use super::error::JourneyError;
use crate::clock::Clock;
use crate::edge::Ctx;

/// Deletes the login. Fails if another request has already changed the login's step.
pub(super) async fn drop_login(
    (store, clock): (&StoreHandle, &dyn Clock),
    ctx: &Ctx,
    browser: &Browser,
    login: &LoginRecord,
) -> Result<(), JourneyError> {
    match store
        .write(DropLogin {
            login: LoginKey { tenant: ctx.tenant(), flow: login.flow, browser: browser.hash() },
            step: login.step.ended(),
            now: clock.now(),
        })
        .await?
    {
        Advance::Done => Ok(()),
        Advance::Lost => Err(JourneyError::lost(login)),
    }
}
