//! Programs that tests start: where they are, how they are started, watched and stopped; and a PostgreSQL cluster.
//!
//! Ports are never fixed. Everything started stops with the value that started it, and with the test program,
//! however that ends.

pub mod paths;
pub mod postgres;
pub mod process;
pub mod runtime;
pub mod wait;
