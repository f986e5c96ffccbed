//! A question to the audit.

use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};
use store::intent::audit::{AuditFilter, FindAudit, Order};
use store::record::{AuditClass, AuditCursor, NotACursor};

/// The most rows of one response.
pub const MOST: usize = 1_000;
/// The most rows that are read for one response, so that a question that nothing matches does not keep the store busy.
const SCANNED: usize = 50_000;

/// Which rows are wanted, and in which order. A field that is absent restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Query {
    /// From this time on, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Before this time, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// The kind of event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// `success`, `refused` or `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The tenant: its issuer and its id, as rows show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The client id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The address of the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The administrator, as the command named them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Any text of the row contains this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// Only events that somebody proven caused (`true`), or that anybody can cause (`false`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven: Option<bool>,
    /// Whether the oldest come first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub oldest_first: bool,
    /// Only rows after this place in this order: `next` of an earlier response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The maximum number of rows, at most [`MOST`], which is also the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl Query {
    /// The store's operation. Fails if `after` is not a place in the audit.
    pub fn intent(&self) -> Result<FindAudit, NotACursor> {
        let after: Option<AuditCursor> = self.after.as_deref().map(str::parse).transpose()?;
        let class = |proven| if proven { AuditClass::Proven } else { AuditClass::Unproven };
        let filter = AuditFilter {
            class: self.proven.map(class),
            since: self.since.map(UnixTime::new),
            until: self.until.map(UnixTime::new),
            kind: self.event.as_deref().map(Into::into),
            outcome: self.outcome.as_deref().map(Into::into),
            reason: self.reason.as_deref().map(Into::into),
            tenant: self.tenant.as_deref().map(Into::into),
            client: self.client.as_deref().map(Into::into),
            subject: self.user.as_deref().map(Into::into),
            address: self.address.as_deref().map(Into::into),
            grant: self.grant.as_deref().map(Into::into),
            actor: self.actor.as_deref().map(Into::into),
            text: self.contains.clone(),
        };
        Ok(FindAudit {
            filter,
            order: if self.oldest_first { Order::OldestFirst } else { Order::NewestFirst },
            after,
            limit: self.limit.unwrap_or(MOST).clamp(1, MOST),
            scan_limit: SCANNED,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_reaches_the_operation() {
        let json = r#"{"since":1,"until":2,"event":"e","outcome":"o","reason":"r","tenant":"t","client":"c","user":"u",
            "address":"a","grant":"g","actor":"x","contains":"w","proven":false,"oldest_first":true,"limit":7}"#;
        let query: Query = serde_json::from_str(json).unwrap();
        let FindAudit { filter, order, limit, .. } = query.intent().unwrap();
        let expected = AuditFilter {
            class: Some(AuditClass::Unproven),
            since: Some(UnixTime::new(1)),
            until: Some(UnixTime::new(2)),
            kind: Some("e".into()),
            outcome: Some("o".into()),
            reason: Some("r".into()),
            tenant: Some("t".into()),
            client: Some("c".into()),
            subject: Some("u".into()),
            address: Some("a".into()),
            grant: Some("g".into()),
            actor: Some("x".into()),
            text: Some("w".into()),
        };
        assert_eq!((filter, order, limit), (expected, Order::OldestFirst, 7));
    }

    #[test]
    fn limits_are_bounded_and_unknown_fields_refused() {
        let limit = |limit| Query { limit, ..Query::default() }.intent().unwrap().limit;
        assert_eq!((limit(None), limit(Some(0)), limit(Some(1_000_000))), (MOST, 1, MOST));
        assert!(serde_json::from_str::<Query>(r#"{"users":"u"}"#).is_err());
        assert!(Query { after: Some("x".to_owned()), ..Query::default() }.intent().is_err());
        assert_eq!(serde_json::to_string(&Query::default()).unwrap(), "{}");
    }
}
