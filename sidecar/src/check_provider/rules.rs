//! Checks the access rules: in the settings, and for the user of a test login.

use protocol::settings::{AccessRules, Refusal, UserRule};
use protocol::text::TextSet;

use super::checked::Checked;
use super::report::{Finding, Outcome, SignedInUser};
use crate::rules::refused;
use crate::telemetry::printable;
use crate::upstream::SignedIn;

/// Checks whether the rules suffice for this provider: one where anyone can have an account needs a rule.
pub(super) fn suffice(checked: &Checked) -> Finding {
    let (outcome, detail) = match checked.access.suffice(&checked.provider) {
        Err(refusal) => (Outcome::Failed, format!("nobody can log in: {refusal}")),
        Ok(()) if checked.access.is_unset() => {
            (Outcome::Passed, "no rule is set: every user of this provider may log in".to_owned())
        }
        Ok(()) => (Outcome::Passed, "the rules that this provider requires are set".to_owned()),
    };
    Finding { check: "rules", outcome, detail }
}

/// Applies each rule to the user who signed in.
pub(super) fn judge(checked: &Checked, signed_in: &SignedIn) -> SignedInUser {
    let identity = &signed_in.identity;
    let admitted = checked.access.authorize(identity, &checked.provider).is_ok();
    let rules = each(&checked.access).into_iter().map(|(name, rule)| {
        let (outcome, detail) = match rule.authorize(identity, &checked.provider) {
            Ok(_) => (Outcome::Passed, "admits the user".to_owned()),
            Err(refusal) if rule_of(refusal) == name || refusal.is_of_settings() => {
                (Outcome::Failed, printable(&refused(refusal, identity, Some(&signed_in.notes))))
            }
            Err(_) => {
                (Outcome::Skipped, "allowedTenants refuses the user before this rule is asked".to_owned())
            }
        };
        Finding { check: name, outcome, detail }
    });
    SignedInUser {
        identity: identity.clone(),
        claim_names: signed_in.notes.came.clone(),
        rules: rules.collect(),
        admitted,
    }
}

/// Returns each rule that is set, alone. The directories (`allowedTenants`) stay with every rule, because they decide
/// which groups count.
fn each(access: &AccessRules) -> Vec<(&'static str, AccessRules)> {
    let bare = AccessRules { directories: access.directories.clone(), ..AccessRules::default() };
    let mut rules = Vec::new();
    if !access.directories.is_empty() {
        rules.push(("allowedTenants", bare.clone()));
    }
    if access.users != UserRule::Unset {
        rules.push(("allowedUsers", AccessRules { users: access.users.clone(), ..bare.clone() }));
    }
    let is_set = |list: &TextSet| !list.is_empty();
    if is_set(&access.email_domains) {
        let email_domains = access.email_domains.clone();
        rules.push(("allowedEmailDomains", AccessRules { email_domains, ..bare.clone() }));
    }
    if is_set(&access.groups) {
        rules.push(("allowedGroups", AccessRules { groups: access.groups.clone(), ..bare }));
    }
    rules
}

/// Returns the name of the rule from which a refusal comes; empty if no rule is set.
const fn rule_of(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::RuleMandatory => "",
        Refusal::DirectoriesMandatory | Refusal::DirectoriesWrong | Refusal::Directory => "allowedTenants",
        Refusal::User => "allowedUsers",
        Refusal::EmailNotVerified | Refusal::EmailDomain | Refusal::HostedDomain => "allowedEmailDomains",
        Refusal::Group => "allowedGroups",
    }
}
