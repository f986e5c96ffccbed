//! Gets each answer: from its argument, from the person at the terminal, or from its default.

use protocol::secret::Secret;

use super::earlier::Earlier;
use super::person::Person;
use crate::cli::terminal::CliError;

/// One question.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// The command-line argument that answers the question.
    pub flag: &'static str,
    /// The question, without punctuation at its end.
    pub text: &'a str,
    /// The answer that an empty line gives if there is no earlier answer; `Some("")` is shown as `none`. `None`: an
    /// empty line is no answer.
    pub default: Option<&'a str>,
}

/// What happens to a question that no argument answers.
pub(super) enum Asker<'a> {
    /// The person is asked; the earlier answers are the defaults.
    Person(&'a mut dyn Person, Earlier),
    /// The default of the question is taken.
    Defaults,
    /// Nobody can be asked, so the argument of the question is mandatory.
    Nobody,
}

impl Asker<'_> {
    /// Whether there is a person to ask.
    pub(super) const fn asks(&self) -> bool {
        matches!(self, Self::Person(..))
    }

    /// The earlier answers; `None` if there is no person to whom they can be offered.
    pub(super) const fn earlier(&mut self) -> Option<&mut Earlier> {
        match self {
            Self::Person(_, earlier) => Some(earlier),
            Self::Defaults | Self::Nobody => None,
        }
    }

    /// Returns the earlier answer to a question that is not asked, and shows it to the person; `None` if there is no
    /// valid earlier answer.
    pub(super) fn kept<T>(
        &mut self,
        flag: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CliError> {
        let Some(text) = self.earlier().and_then(|earlier| earlier.answer(flag)) else { return Ok(None) };
        let (Ok(value), message) = (parse(text), format!("{flag} stays {text}.\n")) else { return Ok(None) };
        self.show(&message)?;
        Ok(Some(value))
    }

    /// Shows a text to the person, if there is one.
    pub(super) fn show(&mut self, text: &str) -> Result<(), CliError> {
        match self {
            Self::Person(person, _) => person.show(text).map_err(CliError::new),
            Self::Defaults | Self::Nobody => Ok(()),
        }
    }

    /// Returns the answer: that of the argument in `given`, or else as the variant says. A person is asked until
    /// `parse` accepts the answer. The error of `parse` continues the sentence "The answer …".
    pub(super) fn answer<T>(
        &mut self,
        question: Question<'_>,
        given: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, CliError> {
        let Question { flag, default, .. } = question;
        if let Some(given) = given.map(str::trim) {
            if given.is_empty() {
                return Err(CliError::new(format_args!("{flag} is empty: fill it in, or leave it out")));
            }
            return parse(given).map_err(|problem| CliError::new(format_args!("{flag} {problem}")));
        }
        match (self, default) {
            (Self::Person(person, earlier), _) => {
                let earlier = earlier.answer(flag).filter(|text| parse(text).is_ok());
                ask(
                    *person,
                    Question { default: earlier.or(default), ..question },
                    default == Some(""),
                    parse,
                )
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

    /// Asks the person for the client's secret. An empty line keeps the earlier secret, if there is one. Returns
    /// `None` for a public client. Fails if there is no person.
    pub(super) fn secret(
        &mut self,
        flag: &'static str,
        parse: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Option<Secret<String>>, CliError> {
        let Self::Person(person, earlier) = self else {
            return Err(CliError::new(format_args!(
                "{flag} is missing: name the file with the client's secret, or - for stdin (--public-client: it has none)"
            )));
        };
        let earlier = earlier.client_secret();
        let hint = match earlier {
            Some(_) => "Enter keeps the earlier one; none is for a public client",
            None => "leave it empty for a public client",
        };
        loop {
            let prompt = format!("Client secret (it is not shown; {hint}): ");
            let typed = person.hidden_line(&prompt).map_err(CliError::new)?;
            let typed = typed.ok_or_else(ended)?;
            match (typed.as_str(), earlier) {
                ("", None) | ("none", Some(_)) => return Ok(None),
                ("", Some(earlier)) => return Ok(Some(Secret::new(earlier.expose().clone()))),
                _ => {}
            }
            match parse(&typed) {
                Ok(()) => return Ok(Some(Secret::new(typed.to_string()))),
                Err(problem) => person.show(&format!("The secret {problem}.\n")).map_err(CliError::new)?,
            }
        }
    }
}

/// Asks until the answer is valid. If `optional`, the answer `none` means no answer.
fn ask<T>(
    person: &mut dyn Person,
    Question { text, default, .. }: Question<'_>,
    optional: bool,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, CliError> {
    let prompt = match default {
        Some("") => format!("{text} [none]: "),
        Some(default) => format!("{text} [{default}]: "),
        None => format!("{text}: "),
    };
    loop {
        let typed = person.line(&prompt).map_err(CliError::new)?.ok_or_else(ended)?;
        let problem = match (typed.trim(), default) {
            ("", None) => "is needed".to_owned(),
            // An empty line gives the answer in the brackets, and `none` removes an earlier answer.
            (answer, default) => match parse(match answer {
                "" => default.unwrap_or_default(),
                "none" if optional => "",
                answer => answer,
            }) {
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
