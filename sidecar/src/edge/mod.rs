//! Every request passes through here before an endpoint handles it. The context (a header that the plugin has
//! encrypted) is decrypted, a form that a page of another origin has sent is refused, and a deadline for the response
//! is set. All of this happens inside the tracing span of the request.

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
