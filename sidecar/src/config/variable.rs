//! A setting as the documentation and the reader of the environment both see it.

/// One environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// `BOUNCER_…`.
    pub name: &'static str,
    /// What holds where it is not set.
    pub default: Default,
    /// What it does, in Markdown, for `docs/configuration.md`.
    pub meaning: &'static str,
}

/// What holds where a variable is not set.
#[derive(Debug, Clone, Copy)]
pub enum Default {
    /// Nothing: the program does not start. The hint says how to come by a value.
    Required(&'static str),
    /// Something that no value stands for; how the documentation puts it.
    Absent(&'static str),
    /// This value.
    Value(&'static str),
    /// This number, of a unit.
    Number(&'static str, &'static str),
}

impl Variable {
    /// A row of the documentation's table.
    pub fn row(&self) -> String {
        let default = match self.default {
            Default::Required(_) => "required".to_owned(),
            Default::Absent(text) | Default::Number(text, "") => text.to_owned(),
            Default::Value(text) => format!("`{text}`"),
            Default::Number(text, unit) => format!("{text} ({unit})"),
        };
        format!("| `{}` | {default} | {} |", self.name, self.meaning)
    }

    /// The value that holds where it is not set, as a user would write it.
    pub(super) const fn fallback(&self) -> &'static str {
        match self.default {
            Default::Value(text) | Default::Number(text, _) => text,
            Default::Required(_) | Default::Absent(_) => "",
        }
    }
}
