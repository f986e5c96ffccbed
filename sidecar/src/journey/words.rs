//! What people read when a login does not go on. The log and the client learn other things: [`super::wire`].

use protocol::server::authorize::RequestingClientError;
use protocol::server::redirect::RedirectError;
use protocol::settings::Refusal;

use super::error::{Declined, EndReason, JourneyError};
use crate::upstream::UpstreamError;
use crate::users::LoginRefused;

/// In the place of what every error page says.
pub(super) const fn of(error: &JourneyError) -> Option<&'static str> {
    match error {
        JourneyError::Asker(RequestingClientError::ClientId) => {
            Some("The application did not say who it is.")
        }
        JourneyError::Asker(RequestingClientError::Repeated(_)) => {
            Some("The application said twice, and differently, who it is or where the answer is to go.")
        }
        JourneyError::RuleMandatory(_) => Some(
            "This server does not say yet who may enter. Its operator has to set allowedUsers, allowedEmailDomains or allowedGroups, and allowedTenants where people of any Entra ID directory can sign in.",
        ),
        JourneyError::ClientUnknown { .. } => Some(
            "This server does not know the application. Remove the connection in the application and add it again, so that it registers again.",
        ),
        JourneyError::RedirectUri(wrong) => Some(redirect_uri(&wrong.error)),
        // Which of them it is, nobody can tell.
        JourneyError::LoginUnknown { .. } | JourneyError::CookieMissing => Some(
            "This sign-in has ended, or it was begun in another browser, or your browser does not accept cookies. Go back to the application and try to connect again.",
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
            "The application did not say where it wants to be answered, and that cannot be known otherwise."
        }
        RedirectError::PrivateUse(_) => {
            "The application wants to be answered at an address of a kind that this server does not accept. Its operator can allow it: see BOUNCER_REDIRECT_SCHEMES in the documentation."
        }
        RedirectError::HostNotAllowed(_) => {
            "The application wants to be answered at an address that this server does not send people to. Its operator can allow it: see allowedRedirectHosts in the documentation."
        }
        RedirectError::Malformed
        | RedirectError::Ambiguous
        | RedirectError::PlainHttp
        | RedirectError::Dangerous
        | RedirectError::Unregistered => {
            "The application asked to be answered at an address that it has not registered."
        }
    }
}

/// Why a login ended without a code.
pub(super) const fn ended(reason: &EndReason) -> &'static str {
    const NOT_SET_UP: &str = "This server and your identity provider are not set up to work together. Trying again does not help before your administrator has changed something.";
    const UNVERIFIED: &str = "What the identity provider answered could not be verified, so nobody was signed in. Your administrator can find out why.";
    const UNAVAILABLE: &str =
        "Your identity provider does not answer at the moment. Go back and try again in a few minutes.";
    match reason {
        EndReason::NotAdmitted(refused) => not_admitted(refused.refusal),
        EndReason::Declined { meaning: Declined::Denied, .. } => {
            "The sign-in was cancelled, or your identity provider did not allow it. You can go back and try again."
        }
        EndReason::Upstream(UpstreamError::GrantRefused(_)) => {
            "Your identity provider did not accept the end of the sign-in, perhaps because it took too long. Go back and try again."
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

/// Why a name and a password were refused. The page says the same whether the name or the password was wrong, or the
/// user may not enter here.
pub(super) const fn sign_in(refused: &LoginRefused) -> Option<&'static str> {
    match refused {
        LoginRefused::Credentials(_) => Some("The user name or the password is not right."),
        LoginRefused::Wait { .. } => Some("There were too many tries. Wait a little before the next one."),
        LoginRefused::Busy => Some("Too many people are signing in at this moment. Try again."),
        LoginRefused::Unavailable(_) => None,
    }
}
