//! What happens in the authorization server, as values: an [`Event`] of a [`Kind`], with a [`Reason`] if something was
//! refused or failed.
//!
//! Both sets are closed. The sidecar makes the log line, the metrics and the audit row from the same event, so an
//! event that is logged is counted too. [`Kind::ALL`] and [`Reason::ALL`] are the source of `docs/operations/events.md`.

mod event;
mod field;
mod kind;
mod reason;

pub use event::Event;
pub use field::{Field, Value};
pub use kind::{Kind, Outcome, Proven};
pub use reason::{Reason, Severity};
