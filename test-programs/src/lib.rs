//! Finds, starts, watches and stops the programs that tests use; and a PostgreSQL cluster.
//!
//! Ports are never fixed. Every program stops when the value that started it is dropped, and when the test program ends,
//! even by a crash.

pub mod paths;
pub mod postgres;
pub mod process;
pub mod runtime;
pub mod wait;
