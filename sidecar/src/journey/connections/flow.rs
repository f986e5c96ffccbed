//! Who is signed in, and what their buttons do, without HTTP types.

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

/// How old a sign-in may be when the form for a new personal access token is opened, in seconds, and when it is sent. A
/// session alone does not make a token that outlives it by months.
const FRESH_SECS: [u64; 2] = [300, 900];

/// At which moment a sign-in must be fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The form is opened.
    Opened,
    /// It is sent.
    Sent,
}

/// Whether the user has proven who they are a short while ago.
pub(super) fn is_fresh(deps: &Deps, resumed: &Resumed, moment: Moment) -> bool {
    let [opened, sent] = FRESH_SECS;
    let most = if moment == Moment::Opened { opened } else { sent };
    deps.clock.now().since(resumed.live.authenticated()) <= most
}

/// Starts a login that leads back to this page. `again`: to the form for a new personal access token, for which the provider
/// has to ask the user to sign in, too.
pub(super) async fn sign_in(deps: &Deps, ctx: &Ctx, again: bool) -> Result<SignIn, JourneyError> {
    let Deps { store, clock, entropy, meter, .. } = deps;
    let starting = Starting { store, clock: &**clock, entropy: &**entropy, meter };
    sign_in::sign_in(starting, ctx, Purpose::Connections, again).await
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

/// Ends one personal access token of the user; nothing if it ended before or is not theirs.
pub(super) async fn end_token(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    grant: GrantId,
) -> Result<Done, JourneyError> {
    let ended = end(deps, ctx, resumed, OwnGrants::One(grant)).await?;
    Ok(if ended == 0 { Done::Nothing } else { Done::Token })
}

/// Ends all grants of the user, personal access tokens too, and the user's sessions in other browsers.
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
    deps.upstream_revocations.ended(&ended);
    Ok(ended.len())
}
