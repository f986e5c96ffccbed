//! The parts that pages are made of.

use crate::locale::{Message, Value};

/// A part of a page.
#[derive(Debug, Clone)]
pub enum Part {
    /// A paragraph.
    Words {
        /// The id of the paragraph in the markup.
        id: Option<&'static str>,
        /// The style of the paragraph.
        tone: Tone,
        /// The text of the paragraph.
        text: Message,
    },
    /// A list of names and values.
    Details(Vec<Detail>),
    /// A form with its buttons.
    Form(Form),
    /// A form that the script of the page sends after the browser has made or used a passkey. The form is hidden until
    /// the script has found out that the browser supports passkeys.
    Passkey {
        /// The form. Rendering adds the field `passkey`, which the script fills.
        form: Form,
        /// The options with which the script asks the browser, as JSON (WebAuthn §5.4 and §5.5).
        options: String,
        /// The text that is shown if the browser makes or uses no passkey.
        failed: Message,
        /// The text that is shown while the form is hidden.
        without: Option<Message>,
    },
    /// A text to copy: a click selects all of it.
    Copy {
        /// The id of the text in the markup.
        id: &'static str,
        /// The text.
        text: String,
    },
    /// A link that looks like a button.
    Link {
        /// The id of the link in the markup.
        id: &'static str,
        /// The URL that the link leads to.
        target: String,
        /// The text of the link.
        text: Message,
    },
    /// A QR code.
    Qr {
        /// The description of the code, for people who do not see it.
        text: Message,
        /// The width and the height of the code, in modules.
        side: usize,
        /// The dark modules of the code, as an SVG path whose line is as wide as a module.
        path: String,
    },
    /// Parts under a heading of their own.
    Section {
        /// The heading.
        heading: Message,
        /// The parts below the heading.
        parts: Vec<Self>,
    },
}

/// How a paragraph looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Like the text of the page.
    Plain,
    /// Less prominent than the text around the paragraph.
    Soft,
    /// In a box for good news.
    Good,
    /// In a box that warns.
    Warning,
    /// In a box, for an error; screen readers announce it at once (`role="alert"`).
    Problem,
}

/// A name and its value.
#[derive(Debug, Clone)]
pub struct Detail {
    pub(super) name: Message,
    pub(super) id: Option<&'static str>,
    pub(super) content: Content,
}

/// The value of a detail.
#[derive(Debug, Clone)]
pub enum Content {
    /// One value.
    One(Value),
    /// A list of values.
    List(Vec<Value>),
}

/// A form that is sent to this server.
#[derive(Debug, Clone)]
pub struct Form {
    pub(super) action: String,
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) fields: Vec<Field>,
    pub(super) choices: Option<Choices>,
    pub(super) buttons: Vec<Button>,
}

/// A field that a person fills in.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name of the field in the form.
    pub name: &'static str,
    /// The id of the field in the markup; `None` if the id is the name. A page with two forms may have a field of the
    /// same name in both.
    pub id: Option<&'static str>,
    /// The text of the label.
    pub label: Message,
    /// The kind of value that the person types.
    pub kind: FieldKind,
    /// The maximum length, in characters. Not used for [`FieldKind::Number`].
    pub most: usize,
    /// The initial value, if any.
    pub value: Option<String>,
    /// Whether the field has the focus when the page opens. Not used for [`FieldKind::Number`].
    pub focus: bool,
}

impl Field {
    /// Returns an empty field whose id is its name, and which does not have the focus.
    pub const fn new(name: &'static str, label: Message, kind: FieldKind, most: usize) -> Self {
        Self { name, id: None, label, kind, most, value: None, focus: false }
    }
}

/// The kind of value that a person types into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A user name.
    UserName,
    /// The name of the user who is signed in. The field cannot be changed; it tells password managers the account.
    OwnName,
    /// The password of an existing account.
    Password,
    /// A name that the person gives to a thing, such as a token.
    Name,
    /// A whole number from 1 to `most`.
    Number {
        /// The largest number.
        most: u16,
    },
    /// A one-time code of the second factor.
    Code,
    /// A password that the user chooses.
    NewPassword {
        /// The minimum number of characters.
        least: usize,
    },
}

/// Boxes to tick, under a question of their own.
#[derive(Debug, Clone)]
pub struct Choices {
    /// The question.
    pub label: Message,
    /// The boxes.
    pub boxes: Vec<Choice>,
}

/// A box to tick.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The name of the box in the form, and its id in the markup.
    pub name: String,
    /// The value that is sent if the box is ticked.
    pub value: String,
    /// The text of the box.
    pub text: Value,
    /// Whether it is ticked at first.
    pub ticked: bool,
}

/// A button that sends a form.
#[derive(Debug, Clone)]
pub struct Button {
    pub(super) text: Message,
    pub(super) kind: ButtonKind,
    pub(super) value: Option<(&'static str, &'static str)>,
    pub(super) without_fields: bool,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonKind {
    /// The action that most people came for.
    Main,
    /// Another action.
    Other,
    /// An action that cannot be undone.
    Danger,
    /// A secondary action; the button looks like a link.
    Link,
}

impl Part {
    /// Returns a paragraph.
    pub const fn say(text: Message) -> Self {
        Self::Words { id: None, tone: Tone::Plain, text }
    }

    /// Returns a paragraph that is less prominent than the text around it.
    pub const fn soft(text: Message) -> Self {
        Self::Words { id: None, tone: Tone::Soft, text }
    }

    /// Returns a warning, with the id `warning`.
    pub const fn warning(text: Message) -> Self {
        Self::Words { id: Some("warning"), tone: Tone::Warning, text }
    }

    /// Returns a paragraph about what was wrong with the form that was sent, with the id `problem`.
    pub const fn problem(text: Message) -> Self {
        Self::Words { id: Some("problem"), tone: Tone::Problem, text }
    }

    /// Returns a link that looks like a button.
    pub fn link(id: &'static str, target: impl Into<String>, text: Message) -> Self {
        Self::Link { id, target: target.into(), text }
    }

    /// Gives a paragraph an id. Leaves other parts as they are.
    #[must_use]
    pub fn id(mut self, own: &'static str) -> Self {
        if let Self::Words { id, .. } = &mut self {
            *id = Some(own);
        }
        self
    }
}

impl Detail {
    /// Returns a name and its value.
    pub fn new(name: Message, value: impl Into<Value>) -> Self {
        Self { name, id: None, content: Content::One(value.into()) }
    }

    /// Returns a name and a value that is shown letter by letter.
    pub fn code(name: Message, value: impl Into<String>) -> Self {
        Self::new(name, Value::code(value))
    }

    /// Returns a name and several values.
    pub const fn list(name: Message, values: Vec<Value>) -> Self {
        Self { name, id: None, content: Content::List(values) }
    }

    /// Gives the value an id.
    #[must_use]
    pub const fn id(mut self, id: &'static str) -> Self {
        self.id = Some(id);
        self
    }
}

impl Form {
    /// Returns a form that is sent to this path of this server.
    pub fn to(action: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            hidden: Vec::new(),
            fields: Vec::new(),
            choices: None,
            buttons: Vec::new(),
        }
    }

    /// Adds a hidden field.
    #[must_use]
    pub fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// Adds boxes to tick below the fields.
    #[must_use]
    pub fn choices(mut self, choices: Choices) -> Self {
        self.choices = Some(choices);
        self
    }

    /// Adds a button.
    #[must_use]
    pub fn button(mut self, button: Button) -> Self {
        self.buttons.push(button);
        self
    }
}

impl Button {
    /// Returns a button of this kind that sends the form.
    pub const fn new(kind: ButtonKind, text: Message) -> Self {
        Self { text, kind, value: None, without_fields: false }
    }

    /// Sends this name and value with the form.
    #[must_use]
    pub const fn sending(mut self, name: &'static str, value: &'static str) -> Self {
        self.value = Some((name, value));
        self
    }

    /// Lets the button send the form even if required fields are empty (`formnovalidate`).
    #[must_use]
    pub const fn without_fields(mut self) -> Self {
        self.without_fields = true;
        self
    }
}

impl From<Form> for Part {
    fn from(form: Form) -> Self {
        Self::Form(form)
    }
}
