//! The texts that users read when a login cannot continue. What the log and the client get is in [`super::wire`].

use protocol::server::authorize::RequestingClientError;
use protocol::server::redirect::RedirectError;
use protocol::settings::Refusal;

use super::error::{Declined, EndReason, JourneyError};
use crate::upstream::UpstreamError;
use crate::users::LoginRefused;

/// The text that replaces the general one of the error page.
pub(super) const fn of(error: &JourneyError) -> Option<&'static str> {
    match error {
        JourneyError::Asker(RequestingClientError::ClientId) => {
            Some("The application did not identify itself.")
        }
        JourneyError::Asker(RequestingClientError::Repeated(_)) => Some(
            "The application gave two different values for its identity or for the address to send you back to.",
        ),
        JourneyError::RuleMandatory(_) => Some(
            "It is not configured yet who has access here. The operator of this server has to set allowedUsers, allowedEmailDomains or allowedGroups, and allowedTenants if users of any Entra ID directory can sign in.",
        ),
        JourneyError::ClientUnknown { .. } => Some(
            "This server does not know the application. Remove the connection in the application and add it again, so that it registers again.",
        ),
        JourneyError::RedirectUri(wrong) => Some(redirect_uri(&wrong.error)),
        // The server cannot tell which of these is the case.
        JourneyError::LoginUnknown { .. } | JourneyError::CookieMissing => Some(
            "This sign-in has ended, or it was started in another browser, or your browser does not accept cookies. Go back to the application and try to connect again.",
        ),
        JourneyError::FormToken { .. } => Some(crate::pages::OUTDATED),
        JourneyError::Asker(RequestingClientError::TooLong(_))
        | JourneyError::LoginsFull
        | JourneyError::Decision
        | JourneyError::CallbackMalformed
        | JourneyError::UsersUnavailable { .. }
        | JourneyError::Seal(_)
        | JourneyError::Below(_) => None,
    }
}

const fn redirect_uri(error: &RedirectError) -> &'static str {
    match error {
        RedirectError::Missing => {
            "The application did not say which address to send you back to, and it has not registered exactly one."
        }
        RedirectError::PrivateUse(_) => {
            "The application asks to send you back to an address of a kind that this server does not accept. The operator of this server can allow it: see BOUNCER_REDIRECT_SCHEMES in the documentation."
        }
        RedirectError::HostNotAllowed(_) => {
            "The application asks to send you back to an address that this server does not allow. The operator of this server can allow it: see allowedRedirectHosts in the documentation."
        }
        RedirectError::Malformed
        | RedirectError::Ambiguous
        | RedirectError::PlainHttp
        | RedirectError::Dangerous
        | RedirectError::Unregistered => {
            "The application asks to send you back to an address that it has not registered."
        }
    }
}

/// Explains why a login ended without a code.
pub(super) const fn ended(reason: &EndReason) -> &'static str {
    const NOT_SET_UP: &str = "This server and your identity provider are not configured to work together. Trying again will not help until your administrator has changed the configuration.";
    const UNVERIFIED: &str = "The response of the identity provider could not be verified, so you were not signed in. Your administrator can find out why.";
    const UNAVAILABLE: &str =
        "Your identity provider does not respond at the moment. Go back and try again in a few minutes.";
    match reason {
        EndReason::NotAdmitted(refused) => not_admitted(refused.refusal),
        EndReason::Declined { meaning: Declined::Denied, .. } => {
            "The sign-in was cancelled, or your identity provider did not allow it. You can go back and try again."
        }
        EndReason::Upstream(UpstreamError::GrantRefused(_)) => {
            "Your identity provider did not complete the sign-in, perhaps because it took too long. Go back and try again."
        }
        EndReason::Declined { meaning: Declined::Unavailable, .. }
        | EndReason::Upstream(UpstreamError::Unavailable(_)) => UNAVAILABLE,
        EndReason::WrongIssuer | EndReason::Upstream(UpstreamError::Unverifiable(_)) => UNVERIFIED,
        EndReason::Declined { meaning: Declined::Failed | Declined::Misconfigured, .. }
        | EndReason::Upstream(UpstreamError::Misconfigured(_))
        | EndReason::Unsealed(_)
        | EndReason::ProviderChanged => NOT_SET_UP,
    }
}

const fn not_admitted(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::RuleMandatory | Refusal::DirectoriesMandatory | Refusal::DirectoriesWrong => {
            "It is not configured yet who may use this server. Your administrator has to configure that."
        }
        Refusal::Directory => "Your account does not belong to an organisation that may use this server.",
        Refusal::HostedDomain => {
            "Your account is not managed by an organisation that may use this server, although its address suggests it."
        }
        Refusal::User => "Your account is not on the list of users who may use this server.",
        Refusal::EmailNotVerified => {
            "Only users with a verified e-mail address may use this server, and your identity provider does not confirm that yours is verified."
        }
        Refusal::EmailDomain => {
            "Your e-mail address does not belong to an organisation that may use this server."
        }
        Refusal::Group => "You are in none of the groups that may use this server.",
    }
}

/// Explains why a name and a password were refused. The text is the same for an unknown name, a wrong password and a
/// user without access here. `None` means that the error page is shown instead.
pub(super) const fn sign_in(refused: &LoginRefused) -> Option<&'static str> {
    match refused {
        LoginRefused::Credentials(_) => Some("The user name or the password is wrong."),
        LoginRefused::Wait { .. } => Some("There were too many attempts. Wait a moment before the next one."),
        LoginRefused::Busy => Some("Too many people are signing in at the moment. Try again."),
        LoginRefused::Unavailable(_) => None,
    }
}
