//! The parts of pages on which a second factor is set up.

use axum::http::StatusCode;
use protocol::limits::page::CODE;

use crate::locale::{Message, Value};
use crate::pages::{Detail, Field, FieldKind, Page, Part};
use crate::second_factor::{Offer, RecoveryCodes};

/// Returns the parts that show how to add the second factor to an authenticator app.
pub(super) fn parts(offer: &Offer) -> Vec<Part> {
    let picture = offer.qr.as_ref().map(|qr| Part::Qr {
        text: Message::SetUpPicture,
        side: qr.side,
        path: qr.path.clone(),
    });
    let key = Part::Details(vec![Detail::code(Message::SetUpKey, &*offer.key).id("key")]);
    [Part::say(Message::SetUpHow)]
        .into_iter()
        .chain(picture)
        .chain([key, Part::link("open", &*offer.address, Message::SetUpOpen)])
        .collect()
}

/// Returns the field for a code.
pub(super) fn code_field(label: Message, focus: bool) -> Field {
    Field { focus, ..Field::new("code", label, FieldKind::Code, CODE.most) }
}

/// Returns the page with the recovery codes, which are shown only once.
pub(super) fn recovery_codes(codes: &RecoveryCodes) -> Page {
    let codes = codes.expose().iter().map(Value::code).collect();
    Page::new(StatusCode::OK, Message::RecoveryTitle)
        .with(Part::say(Message::RecoveryWords))
        .with(Part::Details(vec![Detail::list(Message::RecoveryCodes, codes).id("codes")]))
}
