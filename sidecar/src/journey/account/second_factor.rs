//! Sets the second factor up and turns it off, without HTTP types.

use protocol::server::second_factor::Demand;
use store::record::SignInMethod;

use super::deps::Deps;
use super::flow::{Changed, Problem, event, restart};
use super::form::SetUp;
use super::proof::{asker, verify, verify_code};
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::known_browser::KnownBrowser;
use crate::journey::session::{Resumed, SessionCookie};
use crate::locale::{Message, Value, moment};
use crate::second_factor::{Enrolled, Offer, RecoveryCodes};

/// What the page says about the second factor.
#[derive(Debug)]
pub(super) enum State {
    /// There is none.
    Off,
    /// There is one.
    On {
        since: Value,
        recovery_codes_left: u64,
        /// Whether the user may turn it off.
        optional: bool,
    },
}

/// What became of setting one up.
#[derive(Debug)]
pub(super) enum Tried {
    /// The user has it now, with these recovery codes, and the browser gets this cookie, if its session lives.
    Done(RecoveryCodes, Option<SessionCookie>),
    /// It was set up before, by the same form.
    Before(RecoveryCodes),
    /// Nothing was changed, because of what was typed.
    Refused(Problem),
}

/// The second factor of the user.
pub(super) async fn state(deps: &Deps, resumed: &Resumed) -> Result<State, JourneyError> {
    let found = deps.second_factors.find(resumed.live.subject()).await?;
    Ok(found.map_or(State::Off, |found| State::On {
        since: moment(found.enrolled).into(),
        recovery_codes_left: u64::try_from(found.recovery.len()).unwrap_or(u64::MAX),
        optional: deps.second_factors.demand == Demand::Optional,
    }))
}

/// What the user can set up in this session. `offered` is what the page offered before.
pub(super) fn offer(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    offered: Option<&str>,
) -> Result<Offer, JourneyError> {
    let (of, user, host) = (resumed.live.id(), resumed.live.subject(), ctx.base.host());
    Ok(match offered {
        Some(offered) => deps.second_factors.offer_again(offered, of, user, host)?,
        None => deps.second_factors.offer(of, user, host)?,
    })
}

/// Sets up what the page offered, if the current password and the code are right. With the password, somebody who has only a
/// copy of the session's cookie cannot keep the user out.
pub(super) async fn set_up(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    known: &KnownBrowser,
    typed: &SetUp,
) -> Result<Tried, JourneyError> {
    let user = resumed.live.subject();
    let verified = match verify(deps, ctx, user, &typed.present, &asker(ctx, resumed, known)).await? {
        Ok(verified) => verified,
        Err(problem) => return Ok(Tried::Refused(problem)),
    };
    let event = event(ctx, user, "set_up_second_factor");
    let of = (resumed.live.id(), user);
    Ok(match deps.second_factors.enrol(of, &typed.enrolment, &typed.code, event).await? {
        Enrolled::Done(_, codes) => {
            let method = SignInMethod::Password { credential: verified.credential() };
            Tried::Done(codes, restart(deps, ctx, resumed, method, None).await?)
        }
        Enrolled::Before(codes) => Tried::Before(codes),
        Enrolled::Wrong => Tried::Refused(Message::CodeWrong.into()),
        Enrolled::Outdated => Tried::Refused(Message::Outdated.into()),
    })
}

/// Turns the second factor off, if the code is right.
pub(super) async fn turn_off(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    known: &KnownBrowser,
    code: &str,
) -> Result<Changed, JourneyError> {
    let user = resumed.live.subject();
    // A user who clicks twice sends the form twice, and sees the second response only.
    let Some(found) = deps.second_factors.find(user).await? else { return Ok(Changed::Before) };
    if deps.second_factors.demand == Demand::Required {
        return Ok(Changed::Refused(Message::SecondFactorDemanded.into()));
    }
    if let Err(problem) = verify_code(deps, ctx, resumed, known, found.enrolled, code).await? {
        return Ok(Changed::Refused(problem));
    }
    deps.second_factors.remove(user, event(ctx, user, "turn_off_second_factor")).await?;
    Ok(Changed::Before)
}
