//! The content of the pages about connections.

use axum::http::StatusCode;
use protocol::form::append_query;
use protocol::settings::Provider;
use protocol::time::UnixTime;

use super::form::{Action, Done};
use super::list::{List, ON_PAGE, Shown};
use crate::client_name::clean;
use crate::edge::Ctx;
use crate::journey::client_origin::Origin;
use crate::journey::error::account_name;
use crate::journey::flow_id::{account_address, connections_address, tokens_address};
use crate::journey::place::Place;
use crate::journey::scope_words;
use crate::journey::session::Resumed;
use crate::locale::{Message, Value, ahead, moment};
use crate::pages::{Button, ButtonKind, Detail, Form, Page, Part, Tone};

/// What the page says above the list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Said {
    /// What an earlier request did.
    Done(Done),
    /// The form was out of date.
    Outdated,
}

/// Returns the page with the list, and a form for each connection. `secs` is the maximum number of seconds until the
/// access of an ended connection is refused.
pub(super) fn page(
    status: StatusCode,
    ctx: &Ctx,
    resumed: &Resumed,
    list: &List,
    said: Option<Said>,
    secs: u64,
) -> Page {
    let server = ctx.settings.name_at(&ctx.base).into();
    let user = clean(account_name(resumed.user.identity()));
    let none = (list.all == 0).then_some(Part::say(Message::NoConnections).id("none"));
    let heading = match list.all {
        0 => Message::ConnectionsTitle,
        all => Message::ConnectionsCount { count: number(all) },
    };
    let page = Page::new(status, Message::ConnectionsTitle)
        .heading(heading)
        .with(Part::soft(Message::ConnectionsPurpose { server }))
        .with_some(said.map(|said| said_part(said, secs)))
        .with(Part::Details(vec![Detail::new(Message::SignedInAs, user).id("user")]))
        .with_some(none)
        .with_some(range(list));
    let page = list.shown.iter().fold(page, |page, shown| page.with(connection(ctx, resumed, shown)));
    let here = connections_address(&ctx.base);
    let older = list.from + ON_PAGE;
    let older = (older < list.all).then(|| link("older", &here, "from", &older.to_string(), Message::Older));
    // From an address after the last page, the link leads to the last page.
    let newer = list.from.min(list.all.next_multiple_of(ON_PAGE)).saturating_sub(ON_PAGE);
    let newer = (list.from > 0).then(|| link("newer", &here, "from", &newer.to_string(), Message::Newer));
    let file = (list.all + list.tokens.len() > 0)
        .then(|| link("download", &here, "download", "json", Message::DownloadJson));
    let has_tokens = !list.tokens.is_empty() || ctx.settings.personal_days > 0;
    let tokens =
        has_tokens.then(|| Part::link("personal", tokens_address(&ctx.base), Message::PersonalTitle));
    let end_all = list.has_anything().then(|| {
        form(ctx, resumed, Action::AskEndAll).button(Button::new(ButtonKind::Danger, Message::EndAll))
    });
    let sign_out =
        form(ctx, resumed, Action::SignOut).button(Button::new(ButtonKind::Other, Message::SignOut));
    // Users of a provider change at the provider how they sign in.
    let account = (ctx.settings.provider == Provider::Local)
        .then(|| Part::link("account", account_address(&ctx.base), Message::AccountOpen));
    page.with_some(older)
        .with_some(newer)
        .with_some(tokens)
        .with_some(file)
        .with_some(end_all)
        .with_some(account)
        .with(sign_out)
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Says which of the connections the page shows, if it does not show all.
fn range(list: &List) -> Option<Part> {
    let is_part = !list.shown.is_empty() && list.shown.len() < list.all;
    let shown = Message::ConnectionsShown {
        first: number(list.from + 1),
        last: number(list.from + list.shown.len()),
        count: number(list.all),
    };
    is_part.then(|| Part::soft(shown).id("range"))
}

fn link(id: &'static str, here: &str, name: &str, value: &str, text: Message) -> Part {
    Part::link(id, append_query(here, &[(name, value)]), text)
}

fn said_part(said: Said, secs: u64) -> Part {
    let when = || ahead(secs).into();
    let text = match said {
        Said::Outdated => return Part::problem(Message::Outdated),
        Said::Done(Done::One) => Message::EndedOne { when: when() },
        Said::Done(Done::All) => Message::EndedAll { when: when() },
        Said::Done(Done::Token) => Message::EndedToken { when: when() },
        Said::Done(Done::Nothing) => Message::EndedBefore,
    };
    Part::Words { id: Some("done"), tone: Tone::Good, text }
}

fn connection(ctx: &Ctx, resumed: &Resumed, shown: &Shown) -> Part {
    let name = shown.client_name.clone().unwrap_or_else(|| Message::RemovedApplication.into());
    let used =
        shown.used.map_or_else(|| Message::NotKnown.into(), |used| seen(used, shown.used_from.as_deref()));
    // A grant from an assertion of the provider about the user (RFC 7523 §2.1) has no redirect URI.
    let returns = Some(&shown.redirect_uri).filter(|uri| !uri.is_empty());
    let returns = returns.map(|uri| Detail::new(Message::ReturnsTo, Place::of(uri).shown));
    let mut details: Vec<Detail> = returns
        .into_iter()
        .chain([
            Detail::new(Message::ConnectedSince, seen(shown.since, shown.signed_in_from.as_deref())),
            Detail::new(Message::LastUsed, used),
        ])
        .collect();
    if !shown.scopes.is_empty() {
        let scopes = shown
            .scopes
            .iter()
            .map(|scope| scope_words::shown(scope, ctx.settings.describe(scope), false))
            .collect();
        details.push(Detail::list(Message::GrantedPermissions, scopes));
    }
    let end = Button::new(ButtonKind::Danger, Message::EndConnection { client: name.clone() });
    Part::Section {
        heading: Message::ConnectionOf { client: name },
        parts: shown
            .origin
            .as_ref()
            .map(|known| Part::soft(origin(known)))
            .into_iter()
            .chain([Part::Details(details), form(ctx, resumed, Action::End(shown.grant)).button(end).into()])
            .collect(),
    }
}

fn origin(origin: &Origin) -> Message {
    match origin {
        Origin::Operator => Message::ByOperator,
        Origin::Verified(host) => Message::Verified { host: Value::code(host) },
        Origin::Described(host) => Message::OnlyDescribed { host: Value::code(host) },
        Origin::Unverified => Message::OwnName,
    }
}

/// Says when something was done, and from which network.
fn seen(at: UnixTime, network: Option<&str>) -> Value {
    let when = moment(at).into();
    match network {
        Some(network) => Message::SeenFrom { when, network: Value::code(network) }.into(),
        None => when,
    }
}

/// Makes a form that does this action.
pub(super) fn form(ctx: &Ctx, resumed: &Resumed, action: Action) -> Form {
    let form = Form::to([ctx.base.path(), "/oauth/connections"].concat())
        .hidden("action", action.name())
        .hidden("csrf", resumed.cookie.form_token(&action.fingerprint()));
    match action {
        Action::End(grant) | Action::EndToken(grant) => form.hidden("grant", grant.to_string()),
        Action::AskEndAll | Action::EndAll | Action::CreateToken(_) | Action::SignOut => form,
    }
}

/// Returns the page that asks before [`super::flow::end_all`] ends everything, and says how many connections, tokens
/// and sessions that would end.
pub(super) fn ask_end_all(ctx: &Ctx, resumed: &Resumed, list: &List, secs: u64) -> Page {
    let server = ctx.settings.name_at(&ctx.base).into();
    let [connections, tokens, sessions] = [list.all, list.tokens.len(), list.other_sessions]
        .map(|count| Some(number(count)).filter(|n| *n > 0));
    let access = connections.or(tokens).map(|_| Message::EndAllWords { when: ahead(secs).into() });
    let connections = connections.map(|count| Message::EndAllConnections { count, server });
    let tokens = tokens.map(|count| Message::EndAllTokens { count });
    let sessions = sessions.map(|count| Message::EndAllSessions { count });
    Page::new(StatusCode::OK, Message::EndAllTitle)
        .with_some(connections.map(|text| Part::say(text).id("all-connections")))
        .with_some(tokens.map(|text| Part::say(text).id("all-tokens")))
        .with_some(sessions.map(|text| Part::say(text).id("all-sessions")))
        .with_some(access.map(Part::say))
        .with(form(ctx, resumed, Action::EndAll).button(Button::new(ButtonKind::Danger, Message::EndAll)))
        .with(Part::link("cancel", connections_address(&ctx.base), Message::Cancel))
}

/// Returns the page for a user who pressed a button although the session had ended.
pub(super) fn nothing_done(ctx: &Ctx) -> Page {
    Page::new(StatusCode::FORBIDDEN, Message::SignedOutTitle)
        .with(Part::say(Message::NothingDone).id("why"))
        .with(Part::link("sign-in", connections_address(&ctx.base), Message::SignIn))
}

/// Returns the page for a user who has signed out.
pub(super) fn signed_out(ctx: &Ctx) -> Page {
    Page::new(StatusCode::OK, Message::SignedOutTitle)
        .with(Part::soft(Message::SignedOutWords))
        .with(Part::link("sign-in", connections_address(&ctx.base), Message::SignIn))
}
