//! Selects rows of the audit table.

use crate::limits::audit::{ADDRESS, CLIENT, GRANT, KIND, OUTCOME, REASON, SUBJECT, TENANT};
use crate::record::{AuditClass, AuditRecord, Short};
use protocol::time::UnixTime;

/// Selects the rows that match every field that is not `None`. Texts are compared with the stored, shortened texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Whether the cause of the event is proven.
    pub class: Option<AuditClass>,
    /// The event happened at or after this time.
    pub since: Option<UnixTime>,
    /// The event happened before this time.
    pub until: Option<UnixTime>,
    /// The kind.
    pub kind: Option<Short<KIND>>,
    /// The outcome.
    pub outcome: Option<Short<OUTCOME>>,
    /// The reason.
    pub reason: Option<Short<REASON>>,
    /// The tenant.
    pub tenant: Option<Short<TENANT>>,
    /// The client id.
    pub client: Option<Short<CLIENT>>,
    /// The subject. It is the only text with an index: other rows need not be read to find the subject's rows.
    pub subject: Option<Short<SUBJECT>>,
    /// The address.
    pub address: Option<Short<ADDRESS>>,
    /// The grant.
    pub grant: Option<Short<GRANT>>,
    /// Who caused the event, if not the subject.
    pub actor: Option<Short<SUBJECT>>,
    /// At least one text of the row contains this text; ASCII letters match in either case.
    pub text: Option<String>,
}

impl AuditFilter {
    /// Whether the row is wanted.
    pub fn matches(&self, row: &AuditRecord) -> bool {
        self.class.is_none_or(|class| class == row.class)
            && self.since.is_none_or(|since| since <= row.at)
            && self.until.is_none_or(|until| row.at < until)
            && same(self.kind.as_ref(), Some(&row.kind))
            && same(self.outcome.as_ref(), Some(&row.outcome))
            && same(self.reason.as_ref(), row.reason.as_ref())
            && same(self.tenant.as_ref(), row.tenant.as_ref())
            && same(self.client.as_ref(), row.client.as_ref())
            && same(self.subject.as_ref(), row.subject.as_ref())
            && same(self.address.as_ref(), row.address.as_ref())
            && same(self.grant.as_ref(), row.grant.as_ref())
            && same(self.actor.as_ref(), row.actor.as_ref())
            && self.text.as_ref().is_none_or(|text| contains(row, text))
    }
}

fn same<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none() || wanted == found
}

fn contains(row: &AuditRecord, text: &str) -> bool {
    let wanted = text.to_ascii_lowercase();
    let texts: [Option<&str>; 10] = [
        Some(&row.kind),
        Some(&row.outcome),
        row.reason.as_deref(),
        row.tenant.as_deref(),
        row.client.as_deref(),
        row.subject.as_deref(),
        row.address.as_deref(),
        row.grant.as_deref(),
        row.detail.as_deref(),
        row.actor.as_deref(),
    ];
    texts.into_iter().flatten().any(|text| text.to_ascii_lowercase().contains(&wanted))
}
