//! Writes log lines. The name of the plugin is put before them here and nowhere else.

use protocol::resource::gate::LogLine;

use crate::host::Host;

/// Writes a line with the name of the plugin before it, if lines of its level are written.
pub fn write(host: &mut dyn Host, line: &LogLine) {
    if host.logs(line.level) {
        host.log(line.level, &["mcpbouncer: ", &line.message].concat());
    }
}
