//! Adds passkeys and removes them, without HTTP types.

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

/// The passkeys of the user.
#[derive(Debug)]
pub(super) struct Own {
    /// Those that the user has, at all hosts.
    pub(super) passkeys: Vec<Passkey>,
    /// Whether the user may add one here.
    pub(super) may_add: bool,
}

/// Makes the tags of the challenges of this session.
fn tag(ctx: &Ctx, resumed: &Resumed) -> impl Fn(&str) -> String + Sync {
    move |body: &str| resumed.cookie.form_token(&["account passkey ", ctx.base.as_str(), " ", body].concat())
}

/// The passkeys of the user.
pub(super) async fn own(deps: &Deps, ctx: &Ctx, resumed: &Resumed) -> Result<Own, JourneyError> {
    let found = deps.passkeys.find(resumed.live.subject()).await?;
    let passkeys = found.map(|found| found.passkeys).unwrap_or_default();
    let may_add = deps.passkeys.party(&ctx.base).is_some() && Passkeys::has_room(&passkeys);
    Ok(Own { passkeys, may_add })
}

/// Checks the present password, and a code if a second factor is set up, before anything is made. Returns what the page's script
/// asks the browser for. With the password, somebody who has only a copy of the session's cookie cannot stay in.
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

/// Adds what the browser has made.
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

/// Removes one. Sessions that began with it end. It needs no password: whoever removes it gains nothing.
pub(super) async fn remove(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    id: &str,
) -> Result<Changed, JourneyError> {
    let user = resumed.live.subject();
    // A user who clicks twice sends the form twice, and sees the second response only.
    deps.passkeys.remove(user, id, event(ctx, user, "remove_passkey")).await?;
    Ok(Changed::Before)
}

/// What a user calls a passkey, without what the name hides; `None` if nothing is left.
fn name(typed: &str) -> Option<String> {
    Some(clean(typed)).filter(|name| !name.is_empty())
}

fn full() -> Problem {
    Message::PasskeysTooMany { count: stored::PASSKEYS.most as u64 }.into()
}
