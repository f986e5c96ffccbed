//! Decides what the client gets of a response from whose lists entries may have to be left out.

use super::log::{Level, LogLine};
use super::response::Response;
use super::rpc::error_body;
use crate::resource::lists::{Edits, ListFilter, ListResponse, NotCut};

/// The JSON-RPC error for a response that is not delivered.
const INTERNAL_ERROR: i32 = -32603;

/// What to do with such a response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListDecision {
    /// Deliver the response, changed in these places.
    Deliver(Edits),
    /// Remove **every** header of the response, by name, then send this response instead.
    Replace(Response),
}

impl ListFilter {
    /// Decides about a response whose lists are cut. `response` is `None` if Traefik did not get the whole response.
    pub fn decide(&self, response: Option<ListResponse<'_>>) -> ListDecision {
        match response.map_or(Err(NotCut::Incomplete), |response| self.cut(response)) {
            Ok(edits) => ListDecision::Deliver(edits),
            Err(reason) => {
                let text =
                    ["a list is not delivered, because toolPolicy cannot cut it: ", &reason.to_string()];
                let body = error_body(INTERNAL_ERROR, "the list cannot be cut to what you may use", "null");
                let log = LogLine::new(Level::Error, text.concat());
                ListDecision::Replace(Response::json(502, body, Some(log)).for_every_page())
            }
        }
    }
}
