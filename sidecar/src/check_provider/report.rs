//! The report on all checks, for a person or for a program.

use std::fmt::Write as _;

use protocol::settings::Identity;
use serde::Serialize;

use super::checked::Checked;
use crate::telemetry::printable;
use crate::upstream::UpstreamError;
use crate::upstream::http::CallError;

/// The exit codes of the command.
pub mod exit {
    /// Nothing is wrong; there may be warnings.
    pub const FINE: u8 = 0;
    /// A check failed.
    pub const FAILED: u8 = 1;
    /// The command line or a setting cannot be used.
    pub const USAGE: u8 = 2;
    /// The provider could not be reached, or did not respond as a provider does.
    pub const UNREACHABLE: u8 = 3;
    /// The test login succeeded, and an access rule refuses the user.
    pub const NOT_ADMITTED: u8 = 4;
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing is wrong.
    Passed,
    /// Logins may work, but the operator should look at something.
    Warning,
    /// Logins will fail.
    Failed,
    /// The provider could not be asked.
    Unreachable,
    /// Not checked; the text says why.
    Skipped,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Warning => "warning",
            Self::Failed => "FAILED",
            Self::Unreachable => "UNREACHABLE",
            Self::Skipped => "skipped",
        }
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The name of the check.
    pub check: &'static str,
    /// How the check ended.
    pub outcome: Outcome,
    /// What was found, in words.
    pub detail: String,
}

/// The user of the test login.
#[derive(Debug, Clone, Serialize)]
pub struct SignedInUser {
    /// Subject and claims.
    pub identity: Identity,
    /// The names of all claims that the provider sent.
    pub claim_names: Vec<String>,
    /// The result of each access rule that is set, for this user.
    pub rules: Vec<Finding>,
    /// Whether the user may log in.
    pub admitted: bool,
}

/// The report: everything that was found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The provider's issuer.
    pub issuer: String,
    /// The client id at the provider; empty if none was given.
    pub client_id: String,
    /// The checks, in their order.
    pub checks: Vec<Finding>,
    /// The user of the test login, if there was one.
    pub user: Option<SignedInUser>,
}

impl Report {
    pub(super) fn new(checked: &Checked) -> Self {
        let at = &checked.registration;
        let (issuer, client_id) = (at.issuer.clone(), at.client_id.clone());
        Self { issuer, client_id, checks: Vec::new(), user: None }
    }

    pub(super) fn add(&mut self, check: &'static str, outcome: Outcome, detail: impl Into<String>) {
        self.checks.push(Finding { check, outcome, detail: printable(&detail.into()) });
    }

    pub(super) fn add_error(&mut self, check: &'static str, error: &UpstreamError) {
        self.add(check, outcome_of(error), error.to_string());
    }

    pub(super) fn add_rules(&mut self, finding: Finding) {
        self.checks.push(finding);
    }

    /// The result of the check with this name; `None` if there was no such check.
    pub fn finding(&self, check: &str) -> Option<&Finding> {
        self.checks.iter().find(|finding| finding.check == check)
    }

    /// The exit code of the command.
    pub fn exit_code(&self) -> u8 {
        let has = |outcome| self.checks.iter().any(|finding| finding.outcome == outcome);
        if has(Outcome::Failed) {
            exit::FAILED
        } else if has(Outcome::Unreachable) {
            exit::UNREACHABLE
        } else if self.user.as_ref().is_some_and(|user| !user.admitted) {
            exit::NOT_ADMITTED
        } else {
            exit::FINE
        }
    }

    /// The report for a person.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", printable(&self.issuer));
        for finding in &self.checks {
            line(&mut text, finding);
        }
        if let Some(user) = &self.user {
            let _ = writeln!(text, "\nthe claims of the user:");
            for (name, value) in claims(&user.identity) {
                let _ = writeln!(text, "  {name:18} {}", printable(&value));
            }
            let names: Vec<String> = user.claim_names.iter().map(|name| printable(name)).collect();
            let _ = writeln!(text, "  all that were sent: {}\n\nthe access rules:", names.join(", "));
            user.rules.iter().for_each(|rule| line(&mut text, rule));
            let verdict = if user.admitted { "may log in" } else { "may NOT log in" };
            let _ = writeln!(text, "\nthis user {verdict}");
        }
        text
    }

    /// The report for a program.
    pub fn json(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.insert("exit_code".to_owned(), self.exit_code().into());
        }
        format!("{value:#}\n")
    }
}

fn line(text: &mut String, finding: &Finding) {
    let _ = writeln!(text, "  {:11} {:18} {}", finding.outcome.word(), finding.check, finding.detail);
}

/// Returns subject and claims, as pairs of name and value. The secrets of a login are not among them.
fn claims(identity: &Identity) -> Vec<(&'static str, String)> {
    let claims = &identity.claims;
    let verified = claims.email_verified.map(|verified| verified.to_string());
    let groups: Vec<&str> = claims.groups.iter().collect();
    let groups = (!groups.is_empty()).then(|| groups.join(", "));
    let all = [
        ("email", claims.email.clone()),
        ("email_verified", verified),
        ("name", claims.name.clone()),
        ("preferred_username", claims.preferred_username.clone()),
        ("hd", claims.hd.clone()),
        ("groups", groups),
    ];
    let subject = [("sub", identity.sub.clone())];
    subject.into_iter().chain(all.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect()
}

/// Returns [`Outcome::Unreachable`] if the error means that the provider could not be asked at all, or else
/// [`Outcome::Failed`].
pub(super) fn outcome_of(error: &UpstreamError) -> Outcome {
    match error {
        UpstreamError::Unavailable(_) => Outcome::Unreachable,
        UpstreamError::GrantRefused(_) | UpstreamError::Misconfigured(_) | UpstreamError::Unverifiable(_) => {
            Outcome::Failed
        }
    }
}

/// Returns the outcome of a failed call, and why the call failed.
pub(super) fn of_call(error: CallError) -> (Outcome, String) {
    match error {
        CallError::Unreachable(text) => (Outcome::Unreachable, text),
        CallError::Failed(error) => (outcome_of(&error), error.to_string()),
    }
}
