//! Who is signed in, and what their buttons do, without HTTP types.

use events::Event;
use protocol::settings::Provider;
use store::Begin;
use store::intent::logins::BeginLogin;
use store::intent::sessions::{EndOwnGrants, OwnGrants};
use store::limits::{GRANTS_PER_USER, PERSONAL_PER_USER};
use store::record::{GrantId, GrantRecord, LoginRecord, LoginStep, Purpose, RevokeReason};

use super::deps::Deps;
use super::form::Done;
use crate::budget::Resource;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::{JourneyError, LOGIN_SECS};
use crate::journey::flow_id::{FOR_NEW_TOKEN, FlowId, page_address};
use crate::journey::session::Resumed;

/// A login that was started, so that the user signs in.
#[derive(Debug)]
pub(super) struct SignIn {
    /// Its first page.
    pub(super) target: String,
    /// Its cookie.
    pub(super) browser: Browser,
}

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

/// Starts a login that ends with a session. `again` demands a sign-in of the provider, too. It is bound to this browser by its own cookie, so nobody can sign somebody
/// else's browser in.
pub(super) async fn sign_in(deps: &Deps, ctx: &Ctx, again: bool) -> Result<SignIn, JourneyError> {
    // A tenant whose options lack a mandatory rule about who has access serves nobody.
    ctx.settings.access.suffice(&ctx.settings.provider).map_err(JourneyError::RuleMandatory)?;
    deps.meter.charge(Resource::Login, ctx.asker())?;
    let now = deps.clock.now();
    let flow = FlowId::fresh(&*deps.entropy)?;
    let browser = Browser::fresh(&*deps.entropy, flow.tag())?;
    let step = LoginStep::first(ctx.settings.provider == Provider::Local);
    let target = page_address(&ctx.base, step.kind(), &flow);
    let record = LoginRecord {
        flow: flow.hash(),
        tenant: ctx.tenant(),
        browser: browser.hash(),
        purpose: Purpose::Connections,
        prompt: again.then(|| FOR_NEW_TOKEN.to_owned()).into_iter().collect(),
        login_hint: None,
        max_age: None,
        created: now,
        expires: now.plus(LOGIN_SECS),
        step,
    };
    match deps.store.write(BeginLogin { record, proven: None, now }).await? {
        Begin::Done => Ok(SignIn { target, browser }),
        Begin::NoSuchClient | Begin::Full => Err(JourneyError::LoginsFull),
    }
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
    Ok(ended.len())
}
