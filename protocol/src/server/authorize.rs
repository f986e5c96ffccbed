//! Authorization requests (RFC 6749 §4.1.1, RFC 7636, RFC 8707), read in two phases: who asks and
//! where the answer may go first, because until that is settled nothing is sent by redirect.

use crate::error::OAuthError;
use crate::form::{Form, Repeated};
use crate::limits::{TooLong, authorize as limits};
use crate::scope::ScopeSet;
use crate::server::pkce::{CodeChallenge, PkceError};
use crate::server::resource::{self, ResourceError};
use crate::uri::{Base, ResourceUri};
use std::collections::BTreeSet;

/// Phase one: the parameters that decide whether there is anywhere to redirect to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asker {
    /// `client_id`.
    pub client_id: String,
    /// `redirect_uri`, not yet validated.
    pub redirect_uri: Option<String>,
    /// `state`, returned verbatim; `None` also if it is unfit to be returned.
    pub state: Option<String>,
}

/// Why it is not known who asks, or where the answer would go. Nothing is sent by redirect then.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AskerError {
    /// There is no `client_id`, or not one that a client can have.
    #[error("client_id is missing or holds characters that are not visible ASCII")]
    ClientId,
    /// `client_id` or `redirect_uri` is too long.
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// `client_id` or `redirect_uri` has several values.
    #[error("{0}")]
    Repeated(Repeated),
}

impl Asker {
    /// Reads what is needed to find the client. `repeated` are the parameters with several values, which are not in
    /// the form.
    pub fn read(form: &Form, repeated: &[Repeated]) -> Result<Self, AskerError> {
        let decides = |repeated: &&Repeated| repeated.is("client_id") || repeated.is("redirect_uri");
        if let Some(repeated) = repeated.iter().find(decides) {
            return Err(AskerError::Repeated(repeated.clone()));
        }
        let client_id = form.get("client_id").ok_or(AskerError::ClientId)?;
        limits::CLIENT_ID.check(client_id.len())?;
        if !visible(client_id) {
            return Err(AskerError::ClientId);
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

/// Phase two: everything else. Errors go back to the client by redirect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorizeRequest {
    /// S256 challenge.
    pub code_challenge: CodeChallenge,
    /// What the token is to be for; the base if the client did not say (RFC 8707 §2).
    pub resource: ResourceUri,
    /// `None` if absent: then everything on offer is meant.
    pub scopes: Option<ScopeSet>,
    /// The known values of `prompt` (OpenID Connect Core §3.1.2.1).
    pub prompt: BTreeSet<Prompt>,
    /// Who the client thinks will log in; shown and passed on, never believed. Dropped if it holds control characters.
    pub login_hint: Option<String>,
    /// How many seconds ago the person may have logged in.
    pub max_age: Option<u32>,
}

/// A value of `prompt`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Prompt {
    /// No page may be shown: never possible here, since consent is always asked.
    None,
    /// Log in again.
    Login,
    /// Ask for consent: always done.
    Consent,
    /// Let the person choose an account.
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

/// Why an authorization request is refused by redirect. The text is safe to send.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// A parameter has several values (RFC 6749 §3.1).
    #[error("{0}")]
    Repeated(Repeated),
    /// `response_type` is absent.
    #[error("response_type is missing")]
    NoResponseType,
    /// It is not `code`.
    #[error("response_type is not code")]
    ResponseType,
    /// `response_mode` is not `query`.
    #[error("response_mode is not query")]
    ResponseMode,
    /// `request` or `request_uri` (RFC 9101) was sent.
    #[error("request objects are not supported")]
    RequestObject,
    /// A parameter is too long, or all that are kept are together.
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// `state` holds control characters.
    #[error("state holds control characters")]
    State,
    /// No or no good PKCE challenge.
    #[error("{0}")]
    Pkce(#[from] PkceError),
    /// `resource` is not one resource of this server (RFC 8707 §2).
    #[error("{0}")]
    Resource(#[from] ResourceError),
    /// `max_age` is no number of seconds.
    #[error("max_age is not a number of seconds")]
    MaxAge,
    /// `prompt` combines `none` with another value.
    #[error("prompt=none cannot be combined")]
    Prompt,
    /// `prompt=none`: a page has to be shown.
    #[error("prompt=none cannot be met")]
    Interaction,
}

impl AuthorizeError {
    /// The word for the wire.
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
    /// Reads and judges. Scopes that are none, and values of `prompt` nobody knows, are dropped. `repeated` are the
    /// parameters with several values, which are not in the form.
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
        let resource = resource::asked_at(form, base)?;
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

/// How much of the request is stored as the client sent it, in bytes. Of scopes only those on offer are.
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

/// `VSCHAR` of RFC 6749 appendix A, at least one.
fn visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| (0x20..=0x7e).contains(&b))
}

/// RFC 6749 appendix A.5 allows visible ASCII; other text that is no control character is returned all
/// the same, percent-encoded.
fn fit_state(state: &str) -> bool {
    limits::STATE.check(state.len()).is_ok() && !state.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::encode_pairs;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn with(changes: &[(&str, &str)]) -> Form {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", "abc"),
            ("redirect_uri", "https://h/cb"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            pairs.retain(|(n, _)| n != name);
            pairs.push((name, value));
        }
        Form::parse(encode_pairs(&pairs).as_bytes()).unwrap()
    }

    fn base() -> Base {
        Base::parse("https://mcp.example.com/wiki").unwrap()
    }

    fn read(changes: &[(&str, &str)]) -> Result<AuthorizeRequest, AuthorizeError> {
        AuthorizeRequest::read(&with(changes), &[], &base())
    }

    #[test]
    fn the_least_a_client_sends() {
        let request = read(&[]).unwrap();
        assert_eq!(request.resource.as_str(), "https://mcp.example.com/wiki");
        assert_eq!((request.scopes, request.prompt), (None, BTreeSet::new()));
        let asker = Asker::read(&with(&[("state", "a b")]), &[]).unwrap();
        assert_eq!((asker.client_id.as_str(), asker.state.as_deref()), ("abc", Some("a b")));
    }

    #[test]
    fn scopes_are_read_leniently_and_known_prompts_kept() {
        let request = read(&[("scope", "read  \"bad\" write"), ("prompt", "consent made_up login")]).unwrap();
        assert_eq!(request.scopes.unwrap().to_string(), "read write");
        assert_eq!(request.prompt, BTreeSet::from([Prompt::Login, Prompt::Consent]));
    }

    #[test]
    fn hints_are_read_if_they_are_fit() {
        let request = read(&[("login_hint", "ann@example.com"), ("max_age", "0")]).unwrap();
        assert_eq!((request.login_hint.as_deref(), request.max_age), (Some("ann@example.com"), Some(0)));
        assert_eq!(read(&[("login_hint", "a\nb")]).unwrap().login_hint, None);
    }

    #[test]
    fn a_resource_of_another_server_is_an_invalid_target() {
        assert!(read(&[("resource", "https://mcp.example.com/wiki/mcp/")]).is_ok());
        for bad in ["https://mcp.example.com", "https://other.example.com/wiki", "wiki"] {
            assert_eq!(read(&[("resource", bad)]).unwrap_err().code(), OAuthError::InvalidTarget, "{bad}");
        }
    }

    /// Who asks and where the answer goes must be beyond doubt before anything is sent by redirect.
    #[test]
    fn several_values_of_client_or_redirect_uri_leave_nobody_to_answer() {
        for (name, known) in [
            ("client_id", false),
            ("redirect_uri", false),
            ("state", true),
            ("scope", true),
            ("code_challenge", true),
            ("made_up", true),
        ] {
            let body = encode_pairs(&[("client_id", "a"), ("state", "s"), (name, "1"), (name, "2")]);
            let (form, repeated) = Form::parse_apart(body.as_bytes()).unwrap();
            let asker = Asker::read(&form, &repeated);
            assert_eq!(asker.is_ok(), known, "{name}");
            assert!(asker.is_ok() || matches!(asker, Err(AskerError::Repeated(_))), "{name}");
            let error = AuthorizeRequest::read(&form, &repeated, &base()).unwrap_err();
            assert!(
                error.code() == OAuthError::InvalidRequest && error.to_string().contains(name),
                "{error}"
            );
            let state = asker.ok().and_then(|asker| asker.state);
            assert_eq!(
                state.is_some(),
                known && name != "state",
                "{name}: a state with two values is not returned"
            );
        }
    }

    #[test]
    fn what_is_refused_and_how() {
        use OAuthError as E;
        for (changes, code) in [
            (vec![("response_type", "")], E::InvalidRequest),
            (vec![("response_type", "token")], E::UnsupportedResponseType),
            (vec![("response_type", "code id_token")], E::UnsupportedResponseType),
            (vec![("response_mode", "fragment")], E::InvalidRequest),
            (vec![("request", "x")], E::InvalidRequest),
            (vec![("request_uri", "https://x")], E::InvalidRequest),
            (vec![("code_challenge", "")], E::InvalidRequest),
            (vec![("code_challenge", "short")], E::InvalidRequest),
            (vec![("code_challenge_method", "")], E::InvalidRequest),
            (vec![("code_challenge_method", "plain")], E::InvalidRequest),
            (vec![("prompt", "none")], E::InteractionRequired),
            (vec![("max_age", "-1")], E::InvalidRequest),
            (vec![("max_age", "1e3")], E::InvalidRequest),
            (vec![("max_age", "99999999999")], E::InvalidRequest),
            (vec![("prompt", "none login")], E::InvalidRequest),
            (vec![("state", "a\nb")], E::InvalidRequest),
        ] {
            let error = read(&changes).unwrap_err();
            assert_eq!(error.code(), code, "{changes:?}");
            assert!(crate::error::is_description(&error.to_string()), "{error}");
        }
    }

    #[test]
    fn no_client_no_asker_and_no_unfit_state_is_echoed() {
        for id in ["", "a\u{7f}", "é"] {
            assert_eq!(Asker::read(&with(&[("client_id", id)]), &[]), Err(AskerError::ClientId), "{id}");
        }
        for unfit in ["a\r\nb", &"a".repeat(4_097)] {
            assert_eq!(Asker::read(&with(&[("state", unfit)]), &[]).unwrap().state, None);
        }
    }

    #[test]
    fn what_is_too_long_is_named() {
        for name in ["client_id", "redirect_uri"] {
            let limit = limits::ALL.length_of(name).unwrap();
            let error = Asker::read(&with(&[(name, &"a".repeat(limit.most + 1))]), &[]).unwrap_err();
            assert_eq!(error, AskerError::TooLong(TooLong(limit)));
            assert!(Asker::read(&with(&[(name, &"a".repeat(limit.most))]), &[]).is_ok());
        }
        let words = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        assert!(read(&[("scope", &words(256))]).is_ok());
        assert!(read(&[("scope", &"a ".repeat(2_048))]).is_ok(), "repetitions are one scope");
        assert_eq!(read(&[("scope", &words(257))]), Err(AuthorizeError::TooLong(TooLong(&limits::SCOPES))));
        let state = "a".repeat(limits::STATE.most);
        assert!(read(&[("state", &state)]).is_ok());
        let resource = format!("https://mcp.example.com/wiki/{}", "a".repeat(2_000));
        assert!(read(&[("resource", &resource)]).is_ok());
        let hint = "a".repeat(100);
        let all = [("state", state.as_str()), ("resource", &resource), ("login_hint", &hint)];
        assert_eq!(read(&all), Err(AuthorizeError::TooLong(TooLong(&limits::KEPT))));
    }

    #[test]
    fn all_that_is_kept_counts_to_the_byte() {
        let resource = format!("https://mcp.example.com/wiki/{}", "a".repeat(1_000));
        let mut sizes = [("client_id", 1_000), ("redirect_uri", 1_000), ("login_hint", 1_000), ("state", 0)];
        let others: usize = sizes.iter().map(|(_, size)| size).sum();
        sizes[3].1 = limits::KEPT.most - resource.len() - others;
        let texts = sizes.map(|(name, size)| (name, "a".repeat(size)));
        let mut all = vec![("resource", resource.as_str())];
        all.extend(texts.iter().map(|(name, text)| (*name, text.as_str())));
        assert!(read(&all).is_ok());
        for index in 0..all.len() {
            let (name, text) = all[index];
            let longer = [text, "a"].concat();
            let mut more = all.clone();
            more[index] = (name, &longer);
            assert_eq!(read(&more), Err(AuthorizeError::TooLong(TooLong(&limits::KEPT))), "{name}");
        }
    }
}
