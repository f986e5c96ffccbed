//! Tests that compare the texts of all languages with the list of messages and with each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;

use super::{Locale, Message};

/// The texts that are the same in English and in these languages. Every other text must differ.
const SAME: &[(&str, &[Locale])] = &[
    // This text contains only arguments and brackets.
    ("scope-in-words", &[Locale::De, Locale::Fr, Locale::Es, Locale::It, Locale::Pt]),
    ("asks-to-use", &[Locale::De]),
    ("password", &[Locale::It]),
    ("connect-in", &[Locale::De, Locale::It]),
    ("code", &[Locale::De, Locale::Fr]),
    ("passkeys", &[Locale::De]),
    ("passkey-called", &[Locale::De]),
];

/// What a text contains.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parsed {
    /// The words, and the names of variables, in the order of the text.
    text: String,
    variables: BTreeSet<String>,
    /// The variables that choose between variants.
    selectors: BTreeSet<String>,
    /// The texts to which the text refers.
    references: BTreeSet<String>,
}

impl Parsed {
    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.text.push_str(value),
                PatternElement::Placeable { expression } => self.expression(expression),
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                if let InlineExpression::VariableReference { id } = selector {
                    self.selectors.insert(id.name.to_owned());
                }
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.text.push_str(id.name);
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, attribute: None } => {
                self.references.insert(id.name.to_owned());
            }
            other => panic!("texts use only variables and other texts: {other:?}"),
        }
    }
}

fn parsed(locale: Locale) -> BTreeMap<String, Parsed> {
    let resource =
        parse(locale.source()).unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", locale.tag()));
    let mut texts = BTreeMap::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                assert!(message.attributes.is_empty(), "{}", message.id.name);
                let mut text = Parsed::default();
                text.pattern(message.value.as_ref().unwrap());
                let before = texts.insert(message.id.name.to_owned(), text);
                assert!(before.is_none(), "{}: {} is there twice", locale.tag(), message.id.name);
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(_) | Entry::Junk { .. } => panic!("{}: {entry:?}", locale.tag()),
        }
    }
    texts
}

#[test]
fn every_language_has_every_text_with_its_arguments_and_no_other() {
    for locale in Locale::ALL {
        let texts = parsed(locale);
        for (_, id, arguments) in Message::LIST {
            let text = texts.get(*id).unwrap_or_else(|| panic!("{}: {id} is missing", locale.tag()));
            let arguments: BTreeSet<String> = arguments.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(text.variables, arguments, "{}: {id}", locale.tag());
            for reference in &text.references {
                let referred = &texts[reference];
                assert!(
                    referred.variables.is_empty() && referred.references.is_empty(),
                    "{}: {id} refers to {reference}",
                    locale.tag()
                );
            }
        }
        assert_eq!(texts.len(), Message::LIST.len(), "{}: a text is left over", locale.tag());
    }
}

/// Only the numbers `count`, `month` and `day` select a variant. A text that a client or a user chose must not.
#[test]
fn only_numbers_choose_between_words() {
    for locale in Locale::ALL {
        for (id, text) in parsed(locale) {
            let others: Vec<&String> = text
                .selectors
                .iter()
                .filter(|name| !["count", "month", "day"].contains(&name.as_str()))
                .collect();
            assert!(others.is_empty(), "{}: {id}: {others:?}", locale.tag());
        }
    }
}

#[test]
fn no_text_is_english_in_another_language() {
    let english = parsed(Locale::En);
    for locale in Locale::ALL.into_iter().filter(|locale| *locale != Locale::En) {
        for (id, text) in parsed(locale) {
            let allowed = SAME.iter().any(|(same, locales)| *same == id && locales.contains(&locale));
            assert_eq!(text.text == english[&id].text, allowed, "{}: {id}: {}", locale.tag(), text.text);
        }
    }
}

/// Names of settings and headers are the same in every language.
#[test]
fn names_that_the_operator_has_to_find_are_in_every_language() {
    for (id, names) in [
        (
            "operator-must-set-rules",
            &["allowedUsers", "allowedEmailDomains", "allowedGroups", "allowedTenants"][..],
        ),
        ("redirect-private-use", &["BOUNCER_REDIRECT_SCHEMES"]),
        ("redirect-host", &["allowedRedirectHosts"]),
        ("origin-hidden", &["Referrer-Policy: no-referrer"]),
    ] {
        for locale in Locale::ALL {
            let text = &parsed(locale)[id].text;
            assert!(names.iter().all(|name| text.contains(name)), "{}: {id}: {text}", locale.tag());
        }
    }
}

#[test]
fn every_text_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut code = String::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                let text = fs::read_to_string(path).unwrap();
                code.push_str(text.split("mod tests {").next().unwrap());
            }
        }
    }
    for (name, id, _) in Message::LIST {
        let named = format!("Message::{name}");
        let is_used = code.split(&named).skip(1).any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
        assert!(is_used, "{id} is used nowhere");
    }
}

#[test]
fn every_text_formats_without_errors() {
    for locale in Locale::ALL {
        for message in [
            Message::ConsentQuestion { client: "a".into(), server: "b".into() },
            Message::DidYouStart,
            Message::TooManyAttempts { when: super::ahead(5).into() },
        ] {
            let line = locale.line(&message);
            assert!(!line.contains(['{', '}']) && line != message.id(), "{}: {line}", locale.tag());
        }
        // The text names the button by its label.
        assert!(
            locale.line(&Message::DidYouStart).contains(&locale.line(&Message::Deny)),
            "{}",
            locale.tag()
        );
    }
}
