//! A login, from the authorization request to the code, one folder for each step. Steps do not call each other: they
//! hand over through the stored login.

pub mod approval;
pub mod browser;
pub mod callback;
pub mod handover;
pub mod password;
pub mod start;
