//! The markup of pages and their parts.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::style::Look;
use super::{Button, ButtonKind, Content, Detail, Field, FieldKind, Form, Page, Part, Tone};
use crate::locale::{Locale, Message, Piece, Value};

/// The whole page.
pub(super) fn rendered(page: &Page, locale: Locale, look: &Look) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(locale.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                @if let Some(target) = &page.onward {
                    meta http-equiv="refresh" content={ "0;url=" (target) };
                }
                title { (locale.line(&page.title)) }
                style { (PreEscaped(look.css())) }
            }
            body {
                main {
                    h1 { (words(locale, page.heading.as_ref().unwrap_or(&page.title))) }
                    @for each in &page.parts { (part(locale, each)) }
                }
            }
        }
    }
}

fn part(locale: Locale, part: &Part) -> Markup {
    match part {
        Part::Words { id, tone, text } => paragraph(locale, *id, *tone, text),
        Part::Details(details) => html! {
            dl { @for each in details { (detail(locale, each)) } }
        },
        Part::Form(sent) => form(locale, sent),
        Part::Link { id, target, text } => html! {
            p { a id=(id) href=(target) { (words(locale, text)) } }
        },
        Part::Section { heading, parts } => html! {
            section {
                h2 { (words(locale, heading)) }
                @for each in parts { (self::part(locale, each)) }
            }
        },
    }
}

fn paragraph(locale: Locale, id: Option<&str>, tone: Tone, text: &Message) -> Markup {
    let text = words(locale, text);
    match tone {
        Tone::Plain => html! { p id=[id] { (text) } },
        Tone::Soft => html! { p class="soft" id=[id] { (text) } },
        Tone::Warning => html! { p class="note" id=[id] { (text) } },
        Tone::Problem => html! { p class="note bad" id=[id] role="alert" { (text) } },
    }
}

fn detail(locale: Locale, detail: &Detail) -> Markup {
    html! {
        div {
            dt { (words(locale, &detail.name)) }
            @match &detail.content {
                Content::One(Value::Code(text)) => dd { code dir="ltr" id=[detail.id] { (text) } },
                Content::One(one) => dd id=[detail.id] { (value(locale, one)) },
                Content::List(list) => dd {
                    ul id=[detail.id] { @for each in list { li { (value(locale, each)) } } }
                },
            }
        }
    }
}

fn form(locale: Locale, form: &Form) -> Markup {
    html! {
        form method="post" action=(form.action) {
            @for (name, value) in &form.hidden { input type="hidden" name=(name) value=(value); }
            @for each in &form.fields { (field(locale, each)) }
            div class="row" { @for each in &form.buttons { (button(locale, each)) } }
        }
    }
}

fn field(locale: Locale, field: &Field) -> Markup {
    let (kind, complete) = match field.kind {
        FieldKind::UserName => ("text", Some("username")),
        FieldKind::Password => ("password", Some("current-password")),
        FieldKind::Text => ("text", None),
    };
    let plain = (field.kind == FieldKind::UserName).then_some(("none", "false"));
    html! {
        label for=(field.name) { (words(locale, &field.label)) }
        input id=(field.name) name=(field.name) type=(kind) autocomplete=[complete]
            autocapitalize=[plain.map(|(capitals, _)| capitals)] spellcheck=[plain.map(|(_, spelling)| spelling)]
            required autofocus[field.focus] maxlength=(field.most) value=[&field.value];
    }
}

fn button(locale: Locale, button: &Button) -> Markup {
    let class = match button.kind {
        ButtonKind::Main => Some("main"),
        ButtonKind::Other => None,
        ButtonKind::Danger => Some("danger"),
    };
    let (name, value) = button.value.unzip();
    html! { button class=[class] type="submit" name=[name] value=[value] { (words(locale, &button.text)) } }
}

/// A text with its arguments, each of them isolated.
fn words(locale: Locale, message: &Message) -> Markup {
    html! {
        @for piece in locale.pieces(message) {
            @match piece {
                Piece::Words(words) => (words),
                Piece::Value(inner) => (value(locale, inner)),
            }
        }
    }
}

fn value(locale: Locale, value: &Value) -> Markup {
    match value {
        Value::Text(text) => html! { bdi { (text) } },
        Value::Code(text) => html! { code dir="ltr" { (text) } },
        Value::Message(message) => words(locale, message),
    }
}
