//! What people read when a login ends without a code.

use protocol::settings::{Identity, Refusal};

/// Why a login ended, for the person: fixed words for each reason.
pub(super) fn why(reason: &str) -> &'static str {
    match reason {
        "upstream_denied" => {
            "The sign-in was cancelled, or your identity provider did not allow it. You can go back and try again."
        }
        "upstream_refused" => {
            "Your identity provider did not accept the end of the sign-in, perhaps because it took too long. Go back and try again."
        }
        "upstream_unavailable" => {
            "Your identity provider does not answer at the moment. Go back and try again in a few minutes."
        }
        "upstream_unverifiable" | "upstream_wrong_iss" => {
            "What the identity provider answered could not be verified, so nobody was signed in. Your administrator can find out why."
        }
        _ => {
            "This server and your identity provider are not set up to work together. Trying again does not help before your administrator has changed something."
        }
    }
}

/// Why somebody who signed in may not enter.
pub(super) const fn why_not_admitted(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::RuleMandatory | Refusal::DirectoriesMandatory | Refusal::DirectoriesWrong => {
            "This server does not say yet who may use it. Your administrator has to set that."
        }
        Refusal::Directory => "Your account is not of an organisation that may use this server.",
        Refusal::HostedDomain => {
            "Your account is not managed by an organisation that may use this server, although its address looks so."
        }
        Refusal::User => "Your account is not on the list of those who may use this server.",
        Refusal::EmailNotVerified => {
            "Only people with a verified e-mail address may use this server, and your identity provider does not vouch for yours."
        }
        Refusal::EmailDomain => "Your e-mail address is not of an organisation that may use this server.",
        Refusal::Group => "You are in none of the groups that may use this server.",
    }
}

/// What somebody is called on a page: as they know themselves.
pub(super) fn account_name(identity: &Identity) -> &str {
    let claims = &identity.claims;
    claims.preferred_username.as_ref().or(claims.email.as_ref()).unwrap_or(&identity.sub)
}
