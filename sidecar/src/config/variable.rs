//! A setting, as the documentation and the code that reads the environment both use it.

/// One environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// The name: `BOUNCER_…`, or that of a variable of OpenTelemetry.
    pub name: &'static str,
    /// The value that applies if the variable is not set.
    pub default: Default,
    /// What the variable sets, in Markdown, for `docs/configuration.md`.
    pub meaning: &'static str,
}

/// The value that applies if a variable is not set.
#[derive(Debug, Clone, Copy)]
pub enum Default {
    /// No default: the variable is mandatory, and the program does not start without it. The text says how to get a
    /// value.
    Required(&'static str),
    /// A default that cannot be written as a value; this is how the documentation describes it.
    Absent(&'static str),
    /// The default is this value.
    Value(&'static str),
    /// The default is this number, in the given unit.
    Number(&'static str, &'static str),
}

impl Variable {
    /// Returns the variable as a row of the documentation's table.
    pub fn row(&self) -> String {
        let default = match self.default {
            Default::Required(_) => "required".to_owned(),
            Default::Absent(text) | Default::Number(text, "") => text.to_owned(),
            Default::Value(text) => format!("`{text}`"),
            Default::Number(text, unit) => format!("{text} ({unit})"),
        };
        format!("| `{}` | {default} | {} |", self.name, self.meaning)
    }

    /// The default value, as a user would write it; empty if the default cannot be written as a value.
    pub(super) const fn fallback(&self) -> &'static str {
        match self.default {
            Default::Value(text) | Default::Number(text, _) => text,
            Default::Required(_) | Default::Absent(_) => "",
        }
    }
}
