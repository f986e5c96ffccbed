//! The `mcpbouncer-import` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    sidecar::cli::import::main()
}
