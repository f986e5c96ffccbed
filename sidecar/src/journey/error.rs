//! Why a step of a login ends on one of our own pages without a response to the client, and why a login ends without a
//! code. The first is a [`JourneyError`], the second an [`EndReason`].

use protocol::limits::TooLong;
use protocol::scope::ScopeSet;
use protocol::server::authorize::RequestingClientError;
use protocol::server::redirect::RedirectError;
use protocol::settings::{Identity, Refusal};
use store::StoreError;
use store::crypto::SealError;
use store::entropy::EntropyError;
use store::record::LoginRecord;

use crate::budget::Exhausted;
use crate::clients::FindError;
use crate::passkeys::OfferError;
use crate::rules;
use crate::second_factor::SecondFactorError;
use crate::upstream::{Notes, ReportedError, UpstreamError};
use crate::wire::error::Failure;

/// How long a login may take from the authorization request to the code, in seconds.
pub(super) const LOGIN_SECS: u64 = 600;
/// How long a code is valid, in seconds.
pub(super) const CODE_SECS: u64 = 60;

/// Why a step of a login ends on one of our own pages.
#[derive(Debug)]
pub(super) enum JourneyError {
    /// The request is ambiguous or incomplete about which client sent it or where the response goes.
    Asker(RequestingClientError),
    /// The tenant's options lack a mandatory rule about who has access.
    RuleMandatory(Refusal),
    /// The client is unknown at this tenant.
    ClientUnknown {
        /// The `client_id` that was sent, shortened for the log.
        client_id: String,
    },
    /// The redirect URI is not registered for the client, or is of a kind that is not accepted.
    RedirectUri(Box<WrongRedirect>),
    /// Too many logins are in progress.
    LoginsFull,
    /// The store has no such login for this tenant and browser, or the login is already past this step.
    LoginUnknown {
        /// The client that started the login, if the login was found.
        client_id: Option<String>,
        /// Details for the log.
        detail: Option<&'static str>,
    },
    /// The browser did not send the login's cookie.
    CookieMissing,
    /// The form token does not match the page as it would be shown now: the cookie or the question has changed since
    /// the page was shown, or the token is forged.
    FormToken {
        /// The client that started the login, if one did.
        client_id: Option<String>,
    },
    /// The form contains none of the known decisions.
    Decision,
    /// The provider's response is not a valid authentication response (OpenID Connect Core 1.0 §3.1.2.5).
    CallbackMalformed,
    /// Users cannot be checked now, because the users file cannot be used or the server is stopping.
    UsersUnavailable {
        /// The client that started the login, if one did.
        client_id: Option<String>,
        /// The problem with the users file.
        detail: String,
    },
    /// A secret cannot be encrypted.
    Seal(SealError),
    /// The secret of a second factor cannot be encrypted or decrypted.
    Unseal(SealError),
    /// The store, the entropy source or the client lookup failed, or a rate limit or another limit is exceeded.
    Below(Box<Failure>),
}

/// A redirect URI that was refused, and what would have been accepted.
#[derive(Debug, Clone)]
pub(super) struct WrongRedirect {
    pub(super) client_id: String,
    pub(super) error: RedirectError,
    /// The redirect URI of the request.
    pub(super) asked: Option<String>,
    /// Whether the page may show the requested redirect URI: it is well-formed and not too long.
    pub(super) may_show: bool,
    /// The redirect URIs that the client registered, as many as the page shows.
    pub(super) registered: Vec<String>,
}

impl JourneyError {
    /// Returns the error for a login that is gone, or that another request has moved on.
    pub(super) fn lost(login: &LoginRecord) -> Self {
        Self::LoginUnknown { client_id: login.client_id().map(str::to_owned), detail: None }
    }

    /// Returns the error for an unknown login.
    pub(super) const fn unknown() -> Self {
        Self::LoginUnknown { client_id: None, detail: None }
    }
}

/// Why a login ends without a code.
#[derive(Debug)]
pub(super) enum EndReason {
    /// The tenant's rules do not allow the user.
    NotAdmitted(Box<NotAdmitted>),
    /// The provider responded with an error.
    Declined {
        /// What the error means for this server.
        meaning: Declined,
        /// The provider's error.
        said: ReportedError,
        /// The scopes that were requested from the provider.
        scopes: String,
    },
    /// The `iss` of the provider's response is not the issuer to which the request was sent (RFC 9207 §2.4).
    WrongIssuer,
    /// The provider cannot be reached, or its response is not usable.
    Upstream(UpstreamError),
    /// The login's secrets for the callback cannot be decrypted. The text is the cause, if it is known.
    Unsealed(Option<String>),
}

/// A user without access.
#[derive(Debug)]
pub(super) struct NotAdmitted {
    /// The rule that refuses the user.
    pub(super) refusal: Refusal,
    /// The name of the account, as the user knows it.
    pub(super) account: String,
    /// Details for the log.
    pub(super) detail: String,
}

/// The meaning of a provider's error for this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declined {
    /// The user or the provider denied the sign-in.
    Denied,
    /// The provider is unavailable; another attempt may succeed.
    Unavailable,
    /// The provider failed.
    Failed,
    /// The settings are wrong, here or at the provider; the user cannot correct them.
    Misconfigured,
}

impl Declined {
    /// Maps the provider's error code (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6).
    fn of(code: &str) -> Self {
        match code {
            "access_denied"
            | "consent_required"
            | "login_required"
            | "interaction_required"
            | "account_selection_required" => Self::Denied,
            "temporarily_unavailable" => Self::Unavailable,
            "server_error" => Self::Failed,
            _ => Self::Misconfigured,
        }
    }
}

impl EndReason {
    /// Makes the reason for a user whom the rules do not allow. `notes` are present if the claims have just been
    /// fetched from a provider.
    pub(super) fn not_admitted(refusal: Refusal, identity: &Identity, notes: Option<&Notes>) -> Self {
        Self::NotAdmitted(Box::new(NotAdmitted {
            refusal,
            account: account_name(identity).to_owned(),
            detail: rules::refused(refusal, identity, notes),
        }))
    }

    /// Makes the reason for an error of the provider. `scopes` are the scopes that were requested from the provider.
    pub(super) fn declined(said: ReportedError, scopes: &ScopeSet) -> Self {
        Self::Declined { meaning: Declined::of(said.code()), said, scopes: scopes.to_string() }
    }
}

/// Returns the name of an account for a page, as its user knows it.
pub(super) fn account_name(identity: &Identity) -> &str {
    let claims = &identity.claims;
    claims.preferred_username.as_ref().or(claims.email.as_ref()).unwrap_or(&identity.sub)
}

impl From<SealError> for JourneyError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<SecondFactorError> for JourneyError {
    fn from(error: SecondFactorError) -> Self {
        match error {
            SecondFactorError::Store(error) => error.into(),
            SecondFactorError::Entropy(error) => error.into(),
            SecondFactorError::Seal(error) => Self::Unseal(error),
        }
    }
}

impl From<OfferError> for JourneyError {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::Store(error) => error.into(),
            OfferError::Entropy(error) => error.into(),
        }
    }
}

macro_rules! below {
    ($($error:ty),*) => {
        $(impl From<$error> for JourneyError {
            fn from(error: $error) -> Self {
                Self::Below(Box::new(error.into()))
            }
        })*
    };
}
below!(StoreError, EntropyError, Exhausted, TooLong, FindError);
