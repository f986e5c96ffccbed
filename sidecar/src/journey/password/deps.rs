//! The dependencies of this step.

/// The dependencies of the sign-in page.
pub use crate::journey::local_sign_in::LocalSignIn as Deps;
