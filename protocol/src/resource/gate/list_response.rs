//! Decides what the client gets when the response has come back from which something may have to be left out.

use super::log::{Level, LogLine};
use super::response::Response;
use super::rpc::error_body;
use crate::resource::lists::{Edits, ListFilter, ListResponse, NotCut};

/// The JSON-RPC error for a response that is not delivered.
const INTERNAL_ERROR: i32 = -32603;

/// What to do with the response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListDecision {
    /// Deliver it, changed in these places.
    Deliver(Edits),
    /// Remove **every** header it has, by name, then send this response instead.
    Replace(Response),
}

impl ListFilter {
    /// Decides about the response to a request whose lists are cut. `None`: Traefik did not get it as a whole.
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
