//! The content of the page.

use axum::http::StatusCode;

use super::flow::{Asks, Waiting};
use crate::edge::Ctx;
use crate::journey::flow_id::FlowId;
use crate::journey::set_up;
use crate::journey::sign_in::{FOR, purpose_name};
use crate::locale::Message;
use crate::pages::{Button, ButtonKind, Form, Page, Part};
use crate::second_factor::RecoveryCodes;

/// The form without its fields.
pub(super) fn form(ctx: &Ctx, waiting: &Waiting, flow: &FlowId, csrf: &str) -> Form {
    let form = Form::to([ctx.base.path(), "/oauth/second-factor"].concat()).hidden("flow", flow.text());
    let own = purpose_name(&waiting.login.purpose);
    own.into_iter().fold(form, |form, own| form.hidden(FOR, own)).hidden("csrf", csrf)
}

/// The page that asks for a code, or to set up a second factor first.
pub(super) fn page(status: StatusCode, form: Form, asks: &Asks, problem: Option<Message>) -> Page {
    let another = Button::new(ButtonKind::Link, Message::AnotherAccount)
        .sending("decision", "another_account")
        .without_fields();
    match asks {
        Asks::Code => Page::new(status, Message::SecondFactorTitle)
            .with(Part::soft(Message::SecondFactorPrompt))
            .with_some(problem.map(Part::problem))
            .with(
                form.field(set_up::code_field(Message::Code, true))
                    .button(Button::new(ButtonKind::Main, Message::SignIn))
                    .button(another),
            ),
        Asks::SetUp(offer) => {
            let page = Page::new(status, Message::SetUpTitle)
                .with(Part::say(Message::SetUpRequired))
                .with_some(problem.map(Part::problem));
            let form = form.hidden("enrolment", offer.sealed.clone());
            let page = set_up::parts(offer).into_iter().fold(page, Page::with);
            page.with(
                form.field(set_up::code_field(Message::SetUpCode, false))
                    .button(Button::new(ButtonKind::Main, Message::SetUp))
                    .button(another),
            )
        }
    }
}

/// The page that shows the recovery codes of a second factor that was just set up.
pub(super) fn recovery_codes(codes: &RecoveryCodes, next: &str) -> Page {
    set_up::recovery_codes(codes).with(Part::link("continue", next, Message::Continue))
}
