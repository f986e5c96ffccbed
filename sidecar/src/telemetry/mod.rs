//! Logs: one JSON object a line on stderr, fields at the top level.
//!
//! Secrets cannot get in: they are types that do not print. Query strings, tokens, codes and cookies
//! are never handed to a log macro.

use tracing::Level;

/// Starts logging at this level, for the whole process. A second call changes nothing.
pub fn init(level: Level) {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        // Dependencies speak only when something is wrong with them.
        .with_env_filter(format!("warn,sidecar={level},mcpbouncer={level}"))
        .with_writer(std::io::stderr)
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
}
