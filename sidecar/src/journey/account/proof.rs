//! What users prove before they change how they sign in: the current password, and a code of the second factor.

use events::{Event, Field, Kind, Reason};
use protocol::secret::Secret;
use protocol::time::UnixTime;

use super::deps::Deps;
use super::flow::Problem;
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::known_browser::KnownBrowser;
use crate::journey::session::Resumed;
use crate::journey::words;
use crate::locale::{Message, ahead};
use crate::second_factor::{Checked, CodeRefused};
use crate::users::{Asker, LoginRefused, VerifiedUser};

/// The caller who guesses the current password: charged like the same browser at a sign-in.
pub(super) fn asker(ctx: &Ctx, resumed: &Resumed, known: &KnownBrowser) -> Asker {
    let device = known.device(&ctx.tenant(), resumed.live.subject());
    Asker { address: ctx.client_address, browser: *resumed.live.id(), device }
}

/// Checks the current password. The inner error is what the page says.
pub(super) async fn verify(
    deps: &Deps,
    ctx: &Ctx,
    user: &str,
    present: &Secret<String>,
    asker: &Asker,
) -> Result<Result<VerifiedUser, Problem>, JourneyError> {
    let refused = match deps.users.verify(user, present, &ctx.base, asker, deps.clock.now()).await {
        Ok(verified) => return Ok(Ok(verified)),
        Err(refused) => refused,
    };
    let (reason, problem) = match &refused {
        LoginRefused::Credentials(_) => (Reason::Credentials, Message::PresentPasswordWrong.into()),
        LoginRefused::Wait { secs } => {
            let text = Message::TooManyAttempts { when: ahead(*secs).into() };
            (Reason::LoginThrottled, Problem { text, wait: Some(*secs) })
        }
        LoginRefused::Busy => (Reason::LoginBusy, Problem { text: Message::TooManyPeople, wait: Some(1) }),
        LoginRefused::Unavailable(_) => {
            return Err(JourneyError::UsersUnavailable { client_id: None, detail: refused.to_string() });
        }
    };
    let event: Event = ctx.event_because(Kind::SignInRefused, reason).detail(&refused);
    let event = event.with(Field::User, user).with(Field::KnownBrowser, asker.device.is_some());
    deps.journal
        .record(problem.wait.into_iter().fold(event, |event, secs| event.with(Field::WaitSecs, secs)));
    Ok(Err(problem))
}

/// Checks a code if the user has a second factor.
pub(super) async fn verify_code_if_any(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    known: &KnownBrowser,
    code: &str,
) -> Result<Result<(), Problem>, JourneyError> {
    match deps.second_factors.find(resumed.live.subject()).await? {
        Some(found) => verify_code(deps, ctx, resumed, known, found.enrolled, code).await,
        None => Ok(Ok(())),
    }
}

/// Checks a code of the second factor that the user set up at `enrolled`. The inner error is what the page says. Unlike for
/// passwords, a browser in which the user last signed in before that is like any other.
pub(super) async fn verify_code(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    known: &KnownBrowser,
    enrolled: UnixTime,
    code: &str,
) -> Result<Result<(), Problem>, JourneyError> {
    let user = resumed.live.subject();
    let device = known.device_since(&ctx.tenant(), user, enrolled);
    let asker = Asker { device, ..asker(ctx, resumed, known) };
    let refused = match deps.second_factors.check(user, code, &asker).await? {
        Checked::Right(..) => return Ok(Ok(())),
        Checked::Repeated => CodeRefused::Wrong,
        Checked::Refused(refused) => refused,
    };
    let (reason, text, wait) = words::code(refused);
    let problem = Problem { text, wait };
    let event = ctx.event_because(Kind::SignInRefused, reason).detail(refused);
    let event = event.with(Field::User, user).with(Field::KnownBrowser, device.is_some());
    deps.journal
        .record(problem.wait.into_iter().fold(event, |event, secs| event.with(Field::WaitSecs, secs)));
    Ok(Err(problem))
}
