//! Adds and removes the passkeys of the signed-in user, without HTTP types.

use events::{Kind, Reason};
use protocol::limits::stored;
use store::record::Passkey;

use super::deps::Deps;
use super::flow::{Changed, Problem, event};
use super::form::{AddPasskey, ProvePassword};
use super::proof::{asker, verify, verify_code_if_any};
use crate::client_name::clean;
use crate::edge::Ctx;
use crate::journey::error::{JourneyError, account_name};
use crate::journey::known_browser::KnownBrowser;
use crate::journey::session::Resumed;
use crate::locale::Message;
use crate::passkeys::{Added, PasskeyRefused, Passkeys};

/// The passkeys of the user, and whether another one may be added.
#[derive(Debug)]
pub(super) struct Own {
    /// The passkeys that the user has, at all hosts.
    pub(super) passkeys: Vec<Passkey>,
    /// Whether the user may add a passkey at this host.
    pub(super) may_add: bool,
}

/// Returns the function that makes the tags of the challenges of this session.
fn tag(ctx: &Ctx, resumed: &Resumed) -> impl Fn(&str) -> String + Sync {
    move |body: &str| resumed.cookie.form_token(&["account passkey ", ctx.base.as_str(), " ", body].concat())
}

/// Returns the passkeys of the user.
pub(super) async fn own(deps: &Deps, ctx: &Ctx, resumed: &Resumed) -> Result<Own, JourneyError> {
    let found = deps.passkeys.find(resumed.live.subject()).await?;
    let passkeys = found.map(|found| found.passkeys).unwrap_or_default();
    let may_add = deps.passkeys.party(&ctx.base).is_some() && Passkeys::has_room(&passkeys);
    Ok(Own { passkeys, may_add })
}

/// Checks the current password, and a code if a second factor is set up. Returns the options with which the page's
/// script asks the browser to make a passkey. The password is required so that somebody who has only a copy of the
/// session's cookie cannot add a passkey of their own.
pub(super) async fn prove(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    known: &KnownBrowser,
    typed: &ProvePassword,
) -> Result<Result<String, Problem>, JourneyError> {
    let user = resumed.live.subject();
    if name(&typed.name).is_none() {
        return Ok(Err(Message::PasskeyNameMissing.into()));
    }
    if !own(deps, ctx, resumed).await?.may_add {
        return Ok(Err(full()));
    }
    if let Err(problem) = verify(deps, ctx, user, &typed.present, &asker(ctx, resumed, known)).await? {
        return Ok(Err(problem));
    }
    if let Err(problem) = verify_code_if_any(deps, ctx, resumed, known, &typed.code).await? {
        return Ok(Err(problem));
    }
    let names = (user, account_name(resumed.user.identity()));
    let server = ctx.settings.name_at(&ctx.base);
    let asked = deps.passkeys.offer(&ctx.base, server, names, &tag(ctx, resumed)).await?;
    Ok(asked.ok_or_else(full))
}

/// Adds the passkey that the browser has made.
pub(super) async fn add(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    made: &AddPasskey,
) -> Result<Changed, JourneyError> {
    let user = resumed.live.subject();
    let Some(name) = name(&made.name) else {
        return Ok(Changed::Refused(Message::PasskeyNameMissing.into()));
    };
    let of = (&ctx.base, user, name);
    let tag = tag(ctx, resumed);
    let added = deps.passkeys.add(of, &made.response, &tag, event(ctx, user, "add_passkey")).await?;
    Ok(match added {
        Added::Done | Added::Before => Changed::Before,
        Added::Full => Changed::Refused(full()),
        Added::Refused(why) => {
            deps.journal.record(ctx.event_because(Kind::Request, Reason::Passkey).subject(user).detail(&why));
            let text =
                if why == PasskeyRefused::Challenge { Message::Outdated } else { Message::PasskeyNotAdded };
            Changed::Refused(text.into())
        }
    })
}

/// Removes the passkey with this id. Sessions that began with it end. No password is required, because nobody gains
/// access by removing a passkey.
pub(super) async fn remove(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    id: &str,
) -> Result<Changed, JourneyError> {
    let user = resumed.live.subject();
    // A user who clicks twice sends the form twice, and sees only the second response.
    deps.passkeys.remove(user, id, event(ctx, user, "remove_passkey")).await?;
    Ok(Changed::Before)
}

/// Returns the typed name of a passkey without invisible and control characters; `None` if nothing is left.
fn name(typed: &str) -> Option<String> {
    Some(clean(typed)).filter(|name| !name.is_empty())
}

fn full() -> Problem {
    Message::PasskeysTooMany { count: stored::PASSKEYS.most as u64 }.into()
}
