//! What users prove before they change how they sign in.

use events::{Event, Field, Kind, Reason};
use protocol::secret::Secret;

use super::deps::Deps;
use super::flow::Problem;
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::known_browser::KnownBrowser;
use crate::journey::session::Resumed;
use crate::locale::{Message, ahead};
use crate::users::{Asker, LoginRefused, VerifiedUser};

/// The caller who guesses the present password: charged like the same browser at a sign-in.
pub(super) fn asker(ctx: &Ctx, resumed: &Resumed, known: &KnownBrowser) -> Asker {
    let device = known.device(&ctx.tenant(), resumed.live.subject());
    Asker { address: ctx.client_address, browser: *resumed.live.id(), device }
}

/// Checks the present password. The inner error is what the page says.
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
