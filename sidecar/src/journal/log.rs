//! The log line of an event.

use events::{Event, Field, Kind, Outcome, Value};

/// Writes the line: at level error if the event is a failure, at level warn if it was refused or is a success with a
/// reason, and otherwise at level info. Problems in Traefik's routers are always at level warn, and their end is always
/// at level info.
pub(super) fn write(event: &Event) {
    let message = event.message.unwrap_or_else(|| event.kind.message());
    let text = |field| match event.field(field) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let number = |field| match event.field(field) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let flag = |field| match event.field(field) {
        Some(Value::Flag(flag)) => Some(*flag),
        _ => None,
    };
    let address = event.address.map(|address| address.to_string());
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                event = event.kind.code(),
                outcome = event.outcome.code(),
                reason = event.reason.map(events::Reason::code),
                detail = event.detail,
                tenant = event.tenant,
                client = event.client,
                subject = event.subject,
                address,
                grant = event.grant,
                actor = event.actor,
                method = text(Field::Method),
                path = text(Field::Path),
                status = number(Field::Status),
                code = text(Field::Code),
                grant_type = text(Field::GrantType),
                user = text(Field::User),
                second_factor = text(Field::SecondFactor),
                known_browser = flag(Field::KnownBrowser),
                wait_secs = number(Field::WaitSecs),
                claims = text(Field::Claims),
                created = flag(Field::Created),
                grants = number(Field::Grants),
                confirmed_secs_ago = number(Field::ConfirmedSecsAgo),
                refused_so_far = number(Field::RefusedSoFar),
                step = text(Field::Step),
                traefik = text(Field::Traefik),
                count = number(Field::Count),
                table = text(Field::Table),
                record = text(Field::Record),
                action = text(Field::Action),
                "{message}"
            )
        };
    }
    match (event.kind, event.outcome, event.reason) {
        (Kind::RouterMended, ..) | (_, Outcome::Success, None) => line!(info),
        (Kind::RouterProblem, ..) | (_, Outcome::Refused, _) | (_, Outcome::Success, Some(_)) => line!(warn),
        (_, Outcome::Failed, _) => line!(error),
    }
}

#[cfg(test)]
mod tests {
    use events::{Event, Field, Kind, Reason, Value};
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::registry::Registry;

    use crate::telemetry::{LogFormat, lines};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(event: &Event) -> serde_json::Value {
        let written = Lines::default();
        let writer = written.clone();
        let subscriber = Registry::default().with(lines(LogFormat::Json, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || super::write(event));
        let bytes = written.0.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn every_field_reaches_the_log_line() {
        for field in Field::ALL {
            let shown = [Value::from("text"), Value::from(7_u64), Value::from(true)]
                .map(|value| logged(&Event::new(Kind::Operation).with(*field, value))[field.name()].clone());
            assert_eq!(shown.iter().filter(|value| !value.is_null()).count(), 1, "{field:?}: {shown:?}");
        }
    }

    #[test]
    fn the_level_follows_the_outcome() {
        let level = |event: Event| logged(&event)["level"].clone();
        assert_eq!(level(Event::new(Kind::SignIn)), "INFO");
        assert_eq!(level(Event::because(Kind::Request, Reason::Store)), "ERROR");
        assert_eq!(level(Event::because(Kind::Request, Reason::CodePkce)), "WARN");
        assert_eq!(level(Event::because(Kind::Operation, Reason::UpstreamUnavailable).succeeded()), "WARN");
    }
}
