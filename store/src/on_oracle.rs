//! Without the feature `testing` there is no oracle, so operations need not run on one.

#[cfg(any(test, feature = "testing"))]
pub use crate::testing::oracle::OnOracle;

/// An operation that the test oracle can run. Without the feature `testing` this is every operation.
#[cfg(not(any(test, feature = "testing")))]
pub trait OnOracle<Output> {}

#[cfg(not(any(test, feature = "testing")))]
impl<I, Output> OnOracle<Output> for I {}
