//! The content of the page.

use axum::http::StatusCode;

use super::place::Place;
use super::question::{Origin, Question};
use super::scope_words;
use crate::edge::Ctx;
use crate::journey::flow_id::FlowId;
use crate::locale::{Message, Value};
use crate::pages::{Button, ButtonKind, Detail, Form, Page, Part, Tone};

/// The question, with everything the user needs for a decision.
pub(super) fn consent(
    status: StatusCode,
    ctx: &Ctx,
    question: &Question,
    flow: &FlowId,
    csrf: &str,
    problem: Option<Message>,
) -> Page {
    let server = ctx.settings.name_at(&ctx.base).into();
    let place = Place::of(&question.login.redirect_uri);
    let next = question.provider.as_ref().filter(|_| question.user.is_none());
    let next = next.map(|host| Part::soft(Message::ProviderNext { host: Value::code(host) }));
    let form = Form::to([ctx.base.path(), "/oauth/consent"].concat())
        .hidden("flow", flow.text())
        .hidden("csrf", csrf)
        .button(Button::new(ButtonKind::Other, Message::Deny).sending("decision", "deny"))
        .button(Button::new(ButtonKind::Main, Message::Allow).sending("decision", "approve"));
    let form = match question.user {
        Some(_) => form.button(
            Button::new(ButtonKind::Link, Message::AnotherAccount).sending("decision", "another_account"),
        ),
        None => form,
    };
    Page::new(status, Message::ConsentTitle)
        .heading(Message::ConsentQuestion { client: question.client_name.clone(), server })
        .with_some(problem.map(Part::problem))
        .with(badge(&question.origin))
        .with(Part::Details(details(ctx, question, place.shown)))
        .with_some(place.warning.map(Part::warning))
        .with_some(next)
        .with(Part::say(Message::DidYouStart).id("did-you-start"))
        .with(form)
}

fn details(ctx: &Ctx, question: &Question, place: Value) -> Vec<Detail> {
    let mut details = vec![
        Detail::new(Message::ReturnsTo, place).id("redirect-host"),
        Detail::code(Message::AsksToUse, question.login.resource.as_str()).id("resource"),
    ];
    if let Some(user) = &question.user {
        details.push(Detail::new(Message::SignedInAs, user.as_str()).id("user"));
    }
    if !question.scopes.is_empty() {
        let scopes = question.scopes.iter();
        let scopes = scopes.map(|scope| {
            scope_words::shown(scope, ctx.settings.describe(scope), question.required.contains(scope))
        });
        details.push(Detail::list(Message::Permissions, scopes.collect()).id("scopes"));
    }
    details
}

/// How far the client's name can be trusted.
fn badge(origin: &Origin) -> Part {
    let (tone, text) = match origin {
        Origin::Operator => (Tone::Good, Message::ByOperator),
        Origin::Verified(host) => (Tone::Good, Message::Verified { host: Value::code(host) }),
        Origin::Described(host) => (Tone::Warning, Message::DescribedElsewhere { host: Value::code(host) }),
        Origin::Unverified => (Tone::Soft, Message::Unverified),
    };
    Part::Words { id: Some("badge"), tone, text }
}
