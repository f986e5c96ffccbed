//! Reads values that a request may have only once and that must be UTF-8.

use super::response::Response;
use crate::resource::request::{RequestView, Several};

/// The bytes as text. Fails with 400 if they are not UTF-8.
pub(super) fn text(bytes: Vec<u8>, what: &str) -> Result<String, Response> {
    String::from_utf8(bytes).map_err(|_| Response::bad_request([what, " is not UTF-8"].concat()))
}

/// The request's method. Fails with 400 if it is not UTF-8.
pub(super) fn method(view: &mut dyn RequestView) -> Result<String, Response> {
    text(view.method()?.to_vec(), "the method")
}

/// The value of a header; `None` if the request does not have the header. Fails with 400 if it has several values, or
/// one that is not UTF-8.
pub(super) fn single(view: &mut dyn RequestView, name: &'static str) -> Result<Option<String>, Response> {
    match view.header(name)?.only()? {
        Ok(None) => Ok(None),
        Ok(Some(value)) => text(value.to_vec(), name).map(Some),
        Err(Several) => Err(Response::bad_request(["header repeated: ", name].concat())),
    }
}
