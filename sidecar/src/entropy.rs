//! Randomness as a parameter.
