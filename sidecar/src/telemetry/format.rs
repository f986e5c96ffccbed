//! Writes an event as a line of the log, for programs or for people.

use std::fmt;

use serde::Serializer as _;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::registry::LookupSpan;

use super::current_trace_id;
use super::fields::Fields;

/// The form of log lines (`BOUNCER_LOG_FORMAT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A JSON object with the members `timestamp`, `level`, `message`, and one for each field.
    Json,
    /// Text for people at a terminal: time, level, message, and `name=value` for each field.
    Text,
}

/// Writes events in the given format. In either format, a line holds no character that could end the line early or
/// control a terminal.
pub(super) struct Line(pub(super) LogFormat);

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(id) = current_trace_id() {
            fields.others.push(("trace_id", id.to_string().into()));
        }
        let level = event.metadata().level();
        match self.0 {
            LogFormat::Json => writeln!(writer, "{}", json(time, level.as_str(), fields)?),
            LogFormat::Text => writeln!(writer, "{}", text(&time, level.as_str(), &fields)),
        }
    }
}

/// Writes the members in this order: time, level, message, then the fields.
fn json(time: String, level: &str, fields: Fields) -> Result<String, fmt::Error> {
    let first = [("timestamp", time.into()), ("level", level.into()), ("message", fields.message.into())];
    let mut line = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut line);
    serializer.collect_map(first.into_iter().chain(fields.others)).map_err(|_| fmt::Error)?;
    String::from_utf8(line).map_err(|_| fmt::Error)
}

fn text(time: &str, level: &str, fields: &Fields) -> String {
    let mut line = format!("{time} {level:5} {}", fields.message);
    for (name, value) in &fields.others {
        let shown = value.as_str().map_or_else(|| value.to_string(), quoted);
        line.extend([" ", name, "=", &shown]);
    }
    line
}

/// Puts the value in quotes if its end would otherwise be unclear.
fn quoted(value: &str) -> String {
    if !value.is_empty() && !value.contains([' ', '"', '=']) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::registry::Registry;

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the log lines of these events.
    fn written(format: LogFormat, events: impl FnOnce()) -> String {
        let captured = Captured::default();
        let writer = captured.clone();
        let subscriber = Registry::default().with(crate::telemetry::lines(format, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, events);
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const HOSTILE: &str = "a\n\u{1b}]0;x\u{7}\u{202e}\"=";

    #[test]
    fn json_lines_have_time_level_message_and_fields_at_the_top() {
        let text = written(LogFormat::Json, || {
            tracing::warn!(count = 3_u64, off = -1_i64, ok = true, detail = %"it's", "not {}", "ready");
        });
        let line: Value = serde_json::from_str(&text).unwrap();
        assert!(
            text.starts_with("{\"timestamp\":") && line["timestamp"].as_str().unwrap().ends_with('Z'),
            "{text}"
        );
        let wanted = serde_json::json!({
            "timestamp": line["timestamp"], "level": "WARN", "message": "not ready",
            "count": 3, "off": -1, "ok": true, "detail": "it's",
        });
        assert_eq!(line, wanted);
    }

    #[test]
    fn text_lines_have_time_level_message_and_fields() {
        let text = written(LogFormat::Text, || {
            tracing::info!(count = 3, listener = "oauth", detail = %"two words", empty = "", "listening");
        });
        let (time, rest) = text.split_once(' ').unwrap();
        assert!(time.contains('T') && time.ends_with('Z'), "{time}");
        assert_eq!(rest, "INFO  listening count=3 listener=oauth detail=\"two words\" empty=\"\"\n");
    }

    #[test]
    fn hostile_values_are_one_printable_line_in_both_formats() {
        for format in [LogFormat::Json, LogFormat::Text] {
            let text = written(format, || tracing::info!(detail = HOSTILE, other = ?HOSTILE, "{HOSTILE}"));
            let line = text.strip_suffix('\n').unwrap();
            assert!(line.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{line:?}");
            assert!(line.contains("u{202e}") && line.contains("u{1b}"), "{line}");
        }
        let text = written(LogFormat::Json, || tracing::info!(detail = HOSTILE, "x"));
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["detail"], "a\\n\\u{1b}]0;x\\u{7}\\u{202e}\"=");
    }

    #[test]
    fn long_values_are_cut_in_both_formats() {
        for format in [LogFormat::Json, LogFormat::Text] {
            let text = written(format, || tracing::info!(detail = %"x".repeat(1_000_000), "long"));
            assert!(text.len() < 5_000 && text.contains('…'), "{}", text.len());
        }
    }

    /// A value cannot pretend to be another field.
    #[test]
    fn quotes_in_text_values_do_not_end_them() {
        let text = written(LogFormat::Text, || tracing::info!(detail = "a\" reason=\"ok", "x"));
        assert!(text.ends_with(" x detail=\"a\\\" reason=\\\"ok\"\n"), "{text}");
    }
}
