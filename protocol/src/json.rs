//! JSON objects from elsewhere, read into values of a few kinds.
//!
//! One reader for all of them, where a derived one for each type would fill half the plugin; and a strict
//! one: a name that stands twice is an error (RFC 7515 §4 and RFC 7519 §4 demand it of JOSE headers and
//! claims), and so is nesting deeper than anything read here needs, since the plugin's stack is small.

use crate::limits::token_format::{JSON_DEPTH, JSON_MEMBERS};
use core::cell::Cell;
use core::fmt;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;

const MAX_DEPTH: usize = JSON_DEPTH.most;
const MAX_MEMBERS: usize = JSON_MEMBERS.most;

/// The text is not one JSON object, or repeats a name, or is nested more than 8 deep, or has more than 256
/// members.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a JSON object that can be read")]
pub struct NotAnObject;

/// A member is there and not of the kind it must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a member is of the wrong kind")]
pub struct WrongKind;

/// Any JSON value.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "the kinds of RFC 8259 §3; a whole number has a variant of its own")]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Whole(u64),
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Object<'a>),
}

/// A JSON object whose names differ.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// Reads one object and nothing after it.
    pub fn parse(json: &'a [u8]) -> Result<Self, NotAnObject> {
        if !is_shallow(json) {
            return Err(NotAnObject);
        }
        let sound = Cell::new(true);
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        match Reader(&sound).deserialize(&mut deserializer) {
            Ok(Json::Object(object)) if sound.get() && deserializer.end().is_ok() => Ok(object),
            _ => Err(NotAnObject),
        }
    }

    /// The members in the order given.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The members themselves.
    pub fn into_members(self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        self.0.into_iter()
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.members().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The member as text; `null` counts as not there.
    pub fn text(&self, name: &str) -> Result<Option<&str>, WrongKind> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(WrongKind),
        }
    }

    /// The member as a number of whole seconds or the like, what is behind the point cut off; `null` counts
    /// as not there. Negative ones, and ones beyond 2^53, are of the wrong kind.
    pub fn whole(&self, name: &str) -> Result<Option<u64>, WrongKind> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Whole(number)) => Ok(Some(*number)),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "in between it is neither too large nor negative"
            )]
            Some(Json::Number(number)) if (0.0..9_007_199_254_740_992.0).contains(number) => {
                Ok(Some(*number as u64))
            }
            Some(_) => Err(WrongKind),
        }
    }

    /// The member as texts: one, or an array of them. Empty if it is not there.
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, WrongKind> {
        let list = match self.get(name) {
            None | Some(Json::Null) => &[],
            Some(Json::List(list)) => list.as_slice(),
            Some(one) => core::slice::from_ref(one),
        };
        list.iter()
            .map(|value| match value {
                Json::Text(text) => Ok(text.as_ref()),
                _ => Err(WrongKind),
            })
            .collect()
    }
}

/// Whether nothing is nested too deep: the reader calls itself for each level.
fn is_shallow(json: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

/// Reads any value. The mark is taken off if an object has a name twice or too many members: making an error
/// of serde's own for it costs the plugin 2 KB.
#[derive(Clone, Copy)]
struct Reader<'f>(&'f Cell<bool>);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Whole(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "negative numbers mean nothing here")]
    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut object = Object::default();
        // A name is read as any value is: one reader less.
        while let Some(Json::Text(name)) = map.next_key_seed(self)? {
            let value = map.next_value_seed(self)?;
            if object.0.len() >= MAX_MEMBERS || object.get(&name).is_some() {
                self.0.set(false);
            } else {
                object.0.push((name, value));
            }
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Object<'_>, NotAnObject> {
        Object::parse(json.as_bytes())
    }

    #[test]
    fn every_kind_is_read() {
        let json = r#"{"t":"a\"b","n":1,"f":1.5,"m":-1,"l":["x","y"],"o":{"k":null},"b":true,"z":null}"#;
        let object = parse(json).unwrap();
        assert_eq!(object.text("t"), Ok(Some("a\"b")));
        assert_eq!((object.text("z"), object.text("absent")), (Ok(None), Ok(None)));
        assert_eq!((object.whole("n"), object.whole("f")), (Ok(Some(1)), Ok(Some(1))));
        assert_eq!(object.texts("l"), Ok(vec!["x", "y"]));
        assert_eq!((object.texts("t"), object.texts("z")), (Ok(vec!["a\"b"]), Ok(vec![])));
        assert!(matches!(object.get("o"), Some(Json::Object(inner)) if inner.get("k") == Some(&Json::Null)));
        assert_eq!(object.members().count(), 8);
    }

    #[test]
    fn the_wrong_kind_is_told() {
        let object = parse(r#"{"t":"a","m":-1,"h":1e300,"l":[1],"b":true}"#).unwrap();
        assert_eq!((object.text("m"), object.text("l")), (Err(WrongKind), Err(WrongKind)));
        for name in ["t", "m", "h", "l", "b"] {
            assert_eq!(object.whole(name), Err(WrongKind), "{name}");
        }
        assert_eq!((object.texts("l"), object.texts("b")), (Err(WrongKind), Err(WrongKind)));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for bad in ["", "[]", "1", "{}x", "{", r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":1,}"#] {
            assert_eq!(parse(bad), Err(NotAnObject), "{bad}");
        }
        assert_eq!(Object::parse(b"{\"a\":\"\xff\"}"), Err(NotAnObject));
        let twice = [r#"{"a":1,"\u0061":2}"#].concat();
        assert_eq!(parse(&twice), Err(NotAnObject));
    }

    #[test]
    fn depth_and_width_are_bounded() {
        let nested = |depth: usize| [&"{\"a\":".repeat(depth), "1", &"}".repeat(depth)].concat();
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(parse(&nested(MAX_DEPTH + 1)), Err(NotAnObject));
        assert_eq!(parse(&["{\"a\":", &"[".repeat(10_000)].concat()), Err(NotAnObject));
        let text = ["{\"a\":\"\\\"", &"[".repeat(10_000), "\"}"].concat();
        assert!(parse(&text).is_ok(), "a text is not nested, whatever it holds");
        assert_eq!(parse(&["{\"a\":\"\\\\\",\"b\":", &nested(MAX_DEPTH), "}"].concat()), Err(NotAnObject));
        let wide = |count: usize| {
            let members: Vec<String> = (0..count).map(|number| format!("\"{number}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(parse(&wide(MAX_MEMBERS)).is_ok());
        assert_eq!(parse(&wide(MAX_MEMBERS + 1)), Err(NotAnObject));
    }
}
