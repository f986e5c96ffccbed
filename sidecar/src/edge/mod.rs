//! The checks that every request passes before an endpoint handles it: the sealed context, the origin of forms, and the
//! deadline. The span of the request encloses these checks.

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
