//! The resource for which a client requests a token.

use super::base::Base;
use super::parts::{Parts, UriError, path_is_at_or_below};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A resource identifier (RFC 8707 §2). Scheme, host and port are canonical; path and query are as given, because
/// clients compare whole strings.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceUri {
    text: String,
    origin_len: usize,
    path_end: usize,
}

impl ResourceUri {
    /// Reads an absolute http(s) URI without user information, without a fragment, and without anything in its path
    /// that two servers may read differently.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let parts = Parts::parse(text)?;
        let mut text = parts.origin();
        let origin_len = text.len();
        text.push_str(parts.path);
        let path_end = text.len();
        if let Some(query) = parts.query {
            text.push('?');
            text.push_str(query);
        }
        Ok(Self { text, origin_len, path_end })
    }

    /// The resource that is the base itself.
    pub fn from_base(base: &Base) -> Self {
        let text = base.as_str().to_owned();
        Self { origin_len: base.origin().len(), path_end: text.len(), text }
    }

    /// The whole identifier.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `scheme://host[:port]`.
    pub fn origin(&self) -> &str {
        self.text.get(..self.origin_len).unwrap_or_default()
    }

    /// The path, without query.
    pub fn path(&self) -> &str {
        self.text.get(self.origin_len..self.path_end).unwrap_or_default()
    }

    /// Whether the resource is this base or lies below it, by whole path segments.
    pub fn within(&self, base: &Base) -> bool {
        self.origin() == base.origin() && path_is_at_or_below(self.path(), base.path())
    }

    /// Whether both are the same resource. A slash at the end of the path makes no difference, because clients write
    /// the address of a server with it in one request and without it in the next. All else is compared as written.
    pub fn same_as(&self, other: &Self) -> bool {
        fn parts(uri: &ResourceUri) -> (&str, &str, &str) {
            let path = uri.path();
            let path = path.strip_suffix('/').unwrap_or(path);
            (uri.origin(), path, uri.text.get(uri.path_end..).unwrap_or_default())
        }
        parts(self) == parts(other)
    }

    /// Whether the resource is `other` or lies below it, by whole path segments. Queries are not compared.
    pub fn at_or_below(&self, other: &Self) -> bool {
        self.origin() == other.origin() && path_is_at_or_below(self.path(), other.path())
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for ResourceUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ResourceUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}
