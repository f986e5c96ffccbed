//! Who is signed in, and what their buttons do, without HTTP types.

use events::Event;
use store::intent::sessions::{EndOwnGrants, OwnGrants};
use store::limits::GRANTS_PER_USER;
use store::record::{GrantId, GrantRecord, Purpose, RevokeReason};

use super::deps::Deps;
use super::form::Done;
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::session::Resumed;
use crate::journey::sign_in::{self, SignIn, Starting};

/// Starts a login that leads back to this page.
pub(super) async fn sign_in(deps: &Deps, ctx: &Ctx) -> Result<SignIn, JourneyError> {
    let Deps { store, clock, entropy, meter, .. } = deps;
    let starting = Starting { store, clock: &**clock, entropy: &**entropy, meter };
    sign_in::sign_in(starting, ctx, Purpose::Connections).await
}

/// Ends one grant of the user; nothing if it ended before or is not theirs.
pub(super) async fn end_one(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    grant: GrantId,
) -> Result<Done, JourneyError> {
    let ended = end(deps, ctx, resumed, OwnGrants::One(grant)).await?;
    Ok(if ended == 0 { Done::Nothing } else { Done::One })
}

/// Ends all grants of the user, and the user's sessions in other browsers.
pub(super) async fn end_all(deps: &Deps, ctx: &Ctx, resumed: &Resumed) -> Result<Done, JourneyError> {
    end(deps, ctx, resumed, OwnGrants::All { but: *resumed.live.id() }).await?;
    Ok(Done::All)
}

async fn end(deps: &Deps, ctx: &Ctx, resumed: &Resumed, which: OwnGrants) -> Result<usize, JourneyError> {
    let subject = resumed.live.subject().to_owned();
    let end = EndOwnGrants { tenant: ctx.tenant(), subject: subject.clone(), which, now: deps.clock.now() };
    let by = ctx.clone();
    let events = move |ended: &Vec<GrantRecord>| -> Vec<Event> {
        ended.iter().map(|grant| by.revoked(grant, RevokeReason::ByUser).actor(&subject)).collect()
    };
    let ended = deps.journal.write_up_to(GRANTS_PER_USER, end, events).await?;
    Ok(ended.len())
}
