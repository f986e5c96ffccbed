//! Shared parts of HTTP requests and responses: strict form parsing, error responses, JSON and headers.

pub mod error;
pub mod form;
pub mod headers;
pub mod json;

pub use error::{Failure, PageFailure};
