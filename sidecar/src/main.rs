//! The `mcpbouncer` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    sidecar::cli::main()
}
