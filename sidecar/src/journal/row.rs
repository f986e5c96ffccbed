//! The audit row of an event.

use std::fmt::Write as _;

use events::{Event, Proven};
use protocol::time::UnixTime;
use store::record::{AuditClass, AuditId, AuditRecord};

/// Makes the audit row of an event. Fields of the event without a column of their own go into the details.
pub(super) fn of(event: &Event, at: UnixTime, id: AuditId) -> AuditRecord {
    let class = match event.kind.proven() {
        Proven::Yes => AuditClass::Proven,
        Proven::No => AuditClass::Unproven,
    };
    let mut row = AuditRecord::new(class, at, id, event.kind.code(), event.outcome.code());
    row.reason = event.reason.map(|reason| reason.code().into());
    row.tenant = event.tenant.as_deref().map(Into::into);
    row.client = event.client.as_deref().map(Into::into);
    row.subject = event.subject.as_deref().map(Into::into);
    row.address = event.address.map(|address| address.to_string().into());
    row.grant = event.grant.as_deref().map(Into::into);
    row.actor = event.actor.as_deref().map(Into::into);
    let mut detail = event.detail.clone().unwrap_or_default();
    for (field, value) in &event.fields {
        let gap = if detail.is_empty() { "" } else { " " };
        // Writing to a string does not fail.
        let _ = write!(detail, "{gap}{}={value}", field.name());
    }
    row.detail = (!detail.is_empty()).then(|| detail.into());
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{Field, Kind, Reason};

    #[test]
    fn further_facts_are_details_and_strangers_have_a_class_of_their_own() {
        let event = Event::because(Kind::Request, Reason::CodePkce)
            .tenant("https://wiki.example.com t")
            .detail("it does not match")
            .with(Field::Status, 400_u64)
            .with(Field::Path, "/oauth/token");
        let row = of(&event, UnixTime::new(7), AuditId::default());
        assert_eq!(row.detail.as_deref(), Some("it does not match status=400 path=/oauth/token"));
        assert_eq!((row.class, row.reason.as_deref()), (AuditClass::Unproven, Some("code_pkce")));
        let row = of(&Event::new(Kind::TokenIssued), UnixTime::new(7), AuditId::default());
        assert_eq!((row.class, row.detail), (AuditClass::Proven, None));
    }
}
