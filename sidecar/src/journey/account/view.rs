//! The content of the page.

use axum::http::StatusCode;
use protocol::limits::page::{
    NEW_PASSWORD, PASSWORD as PRESENT_PASSWORD, REPEATED_PASSWORD, TOKEN_NAME, USERNAME,
};
use store::record::Passkey;

use super::form::{
    ADD_PASSKEY, Done, ENROL, PASSKEY, PASSWORD, PROVE_PASSWORD, REMOVE_PASSKEY, SECOND_FACTOR, TURN_OFF,
    fingerprint,
};
use super::passkey::Own;
use super::second_factor::State;
use crate::client_name::clean;
use crate::edge::Ctx;
use crate::journey::error::account_name;
use crate::journey::flow_id::{account_address, connections_address};
use crate::journey::session::Resumed;
use crate::journey::set_up;
use crate::locale::{Message, moment};
use crate::pages::{Button, ButtonKind, Detail, Field, FieldKind, Form, Page, Part, Tone};
use crate::passkeys::id_text;
use crate::second_factor::{Offer, RecoveryCodes};
use crate::users::LEAST;

/// What the page says first.
#[derive(Debug, Clone)]
pub(super) enum Said {
    /// What was done.
    Done(Done),
    /// What went wrong.
    Problem(Message),
}

/// What the page depends on.
#[derive(Debug)]
pub(super) struct Account {
    /// Whether this server can write the users file.
    pub(super) can_change: bool,
    /// The user's second factor.
    pub(super) second_factor: State,
    /// The user's passkeys.
    pub(super) passkeys: Own,
}

/// The whole page.
pub(super) fn page(
    status: StatusCode,
    ctx: &Ctx,
    resumed: &Resumed,
    account: &Account,
    said: Option<Said>,
) -> Page {
    let user = clean(account_name(resumed.user.identity()));
    Page::new(status, Message::AccountTitle)
        .with_some(said.map(said_part))
        .with(Part::Details(vec![Detail::new(Message::SignedInAs, user).id("user")]))
        .with(Part::Section {
            heading: Message::Password,
            parts: if account.can_change {
                let needs_code = matches!(account.second_factor, State::On { .. });
                vec![password(ctx, resumed, needs_code).into(), Part::soft(Message::PasswordChangeEffect)]
            } else {
                vec![Part::soft(Message::PasswordByAdministrator).id("by-administrator")]
            },
        })
        .with(second_factor(ctx, resumed, &account.second_factor))
        .with_some(passkeys(ctx, resumed, &account.passkeys))
        .with(Part::link("connections", connections_address(&ctx.base), Message::ConnectSee))
}

fn said_part(said: Said) -> Part {
    let text = match said {
        Said::Problem(text) => return Part::problem(text),
        Said::Done(Done::Password) => Message::PasswordChanged,
        Said::Done(Done::TurnedOff) => Message::SecondFactorTurnedOff,
        Said::Done(Done::PasskeyAdded) => Message::PasskeyAdded,
        Said::Done(Done::PasskeyRemoved) => Message::PasskeyRemoved,
    };
    Part::Words { id: Some("done"), tone: Tone::Good, text }
}

/// The field for the current password.
const fn present_password() -> Field {
    Field::new("password", Message::PresentPassword, FieldKind::Password, PRESENT_PASSWORD.most)
}

/// The form that changes the password. The user's name is in it for password managers. The code is typed last, because it
/// changes every half minute.
fn password(ctx: &Ctx, resumed: &Resumed, needs_code: bool) -> Form {
    let form = form(ctx, resumed, PASSWORD)
        .field(Field {
            value: Some(resumed.live.subject().to_owned()),
            ..Field::new("username", Message::UserName, FieldKind::OwnName, USERNAME.most)
        })
        .field(present_password())
        .field(Field::new(
            "new_password",
            Message::NewPassword { count: LEAST as u64 },
            FieldKind::NewPassword { least: LEAST },
            NEW_PASSWORD.most,
        ))
        .field(Field::new(
            "repeated_password",
            Message::RepeatPassword,
            FieldKind::NewPassword { least: LEAST },
            REPEATED_PASSWORD.most,
        ));
    let form = if needs_code {
        // Turning it off has a field of the same name.
        form.field(Field { id: Some("password-code"), ..set_up::code_field(Message::SecondFactor, false) })
    } else {
        form
    };
    form.button(Button::new(ButtonKind::Main, Message::ChangePassword))
}

/// What there is of a second factor, and setting it up or turning it off.
fn second_factor(ctx: &Ctx, resumed: &Resumed, state: &State) -> Part {
    let parts = match state {
        State::Off => {
            let set_up = format!("{}?set_up={SECOND_FACTOR}", account_address(&ctx.base));
            vec![Part::say(Message::SecondFactorOff), Part::link("set-up", set_up, Message::SetUp)]
        }
        State::On { since, recovery_codes_left, optional } => {
            let details = vec![
                Detail::new(Message::SetUpSince, since.clone()),
                Detail::new(
                    Message::RecoveryCodes,
                    Message::RecoveryCodesLeft { count: *recovery_codes_left },
                )
                .id("recovery-codes"),
            ];
            let turn_off = if *optional {
                form(ctx, resumed, TURN_OFF)
                    .field(set_up::code_field(Message::Code, false))
                    .button(Button::new(ButtonKind::Danger, Message::TurnOff))
                    .into()
            } else {
                Part::soft(Message::SecondFactorDemanded).id("demanded")
            };
            vec![Part::Details(details), Part::soft(Message::RecoveryCodesNew), turn_off]
        }
    };
    Part::Section { heading: Message::SecondFactor, parts }
}

/// Returns the section with the user's passkeys and the link for adding one; `None` if the user has no passkey and
/// cannot add one.
fn passkeys(ctx: &Ctx, resumed: &Resumed, own: &Own) -> Option<Part> {
    let add = own.may_add.then(|| {
        let target = format!("{}?set_up={PASSKEY}", account_address(&ctx.base));
        Part::link("add-passkey", target, Message::PasskeyAdd)
    });
    if own.passkeys.is_empty() && add.is_none() {
        return None;
    }
    let what = Part::soft(Message::PasskeysWhat);
    let each = own.passkeys.iter().flat_map(|known| passkey(ctx, resumed, known));
    let parts = [what].into_iter().chain(each).chain(add).collect();
    Some(Part::Section { heading: Message::Passkeys, parts })
}

fn passkey(ctx: &Ctx, resumed: &Resumed, known: &Passkey) -> [Part; 2] {
    let details = [
        Detail::new(Message::PasskeyCalled, &*known.name),
        Detail::new(Message::PasskeyHost, &*known.rp_id),
        Detail::new(Message::PasskeyAddedOn, moment(known.added)),
        Detail::new(Message::LastUsed, known.used.map_or(Message::NotUsed, moment)),
    ];
    let text = Message::PasskeyRemove { name: (&*known.name).into() };
    let remove = form(ctx, resumed, REMOVE_PASSKEY)
        .hidden("passkey_id", id_text(known))
        .button(Button::new(ButtonKind::Danger, text));
    [Part::Details(details.into()), remove.into()]
}

/// Returns the page that asks for the password before a passkey is made.
pub(super) fn prove_password(
    status: StatusCode,
    ctx: &Ctx,
    resumed: &Resumed,
    needs_code: bool,
    problem: Option<Message>,
) -> Page {
    let form = form(ctx, resumed, PROVE_PASSWORD)
        .field(Field {
            focus: true,
            ..Field::new("name", Message::PasskeyName, FieldKind::Name, TOKEN_NAME.most)
        })
        .field(present_password());
    let form = if needs_code { form.field(set_up::code_field(Message::SecondFactor, false)) } else { form };
    Page::new(status, Message::PasskeyAdd)
        .with(Part::say(Message::PasskeyHow))
        .with_some(problem.map(Part::problem))
        .with(form.button(Button::new(ButtonKind::Main, Message::Continue)))
        .with(Part::link("cancel", account_address(&ctx.base), Message::Cancel))
}

/// Returns the page whose script makes a passkey with this name.
pub(super) fn make_passkey(ctx: &Ctx, resumed: &Resumed, name: &str, options: String) -> Page {
    let form = form(ctx, resumed, ADD_PASSKEY)
        .hidden("name", name)
        .button(Button::new(ButtonKind::Main, Message::PasskeyMake));
    Page::new(StatusCode::OK, Message::PasskeyAdd)
        .with(Part::say(Message::PasskeyNext))
        .with(Part::Passkey {
            form,
            options,
            failed: Message::PasskeyNotAdded,
            without: Some(Message::PasskeyUnsupported),
        })
        .with(Part::link("cancel", account_address(&ctx.base), Message::Cancel))
}

/// The page on which a user sets up a second factor.
pub(super) fn set_up(
    status: StatusCode,
    ctx: &Ctx,
    resumed: &Resumed,
    offer: &Offer,
    problem: Option<Message>,
) -> Page {
    let page = Page::new(status, Message::SetUpTitle).with_some(problem.map(Part::problem));
    let form = form(ctx, resumed, ENROL)
        .hidden("enrolment", offer.sealed.clone())
        .field(set_up::code_field(Message::SetUpCode, false))
        .field(present_password())
        .button(Button::new(ButtonKind::Main, Message::SetUp));
    let page = set_up::parts(offer).into_iter().fold(page, Page::with);
    page.with(form).with(Part::soft(Message::SetUpEffect)).with(Part::link(
        "cancel",
        account_address(&ctx.base),
        Message::Cancel,
    ))
}

/// The page that shows the recovery codes of a second factor that was just set up.
pub(super) fn recovery_codes(ctx: &Ctx, codes: &RecoveryCodes) -> Page {
    set_up::recovery_codes(codes).with(Part::link("back", account_address(&ctx.base), Message::AccountTitle))
}

fn form(ctx: &Ctx, resumed: &Resumed, action: &'static str) -> Form {
    Form::to([ctx.base.path(), "/oauth/account"].concat())
        .hidden("action", action)
        .hidden("csrf", resumed.cookie.form_token(&fingerprint(action)))
}

/// The page after a button was pressed in a session that is over.
pub(super) fn nothing_done(ctx: &Ctx) -> Page {
    Page::new(StatusCode::FORBIDDEN, Message::SignedOutTitle)
        .with(Part::say(Message::NothingDone).id("why"))
        .with(Part::link("sign-in", account_address(&ctx.base), Message::SignIn))
}
