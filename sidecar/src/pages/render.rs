//! The markup of pages and their parts.

use maud::{Markup, html};

use super::packed::{Chunk, Packed};
use super::style::Look;
use super::{Button, ButtonKind, Choices, Content, Detail, Field, FieldKind, Form, Page, Part, Tone};
use crate::locale::{Locale, Message, Piece, Value};

/// The parts of a page that differ from reader to reader.
pub(super) struct Rendered {
    /// The markup after the style sheet, up to the operator's header.
    middle: String,
    /// The markup after the server's icon, up to the script or, without a script, up to the end of the body.
    end: String,
    has_script: bool,
}

impl Rendered {
    /// Renders the page in this language.
    pub(super) fn of(page: &Page, locale: Locale, look: &Look) -> Self {
        let is_problem = |part: &Part| matches!(part, Part::Words { tone: Tone::Problem, .. });
        let renderer = Renderer { locale, has_problem: page.parts.iter().any(is_problem) };
        let middle = html! {
            @if let Some(target) = &page.onward {
                meta http-equiv="refresh" content={ "0;url=" (target) };
            }
            title { (locale.line(&page.title)) @if let Some(name) = look.name() { " · " (name) } }
        };
        let content = html! {
            h1 { (renderer.words(page.heading.as_ref().unwrap_or(&page.title))) }
            (renderer.parts(&page.parts))
        };
        let footer = html! {
            @if !look.links().is_empty() {
                footer { @for (name, target) in look.links() { a href=(target) { (renderer.words(name)) } " " } }
            }
        };
        Self {
            middle: [&middle.into_string(), "</head><body>"].concat(),
            end: [&content.into_string(), "</main>", &footer.into_string()].concat(),
            has_script: page.has_script(),
        }
    }

    /// Returns the chunks of the whole page, with `icon`, if any, above its heading.
    pub(super) fn chunks<'a>(
        &'a self,
        locale: Locale,
        look: &'a Look,
        icon: Option<&'a Packed>,
    ) -> Vec<Chunk<'a>> {
        let before = [
            Chunk::Shared(look.start(locale)),
            Chunk::Own(&self.middle),
            Chunk::Shared(look.header()),
            Chunk::Own("<main>"),
        ];
        let script = self.has_script.then(|| Chunk::Shared(look.script()));
        let after = [Chunk::Own(&self.end)].into_iter().chain(script).chain([Chunk::Own("</body></html>")]);
        before.into_iter().chain(icon.map(Chunk::Shared)).chain(after).collect()
    }
}

/// Renders the parts of one page.
struct Renderer {
    locale: Locale,
    /// Whether the page has a paragraph with [`Tone::Problem`]; form fields then refer to it (`aria-describedby`).
    has_problem: bool,
}

impl Renderer {
    fn parts(&self, parts: &[Part]) -> Markup {
        html! { @for each in parts { (self.part(each)) } }
    }

    fn part(&self, part: &Part) -> Markup {
        match part {
            Part::Words { id, tone, text } => self.paragraph(*id, *tone, text),
            Part::Details(details) => html! {
                dl { @for each in details { (self.detail(each)) } }
            },
            Part::Form(form) => self.form(form),
            Part::Passkey { form, options, failed, without } => html! {
                @if let Some(without) = without { p id="without-passkey" { (self.words(without)) } }
                div id="passkey" data-options=(options) hidden {
                    p class="note bad" role="alert" hidden { (self.words(failed)) }
                    (self.form(&form.clone().hidden("passkey", "")))
                }
            },
            Part::Copy { id, text } => html! {
                p class="copy" { code dir="ltr" id=(id) translate="no" { (text) } }
            },
            Part::Link { id, target, text } => html! {
                p { a class="button" id=(id) href=(target) { (self.words(text)) } }
            },
            Part::Qr { text, side, path } => html! {
                svg class="qr" role="img" aria-label=(self.locale.line(text)) viewBox={ "0 0 " (side) " " (side) } {
                    rect width=(side) height=(side) fill="#fff" {}
                    path d=(path) stroke="#000" {}
                }
            },
            Part::Section { heading, parts } => html! {
                section {
                    h2 { (self.words(heading)) }
                    (self.parts(parts))
                }
            },
        }
    }

    fn paragraph(&self, id: Option<&str>, tone: Tone, text: &Message) -> Markup {
        let (class, role) = match tone {
            Tone::Plain => (None, None),
            Tone::Soft => (Some("soft"), None),
            Tone::Good => (Some("note good"), None),
            Tone::Warning => (Some("note"), None),
            Tone::Problem => (Some("note bad"), Some("alert")),
        };
        html! { p class=[class] role=[role] id=[id] { (self.words(text)) } }
    }

    fn detail(&self, detail: &Detail) -> Markup {
        html! {
            div {
                dt { (self.words(&detail.name)) }
                @match &detail.content {
                    Content::One(Value::Code(text)) => dd { code dir="ltr" id=[detail.id] { (text) } },
                    Content::One(one) => dd id=[detail.id] { (self.value(one)) },
                    Content::List(list) => dd {
                        ul id=[detail.id] { @for each in list { li { (self.value(each)) } } }
                    },
                }
            }
        }
    }

    fn form(&self, form: &Form) -> Markup {
        let (links, buttons): (Vec<&Button>, Vec<&Button>) =
            form.buttons.iter().partition(|button| button.kind == ButtonKind::Link);
        html! {
            form method="post" action=(form.action) {
                @for (name, value) in &form.hidden { input type="hidden" name=(name) value=(value); }
                @for each in &form.fields { (self.field(each)) }
                @if let Some(choices) = &form.choices { (self.choices(choices)) }
                div class="row" { @for each in buttons { (self.button(each)) } }
                @for each in links { (self.button(each)) }
            }
        }
    }

    fn field(&self, field: &Field) -> Markup {
        let (kind, complete) = match field.kind {
            FieldKind::UserName | FieldKind::OwnName => ("text", "username"),
            FieldKind::Password => ("password", "current-password"),
            FieldKind::Name => ("text", "off"),
            FieldKind::Number { most } => return self.number(field, most),
            FieldKind::NewPassword { .. } => ("password", "new-password"),
            FieldKind::Code => ("text", "one-time-code"),
        };
        let is_name = kind == "text";
        let is_code = field.kind == FieldKind::Code;
        let is_fixed = field.kind == FieldKind::OwnName;
        let least = match field.kind {
            FieldKind::NewPassword { least } => Some(least),
            FieldKind::UserName
            | FieldKind::OwnName
            | FieldKind::Password
            | FieldKind::Code
            | FieldKind::Name
            | FieldKind::Number { .. } => None,
        };
        let described = self.has_problem.then_some("problem");
        let id = field.id.unwrap_or(field.name);
        html! {
            label for=(id) { (self.words(&field.label)) }
            input id=(id) name=(field.name) type=(kind) autocomplete=(complete)
                inputmode=[is_code.then_some("numeric")] autocapitalize=[is_name.then_some("none")] spellcheck=[is_name.then_some("false")]
                aria-describedby=[described] required readonly[is_fixed] autofocus[field.focus] minlength=[least]
                maxlength=(field.most)
                value=[&field.value];
        }
    }

    fn number(&self, field: &Field, most: u16) -> Markup {
        let described = self.has_problem.then_some("problem");
        let id = field.id.unwrap_or(field.name);
        html! {
            label for=(id) { (self.words(&field.label)) }
            input id=(id) name=(field.name) type="number" inputmode="numeric" autocomplete="off"
                aria-describedby=[described] required min="1" max=(most) value=[&field.value];
        }
    }

    fn choices(&self, choices: &Choices) -> Markup {
        html! {
            fieldset {
                legend { (self.words(&choices.label)) }
                @for each in &choices.boxes {
                    label class="tick" for=(each.name) {
                        input type="checkbox" id=(each.name) name=(each.name) value=(each.value)
                            checked[each.ticked];
                        span { (self.value(&each.text)) }
                    }
                }
            }
        }
    }

    fn button(&self, button: &Button) -> Markup {
        let class = match button.kind {
            ButtonKind::Main => Some("main"),
            ButtonKind::Other => None,
            ButtonKind::Danger => Some("danger"),
            ButtonKind::Link => Some("link"),
        };
        let (name, value) = button.value.unzip();
        html! { button class=[class] type="submit" name=[name] value=[value] formnovalidate[button.without_fields] { (self.words(&button.text)) } }
    }

    /// Renders a message. Each argument is isolated, so that its writing direction does not affect the text around it.
    fn words(&self, message: &Message) -> Markup {
        html! {
            @for piece in self.locale.pieces(message) {
                @match piece {
                    Piece::Words(words) => (words),
                    Piece::Value(value) => (self.value(value)),
                }
            }
        }
    }

    fn value(&self, value: &Value) -> Markup {
        match value {
            Value::Text(text) => html! { bdi { (text) } },
            Value::Code(text) => html! { code dir="ltr" { (text) } },
            Value::Message(message) => self.words(message),
        }
    }
}
