//! What goes over the wire: strict forms in, errors and headers out.

pub mod error;
pub mod form;
pub mod headers;

pub use error::{Failure, PageFailure};
