//! What happens to every request before an endpoint handles it: the context, a header that the plugin has encrypted, is
//! opened; a form from a page of another origin is refused; and the time for the response is limited. All of this
//! happens inside the tracing span of the request.

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
