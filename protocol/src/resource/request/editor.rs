//! The changes that are made to a request.

use crate::resource::header_name::HeaderName;
use crate::resource::header_value::HeaderValue;

/// Changes the headers of a request.
pub trait Editor {
    /// Why a change could not be made.
    type Error;

    /// Removes every value of a header.
    fn remove(&mut self, name: &str) -> Result<(), Self::Error>;
    /// Sets a header to one value, which replaces all values of that name.
    fn set(&mut self, name: HeaderName<'_>, value: &HeaderValue) -> Result<(), Self::Error>;
}
