//! JSON objects from elsewhere, read into values of a few kinds.
//!
//! One reader of our own for all of them, where a derived one for each type would fill half the plugin; and a strict
//! one: a name that stands twice is an error (RFC 7515 §4 and RFC 7519 §4 demand it of JOSE headers and
//! claims), and so is nesting deeper than anything read here needs, since the plugin's stack is small.

mod read;

use crate::limits::token_format::{JSON_DEPTH, JSON_MEMBERS};
use read::Reader;
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
    /// Written with a point or an exponent, negative, or beyond 64 bits: what stands before the point, if it is
    /// neither negative nor too large.
    Number(Option<u64>),
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
        let mut reader = Reader::new(core::str::from_utf8(json).map_err(|_| NotAnObject)?);
        match reader.value(0) {
            Some(Json::Object(object)) if reader.is_done() => Ok(object),
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
            Some(Json::Number(Some(number))) if *number < 1 << 53 => Ok(Some(*number)),
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
