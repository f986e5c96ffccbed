//! Checks the provider's metadata document (OpenID Connect Discovery 1.0), its keys, and what it offers.

use super::checked::Checked;
use super::report::{Outcome, Report, of_call};
use crate::clock::Clock;
use crate::upstream::oidc::Oidc;
use crate::upstream::probe::{self, Discovery};
use protocol::time::CLOCK_SKEW;

/// The endpoints in the document; `true` if the document must name the endpoint.
const ENDPOINTS: [(&str, bool); 4] = [
    ("authorization_endpoint", true),
    ("token_endpoint", true),
    ("jwks_uri", true),
    ("userinfo_endpoint", false),
];

/// Checks the document and the keys. Returns whether the document can be used, so that other checks make sense.
pub(super) async fn check(oidc: &Oidc, clock: &dyn Clock, checked: &Checked, report: &mut Report) -> bool {
    let at = &checked.registration;
    let found = match oidc.discovery(at).await {
        Ok(found) => found,
        Err(error) => {
            let (outcome, text) = of_call(error);
            report.add("discovery", outcome, text);
            return false;
        }
    };
    report.add("discovery", Outcome::Passed, found.place.clone());
    time(clock, &found, report);
    match oidc.check_issuer(at, &found) {
        Ok(()) => report.add("issuer", Outcome::Passed, "the document names the same issuer"),
        Err(error) => report.add_error("issuer", &error),
    }
    endpoints(oidc, checked, &found, report);
    offers(checked, &found, report);
    let passed = |check| report.finding(check).is_some_and(|finding| finding.outcome == Outcome::Passed);
    // Without the right issuer and endpoints, the checks that follow would only repeat the same errors.
    if !passed("issuer") || !passed("endpoints") {
        return false;
    }
    client_auth_and_keys(oidc, checked, report).await;
    true
}

async fn client_auth_and_keys(oidc: &Oidc, checked: &Checked, report: &mut Report) {
    let at = &checked.registration;
    match oidc.check_auth_methods(at).await {
        Ok(()) => report.add("client-auth", Outcome::Passed, "a supported method, or none is needed"),
        Err(error) => report.add_error("client-auth", &error),
    }
    match oidc.count_keys(at).await {
        Ok((0, all)) => {
            report.add("keys", Outcome::Failed, format!("none of the {all} keys can verify an id_token"));
        }
        Ok((usable, all)) => {
            report.add("keys", Outcome::Passed, format!("{usable} of {all} keys can verify an id_token"));
        }
        Err(error) => report.add_error("keys", &error),
    }
}

/// Checks that the clocks differ by at most a minute; otherwise an `id_token` is refused.
fn time(clock: &dyn Clock, found: &Discovery, report: &mut Report) {
    let Some(theirs) = found.time else {
        report.add("clock", Outcome::Skipped, "the provider's response does not name its time (Date)");
        return;
    };
    let ours = clock.now();
    let (ahead, behind) = (ours.since(theirs), theirs.since(ours));
    let text = |secs: u64, way: &str| {
        format!(
            "this machine's clock is {secs} seconds {way} the provider's: correct it, or its id_tokens are refused"
        )
    };
    if ahead > CLOCK_SKEW {
        report.add("clock", Outcome::Failed, text(ahead, "ahead of"));
    } else if behind > CLOCK_SKEW {
        report.add("clock", Outcome::Failed, text(behind, "behind"));
    } else {
        report.add("clock", Outcome::Passed, "the same time as at the provider");
    }
}

fn endpoints(oidc: &Oidc, checked: &Checked, found: &Discovery, report: &mut Report) {
    let mut wrong = Vec::new();
    for (name, required) in ENDPOINTS {
        if !required && found.text(name).is_none() {
            continue;
        }
        if let Err(error) = oidc.check_endpoint(&checked.registration, found, name) {
            wrong.push(format!("{name}: {error}"));
        }
    }
    if wrong.is_empty() {
        report.add("endpoints", Outcome::Passed, "every endpoint may be called");
    } else {
        report.add("endpoints", Outcome::Failed, wrong.join("; "));
    }
}

/// Checks what the provider supports according to the document. An absent list is no fault.
fn offers(checked: &Checked, found: &Discovery, report: &mut Report) {
    match found.list("response_types_supported") {
        Some(types) if !types.contains(&"code") => {
            report.add(
                "response-types",
                Outcome::Failed,
                "the provider does not support the code flow (code)",
            );
        }
        _ => report.add("response-types", Outcome::Passed, "the code flow"),
    }
    match found.list("code_challenge_methods_supported") {
        Some(methods) if methods.contains(&"S256") => report.add("pkce", Outcome::Passed, "S256"),
        Some(_) => report.add("pkce", Outcome::Failed, "the provider supports PKCE, but not with S256"),
        None => {
            let text = "the document does not mention PKCE; S256 is sent all the same, and a provider without it ignores it";
            report.add("pkce", Outcome::Warning, text);
        }
    }
    let ours = probe::algorithms();
    match found.list("id_token_signing_alg_values_supported") {
        Some(algorithms) if !algorithms.iter().any(|alg| ours.contains(alg)) => {
            let text = format!(
                "the provider signs with {}; supported here are {}",
                algorithms.join(", "),
                ours.join(", ")
            );
            report.add("algorithms", Outcome::Failed, text);
        }
        Some(algorithms) => {
            let both: Vec<&str> = algorithms.into_iter().filter(|alg| ours.contains(alg)).collect();
            report.add("algorithms", Outcome::Passed, both.join(", "));
        }
        None => report.add("algorithms", Outcome::Skipped, "the document names none"),
    }
    scopes(checked, found, report);
}

fn scopes(checked: &Checked, found: &Discovery, report: &mut Report) {
    let Some(offered) = found.list("scopes_supported") else {
        report.add("scopes", Outcome::Skipped, "the document lists no scopes");
        return;
    };
    let lacking: Vec<&str> = checked.scopes.iter().filter(|scope| !offered.contains(scope)).collect();
    if lacking.is_empty() {
        report.add("scopes", Outcome::Passed, format!("{} are offered", checked.scopes));
        return;
    }
    // A provider need not list every scope (Discovery 1.0 §3).
    let text = format!(
        "the provider does not list {}: it may refuse the login (invalid_scope). Keep in the option scopes only those of \
         the provider, and this server's own in offeredScopes. It lists {}",
        lacking.join(", "),
        offered.join(", ")
    );
    report.add("scopes", Outcome::Warning, text);
}
