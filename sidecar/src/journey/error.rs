//! Why a step of a login ends on a page of ours with nothing sent to the client, and why a login ends without a code.

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
use crate::rules;
use crate::upstream::{Notes, Said, UpstreamError};
use crate::wire::error::Failure;

/// How long a login may take from the authorization request to the code, in seconds.
pub(super) const LOGIN_SECS: u64 = 600;
/// How long a code may wait to be redeemed, in seconds.
pub(super) const CODE_SECS: u64 = 60;

/// Why a step ends on a page of ours.
#[derive(Debug)]
pub(super) enum JourneyError {
    /// The request does not say, in one way only, who asks and where the response is to go.
    Asker(RequestingClientError),
    /// The tenant's options do not say enough about who may enter.
    RuleMandatory(Refusal),
    /// No such client at this tenant.
    ClientUnknown {
        /// As it was sent, cut to what a log line bears.
        client_id: String,
    },
    /// The redirect URI is not one of the client's, or not one that is accepted.
    RedirectUri(Box<WrongRedirect>),
    /// Too many logins are under way.
    LoginsFull,
    /// There is no such login for this tenant and browser, or it is past this step.
    LoginUnknown {
        /// Its client, if the login was found.
        client_id: Option<String>,
        /// More for the log.
        detail: Option<&'static str>,
    },
    /// The browser sent no cookie of this login.
    CookieMissing,
    /// The form's token is not that of the page as it would be now: it was shown before a cookie or a question changed,
    /// or it is forged.
    FormToken {
        /// The login's client.
        client_id: String,
    },
    /// The form holds neither of the two decisions.
    Decision,
    /// The provider's response is not one of OpenID Connect Core 1.0 §3.1.2.5.
    CallbackMalformed,
    /// Passwords cannot be checked now.
    UsersUnavailable {
        /// The login's client.
        client_id: String,
        /// What is wrong.
        detail: String,
    },
    /// A secret cannot be sealed.
    Seal(SealError),
    /// What the step asked for failed: the store, randomness, an allowance, a limit, the look for the client.
    Below(Box<Failure>),
}

/// What was asked for, and what would have been right.
#[derive(Debug, Clone)]
pub(super) struct WrongRedirect {
    pub(super) client_id: String,
    pub(super) error: RedirectError,
    /// The one asked for.
    pub(super) asked: Option<String>,
    /// Whether it may be shown: it is a well-formed redirect URI of a length that a page bears.
    pub(super) may_show: bool,
    /// Those that the client registered, as far as a page bears them.
    pub(super) registered: Vec<String>,
}

impl JourneyError {
    /// The login is gone, or was moved on by another request.
    pub(super) fn lost(login: &LoginRecord) -> Self {
        Self::LoginUnknown { client_id: Some(login.client_id.clone()), detail: None }
    }

    /// No such login.
    pub(super) const fn unknown() -> Self {
        Self::LoginUnknown { client_id: None, detail: None }
    }
}

/// Why a login ends without a code.
#[derive(Debug)]
pub(super) enum EndReason {
    /// The rules do not let in whoever signed in.
    NotAdmitted(Box<NotAdmitted>),
    /// The provider's response was an error.
    Declined {
        /// What it means here.
        meaning: Declined,
        /// What it said.
        said: Said,
        /// The scopes that were asked of it.
        scopes: String,
    },
    /// The provider's response names another issuer than the one that was asked (RFC 9207 §2.4).
    WrongIssuer,
    /// The provider could not be asked, or what it said is of no use.
    Upstream(UpstreamError),
    /// What the login kept for the way back cannot be opened.
    Unsealed(Option<String>),
    /// The tenant has no provider any more.
    ProviderChanged,
}

/// Who was not let in.
#[derive(Debug)]
pub(super) struct NotAdmitted {
    /// The rule.
    pub(super) refusal: Refusal,
    /// As they know themselves.
    pub(super) account: String,
    /// For the log.
    pub(super) detail: String,
}

/// What a provider's error means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declined {
    /// The person, or the provider on its own account, said no.
    Denied,
    /// Trying again later may help.
    Unavailable,
    /// Its own failure.
    Failed,
    /// The settings, here or at the provider: the person can do nothing about it.
    Misconfigured,
}

impl Declined {
    /// By the code (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6).
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
    /// The rules refuse this user. `notes` are there where a provider has just been asked.
    pub(super) fn not_admitted(refusal: Refusal, identity: &Identity, notes: Option<&Notes>) -> Self {
        Self::NotAdmitted(Box::new(NotAdmitted {
            refusal,
            account: account_name(identity).to_owned(),
            detail: rules::refused(refusal, identity, notes),
        }))
    }

    /// The provider's error; `scopes` are the ones that were asked of it.
    pub(super) fn declined(said: Said, scopes: &ScopeSet) -> Self {
        Self::Declined { meaning: Declined::of(said.code()), said, scopes: scopes.to_string() }
    }
}

/// What somebody is called on a page: as they know themselves.
pub(super) fn account_name(identity: &Identity) -> &str {
    let claims = &identity.claims;
    claims.preferred_username.as_ref().or(claims.email.as_ref()).unwrap_or(&identity.sub)
}

impl From<SealError> for JourneyError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
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
