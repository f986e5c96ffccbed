//! The changes to a request's headers before it is forwarded.

use super::headers::Seen;
use super::response::{Response, unreadable};
use crate::resource::header_name::HeaderName;
use crate::resource::header_value::HeaderValue;
use crate::resource::request::Editor;
use std::rc::Rc;

/// Changes to request headers. The headers that only the plugin may set are removed before any header is set.
#[derive(PartialEq, Eq, Debug)]
pub struct Edits {
    /// Which reserved headers the request has.
    seen: Rc<Seen>,
    /// Whether `Authorization` is removed.
    removes_authorization: bool,
    /// Other headers, each with its new value, or `None` if the header is removed.
    others: Vec<(&'static str, Option<HeaderValue>)>,
}

impl Edits {
    /// Creates edits that remove the reserved headers of a request and change nothing else yet.
    pub(super) const fn new(seen: Rc<Seen>) -> Self {
        Self { seen, removes_authorization: false, others: Vec::new() }
    }

    /// Makes the changes.
    pub fn apply<E: Editor>(&self, editor: &mut E) -> Result<(), E::Error> {
        for name in &self.seen.reserved {
            editor.remove(name)?;
        }
        if self.removes_authorization {
            editor.remove("authorization")?;
        }
        for (name, value) in &self.others {
            match value {
                None => editor.remove(name)?,
                Some(value) => editor.set(HeaderName::constant(name), value)?,
            }
        }
        Ok(())
    }

    /// Sets a header to a text of visible ASCII characters and spaces. Fails with 503 for any other text, which no
    /// caller should pass.
    pub(super) fn set(&mut self, name: &'static str, value: &str) -> Result<(), Response> {
        let value = HeaderValue::new(value).ok_or_else(|| unreadable("a header value is not ASCII"))?;
        self.others.push((name, Some(value)));
        Ok(())
    }

    /// Removes `Authorization` unless it is to be forwarded.
    pub(super) const fn remove_authorization_unless(&mut self, is_forwarded: bool) {
        self.removes_authorization = !is_forwarded;
    }

    /// Replaces a header's value by what is left of it: `None` changes nothing, an empty text removes the header.
    pub(super) fn replace(&mut self, name: &'static str, left: Option<String>) -> Result<(), Response> {
        match left {
            None => Ok(()),
            Some(empty) if empty.is_empty() => {
                self.others.push((name, None));
                Ok(())
            }
            Some(value) => self.set(name, &value),
        }
    }
}
