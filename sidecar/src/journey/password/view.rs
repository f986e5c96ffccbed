//! The content of the page.

use axum::http::StatusCode;
use protocol::limits::page::{PASSWORD, USERNAME};

use super::flow::Waiting;
use crate::edge::Ctx;
use crate::journey::flow_id::FlowId;
use crate::locale::Message;
use crate::pages::{Button, ButtonKind, Field, FieldKind, Form, Page, Part};

/// The field that says what the sign-in is for.
pub(super) const FOR: &str = "for";
/// Its value if the sign-in is for the connections page.
pub(super) const CONNECTIONS: &str = "connections";

/// The form for name and password, with the error of the previous attempt.
pub(super) fn login(
    status: StatusCode,
    ctx: &Ctx,
    waiting: &Waiting,
    flow: &FlowId,
    csrf: &str,
    problem: Option<Message>,
) -> Page {
    let server = ctx.settings.name_at(&ctx.base).into();
    let why = match &waiting.client_name {
        Some(client) => Message::SignInFor { client: client.clone() },
        None => Message::SignInForConnections,
    };
    let form = Form::to([ctx.base.path(), "/oauth/login"].concat()).hidden("flow", flow.text());
    let form = if waiting.client_name.is_none() { form.hidden(FOR, CONNECTIONS) } else { form };
    let form = form
        .hidden("csrf", csrf)
        .field(Field {
            name: "username",
            label: Message::UserName,
            kind: FieldKind::UserName,
            most: USERNAME.most,
            value: waiting.hint().map(str::to_owned),
            focus: true,
        })
        .field(Field {
            name: "password",
            label: Message::Password,
            kind: FieldKind::Password,
            most: PASSWORD.most,
            value: None,
            focus: false,
        })
        .button(Button::new(ButtonKind::Main, Message::SignIn));
    Page::new(status, Message::SignInTitle)
        .heading(Message::SignInTo { server })
        .with(Part::soft(why))
        .with_some(problem.map(Part::problem))
        .with(form)
}
