//! The content of the pages about personal access tokens.

use axum::http::StatusCode;
use protocol::form::append_query;
use store::limits::PERSONAL_PER_USER;
use store::record::GrantRecord;

use super::form::{Action, Done};
use super::tokens::{Made, NewToken, box_name, once_text};
use super::view::form;
use crate::client_name::clean;
use crate::edge::Ctx;
use crate::journey::error::account_name;
use crate::journey::flow_id::{connections_address, new_token_address, tokens_address};
use crate::journey::scope_words;
use crate::journey::session::Resumed;
use crate::locale::{Message, Value, ahead, moment};
use crate::pages::{Button, ButtonKind, Choice, Choices, Detail, Field, FieldKind, Page, Part, Tone};
use crate::personal_tokens::{CreateError, Created, Malformed};

/// The number of tokens on one page. A page then has less than 14 KiB, even with nine permissions for each token.
pub(super) const TOKENS_ON_PAGE: usize = 4;
/// The maximum length of a token's name, in UTF-16 units, as browsers count: at most 180 bytes.
const LONGEST_NAME: usize = 60;
/// The lifetime that the form suggests, in days.
const SUGGESTED_DAYS: u16 = 30;

/// Returns the page with the list of tokens, and a form for each that ends it. `can_make` says whether there is a link
/// to the form for a new token.
pub(super) fn list(
    ctx: &Ctx,
    resumed: &Resumed,
    tokens: &[GrantRecord],
    (from, can_make): (usize, bool),
    (done, secs): (Option<Done>, u64),
) -> Page {
    let server = ctx.settings.name_at(&ctx.base).into();
    let user = clean(account_name(resumed.user.identity()));
    let done = done.and_then(|done| match done {
        Done::Token => Some(Message::EndedToken { when: ahead(secs).into() }),
        Done::Nothing => Some(Message::EndedBefore),
        Done::One | Done::All => None,
    });
    let page = Page::new(StatusCode::OK, Message::PersonalTitle)
        .with(Part::soft(Message::PersonalPurpose { server }))
        .with_some(done.map(|text| Part::Words { id: Some("done"), tone: Tone::Good, text }))
        .with(Part::Details(vec![Detail::new(Message::SignedInAs, user).id("user")]))
        .with_some(tokens.is_empty().then_some(Part::say(Message::NoPersonalTokens).id("none")));
    let shown = tokens.iter().skip(from).take(TOKENS_ON_PAGE);
    let page = shown.fold(page, |page, token| page.with(entry(ctx, resumed, token)));
    let here = tokens_address(&ctx.base);
    let at = |from: usize| append_query(&here, &[("from", &from.to_string())]);
    let older = from + TOKENS_ON_PAGE;
    let older = (older < tokens.len()).then(|| Part::link("older", at(older), Message::OlderTokens));
    let newer = from.saturating_sub(TOKENS_ON_PAGE);
    let newer = (from > 0).then(|| Part::link("newer", at(newer), Message::NewerTokens));
    let new = can_make.then(|| Part::link("new-token", new_token_address(&ctx.base), Message::NewToken));
    page.with_some(older).with_some(newer).with_some(new).with(Part::link(
        "back",
        connections_address(&ctx.base),
        Message::BackToConnections,
    ))
}

fn entry(ctx: &Ctx, resumed: &Resumed, token: &GrantRecord) -> Part {
    let name: Value =
        token.personal.as_ref().map(|personal| personal.name.as_str()).unwrap_or_default().into();
    let end = Button::new(ButtonKind::Danger, Message::EndToken { name: name.clone() });
    Part::Section {
        heading: Message::PersonalTokenOf { name },
        parts: vec![
            Part::Details(facts(ctx, token)),
            form(ctx, resumed, Action::EndToken(token.id)).button(end).into(),
        ],
    }
}

/// Returns when a token was created, when it expires, and its scopes.
fn facts(ctx: &Ctx, token: &GrantRecord) -> Vec<Detail> {
    let mut details = vec![
        Detail::new(Message::TokenMade, moment(token.created)),
        Detail::new(Message::TokenEnds, moment(token.expires)),
    ];
    if !token.scopes.is_empty() {
        let words = |scope: &str| scope_words::shown(scope, ctx.settings.describe(scope), false);
        details.push(Detail::list(Message::GrantedPermissions, token.scopes.iter().map(words).collect()));
    }
    details
}

/// Returns the page with the form for a new token, and with the error if the form was sent and made no token.
pub(super) fn new_token(ctx: &Ctx, resumed: &Resumed, new: NewToken, error: Option<&CreateError>) -> Page {
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let server = ctx.settings.name_at(&ctx.base).into();
    let NewToken { once, most_days, offered, typed } = new;
    let required = &ctx.settings.required_scopes;
    let tick = |(number, scope): (usize, &str)| {
        let is_required = required.contains(scope);
        Choice {
            name: box_name(number),
            value: scope.to_owned(),
            text: scope_words::shown(scope, ctx.settings.describe(scope), is_required),
            ticked: is_required || typed.scopes.contains(scope),
        }
    };
    let boxes: Vec<Choice> = offered.iter().enumerate().map(tick).collect();
    let days = if error.is_some() { typed.days.clone() } else { most_days.min(SUGGESTED_DAYS).to_string() };
    let fields = form(ctx, resumed, Action::CreateToken(once))
        .hidden("once", once_text(&once))
        .field(Field {
            value: (!typed.name.is_empty()).then_some(typed.name),
            focus: error.is_none_or(Made::is_name),
            ..Field::new("name", Message::TokenName, FieldKind::Name, LONGEST_NAME)
        })
        .field(Field {
            value: Some(days),
            ..Field::new(
                "days",
                Message::TokenDays { count: most_days.into() },
                FieldKind::Number { most: most_days },
                3,
            )
        });
    let fields = if boxes.is_empty() {
        fields
    } else {
        fields.choices(Choices { label: Message::GrantedPermissions, boxes })
    };
    Page::new(status, Message::NewTokenTitle)
        .with(Part::soft(Message::PersonalPurpose { server }))
        .with_some(error.map(|error| Part::problem(words(error, most_days))))
        .with(fields.button(Button::new(ButtonKind::Main, Message::CreateToken)))
        .with(Part::link("cancel", tokens_address(&ctx.base), Message::Cancel))
}

/// Returns the only page that shows the new token.
pub(super) fn created(ctx: &Ctx, created: &Created) -> Page {
    let grant = &created.grant;
    let name: Value =
        grant.personal.as_ref().map(|personal| personal.name.as_str()).unwrap_or_default().into();
    let mut details = vec![Detail::new(Message::TokenName, name)];
    details.extend(facts(ctx, grant));
    // The command asks for the token, so that the token is not in the shell's history.
    let command =
        format!("read -rs TOKEN && curl -H \"Authorization: Bearer $TOKEN\" {}", grant.resource.as_str());
    Page::new(StatusCode::OK, Message::TokenCreatedTitle)
        .with(Part::warning(Message::TokenShownOnce))
        .with(Part::Copy { id: "token", text: created.token.expose().clone() })
        .with(Part::Details(vec![
            Detail::code(Message::TokenHeader, "Authorization: Bearer …"),
            Detail::code(Message::TokenTry, command).id("command"),
        ]))
        .with(Part::Details(details))
        .with(Part::link("tokens", tokens_address(&ctx.base), Message::PersonalTitle))
}

/// Returns the page that says why no token can be created.
pub(super) fn refused(ctx: &Ctx, error: &CreateError) -> Page {
    let status = match error {
        CreateError::NoList => StatusCode::SERVICE_UNAVAILABLE,
        CreateError::MadeBefore => StatusCode::CONFLICT,
        _ => StatusCode::FORBIDDEN,
    };
    Page::new(status, Message::NewTokenTitle).with(Part::problem(words(error, 0))).with(Part::link(
        "tokens",
        tokens_address(&ctx.base),
        Message::PersonalTitle,
    ))
}

/// Returns the text about this error for the user.
fn words(error: &CreateError, most_days: u16) -> Message {
    match error {
        CreateError::Off => Message::TokensOff,
        CreateError::NoList => Message::TokensWithoutList,
        CreateError::Malformed(Malformed::Name) => Message::TokenNameMissing,
        CreateError::Malformed(Malformed::Days) => Message::TokenDaysWrong { count: most_days.into() },
        CreateError::TooMany => {
            Message::TokensTooMany { count: u64::try_from(PERSONAL_PER_USER).unwrap_or(u64::MAX) }
        }
        CreateError::TooManyEnded => Message::TokensTooManyEnded,
        CreateError::MadeBefore => Message::TokenMadeBefore,
        CreateError::TooLong(_) => Message::TokenTooLong,
        CreateError::Malformed(Malformed::Scopes)
        | CreateError::Key(_)
        | CreateError::Store(_)
        | CreateError::Entropy(_)
        | CreateError::Task => Message::FailureOurs,
    }
}
