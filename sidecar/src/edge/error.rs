//! Why a request is refused before it reaches an endpoint, and the mapping of these errors to responses.

use events::Reason;
use protocol::context::ContextError;
use protocol::error::OAuthError;
use protocol::limits::TooLong;
use protocol::limits::request::HEADERS;
use protocol::uri::Base;

use crate::budget::Exhausted;
use crate::locale::Message;
use crate::providers::NoProvider;
use crate::wire::error::{Failure, Kind};

/// Why a request is refused.
#[derive(Debug)]
pub(super) enum EdgeError {
    /// The headers exceed the limit.
    HeadersTooLarge,
    /// The sealed context is missing, or was not made for this request.
    Context(ContextError),
    /// The provider that the context names is not in `BOUNCER_PROVIDERS_FILE`, its entry does not list this issuer, or
    /// there is no default provider.
    ProviderUnknown(NoProvider),
    /// `upstreamToken` is set, but the users of the tenant are in the users file, so there is no provider with a token.
    UpstreamTokenOfLocalUsers,
    /// The `Authorization` header is too long.
    TooLong(TooLong),
    /// The issuer is not one of `BOUNCER_ALLOWED_BASES`.
    BaseNotAllowed(Base),
    /// A rate limit is exceeded.
    Exhausted(Exhausted),
    /// A form was not sent from one of this server's own pages.
    Origin(OriginError),
}

/// Why a form is not accepted as sent from one of this server's own pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginError {
    /// Fetch Metadata show that another site sent the form.
    CrossSite,
    /// The browser sent `Origin: null`, and Fetch Metadata do not show that the page is ours.
    Hidden,
    /// `Origin` is missing or is not the issuer's origin.
    Foreign,
}

impl From<EdgeError> for Failure {
    /// All context errors except clock skew get the same response; the log distinguishes them.
    fn from(error: EdgeError) -> Self {
        match error {
            EdgeError::HeadersTooLarge => {
                Self::new(Kind::HeadersTooLarge, Reason::HeadersTooLarge).describe(HEADERS.exceeded)
            }
            EdgeError::Context(ContextError::ClockSkew) => {
                Self::oauth(OAuthError::TemporarilyUnavailable, Reason::ClockSkew)
                    .describe(
                        "the clocks of the proxy and the authorization server differ by more than a minute",
                    )
                    .explain(Message::ClockSkew)
            }
            EdgeError::Context(error) => Self::new(Kind::NoContext, context_reason(error)),
            EdgeError::ProviderUnknown(error) => Self::unavailable(Reason::ProviderUnknown, error),
            EdgeError::UpstreamTokenOfLocalUsers => Self::unavailable(
                Reason::UpstreamMisconfigured,
                "upstreamToken is set, but the users are local: they have no access token of a provider",
            ),
            EdgeError::TooLong(limit) => limit.into(),
            EdgeError::BaseNotAllowed(base) => {
                Self::new(Kind::NoContext, Reason::BaseNotAllowed).detail(base)
            }
            EdgeError::Exhausted(exhausted) => exhausted.into(),
            EdgeError::Origin(error) => origin(error),
        }
    }
}

const fn context_reason(error: ContextError) -> Reason {
    match error {
        ContextError::Missing => Reason::ContextMissing,
        ContextError::Malformed => Reason::ContextMalformed,
        ContextError::DoesNotOpen => Reason::ContextDoesNotOpen,
        ContextError::WrongMethod => Reason::ContextWrongMethod,
        // The host is a part of route proofs, which the sidecar never receives.
        ContextError::WrongPath | ContextError::WrongHost => Reason::ContextWrongPath,
        ContextError::TenantMismatch => Reason::ContextTenantMismatch,
        ContextError::ClockSkew => Reason::ClockSkew,
    }
}

fn origin(error: OriginError) -> Failure {
    let refused = |reason| Failure::new(Kind::ForeignOrigin, reason);
    match error {
        OriginError::CrossSite => refused(Reason::CrossSite).explain(Message::ForeignForm),
        OriginError::Foreign => refused(Reason::ForeignOrigin).explain(Message::ForeignForm),
        OriginError::Hidden => refused(Reason::OriginHidden).explain(Message::OriginHidden).detail(
            "the browser sent Origin: null and no Sec-Fetch-Site: a proxy in front of this server sets Referrer-Policy: no-referrer",
        ),
    }
}

impl From<ContextError> for EdgeError {
    fn from(error: ContextError) -> Self {
        Self::Context(error)
    }
}

impl From<TooLong> for EdgeError {
    fn from(error: TooLong) -> Self {
        Self::TooLong(error)
    }
}

impl From<Exhausted> for EdgeError {
    fn from(error: Exhausted) -> Self {
        Self::Exhausted(error)
    }
}
