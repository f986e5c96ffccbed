//! Gets each answer: from its argument, from the person at the terminal, or from its default.

use protocol::secret::Secret;

use super::person::Person;
use crate::cli::terminal::CliError;

/// One question.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// The argument that answers it.
    pub flag: &'static str,
    /// The question, without punctuation at its end.
    pub text: &'a str,
    /// What an empty line stands for; `Some("")` is shown as `none`.
    pub default: Option<&'a str>,
}

/// What happens to a question that no argument answers.
pub(super) enum Asker<'a> {
    /// It is asked.
    Person(&'a mut dyn Person),
    /// Its default is taken.
    Defaults,
    /// Its argument is mandatory.
    Nobody,
}

impl Asker<'_> {
    /// Whether there is a person to ask.
    pub(super) const fn asks(&self) -> bool {
        matches!(self, Self::Person(_))
    }

    /// Shows a text to the person, if there is one.
    pub(super) fn show(&mut self, text: &str) -> Result<(), CliError> {
        match self {
            Self::Person(person) => person.show(text).map_err(CliError::new),
            Self::Defaults | Self::Nobody => Ok(()),
        }
    }

    /// The answer. A person is asked until `parse` accepts it; its error continues the sentence "The answer …".
    pub(super) fn answer<T>(
        &mut self,
        question: Question<'_>,
        given: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, CliError> {
        let Question { flag, text, default } = question;
        if let Some(given) = given.map(str::trim) {
            if given.is_empty() {
                return Err(CliError::new(format_args!("{flag} is empty: fill it in, or leave it out")));
            }
            return parse(given).map_err(|problem| CliError::new(format_args!("{flag} {problem}")));
        }
        match (self, default) {
            (Self::Person(person), _) => {
                let prompt = match default {
                    Some("") => format!("{text} [none]: "),
                    Some(default) => format!("{text} [{default}]: "),
                    None => format!("{text}: "),
                };
                ask(*person, &prompt, default, parse)
            }
            (Self::Defaults, Some(default)) => {
                parse(default).map_err(|problem| CliError::new(format_args!("{flag} {problem}")))
            }
            (Self::Defaults, None) => {
                Err(CliError::new(format_args!("{flag} is missing: it has no default")))
            }
            (Self::Nobody, _) => Err(missing(flag, default.is_some())),
        }
    }

    /// A secret from the person; `None` for an empty line.
    pub(super) fn secret(
        &mut self,
        flag: &'static str,
        text: &str,
        parse: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Option<Secret<String>>, CliError> {
        let Self::Person(person) = self else {
            return Err(CliError::new(format_args!(
                "{flag} is missing: name the file with the client's secret, or - for stdin (--public-client: it has none)"
            )));
        };
        loop {
            let typed = person.hidden_line(&format!("{text}: ")).map_err(CliError::new)?;
            let typed = typed.ok_or_else(ended)?;
            if typed.is_empty() {
                return Ok(None);
            }
            match parse(&typed) {
                Ok(()) => return Ok(Some(Secret::new(typed.to_string()))),
                Err(problem) => person.show(&format!("The secret {problem}.\n")).map_err(CliError::new)?,
            }
        }
    }
}

fn ask<T>(
    person: &mut dyn Person,
    prompt: &str,
    default: Option<&str>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, CliError> {
    loop {
        let typed = person.line(prompt).map_err(CliError::new)?.ok_or_else(ended)?;
        let typed = match default {
            // What the brackets show.
            Some("") if typed.trim() == "none" => "",
            _ => typed.trim(),
        };
        let problem = match (typed, default) {
            ("", None) => "is needed".to_owned(),
            ("", Some(answer)) | (answer, _) => match parse(answer) {
                Ok(value) => return Ok(value),
                Err(problem) => problem,
            },
        };
        person.show(&format!("The answer {problem}.\n")).map_err(CliError::new)?;
    }
}

fn ended() -> CliError {
    CliError::new("the input ended before the last question; nothing was written")
}

fn missing(flag: &str, has_default: bool) -> CliError {
    let defaults = if has_default { " (--yes takes its default)" } else { "" };
    CliError::new(format_args!("{flag} is missing, and there is no terminal to ask at{defaults}"))
}
