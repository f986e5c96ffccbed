//! What the buttons of the connections page do, and whether the user has signed in recently, without HTTP types.

use events::Event;
use store::intent::sessions::{EndOwnGrants, OwnGrants};
use store::limits::{GRANTS_PER_USER, PERSONAL_PER_USER};
use store::record::{GrantId, GrantRecord, Purpose, RevokeReason};

use super::deps::Deps;
use super::form::Done;
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::session::Resumed;
use crate::journey::sign_in::{self, SignIn, Starting};

/// The maximum age of a sign-in, in seconds: when the form for a new personal access token is opened, and when that
/// form is sent. A session alone must not be enough for a token that outlives it by months.
const FRESH_SECS: [u64; 2] = [300, 900];

/// A moment at which the sign-in must be recent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The form for a new token is opened.
    Opened,
    /// The form for a new token is sent.
    Sent,
}

/// Whether the user has signed in recently enough for this moment.
pub(super) fn is_fresh(deps: &Deps, resumed: &Resumed, moment: Moment) -> bool {
    let [opened, sent] = FRESH_SECS;
    let most = if moment == Moment::Opened { opened } else { sent };
    deps.clock.now().is_recent(resumed.live.authenticated(), most + 1)
}

/// Starts a login that leads back to this page. With `again`, the login leads to the form for a new personal access
/// token, and a provider must ask the user to sign in.
pub(super) async fn sign_in(deps: &Deps, ctx: &Ctx, again: bool) -> Result<SignIn, JourneyError> {
    let Deps { store, clock, entropy, meter, .. } = deps;
    let starting = Starting { store, clock: &**clock, entropy: &**entropy, meter };
    sign_in::sign_in(starting, ctx, Purpose::Connections, again).await
}

/// Revokes one grant of the user and returns `ended`. Does nothing and returns [`Done::Nothing`] if the grant was
/// revoked before or belongs to another user.
pub(super) async fn end_one(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    grant: GrantId,
    ended: Done,
) -> Result<Done, JourneyError> {
    let count = end(deps, ctx, resumed, OwnGrants::One(grant)).await?;
    Ok(if count == 0 { Done::Nothing } else { ended })
}

/// Revokes all grants of the user, including personal access tokens, and ends the user's sessions in other browsers.
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
    let ended = deps.journal.write_up_to(GRANTS_PER_USER + PERSONAL_PER_USER, end, events).await?;
    Ok(ended.len())
}
