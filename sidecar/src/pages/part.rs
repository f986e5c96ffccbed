//! The parts that pages are made of.

use crate::locale::{Message, Value};

/// A part of a page.
#[derive(Debug, Clone)]
pub enum Part {
    /// A paragraph.
    Words {
        /// Its id in the markup.
        id: Option<&'static str>,
        /// How it looks.
        tone: Tone,
        /// What it says.
        text: Message,
    },
    /// A list of names and values.
    Details(Vec<Detail>),
    /// A form with its buttons.
    Form(Form),
    /// A form that the script of the page sends once the browser has used or made a passkey. It is hidden until the script has
    /// found that the browser can.
    Passkey {
        /// The form, whose field `passkey` the script adds.
        form: Form,
        /// What the script asks the browser for, as JSON (WebAuthn §5.4 and §5.5).
        options: String,
        /// What the page says if the browser does not do it.
        failed: Message,
        /// What is there instead while it is hidden.
        without: Option<Message>,
    },
    /// A text to copy: a click selects all of it.
    Copy {
        /// Its id in the markup.
        id: &'static str,
        /// The text.
        text: String,
    },
    /// A link that looks like a button.
    Link {
        /// Its id in the markup.
        id: &'static str,
        /// Where it leads.
        target: String,
        /// What it says.
        text: Message,
    },
    /// A QR code.
    Qr {
        /// What it is, for people who do not see it.
        text: Message,
        /// Its width and height, in modules.
        side: usize,
        /// Its dark modules, as a path whose line is as wide as a module.
        path: String,
    },
    /// Parts under a heading of their own.
    Section {
        /// The heading.
        heading: Message,
        /// What is below it.
        parts: Vec<Self>,
    },
}

/// How a paragraph looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Like text.
    Plain,
    /// Less important than the text around.
    Soft,
    /// In a box that confirms.
    Good,
    /// In a box that warns.
    Warning,
    /// In a box, for what went wrong; screen readers read it first.
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
    /// Its name in the form.
    pub name: &'static str,
    /// Its id in the markup; `None` if that is its name. A page with two forms may have a field of the same name in both.
    pub id: Option<&'static str>,
    /// What it is called.
    pub label: Message,
    /// What is typed into it.
    pub kind: FieldKind,
    /// The maximum length.
    pub most: usize,
    /// What is in it at first.
    pub value: Option<String>,
    /// Whether the cursor is in it at first.
    pub focus: bool,
}

/// What is typed into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A user name.
    UserName,
    /// The name of the user who is signed in. It cannot be changed, and is there for password managers.
    OwnName,
    /// The password of an account that exists.
    Password,
    /// A name that the person gives to something.
    Name,
    /// A whole number, from 1 up to this one.
    Number {
        /// The largest one.
        most: u16,
    },
    /// A code of the second factor.
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
    /// Its name in the form, and its id in the markup.
    pub name: String,
    /// What is sent if it is ticked.
    pub value: String,
    /// What it says.
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
    /// What most people came for.
    Main,
    /// Another choice.
    Other,
    /// What cannot be taken back.
    Danger,
    /// A side way, which looks like a link.
    Link,
}

impl Part {
    /// A paragraph.
    pub const fn say(text: Message) -> Self {
        Self::Words { id: None, tone: Tone::Plain, text }
    }

    /// A paragraph that is less important than the text around.
    pub const fn soft(text: Message) -> Self {
        Self::Words { id: None, tone: Tone::Soft, text }
    }

    /// A warning.
    pub const fn warning(text: Message) -> Self {
        Self::Words { id: Some("warning"), tone: Tone::Warning, text }
    }

    /// What went wrong with the form that was sent.
    pub const fn problem(text: Message) -> Self {
        Self::Words { id: Some("problem"), tone: Tone::Problem, text }
    }

    /// A link that looks like a button.
    pub fn link(id: &'static str, target: impl Into<String>, text: Message) -> Self {
        Self::Link { id, target: target.into(), text }
    }

    /// Gives a paragraph an id.
    #[must_use]
    pub fn id(mut self, own: &'static str) -> Self {
        if let Self::Words { id, .. } = &mut self {
            *id = Some(own);
        }
        self
    }
}

impl Detail {
    /// A name and its value.
    pub fn new(name: Message, value: impl Into<Value>) -> Self {
        Self { name, id: None, content: Content::One(value.into()) }
    }

    /// A name and a value that is shown letter by letter.
    pub fn code(name: Message, value: impl Into<String>) -> Self {
        Self::new(name, Value::code(value))
    }

    /// A name and several values.
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
    /// A form that is sent to this path of this server.
    pub fn to(action: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            hidden: Vec::new(),
            fields: Vec::new(),
            choices: None,
            buttons: Vec::new(),
        }
    }

    /// Adds a value that is sent without being shown.
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
    /// A button of this kind that sends the form.
    pub const fn new(kind: ButtonKind, text: Message) -> Self {
        Self { text, kind, value: None, without_fields: false }
    }

    /// Sends this name and value with the form.
    #[must_use]
    pub const fn sending(mut self, name: &'static str, value: &'static str) -> Self {
        self.value = Some((name, value));
        self
    }

    /// Sends the form even if its fields are empty.
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
