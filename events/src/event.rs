//! One event.

use std::net::IpAddr;

use crate::{Field, Kind, Outcome, Reason, Value};

/// One event. It never holds a token, a code, a cookie, a password or a query string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// Whether it succeeded.
    pub outcome: Outcome,
    /// Why it was refused or failed, or why a grant ended.
    pub reason: Option<Reason>,
    /// The tenant: its issuer and its id, as records name it.
    pub tenant: Option<String>,
    /// The OAuth client.
    pub client: Option<String>,
    /// The user: `sub`.
    pub subject: Option<String>,
    /// The address of the caller.
    pub address: Option<IpAddr>,
    /// The grant.
    pub grant: Option<String>,
    /// Who did it, for changes by an administrator or by the user.
    pub actor: Option<String>,
    /// Details for the operator.
    pub detail: Option<String>,
    /// Further facts.
    pub fields: Vec<(Field, Value)>,
    /// A sentence that replaces [`Kind::message`] in the log line.
    pub message: Option<&'static str>,
}

impl Event {
    /// A success.
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            outcome: Outcome::Success,
            reason: None,
            tenant: None,
            client: None,
            subject: None,
            address: None,
            grant: None,
            actor: None,
            detail: None,
            fields: Vec::new(),
            message: None,
        }
    }

    /// A refusal or a failure.
    #[must_use]
    pub const fn because(kind: Kind, reason: Reason) -> Self {
        let outcome = if reason.is_fault() { Outcome::Failed } else { Outcome::Refused };
        let mut event = Self::new(kind);
        event.reason = Some(reason);
        event.outcome = outcome;
        event
    }

    /// Names the tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Names the client.
    #[must_use]
    pub fn client(mut self, client: impl Into<String>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// Names the user.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Names the address of the caller.
    #[must_use]
    pub const fn address(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// Names the grant.
    #[must_use]
    pub fn grant(mut self, grant: impl std::fmt::Display) -> Self {
        self.grant = Some(grant.to_string());
        self
    }

    /// Names the administrator.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Adds a further fact.
    #[must_use]
    pub fn with(mut self, field: Field, value: impl Into<Value>) -> Self {
        self.fields.push((field, value.into()));
        self
    }

    /// The value of a field.
    pub fn field(&self, field: Field) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, value)| value)
    }

    /// Replaces the sentence of the log line, to tell the operator what to change.
    #[must_use]
    pub const fn saying(mut self, message: &'static str) -> Self {
        self.message = Some(message);
        self
    }

    /// Marks it as a success although it has a reason: the caller got what it asked for.
    #[must_use]
    pub const fn succeeded(mut self) -> Self {
        self.outcome = Outcome::Success;
        self
    }

    /// Adds details for the operator.
    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }
}
