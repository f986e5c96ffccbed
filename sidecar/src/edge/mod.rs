//! The checks every request passes before an endpoint handles it: the sealed context, the origin of forms, the
//! deadline. Around them is the span of the request.

pub mod context;
mod ctx;
pub mod deadline;
mod error;
mod known;
pub mod measure;
pub mod origin;
pub mod refusals;
pub mod trace;

pub use ctx::{Ctx, reason_of};
pub use known::{KnownTenants, Place};
