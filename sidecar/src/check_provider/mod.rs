//! `mcpbouncer check-provider`: checks whether an identity provider and the settings for it fit together, and reports
//! in words. Uses the same code as logins: for metadata, addresses, code exchange and access rules.

mod checked;
mod document;
mod login;
mod report;
mod rules;

use crate::clock::Clock;
use crate::upstream::Profile;
use crate::upstream::oidc::Oidc;
use crate::upstream::probe::ClientVerdict;

pub use checked::Checked;
pub use login::{LoginError, Waiting, log_in};
pub use report::{Finding, Outcome, Report, SignedInUser, exit};

/// Checks everything that needs no user. `redirect_uri` is the one of the test login.
pub async fn check(oidc: &Oidc, clock: &dyn Clock, checked: &Checked, redirect_uri: &str) -> Report {
    let at = &checked.registration;
    let mut report = Report::new(checked);
    if at.profile == Profile::GitHub {
        report.add("discovery", Outcome::Skipped, "GitHub has fixed addresses and no discovery document");
    } else if !document::check(oidc, clock, checked, &mut report).await {
        return report;
    }
    report.add_rules(rules::suffice(checked));
    if !checked.has_client() {
        report.add("client", Outcome::Skipped, "no --client-id was given");
        return report;
    }
    let secret = at.client_secret.as_ref().map_or("without a secret", |_| "with its secret");
    match oidc.try_client(at, redirect_uri).await {
        Ok(ClientVerdict::Accepted) => {
            report.add("client", Outcome::Passed, format!("the token endpoint accepts the client, {secret}"));
        }
        Ok(ClientVerdict::Refused(why)) => {
            report.add(
                "client",
                Outcome::Failed,
                format!("the token endpoint refuses the client, {secret}: {why}"),
            );
        }
        Ok(ClientVerdict::Unclear(why)) => {
            let text = format!(
                "whether the client is right cannot be told from the token endpoint's response: {why}"
            );
            report.add("client", Outcome::Warning, text);
        }
        Err(error) => report.add_error("client", &error),
    }
    report
}

/// Adds the result of a test login and, if it succeeded, the result of each access rule for the user.
pub fn add_login(
    report: &mut Report,
    checked: &Checked,
    result: Result<crate::upstream::SignedIn, LoginError>,
) {
    match result {
        Ok(signed_in) => {
            report.add("login", Outcome::Passed, "the user signed in, and the response could be verified");
            report.user = Some(rules::judge(checked, &signed_in));
        }
        Err(LoginError::Provider(error)) => report.add_error("login", &error),
        Err(error) => report.add("login", Outcome::Failed, error.to_string()),
    }
}
