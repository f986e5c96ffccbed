//! The oracle: every promise of the trait in its plainest form, under one lock.
