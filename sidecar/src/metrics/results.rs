//! Maps events to the series that the earlier MCPBouncer, which this program replaces, had.

use events::{Event, Field, Kind, Outcome, Reason, Value};
use protocol::server::grant_type::GrantType;

const REFRESH: &str = "refresh_token";

fn text(event: &Event, field: Field) -> Option<&str> {
    match event.field(field) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn flag(event: &Event, field: Field) -> bool {
    event.field(field) == Some(&Value::Flag(true))
}

/// Returns the reason for which a request, a sign-in or a login was refused, denied or failed; `None` for other events.
pub(super) fn auth_failure(event: &Event) -> Option<Reason> {
    match event.kind {
        Kind::Request | Kind::SignInRefused | Kind::LoginEnded | Kind::ConsentDenied => event.reason,
        _ => None,
    }
}

/// Returns the grant type for which an access token was issued; `None` for other events.
pub(super) fn issued(event: &Event) -> Option<&'static str> {
    match event.kind {
        Kind::TokenIssued => {
            let named = text(event, Field::GrantType)?;
            GrantType::ALL.into_iter().map(GrantType::name).find(|name| *name == named)
        }
        Kind::TokenRefreshed => Some(REFRESH),
        _ => None,
    }
}

/// Returns the result of a refresh request; `None` for other events.
pub(super) fn refresh(event: &Event) -> Option<&'static str> {
    match (event.kind, event.outcome, event.reason) {
        (Kind::TokenRefreshed, ..) if flag(event, Field::Created) => Some("rotated"),
        (Kind::TokenRefreshed, ..) => Some("repeated"),
        (Kind::Request, outcome, reason) if text(event, Field::GrantType) == Some(REFRESH) => {
            Some(match (outcome, reason) {
                (_, Some(Reason::RefreshReused)) => "reused",
                (Outcome::Failed, _) => "failed",
                _ => "refused",
            })
        }
        _ => None,
    }
}

/// Returns the result of a client registration; `None` for other events.
pub(super) fn registration(event: &Event) -> Option<&'static str> {
    match (event.kind, event.outcome) {
        (Kind::ClientRegistered, _) if flag(event, Field::Created) => Some("created"),
        (Kind::ClientRegistered, _) => Some("repeated"),
        (Kind::Request, outcome) if text(event, Field::Path) == Some("/oauth/register") => {
            Some(if outcome == Outcome::Failed { "failed" } else { "refused" })
        }
        _ => None,
    }
}
