//! Lines for Traefik's log.

use std::borrow::Cow;

/// How important a log line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// Why an ordinary request was refused.
    Info,
    /// Something an operator should look into, although the route works.
    Warn,
    /// Something that keeps the route from working.
    Error,
}

/// One line for Traefik's log, without the name of the plugin, which the plugin's shell puts before it. It may quote
/// what the client sent, but never a token or another secret, and holds no control characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// How important the line is.
    pub level: Level,
    /// The text.
    pub message: Cow<'static, str>,
}

impl LogLine {
    /// A line in which each control character is replaced by `?`.
    pub fn new(level: Level, message: impl Into<Cow<'static, str>>) -> Self {
        Self { level, message: printable(message.into()) }
    }
}

fn printable(message: Cow<'static, str>) -> Cow<'static, str> {
    if inner_loops::is_visible_ascii(message.as_bytes()) {
        return message;
    }
    let shown: String = message.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    shown.into()
}
