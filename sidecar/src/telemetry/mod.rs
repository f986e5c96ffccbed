//! Logging: one JSON object per line on stderr, with the fields at the top level.
//!
//! Secrets do not reach the log: their types cannot be printed. Query strings, tokens, codes and cookies are never
//! passed to a log macro.

use tracing::Level;

/// Starts logging at this level for the whole process. A second call has no effect.
pub fn init(level: Level) {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        // Dependencies log only warnings and errors.
        .with_env_filter(format!("warn,sidecar={level},mcpbouncer={level}"))
        .with_writer(std::io::stderr)
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
}
