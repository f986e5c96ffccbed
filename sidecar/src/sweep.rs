//! Removal of what has expired.
