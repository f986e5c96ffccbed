//! The content of the page.

use axum::http::StatusCode;
use protocol::limits::page::{PASSWORD, USERNAME};
use store::record::Purpose;

use super::flow::Waiting;
use crate::edge::Ctx;
use crate::journey::flow_id::FlowId;
use crate::journey::sign_in::{FOR, purpose_name};
use crate::locale::Message;
use crate::pages::{Button, ButtonKind, Field, FieldKind, Form, Page, Part};

/// Returns the form for the name and the password, with the error of the previous attempt. `passkey` has the options
/// with which the script asks the browser for a passkey; `None` if this tenant accepts no passkeys.
pub(super) fn login(
    status: StatusCode,
    ctx: &Ctx,
    waiting: &Waiting,
    (flow, csrf): (&FlowId, &str),
    passkey: Option<String>,
    problem: Option<Message>,
) -> Page {
    let server = ctx.settings.name_at(&ctx.base).into();
    let why = match (&waiting.client_name, &waiting.login.purpose) {
        (Some(client), _) => Message::SignInFor { client: client.clone() },
        (None, Purpose::Account) => Message::SignInForAccount,
        (None, Purpose::Connections | Purpose::Client(_)) => Message::SignInForConnections,
    };
    let form = || {
        let form = Form::to([ctx.base.path(), "/oauth/login"].concat()).hidden("flow", flow.text());
        let own = purpose_name(&waiting.login.purpose);
        own.into_iter().fold(form, |form, own| form.hidden(FOR, own)).hidden("csrf", csrf)
    };
    let by_passkey = passkey.map(|options| Part::Passkey {
        form: form().button(Button::new(ButtonKind::Other, Message::PasskeySignIn)),
        options,
        failed: Message::PasskeyFailed,
        without: None,
    });
    let by_password = form()
        .field(Field {
            value: waiting.hint().map(str::to_owned),
            focus: true,
            ..Field::new("username", Message::UserName, FieldKind::UserName, USERNAME.most)
        })
        .field(Field::new("password", Message::Password, FieldKind::Password, PASSWORD.most))
        .button(Button::new(ButtonKind::Main, Message::SignIn));
    Page::new(status, Message::SignInTitle)
        .heading(Message::SignInTo { server })
        .with(Part::soft(why))
        .with_some(problem.map(Part::problem))
        .with(by_password)
        .with_some(by_passkey)
}
