//! The texts for users whose login cannot continue. The texts for the log and the client are in [`super::wire`].

use events::Reason;
use protocol::server::authorize::RequestingClientError;
use protocol::server::redirect::RedirectError;
use protocol::settings::Refusal;

use super::error::{Declined, EndReason, JourneyError};
use crate::locale::{Message, ahead};
use crate::second_factor::CodeRefused;
use crate::upstream::UpstreamError;
use crate::users::LoginRefused;

/// Returns the text that replaces the general one of the error page; `None` if the general one stays.
pub(super) const fn of(error: &JourneyError) -> Option<Message> {
    match error {
        JourneyError::Asker(RequestingClientError::ClientId) => Some(Message::ClientMissing),
        JourneyError::Asker(RequestingClientError::Repeated(_)) => Some(Message::ClientRepeated),
        JourneyError::RuleMandatory(_) => Some(Message::OperatorMustSetRules),
        JourneyError::ClientUnknown { .. } => Some(Message::ClientUnknown),
        JourneyError::RedirectUri(wrong) => Some(redirect_uri(&wrong.error)),
        // The server cannot tell whether the login or only its cookie is gone.
        JourneyError::LoginUnknown { .. } | JourneyError::CookieMissing => Some(Message::LoginUnknown),
        JourneyError::FormToken { .. } => Some(Message::Outdated),
        JourneyError::Asker(RequestingClientError::TooLong(_))
        | JourneyError::LoginsFull
        | JourneyError::Decision
        | JourneyError::CallbackMalformed
        | JourneyError::UsersUnavailable { .. }
        | JourneyError::Seal(_)
        | JourneyError::Unseal(_)
        | JourneyError::Below(_) => None,
    }
}

/// Returns why a code of the second factor was refused: the reason for the log, the text for the user, and the number
/// of seconds to wait.
pub(super) fn code(refused: CodeRefused) -> (Reason, Message, Option<u64>) {
    match refused {
        CodeRefused::Wrong => (Reason::SecondFactor, Message::CodeWrong, None),
        CodeRefused::Wait { secs } => {
            (Reason::SecondFactorThrottled, Message::TooManyAttempts { when: ahead(secs).into() }, Some(secs))
        }
    }
}

const fn redirect_uri(error: &RedirectError) -> Message {
    match error {
        RedirectError::Missing => Message::RedirectMissing,
        RedirectError::PrivateUse(_) => Message::RedirectPrivateUse,
        RedirectError::HostNotAllowed(_) => Message::RedirectHost,
        RedirectError::Malformed
        | RedirectError::Ambiguous
        | RedirectError::PlainHttp
        | RedirectError::Dangerous
        | RedirectError::Unregistered => Message::RedirectUnregistered,
    }
}

/// Returns the text that explains why a login ended without a code.
pub(super) const fn ended(reason: &EndReason) -> Message {
    match reason {
        EndReason::NotAdmitted(refused) => not_admitted(refused.refusal),
        EndReason::Declined { meaning: Declined::Denied, .. } => Message::ProviderDenied,
        EndReason::Upstream(UpstreamError::GrantRefused(_)) => Message::ProviderIncomplete,
        EndReason::Declined { meaning: Declined::Unavailable, .. }
        | EndReason::Upstream(UpstreamError::Unavailable(_)) => Message::ProviderUnavailable,
        EndReason::WrongIssuer | EndReason::Upstream(UpstreamError::Unverifiable(_)) => {
            Message::ProviderUnverified
        }
        EndReason::Declined { meaning: Declined::Failed | Declined::Misconfigured, .. }
        | EndReason::Upstream(UpstreamError::Misconfigured(_))
        | EndReason::Unsealed(_) => Message::ProviderNotSetUp,
    }
}

const fn not_admitted(refusal: Refusal) -> Message {
    match refusal {
        Refusal::RuleMandatory | Refusal::DirectoriesMandatory | Refusal::DirectoriesWrong => {
            Message::RulesMissing
        }
        Refusal::Directory => Message::NotInDirectory,
        Refusal::HostedDomain => Message::NotManaged,
        Refusal::User => Message::NotListed,
        Refusal::EmailNotVerified => Message::EmailNotVerified,
        Refusal::EmailDomain => Message::EmailElsewhere,
        Refusal::Group => Message::NotInGroup,
    }
}

/// Returns the text that explains why a name and a password were refused; `None` if the error page is shown instead.
/// The text is the same for an unknown name, a wrong password and a user without access here.
pub(super) fn sign_in(refused: &LoginRefused) -> Option<Message> {
    match refused {
        LoginRefused::Credentials(_) => Some(Message::WrongCredentials),
        LoginRefused::Wait { secs } => Some(Message::TooManyAttempts { when: ahead(*secs).into() }),
        LoginRefused::Busy => Some(Message::TooManyPeople),
        LoginRefused::Unavailable(_) => None,
    }
}
