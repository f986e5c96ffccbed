//! HTTP in and out: strict form parsing, error responses, headers.

pub mod error;
pub mod form;
pub mod headers;
pub mod json;

pub use error::{Failure, PageFailure};
