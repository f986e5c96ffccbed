//! What every concept's HTTP side shares: strict forms, the one wire map, headers, the browser cookie,
//! pages, and the layer that opens the sealed context.

pub mod context_layer;
pub mod cookie;
pub mod deadline;
pub mod error;
pub mod form;
pub mod headers;
pub mod origin;
pub mod page;
pub mod style;

pub use context_layer::Ctx;
pub use error::{Failure, PageFailure};
