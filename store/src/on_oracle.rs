//! Without the feature `testing` there is no oracle, so operations need not run on one.

#[cfg(any(test, feature = "testing"))]
pub(crate) use crate::testing::oracle::OnOracle;

/// An operation that the test oracle can run. Without the feature `testing` this is every operation.
#[cfg(not(any(test, feature = "testing")))]
#[expect(unnameable_types, reason = "every operation has it, so there is nothing to name")]
pub trait OnOracle<Output> {}

#[cfg(not(any(test, feature = "testing")))]
impl<I, Output> OnOracle<Output> for I {}
