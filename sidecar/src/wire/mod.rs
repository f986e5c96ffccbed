//! HTTP in and out: strict form parsing, error responses, headers.

pub mod error;
pub mod form;
pub mod headers;

pub use error::{Failure, PageFailure};
