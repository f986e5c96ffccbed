//! Decides about a whole response.

use super::edit::Edits;
use super::error::NotCut;
use super::events;
use super::message::{Entitlement, MessageFilter};
use crate::resource::media_type::{is_json, is_type};
use crate::resource::policy::{Lists, RuleSet, Rules};
use std::rc::Rc;

/// Cuts the lists in the response to one request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListFilter {
    rules: Rc<Rules>,
    satisfied: RuleSet,
    lists: Lists,
}

/// A response that was read as a whole.
#[derive(Clone, Copy, Debug)]
pub struct ListResponse<'a> {
    /// The status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: &'a [u8],
    /// The value of `Content-Encoding`.
    pub content_encoding: &'a [u8],
    /// The body; `None` if it is longer than [`LIST`](crate::limits::policy::LIST).
    pub body: Option<&'a [u8]>,
}

impl ListFilter {
    /// A filter that leaves in what a caller may use who satisfies these rules. `None` if nothing could be hidden.
    pub fn new(rules: &Rc<Rules>, satisfied: RuleSet, asked: Lists) -> Option<Self> {
        let lists = asked.cut_for(rules, satisfied);
        (!lists.is_empty()).then(|| Self { rules: Rc::clone(rules), satisfied, lists })
    }

    /// Finds what to leave out. Errors, redirects and empty responses stay as they are.
    pub fn cut(&self, response: ListResponse<'_>) -> Result<Edits, NotCut> {
        if !(200..300).contains(&response.status) || response.body.is_some_and(<[u8]>::is_empty) {
            return Ok(Edits::default());
        }
        if !matches!(response.content_encoding, b"" | b"identity") {
            return Err(NotCut::Encoded);
        }
        let body = response.body.ok_or(NotCut::TooLarge)?;
        let entitlement = Entitlement { rules: &self.rules, satisfied: self.satisfied, lists: self.lists };
        if is_type(response.content_type, b"text/event-stream") {
            return events::cut(body, entitlement);
        }
        if !is_json(response.content_type) {
            return Err(NotCut::ContentType);
        }
        let mut edits = Edits::default();
        let mut message = MessageFilter::new(entitlement);
        message.read(0, body, &mut edits)?;
        if message.is_complete() { Ok(edits) } else { Err(NotCut::NotJson) }
    }
}
