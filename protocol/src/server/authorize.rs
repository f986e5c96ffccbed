//! Authorization requests (RFC 6749 §4.1.1, RFC 7636, RFC 8707), read in two phases: first the client and its redirect
//! URI, because until both are known nothing is sent by redirect; then everything else.

use crate::error::OAuthError;
use crate::form::{Form, Repeated};
use crate::limits::{TooLong, authorize as limits};
use crate::scope::ScopeSet;
use crate::server::pkce::{CodeChallenge, PkceError};
use crate::server::resource::{self, ResourceError};
use crate::uri::{Base, ResourceUri};
use std::collections::BTreeSet;

/// The first phase: the parameters that decide whether and where a response is sent by redirect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestingClient {
    /// `client_id`.
    pub client_id: String,
    /// `redirect_uri`, not yet validated.
    pub redirect_uri: Option<String>,
    /// `state`, returned verbatim; `None` also if it is too long or holds control characters, so that it cannot be
    /// returned.
    pub state: Option<String>,
}

/// Why the client or its redirect URI cannot be read from the request. Then nothing is sent by redirect.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RequestingClientError {
    /// `client_id` is missing, or holds a character that is not visible ASCII.
    #[error("client_id is missing or holds characters that are not visible ASCII")]
    ClientId,
    /// `client_id` or `redirect_uri` is too long.
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// `client_id` or `redirect_uri` has several values.
    #[error("{0}")]
    Repeated(Repeated),
}

impl RequestingClient {
    /// Reads the parameters that are needed to find the client. `repeated` are the parameters with several values; the
    /// form does not hold them.
    pub fn read(form: &Form, repeated: &[Repeated]) -> Result<Self, RequestingClientError> {
        let decides = |repeated: &&Repeated| repeated.is("client_id") || repeated.is("redirect_uri");
        if let Some(repeated) = repeated.iter().find(decides) {
            return Err(RequestingClientError::Repeated(repeated.clone()));
        }
        let client_id = form.get("client_id").ok_or(RequestingClientError::ClientId)?;
        limits::CLIENT_ID.check(client_id.len())?;
        if !visible(client_id) {
            return Err(RequestingClientError::ClientId);
        }
        let redirect_uri = form.get("redirect_uri");
        limits::REDIRECT_URI.check(redirect_uri.map_or(0, str::len))?;
        let state = form.get("state").filter(|state| fit_state(state));
        Ok(Self {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.map(str::to_owned),
            state: state.map(str::to_owned),
        })
    }
}

/// The second phase: everything else. Its errors are sent to the client by redirect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorizeRequest {
    /// The S256 challenge.
    pub code_challenge: CodeChallenge,
    /// The resource that the token is for; the tenant's base URL if the request names no resource (RFC 8707 §2).
    pub resource: ResourceUri,
    /// The requested scopes; `None` if the parameter is absent, which requests the tenant's default scopes.
    pub scopes: Option<ScopeSet>,
    /// The known values of `prompt` (OpenID Connect Core §3.1.2.1).
    pub prompt: BTreeSet<Prompt>,
    /// The user whom the client expects to log in. The sign-in page shows it, and the provider gets it; no decision
    /// depends on it. `None` also if the parameter holds control characters.
    pub login_hint: Option<String>,
    /// The maximum number of seconds since the user logged in.
    pub max_age: Option<u32>,
}

/// A value of `prompt`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Prompt {
    /// No page may be shown. This server cannot do that, because it requests consent every time.
    None,
    /// The user must log in again.
    Login,
    /// Consent must be requested, which is done every time.
    Consent,
    /// The user must be able to choose an account.
    SelectAccount,
}

impl Prompt {
    /// The value's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// Why an authorization request is refused by redirect. The texts are safe to send to the client.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// A parameter has several values (RFC 6749 §3.1).
    #[error("{0}")]
    Repeated(Repeated),
    /// `response_type` is absent.
    #[error("response_type is missing")]
    NoResponseType,
    /// `response_type` is not `code`.
    #[error("response_type is not code")]
    ResponseType,
    /// `response_mode` is not `query`.
    #[error("response_mode is not query")]
    ResponseMode,
    /// `request` or `request_uri` (RFC 9101) was sent.
    #[error("request objects are not supported")]
    RequestObject,
    /// A parameter is too long, or the stored parameters are too long together.
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// `state` holds control characters.
    #[error("state holds control characters")]
    State,
    /// The PKCE challenge is missing or invalid.
    #[error("{0}")]
    Pkce(#[from] PkceError),
    /// `resource` is malformed, names several different resources, or names a resource of another server (RFC 8707 §2).
    #[error("{0}")]
    Resource(#[from] ResourceError),
    /// `max_age` is not a number of seconds.
    #[error("max_age is not a number of seconds")]
    MaxAge,
    /// `prompt` combines `none` with another value.
    #[error("prompt=none cannot be combined")]
    Prompt,
    /// `prompt=none`, although a page has to be shown.
    #[error("prompt=none cannot be met")]
    Interaction,
}

impl AuthorizeError {
    /// The error code.
    pub const fn code(&self) -> OAuthError {
        match self {
            Self::Repeated(_)
            | Self::NoResponseType
            | Self::TooLong(_)
            | Self::ResponseMode
            | Self::RequestObject
            | Self::State
            | Self::Pkce(_)
            | Self::MaxAge
            | Self::Prompt => OAuthError::InvalidRequest,
            Self::ResponseType => OAuthError::UnsupportedResponseType,
            Self::Resource(_) => OAuthError::InvalidTarget,
            Self::Interaction => OAuthError::InteractionRequired,
        }
    }
}

impl AuthorizeRequest {
    /// Reads and validates the request. Malformed scopes and unknown values of `prompt` are dropped. `repeated` are the
    /// parameters with several values; the form does not hold them.
    pub fn read(form: &Form, repeated: &[Repeated], base: &Base) -> Result<Self, AuthorizeError> {
        if let Some(repeated) = repeated.first() {
            return Err(AuthorizeError::Repeated(repeated.clone()));
        }
        limits::ALL.check(form)?;
        if form.get("state").is_some_and(|state| !fit_state(state)) {
            return Err(AuthorizeError::State);
        }
        match form.get("response_type") {
            None => return Err(AuthorizeError::NoResponseType),
            Some("code") => {}
            Some(_) => return Err(AuthorizeError::ResponseType),
        }
        if form.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(AuthorizeError::ResponseMode);
        }
        if form.get("request").is_some() || form.get("request_uri").is_some() {
            return Err(AuthorizeError::RequestObject);
        }
        let challenge = form.get("code_challenge").ok_or(PkceError::Challenge)?;
        let code_challenge = CodeChallenge::parse(challenge, form.get("code_challenge_method"))?;
        let resource = resource::requested_at(form, base)?;
        let scopes = form.get("scope").map(ScopeSet::parse_lenient);
        limits::SCOPES.check(scopes.as_ref().map_or(0, ScopeSet::len))?;
        limits::KEPT.check(kept(form))?;
        let prompt = prompt(form.get("prompt").unwrap_or_default())?;
        let max_age = match form.get("max_age") {
            None => None,
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => {
                Some(text.parse().map_err(|_| AuthorizeError::MaxAge)?)
            }
            Some(_) => return Err(AuthorizeError::MaxAge),
        };
        let fit = |hint: &&str| !hint.chars().any(char::is_control);
        let login_hint = form.get("login_hint").filter(fit).map(str::to_owned);
        Ok(Self { code_challenge, resource, scopes, prompt, login_hint, max_age })
    }
}

/// The number of bytes of the request that are stored as the client sent them. Of the scopes only those that are
/// offered are stored, so they do not count.
fn kept(form: &Form) -> usize {
    let kept = ["client_id", "redirect_uri", "state", "resource", "login_hint"];
    kept.iter().map(|name| form.all(name).next().map_or(0, str::len)).sum()
}

fn prompt(text: &str) -> Result<BTreeSet<Prompt>, AuthorizeError> {
    let known = |word| match word {
        "none" => Some(Prompt::None),
        "login" => Some(Prompt::Login),
        "consent" => Some(Prompt::Consent),
        "select_account" => Some(Prompt::SelectAccount),
        _ => None,
    };
    let set: BTreeSet<Prompt> = text.split(' ').filter_map(known).collect();
    match (set.contains(&Prompt::None), set.len()) {
        (false, _) => Ok(set),
        (true, 1) => Err(AuthorizeError::Interaction),
        (true, _) => Err(AuthorizeError::Prompt),
    }
}

/// Whether a text is one or more `VSCHAR` (RFC 6749 appendix A).
fn visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| (0x20..=0x7e).contains(&b))
}

/// Whether a `state` can be returned. RFC 6749 appendix A.5 allows visible ASCII; other characters, except control
/// characters, are returned percent-encoded.
fn fit_state(state: &str) -> bool {
    limits::STATE.check(state.len()).is_ok() && !state.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
