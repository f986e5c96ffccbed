//! Who is signed in, and what their buttons do, without HTTP types.

use std::collections::BTreeSet;

use events::Event;
use protocol::settings::Provider;
use store::Begin;
use store::intent::logins::BeginLogin;
use store::intent::sessions::{EndOwnGrants, OwnGrants};
use store::limits::GRANTS_PER_USER;
use store::record::{GrantId, GrantRecord, LoginRecord, LoginStep, Purpose, RevokeReason};

use super::deps::Deps;
use super::form::Done;
use crate::budget::Resource;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::{JourneyError, LOGIN_SECS};
use crate::journey::flow_id::{FlowId, page_address};
use crate::journey::session::Resumed;

/// A login that was started, so that the user signs in.
#[derive(Debug)]
pub(super) struct SignIn {
    /// Its first page.
    pub(super) target: String,
    /// Its cookie.
    pub(super) browser: Browser,
}

/// Starts a login that ends with a session. It is bound to this browser by its own cookie, so nobody can sign somebody
/// else's browser in.
pub(super) async fn sign_in(deps: &Deps, ctx: &Ctx) -> Result<SignIn, JourneyError> {
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
        prompt: BTreeSet::new(),
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
