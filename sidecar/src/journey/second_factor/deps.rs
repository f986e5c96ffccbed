//! The dependencies of this step.

/// The dependencies of the page that asks for the second factor.
pub use crate::journey::local_sign_in::LocalSignIn as Deps;
