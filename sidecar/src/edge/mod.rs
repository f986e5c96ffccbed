//! What every request passes before a concept sees it: the sealed context, the origin of forms, the deadline.

pub mod context;
pub mod deadline;
pub mod origin;

pub use context::Ctx;
