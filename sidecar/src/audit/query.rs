//! A query of the audit.

use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};
use store::intent::audit::{AuditFilter, FindAudit, Order};
use store::record::{AuditClass, AuditCursor, NotACursor};

/// The maximum number of rows in one response.
pub const MOST: usize = 1_000;
/// The maximum number of rows that are read for one response, so that a query without matches does not keep the store
/// busy.
const SCANNED: usize = 50_000;

/// Which rows are wanted, and in which order. An absent field restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Query {
    /// Only rows from this time on, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Only rows before this time, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Only rows of this kind of event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Only rows with this outcome: `success`, `refused` or `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Only rows with this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Only rows of this tenant: its issuer and its id, as rows show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Only rows of the client with this `client_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Only rows of this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Only rows of a caller with this address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Only rows of the grant with this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Only rows of this administrator, as the command named them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Only rows of which any text contains this text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// Only events that a signed-in user, a client with a valid grant, an administrator or this server caused (`true`),
    /// or only events that anybody can cause (`false`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven: Option<bool>,
    /// Whether the oldest rows come first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub oldest_first: bool,
    /// Only rows after this position: `next` of an earlier response with the same order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The maximum number of rows, at most [`MOST`], which is also the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl Query {
    /// Returns the store operation for this query. Fails if `after` is not a position in the audit.
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
