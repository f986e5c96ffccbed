//! The parameters of a question to the audit.

use protocol::form::{Form, FormError, encode_pairs};
use protocol::time::UnixTime;
use store::intent::audit::{AuditFilter, FindAudit, Order};
use store::record::{AuditClass, AuditCursor};

/// The most rows of one response.
const MOST: usize = 1_000;
/// The most rows that are read for one response, so that a question that nothing matches does not keep the store busy.
const SCANNED: usize = 50_000;

/// Why a question is refused.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It is not a form.
    #[error("the query is malformed: {0}")]
    Form(#[from] FormError),
    /// There is no such parameter.
    #[error("there is no parameter {0}")]
    Unknown(String),
    /// A value cannot be read.
    #[error("{name} must be {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

/// A question to the audit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Which rows.
    pub filter: AuditFilter,
    /// Whether the oldest come first.
    pub oldest_first: bool,
    /// Only rows after this place, in this order.
    pub after: Option<AuditCursor>,
    /// The maximum number of rows; 0 for the most that one response can have.
    pub limit: usize,
}

const CLASSES: [(&str, AuditClass); 2] = [("proven", AuditClass::Proven), ("unproven", AuditClass::Unproven)];

impl Query {
    /// Reads the query of a request.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut query = Self::default();
        let form = Form::parse(text.as_bytes())?;
        for name in form.names() {
            query.set(name, form.get(name).unwrap_or_default())?;
        }
        Ok(query)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), QueryError> {
        let filter = &mut self.filter;
        match name {
            "since" => filter.since = Some(time("since", value)?),
            "until" => filter.until = Some(time("until", value)?),
            "event" => filter.kind = Some(value.into()),
            "outcome" => filter.outcome = Some(value.into()),
            "reason" => filter.reason = Some(value.into()),
            "tenant" => filter.tenant = Some(value.into()),
            "client" => filter.client = Some(value.into()),
            "user" => filter.subject = Some(value.into()),
            "address" => filter.address = Some(value.into()),
            "grant" => filter.grant = Some(value.into()),
            "actor" => filter.actor = Some(value.into()),
            "contains" => filter.text = Some(value.to_owned()),
            "class" => {
                let found = CLASSES.iter().find(|(known, _)| *known == value);
                let expected = "proven or unproven";
                let (_, class) = found.ok_or(QueryError::Value { name: "class", expected })?;
                filter.class = Some(*class);
            }
            "order" => {
                self.oldest_first = match value {
                    "oldest" => true,
                    "newest" => false,
                    _ => return Err(QueryError::Value { name: "order", expected: "oldest or newest" }),
                }
            }
            "after" => {
                let expected = "the value of next in an earlier response";
                self.after = Some(value.parse().map_err(|_| QueryError::Value { name: "after", expected })?);
            }
            "limit" => {
                let expected = "a number from 1 to 1000";
                let limit = value.parse().ok().filter(|limit| (1..=MOST).contains(limit));
                self.limit = limit.ok_or(QueryError::Value { name: "limit", expected })?;
            }
            other => return Err(QueryError::Unknown(other.chars().take(40).collect())),
        }
        Ok(())
    }

    /// The query of a request for these rows.
    pub fn to_text(&self) -> String {
        let filter = &self.filter;
        let numbers = [("since", filter.since), ("until", filter.until)]
            .map(|(name, time)| (name, time.map(|time| time.as_secs().to_string())));
        let texts = [
            ("event", filter.kind.as_deref()),
            ("outcome", filter.outcome.as_deref()),
            ("reason", filter.reason.as_deref()),
            ("tenant", filter.tenant.as_deref()),
            ("client", filter.client.as_deref()),
            ("user", filter.subject.as_deref()),
            ("address", filter.address.as_deref()),
            ("grant", filter.grant.as_deref()),
            ("actor", filter.actor.as_deref()),
            ("contains", filter.text.as_deref()),
            ("order", self.oldest_first.then_some("oldest")),
        ]
        .map(|(name, text)| (name, text.map(str::to_owned)));
        let class = filter.class.and_then(|class| CLASSES.iter().find(|(_, known)| *known == class));
        let others = [
            ("class", class.map(|(name, _)| (*name).to_owned())),
            ("after", self.after.map(|after| after.to_string())),
            ("limit", (self.limit > 0).then(|| self.limit.to_string())),
        ];
        let pairs: Vec<(&str, String)> = numbers
            .into_iter()
            .chain(texts)
            .chain(others)
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        encode_pairs(&pairs)
    }

    /// The store's operation.
    pub fn intent(&self) -> FindAudit {
        FindAudit {
            filter: self.filter.clone(),
            order: if self.oldest_first { Order::OldestFirst } else { Order::NewestFirst },
            after: self.after,
            limit: if self.limit == 0 { MOST } else { self.limit },
            scan_limit: SCANNED,
        }
    }
}

fn time(name: &'static str, value: &str) -> Result<UnixTime, QueryError> {
    let expected = "a number of seconds since 1970";
    value.parse().map(UnixTime::new).map_err(|_| QueryError::Value { name, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_read_as_it_was_written() {
        let text = "since=1&until=2&event=sign_in&outcome=refused&reason=csrf&tenant=https%3A%2F%2Fh+t&client=c&user=al%26ice&address=%3A%3A1&grant=g&actor=a&contains=x&order=oldest&class=unproven&limit=7";
        let query = Query::parse(text).unwrap();
        assert_eq!(query.filter.subject.as_deref(), Some("al&ice"));
        assert_eq!(Query::parse(&query.to_text()).unwrap(), query);
        assert_eq!(query.to_text().split('&').count(), text.split('&').count());
        assert_eq!(Query::parse("").unwrap(), Query::default());
        assert_eq!(Query::default().to_text(), "");
    }

    #[test]
    fn unknown_and_unreadable_parameters_are_refused() {
        for (text, expected) in [
            ("colour=red", "there is no parameter colour"),
            ("since=yesterday", "since must be a number of seconds since 1970"),
            ("limit=0", "limit must be a number from 1 to 1000"),
            ("limit=1001", "limit must be a number from 1 to 1000"),
            ("after=x", "after must be the value of next in an earlier response"),
            ("order=up", "order must be oldest or newest"),
            ("class=other", "class must be proven or unproven"),
            ("user=a&user=b", "the query is malformed"),
        ] {
            let error = Query::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
