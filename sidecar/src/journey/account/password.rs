//! Changes the password, without HTTP types.

use events::{Kind, Reason};
use protocol::secret::Secret;
use store::record::SignInMethod;

use super::deps::Deps;
use super::flow::{Changed, Problem, event, restart};
use super::form::Passwords;
use super::proof::{asker, verify, verify_code_if_any};
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::known_browser::KnownBrowser;
use crate::journey::session::Resumed;
use crate::locale::Message;
use crate::users::{Asker, ChangeRefused, LEAST, NewPassword, Weakness};

/// How long after a change the same form is recognized, in seconds.
const TWICE_SECS: u64 = 30;

/// Gives the user of this session the new password, if the present one is right, and a code of the second factor if one is
/// set up: the session is as fresh as after a sign-in then. A guess of either counts like any other.
pub(super) async fn change(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    known: &KnownBrowser,
    typed: Passwords,
) -> Result<Changed, JourneyError> {
    let user = resumed.live.subject();
    let refused = |reason: Reason, detail: &dyn std::fmt::Display| {
        deps.journal.record(ctx.event_because(Kind::Request, reason).subject(user).detail(detail));
    };
    let same = typed.new.expose() == typed.present.expose();
    if typed.new.expose() != typed.repeated.expose() {
        refused(Reason::NewPassword, &"the new passwords differ");
        return Ok(Changed::Refused(Message::PasswordsDiffer.into()));
    }
    let new = match NewPassword::accept(typed.new, &names(ctx, resumed)) {
        Ok(_) if same => {
            refused(Reason::NewPassword, &"the new password is the present one");
            return Ok(Changed::Refused(Message::PasswordSame.into()));
        }
        Ok(new) => new,
        Err(weakness) => {
            refused(Reason::NewPassword, &weakness);
            return Ok(Changed::Refused(words(weakness).into()));
        }
    };
    let asker = asker(ctx, resumed, known);
    let verified = match verify(deps, ctx, user, &typed.present, &asker).await? {
        Ok(verified) => verified,
        // A user who clicks twice sends the form twice, and sees the second response only.
        Err(_)
            if deps.clock.now().since(resumed.live.authenticated()) < TWICE_SECS
                && is_right(deps, ctx, user, new.secret(), &asker).await =>
        {
            return Ok(Changed::Before);
        }
        Err(problem) => return Ok(Changed::Refused(problem)),
    };
    if let Err(problem) = verify_code_if_any(deps, ctx, resumed, known, &typed.code).await? {
        return Ok(Changed::Refused(problem));
    }
    let changed = match deps.users.change_password(&verified, new, &asker, &deps.entropy).await {
        Ok(changed) => changed,
        Err(ChangeRefused::Busy) => {
            refused(Reason::LoginBusy, &ChangeRefused::Busy);
            return Ok(Changed::Refused(Problem { text: Message::TooManyPeople, wait: Some(1) }));
        }
        Err(error @ ChangeRefused::Outdated) => {
            refused(Reason::FormToken, &error);
            return Ok(Changed::Refused(Message::Outdated.into()));
        }
        Err(error @ ChangeRefused::NotWritten(_)) => {
            refused(Reason::UsersNotWritten, &error);
            return Ok(Changed::Failed(Message::PasswordNotWritten));
        }
    };
    let method = SignInMethod::Password { credential: changed.credential() };
    restart(deps, ctx, resumed, method, Some(event(ctx, user, "set_password"))).await.map(Changed::Done)
}

/// Whether this is the user's password. It counts as a guess.
async fn is_right(deps: &Deps, ctx: &Ctx, user: &str, password: &Secret<String>, asker: &Asker) -> bool {
    deps.users.verify(user, password, &ctx.base, asker, deps.clock.now()).await.is_ok()
}

/// The names that a guesser knows: those of the user and of the server.
fn names<'a>(ctx: &'a Ctx, resumed: &'a Resumed) -> Vec<&'a str> {
    let identity = resumed.user.identity();
    let claims = &identity.claims;
    let of_user = [Some(&identity.sub), claims.email.as_ref(), claims.name.as_ref()];
    let of_user = of_user.into_iter().flatten().map(String::as_str);
    of_user.chain([ctx.settings.name_at(&ctx.base), ctx.base.host()]).collect()
}

const fn words(weakness: Weakness) -> Message {
    match weakness {
        Weakness::Short => Message::PasswordShort { count: LEAST as u64 },
        Weakness::Guessable => Message::PasswordGuessable,
    }
}
