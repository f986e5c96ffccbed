//! Writes log lines. The name of the plugin is put before them here and nowhere else.

use protocol::resource::gate;

use crate::host::{Host, Level};

/// Writes a line with the name of the plugin before it, if lines of its level are written.
pub fn write(host: &mut dyn Host, line: &gate::LogLine) {
    let level = match line.level {
        gate::Level::Info => Level::Info,
        gate::Level::Warn => Level::Warn,
        gate::Level::Error => Level::Error,
    };
    if host.logs(level) {
        host.log(level, &["mcpbouncer: ", &line.message].concat());
    }
}
