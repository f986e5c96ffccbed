//! Values of JSON.

use std::borrow::Cow;

/// A text is not one JSON object, repeats a name, is nested more than 8 deep, or has an object of more than 256 members.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a JSON object that can be read")]
pub struct NotAnObject;

/// A member is not of the required kind.
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
    /// A number with a point or an exponent, a negative one, or one of more than 64 bits. It holds the whole part, unless
    /// that is negative or has more than 64 bits.
    Number(Option<u64>),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Object<'a>),
}

/// A JSON object. All its names are different.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Object<'a>(pub(super) Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// The members, in the order of the text.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Takes the members out of the object, in the order of the text.
    pub fn into_members(self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        self.0.into_iter()
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.members().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The member as text. `null` counts as absent.
    pub fn text(&self, name: &str) -> Result<Option<&str>, WrongKind> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(WrongKind),
        }
    }

    /// The member as a whole number, such as seconds; a fraction is cut off. `null` counts as absent. A negative number is
    /// of the wrong kind, and so is one with a point or an exponent that is 2^53 or more.
    pub fn whole(&self, name: &str) -> Result<Option<u64>, WrongKind> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Whole(number)) => Ok(Some(*number)),
            Some(Json::Number(Some(number))) if *number < 1 << 53 => Ok(Some(*number)),
            Some(_) => Err(WrongKind),
        }
    }

    /// The member as texts, which may be written as one text or as an array. Empty if the member is absent.
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
