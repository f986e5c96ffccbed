//! `mcpbouncer check-provider`: whether an identity provider and the settings for it fit together, in words. It uses the
//! same code as logins do: discovery, checks of addresses, code exchange, access rules.

mod document;
mod login;
mod report;
mod rules;

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{AccessRules, Provider};

use crate::clock::Clock;
use crate::upstream::http::CallError;
use crate::upstream::oidc::Oidc;
use crate::upstream::probe::ClientVerdict;
use crate::upstream::{NeededClaims, Profile, Registration, UpstreamError};

pub use login::{LoginError, Waiting, log_in};
pub use report::{Finding, Outcome, Report, SignedInUser, exit};

/// What is checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The provider.
    pub provider: Provider,
    /// The sidecar's registration there; the client id is empty if only the provider itself is checked.
    pub registration: Registration,
    /// The access rules that users must satisfy.
    pub access: AccessRules,
    /// The scopes to request.
    pub scopes: ScopeSet,
}

impl Checked {
    /// Fails if the provider's settings contradict each other. `None` if the users are local.
    pub fn new(
        provider: Provider,
        access: AccessRules,
        scopes: ScopeSet,
    ) -> Result<Option<Self>, UpstreamError> {
        let Some(registration) = Registration::at(&provider)? else { return Ok(None) };
        let needed =
            NeededClaims { email: access.need_address(), groups: !access.groups.is_empty(), profile: false };
        let shown = NeededClaims { email: true, groups: needed.groups, profile: true };
        let registration = Registration { needed, shown, ..registration };
        // As in a login: the address is requested if a rule needs it.
        let mut scopes = scopes;
        scopes.insert("openid");
        if needed.email {
            scopes.insert("email");
        }
        Ok(Some(Self { provider, registration, access, scopes }))
    }

    fn has_client(&self) -> bool {
        !self.registration.client_id.is_empty()
    }
}

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

/// Adds the result of a test login, and what each access rule says about the user.
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

/// A value of 256 random bits, as text.
fn random(entropy: &dyn store::entropy::Entropy) -> Result<Secret<String>, store::entropy::EntropyError> {
    let bytes: [u8; 32] = store::entropy::random_bytes(entropy)?;
    Ok(Secret::new(protocol::encoding::b64url_encode(&bytes)))
}

/// Whether the error means that the provider could not be asked at all.
fn outcome_of(error: &UpstreamError) -> Outcome {
    match error {
        UpstreamError::Unavailable(_) => Outcome::Unreachable,
        UpstreamError::GrantRefused(_) | UpstreamError::Misconfigured(_) | UpstreamError::Unverifiable(_) => {
            Outcome::Failed
        }
    }
}

fn of_call(error: CallError) -> (Outcome, String) {
    match error {
        CallError::Unreachable(text) => (Outcome::Unreachable, text),
        CallError::Failed(error) => (outcome_of(&error), error.to_string()),
    }
}
