//! Rows of the audit as JSON.

use serde::{Deserialize, Serialize};
use store::intent::audit::AuditPage;
use store::record::AuditRecord;

/// One row. Apart from `id`, `at` and `user`, its members have the names of the fields in log lines; `user` is
/// `subject` there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The row's position among all rows, which no other row has.
    pub id: String,
    /// When the event happened, in seconds since 1970.
    pub at: u64,
    /// What happened: a kind of event.
    pub event: String,
    /// `success`, `refused` or `failed`.
    pub outcome: String,
    /// The reason of the event, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The tenant: its issuer and its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The `client_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The user's `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The address of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The id of the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The administrator, as the command named them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Further facts about the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The rows of one response.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The rows, in the order that the query asked for.
    pub rows: Vec<Row>,
    /// The position of the last row that was read, for `after` of the next query.
    pub next: Option<String>,
    /// Whether there may be further rows after this position.
    pub more: bool,
}

impl From<&AuditRecord> for Row {
    fn from(row: &AuditRecord) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            id: row.cursor().to_string(),
            at: row.at.as_secs(),
            event: row.kind.to_string(),
            outcome: row.outcome.to_string(),
            reason: text(row.reason.as_deref()),
            tenant: text(row.tenant.as_deref()),
            client: text(row.client.as_deref()),
            user: text(row.subject.as_deref()),
            address: text(row.address.as_deref()),
            grant: text(row.grant.as_deref()),
            actor: text(row.actor.as_deref()),
            detail: text(row.detail.as_deref()),
        }
    }
}

impl From<AuditPage> for Page {
    fn from(page: AuditPage) -> Self {
        Self {
            rows: page.rows.iter().map(Row::from).collect(),
            next: page.cursor.map(|cursor| cursor.to_string()),
            more: page.more,
        }
    }
}
