//! Looks texts up and formats them.

use std::iter;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::message::{Argument, Message, Value};
use super::{Locale, Piece};

type Bundle = FluentBundle<FluentResource>;

/// The texts of each language, in the order of [`Locale::ALL`].
static BUNDLES: LazyLock<[Bundle; Locale::ALL.len()]> = LazyLock::new(|| Locale::ALL.map(read));

/// The first of the characters that replace arguments while Fluent formats a text. They belong to a plane for private
/// use, of which our texts contain no character.
const MARKERS: u32 = 0xf_0000;

/// The characters that isolate a text from the direction of its surroundings (UAX 9: FSI, PDI), where markup cannot do
/// so.
const ISOLATE: [char; 2] = ['\u{2068}', '\u{2069}'];

impl Locale {
    /// Returns the text in this language. If the text is missing in this language, which a test rules out, it is
    /// English.
    pub fn pieces(self, message: &Message) -> Vec<Piece<'_>> {
        let arguments = message.arguments();
        let text = [self, Self::En].into_iter().find_map(|locale| locale.formatted(message.id(), &arguments));
        split(text.as_deref().unwrap_or_else(|| message.id()), &arguments)
    }

    /// Returns the text without markup, for the title of a page.
    pub fn line(self, message: &Message) -> String {
        let pieces = self.pieces(message).into_iter();
        pieces
            .map(|piece| match piece {
                Piece::Words(words) => words,
                Piece::Value(Value::Message(inner)) => self.line(inner),
                Piece::Value(Value::Text(text) | Value::Code(text)) => {
                    let [open, close] = ISOLATE;
                    iter::once(open).chain(text.chars()).chain([close]).collect()
                }
            })
            .collect()
    }

    fn formatted(self, id: &str, arguments: &[(&'static str, Argument<'_>)]) -> Option<String> {
        let bundle = BUNDLES.get(self as usize)?;
        let pattern = bundle.get_message(id)?.value()?;
        let mut values = FluentArgs::with_capacity(arguments.len());
        for ((name, argument), marker) in arguments.iter().zip(markers()) {
            match argument {
                Argument::Number(number) => values.set(*name, *number),
                Argument::TwoDigits(number) => values.set(*name, format!("{number:02}")),
                Argument::Value(_) => values.set(*name, marker.to_string()),
            }
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        errors.is_empty().then_some(text)
    }
}

fn read(locale: Locale) -> Bundle {
    // Tests make sure that nothing is wrong with the texts. If something is, the texts that can be read are used.
    let resource =
        FluentResource::try_new(locale.source().to_owned()).unwrap_or_else(|(readable, _)| readable);
    let mut bundle = FluentBundle::new_concurrent(locale.tag().parse().into_iter().collect());
    // Pages isolate arguments by markup.
    bundle.set_use_isolating(false);
    let _ = bundle.add_resource(resource);
    bundle
}

/// Returns a character for each argument.
fn markers() -> impl Iterator<Item = char> {
    (MARKERS..).map_while(char::from_u32)
}

/// Splits a formatted text at the characters that replace arguments, and puts the arguments there.
fn split<'a>(text: &str, arguments: &[(&'static str, Argument<'a>)]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    for c in text.chars() {
        let place = u32::from(c).checked_sub(MARKERS).and_then(|index| usize::try_from(index).ok());
        match place.and_then(|index| arguments.get(index)) {
            Some((_, Argument::Value(value))) => {
                if !words.is_empty() {
                    pieces.push(Piece::Words(std::mem::take(&mut words)));
                }
                pieces.push(Piece::Value(value));
            }
            Some((_, Argument::Number(_) | Argument::TwoDigits(_))) | None => words.push(c),
        }
    }
    if !words.is_empty() {
        pieces.push(Piece::Words(words));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_stand_in_their_places() {
        let message = Message::ConsentQuestion { client: "A { $server } <b>".into(), server: "wiki".into() };
        let pieces = Locale::En.pieces(&message);
        let values: Vec<&Value> = pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Value(value) => Some(*value),
                Piece::Words(_) => None,
            })
            .collect();
        assert_eq!(values, [&Value::from("A { $server } <b>"), &Value::from("wiki")]);
        let line = Locale::En.line(&message);
        assert!(line.contains("\u{2068}wiki\u{2069}"), "{line}");
    }
}
