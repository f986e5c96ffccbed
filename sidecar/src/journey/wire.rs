//! What the client, the log and the user learn about an error of a login. The only mapping of each error enum is here;
//! the texts for users are in [`super::words`].

use events::{Kind, Reason};
use protocol::error::OAuthError;
use protocol::server::authorize::RequestingClientError;
use store::record::LoginRecord;

use super::error::{Declined, EndReason, JourneyError, WrongRedirect};
use super::redirect::ClientRedirect;
use super::words;
use crate::edge::Ctx;
use crate::locale::Message;
use crate::wire::error::{Failure, Note, PageFailure};

impl JourneyError {
    /// Returns the content of the log line.
    pub(super) fn note(self) -> Note {
        Failure::from(self).note()
    }
}

impl From<JourneyError> for Failure {
    /// Maps each error to its response.
    fn from(error: JourneyError) -> Self {
        use OAuthError::{InvalidRequest, TemporarilyUnavailable};
        let words = words::of(&error);
        let failure = match error {
            JourneyError::Asker(RequestingClientError::TooLong(limit)) => limit.into(),
            JourneyError::Asker(error @ RequestingClientError::ClientId) => {
                Self::oauth(InvalidRequest, Reason::ClientIdMissing).detail(error)
            }
            JourneyError::Asker(error @ RequestingClientError::Repeated(_)) => {
                Self::oauth(InvalidRequest, Reason::ParameterRepeated).detail(error)
            }
            JourneyError::RuleMandatory(refusal) => Self::oauth(
                TemporarilyUnavailable,
                Reason::RuleMandatory,
            )
            .detail(format_args!(
                "{refusal}; set allowedUsers (or * on purpose), allowedEmailDomains or allowedGroups, and \
                     allowedTenants at Entra ID's common and organizations"
            )),
            JourneyError::ClientUnknown { client_id } => {
                Self::oauth(InvalidRequest, Reason::ClientUnknown).client(client_id)
            }
            JourneyError::RedirectUri(wrong) => wrong.failure(),
            JourneyError::LoginsFull => {
                Self::unavailable(Reason::LoginsFull, "too many logins are in progress")
            }
            JourneyError::LoginUnknown { client_id, detail } => {
                let failure = Self::oauth(InvalidRequest, Reason::LoginUnknown);
                let failure = detail.into_iter().fold(failure, Self::detail);
                client_id.into_iter().fold(failure, Self::client)
            }
            JourneyError::CookieMissing => Self::oauth(InvalidRequest, Reason::CookieMissing),
            JourneyError::FormToken { client_id } => {
                let failure = Self::oauth(InvalidRequest, Reason::FormToken);
                client_id.into_iter().fold(failure, Self::client)
            }
            JourneyError::Decision => Self::oauth(InvalidRequest, Reason::Decision),
            JourneyError::CallbackMalformed => Self::oauth(InvalidRequest, Reason::CallbackMalformed),
            JourneyError::UsersUnavailable { client_id, detail } => {
                let failure = Self::unavailable(Reason::UsersUnavailable, detail);
                client_id.into_iter().fold(failure, Self::client)
            }
            JourneyError::Seal(error) => Self::unavailable(Reason::Seal, error),
            JourneyError::Unseal(error) => Self::unavailable(Reason::Unseal, error),
            JourneyError::Below(failure) => *failure,
        };
        words.into_iter().fold(failure, Self::explain)
    }
}

impl WrongRedirect {
    /// Makes an error page that lists the registered redirect URIs and, if it may be shown, the requested one. They
    /// often differ only by a host, a slash or a port, which is easy to see if all of them are listed.
    fn failure(self) -> Failure {
        let asked = self.asked.unwrap_or_default();
        let mut failure =
            Failure::oauth(OAuthError::InvalidRequest, Reason::RedirectUri).client(self.client_id);
        if self.may_show {
            failure = failure.fact(Message::Requested, &*asked);
        }
        for uri in &self.registered {
            failure = failure.fact(Message::Registered, uri);
        }
        failure.detail(format_args!("{}; asked {asked:?}, registered {:?}", self.error, self.registered))
    }
}

impl From<JourneyError> for PageFailure {
    fn from(error: JourneyError) -> Self {
        Self(error.into())
    }
}

/// The end of a login for which no authorization code is issued.
#[derive(Debug)]
pub(super) struct Ended {
    /// The redirect that takes the error to the client; `None` if no client asked for the login.
    pub(super) target: Option<ClientRedirect>,
    /// The note for the log; the page shows its reason, too.
    pub(super) note: Note,
    /// The explanation for the user.
    pub(super) words: Message,
    /// The account that signed in, if the access rules refused it; `None` if the login ended for another reason.
    pub(super) account: Option<String>,
}

impl EndReason {
    /// Returns the error code for the client and the reason for the log. The provider's own texts are not sent to the
    /// client (RFC 6749 §4.1.2.1).
    fn on_wire(&self) -> (OAuthError, Reason) {
        match self {
            // The settings are at fault and every user is refused, so this is not `access_denied`.
            Self::NotAdmitted(refused) if refused.refusal.is_of_settings() => {
                (OAuthError::TemporarilyUnavailable, Reason::NotAdmitted)
            }
            Self::NotAdmitted(_) => (OAuthError::AccessDenied, Reason::NotAdmitted),
            Self::Declined { meaning, .. } => match meaning {
                Declined::Denied => (OAuthError::AccessDenied, Reason::UpstreamDenied),
                Declined::Unavailable => (OAuthError::TemporarilyUnavailable, Reason::UpstreamUnavailable),
                Declined::Failed => (OAuthError::ServerError, Reason::UpstreamError),
                Declined::Misconfigured => (OAuthError::ServerError, Reason::UpstreamMisconfigured),
            },
            Self::WrongIssuer => (OAuthError::AccessDenied, Reason::UpstreamWrongIss),
            Self::Upstream(error) => error.on_wire(),
            Self::Unsealed(_) => (OAuthError::ServerError, Reason::Unseal),
        }
    }

    /// Returns details for the log.
    fn detail(&self) -> Option<String> {
        match self {
            Self::NotAdmitted(refused) => Some(refused.detail.clone()),
            Self::Declined { meaning: Declined::Misconfigured, said, scopes } => Some(format!(
                "the provider responded with {said}: {} (the option scopes is {scopes:?})",
                said.advice()
            )),
            Self::Declined { said, .. } => Some(format!("the provider responded with {said}")),
            Self::Upstream(error) => Some(error.to_string()),
            Self::Unsealed(detail) => detail.clone(),
            Self::WrongIssuer => None,
        }
    }
}

impl Ended {
    /// Makes the end of this login for the client, the log and the user.
    pub(super) fn of(login: &LoginRecord, ctx: &Ctx, reason: EndReason) -> Self {
        let (error, name) = reason.on_wire();
        let failure = login.client_id().into_iter().fold(Failure::oauth(error, name), Failure::client);
        let words = words::ended(&reason);
        let note = Note {
            event: Kind::LoginEnded,
            ..reason.detail().into_iter().fold(failure, Failure::detail).note()
        };
        let account = match reason {
            EndReason::NotAdmitted(refused) => Some(refused.account),
            EndReason::Declined { .. }
            | EndReason::WrongIssuer
            | EndReason::Upstream(_)
            | EndReason::Unsealed(_) => None,
        };
        let target = login.client().map(|request| ClientRedirect::error(request, &ctx.base, error));
        Self { target, note, words, account }
    }
}
