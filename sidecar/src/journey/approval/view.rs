//! The content of the page.

use axum::http::StatusCode;
use protocol::server::redirect::RedirectUri;

use super::question::{Origin, Question};
use crate::edge::Ctx;
use crate::journey::flow_id::FlowId;
use crate::locale::{Message, Value};
use crate::pages::{Button, ButtonKind, Detail, Form, Page, Part};

/// Where the user is sent afterwards, as shown on the page.
struct Destination {
    shown: Value,
    warning: Option<Message>,
}

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
    let destination = destination(&question.login.redirect_uri);
    let details = details(question, destination.shown);
    let form = Form::to([ctx.base.path(), "/oauth/consent"].concat())
        .hidden("flow", flow.text())
        .hidden("csrf", csrf)
        .button(Button::new(ButtonKind::Main, Message::Allow).sending("decision", "approve"))
        .button(Button::new(ButtonKind::Other, Message::Deny).sending("decision", "deny"));
    let next = question.user.is_none().then_some(Part::soft(Message::ProviderNext));
    Page::new(status, Message::ConsentTitle)
        .heading(Message::ConsentQuestion { client: question.client_name.clone(), server })
        .with_some(problem.map(Part::problem))
        .with(Part::soft(badge(&question.origin)).id("badge"))
        .with(Part::Details(details))
        .with_some(destination.warning.map(Part::warning))
        .with_some(next)
        .with(form)
}

fn details(question: &Question, destination: Value) -> Vec<Detail> {
    let mut details = vec![
        Detail::new(Message::ReturnsTo, destination).id("redirect-host"),
        Detail::code(Message::AsksToUse, question.login.resource.as_str()).id("resource"),
    ];
    if let Some(user) = &question.user {
        details.push(Detail::new(Message::SignedInAs, user.as_str()).id("user"));
    }
    if !question.scopes.is_empty() {
        let scopes = question.scopes.iter().map(|scope| {
            let code = Value::code(scope);
            let required = question.required.contains(scope);
            if required { Message::AlwaysRequired { scope: code }.into() } else { code }
        });
        details.push(Detail::list(Message::Permissions, scopes.collect()).id("scopes"));
    }
    details
}

/// How far the client's name can be trusted.
fn badge(origin: &Origin) -> Message {
    match origin {
        Origin::Operator => Message::ByOperator,
        Origin::Verified(host) => Message::Verified { host: Value::code(host) },
        Origin::Described(host) => Message::DescribedElsewhere { host: Value::code(host) },
        Origin::Unverified => Message::Unverified,
    }
}

fn destination(redirect_uri: &str) -> Destination {
    let Ok(uri) = RedirectUri::parse(redirect_uri) else {
        return Destination { shown: Value::code(redirect_uri), warning: None };
    };
    let host = Value::code(uri.shown_host());
    if uri.is_local() {
        let shown = Message::OnThisDevice { place: host }.into();
        return Destination { shown, warning: Some(Message::LoopbackWarning) };
    }
    Destination { shown: host, warning: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_shown_and_local_ones_are_warned_about() {
        for (uri, shown, warned) in [
            ("https://claude.ai/api/mcp/auth_callback", "claude.ai", false),
            ("https://h.example:8443/x", "h.example:8443", false),
            ("http://127.0.0.1:3334/cb", "127.0.0.1:3334", true),
            ("http://localhost/cb", "localhost", true),
            ("http://[::1]:1/cb", "[::1]:1", true),
            ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor:", true),
        ] {
            let found = destination(uri);
            let place = Value::code(shown);
            let expected = if warned { Message::OnThisDevice { place }.into() } else { place };
            assert_eq!((found.shown, found.warning.is_some()), (expected, warned), "{uri}");
        }
    }
}
