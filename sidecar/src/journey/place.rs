//! The place to which a redirect URI leads, as pages show it.

use protocol::server::redirect::RedirectUri;

use crate::locale::{Message, Value};

/// The place as text, and a warning if nothing proves which application is there.
pub(super) struct Place {
    pub(super) shown: Value,
    pub(super) warning: Option<Message>,
}

impl Place {
    /// Returns the place to which this redirect URI leads.
    pub(super) fn of(redirect_uri: &str) -> Self {
        let Ok(uri) = RedirectUri::parse(redirect_uri) else {
            return Self { shown: Value::code(redirect_uri), warning: None };
        };
        let place = Value::code(uri.shown_host());
        if uri.is_loopback() {
            let shown = Message::OnThisDevice { place }.into();
            return Self { shown, warning: Some(Message::LoopbackWarning) };
        }
        if uri.is_local() {
            let shown = Message::OpensOnThisDevice { scheme: place }.into();
            return Self { shown, warning: Some(Message::PrivateUseWarning) };
        }
        Self { shown: place, warning: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_shown_and_programs_on_the_device_are_warned_about() {
        let loopback = |place: &str| (Message::OnThisDevice { place: Value::code(place) }.into(), true);
        let opened = |scheme: &str| (Message::OpensOnThisDevice { scheme: Value::code(scheme) }.into(), true);
        for (uri, expected) in [
            ("https://claude.ai/api/mcp/auth_callback", (Value::code("claude.ai"), false)),
            ("https://h.example:8443/x", (Value::code("h.example:8443"), false)),
            ("http://127.0.0.1:3334/cb", loopback("127.0.0.1:3334")),
            ("http://localhost/cb", loopback("localhost")),
            ("http://[::1]:1/cb", loopback("[::1]:1")),
            ("cursor://anysphere.cursor-mcp/oauth/callback", opened("cursor:")),
        ] {
            let found = Place::of(uri);
            assert_eq!((found.shown, found.warning.is_some()), expected, "{uri}");
        }
    }
}
