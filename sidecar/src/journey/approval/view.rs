//! The content of the consent page and of the pages that take its place.

use axum::http::StatusCode;

use super::question::Asking;
use crate::edge::Ctx;
use crate::journey::client_origin::Origin;
use crate::journey::flow_id::{FlowId, connections_address};
use crate::journey::place::Place;
use crate::journey::provider_host::provider_host;
use crate::journey::scope_words;
use crate::locale::{Message, Value};
use crate::pages::{Button, ButtonKind, Detail, Form, Page, Part, Tone};

/// Returns the consent page, with everything that the user needs for a decision.
pub(super) fn consent(
    status: StatusCode,
    ctx: &Ctx,
    asking: &Asking,
    flow: &FlowId,
    csrf: &str,
    problem: Option<Message>,
) -> Page {
    let server = ctx.settings.name_at(&ctx.base).into();
    let place = Place::of(&asking.request.redirect_uri);
    let next = asking.provider.as_ref().filter(|_| asking.user.is_none());
    let next = next.map(|host| Part::soft(Message::ProviderNext { host: Value::code(host) }));
    let form = Form::to([ctx.base.path(), "/oauth/consent"].concat())
        .hidden("flow", flow.text())
        .hidden("csrf", csrf)
        .button(Button::new(ButtonKind::Other, Message::Deny).sending("decision", "deny"))
        .button(Button::new(ButtonKind::Main, Message::Allow).sending("decision", "approve"));
    let form = match asking.user {
        Some(_) => form.button(
            Button::new(ButtonKind::Link, Message::AnotherAccount).sending("decision", "another_account"),
        ),
        None => form,
    };
    Page::new(status, Message::ConsentTitle)
        .heading(Message::ConsentQuestion { client: asking.client_name.clone(), server })
        .with_some(problem.map(Part::problem))
        .with(badge(&asking.origin))
        .with(Part::Details(details(ctx, asking, place.shown)))
        .with_some(place.warning.map(Part::warning))
        .with_some(next)
        .with(Part::say(Message::DidYouStart).id("did-you-start"))
        .with(form)
}

fn details(ctx: &Ctx, asking: &Asking, place: Value) -> Vec<Detail> {
    let mut details = vec![
        Detail::new(Message::ReturnsTo, place).id("redirect-host"),
        Detail::code(Message::AsksToUse, asking.request.resource.as_str()).id("resource"),
    ];
    if let Some(user) = &asking.user {
        details.push(Detail::new(Message::SignedInAs, user.as_str()).id("user"));
    }
    if !asking.scopes.is_empty() {
        let scopes = asking.scopes.iter();
        let scopes = scopes.map(|scope| {
            scope_words::shown(scope, ctx.settings.describe(scope), asking.required.contains(scope))
        });
        details.push(Detail::list(Message::Permissions, scopes.collect()).id("scopes"));
    }
    details
}

/// Returns the page before the sign-in at a provider if no client asked for the login.
pub(super) fn sign_in(
    status: StatusCode,
    ctx: &Ctx,
    flow: &FlowId,
    csrf: &str,
    problem: Option<Message>,
) -> Page {
    let server = ctx.settings.name_at(&ctx.base).into();
    let next = provider_host(ctx).map(|host| Part::say(Message::SignInAt { host: Value::code(host) }));
    let form = Form::to([ctx.base.path(), "/oauth/consent"].concat())
        .hidden("flow", flow.text())
        .hidden("csrf", csrf)
        .button(Button::new(ButtonKind::Other, Message::Cancel).sending("decision", "deny"))
        .button(Button::new(ButtonKind::Main, Message::SignIn).sending("decision", "approve"));
    Page::new(status, Message::SignInTitle)
        .heading(Message::SignInTo { server })
        .with(Part::soft(Message::SignInForConnections))
        .with_some(problem.map(Part::problem))
        .with_some(next)
        .with(form)
}

/// Returns the page for a user who cancelled a sign-in.
pub(super) fn not_signed_in(ctx: &Ctx) -> Page {
    Page::new(StatusCode::OK, Message::NotSignedInTitle).with(Part::link(
        "sign-in",
        connections_address(&ctx.base),
        Message::SignIn,
    ))
}

/// Returns the page for a user who denies access in a login that has ended. It is no longer known how the login ended.
pub(super) fn over(ctx: &Ctx) -> Page {
    Page::new(StatusCode::OK, Message::LoginOverTitle)
        .with(Part::say(Message::LoginOverWords).id("over"))
        .with(Part::link("connections", connections_address(&ctx.base), Message::ConnectSee))
}

/// Returns a text that says how far the client's name can be trusted.
fn badge(origin: &Origin) -> Part {
    let (tone, text) = match origin {
        Origin::Operator => (Tone::Good, Message::ByOperator),
        Origin::Verified(host) => (Tone::Good, Message::Verified { host: Value::code(host) }),
        Origin::Described(host) => (Tone::Warning, Message::DescribedElsewhere { host: Value::code(host) }),
        Origin::Unverified => (Tone::Soft, Message::Unverified),
    };
    Part::Words { id: Some("badge"), tone, text }
}
