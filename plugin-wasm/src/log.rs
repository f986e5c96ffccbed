//! Writes log lines. Only this module puts the name of the plugin before them.

use protocol::resource::gate::LogLine;

use crate::host::Host;

/// Writes a line with the name of the plugin before it, if lines of its level are written.
pub fn write(host: &mut dyn Host, line: &LogLine) {
    if host.logs(line.level) {
        host.log(line.level, &["mcpbouncer: ", &line.message].concat());
    }
}
