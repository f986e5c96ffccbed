//! Token requests (RFC 6749 §4.1.3, §6; RFC 8707 §2.2) and the credentials that come with them (§2.3.1).

use crate::encoding::b64url_decode;
use crate::error::OAuthError;
use crate::form::Form;
use crate::limits::{self, TooLong};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::server::pkce::CodeVerifier;
use crate::uri::ResourceUri;
use base64ct::{Base64, Encoding as _};
use percent_encoding::percent_decode_str;

/// What is asked of the token endpoint.
#[derive(Clone, Debug)]
pub enum TokenRequest {
    /// `grant_type=authorization_code`.
    AuthorizationCode {
        /// The code.
        code: Secret<String>,
        /// Must be the one the code was sent to, if given (OAuth 2.1 drops the parameter).
        redirect_uri: Option<String>,
        /// The PKCE verifier; never optional.
        verifier: CodeVerifier,
        /// Must be the grant's, if given.
        resource: Option<ResourceUri>,
    },
    /// `grant_type=refresh_token`.
    Refresh {
        /// The refresh token.
        token: Secret<String>,
        /// Fewer scopes than granted, if given.
        scopes: Option<ScopeSet>,
        /// Must be the grant's, if given.
        resource: Option<ResourceUri>,
    },
}

/// Who says they are asking.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The ways `client_id` and secret may have been meant, in the order to try. A Basic header is read raw
    /// and form-encoded, because clients do either (RFC 6749 §2.3.1).
    pub readings: Vec<Reading>,
    /// How they were sent.
    pub method: Presented,
    /// The assertion, if that is how.
    pub assertion: Option<Secret<String>>,
}

/// One way to read the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// `client_id`.
    pub client_id: String,
    /// The secret; `None` from public clients.
    pub secret: Option<Secret<String>>,
}

/// How credentials were sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presented {
    /// `client_id` alone.
    None,
    /// HTTP Basic.
    Basic,
    /// In the body.
    Post,
    /// A signed assertion (RFC 7523 §2.2).
    Assertion,
}

/// Why a token request cannot even be judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenRequestError {
    /// Something is too long.
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// A parameter is missing or malformed; the name of it.
    #[error("{0} is missing or malformed")]
    Parameter(&'static str),
    /// A grant type we do not serve.
    #[error("this grant_type is not supported")]
    GrantType,
    /// `resource` is not a URI a resource can have.
    #[error("resource is malformed")]
    Resource,
    /// No client named.
    #[error("no client_id was sent")]
    NoClient,
    /// More than one way of authenticating at once (RFC 6749 §2.3), or two different clients.
    #[error("credentials were sent in more than one way")]
    TwoCredentials,
    /// `client_assertion_type` is another, or there is no assertion that names its client.
    #[error("client_assertion is missing, malformed, or of another type than jwt-bearer")]
    Assertion,
    /// An `Authorization` header that is not Basic credentials.
    #[error("the Authorization header does not hold Basic credentials")]
    Header,
}

impl TokenRequestError {
    /// The word of RFC 6749 §5.2.
    pub const fn code(self) -> OAuthError {
        match self {
            Self::TooLong(_) | Self::Parameter(_) | Self::TwoCredentials => OAuthError::InvalidRequest,
            Self::GrantType => OAuthError::UnsupportedGrantType,
            Self::Resource => OAuthError::InvalidTarget,
            Self::NoClient | Self::Header | Self::Assertion => OAuthError::InvalidClient,
        }
    }
}

impl TokenRequest {
    /// Reads the form.
    pub fn read(form: &Form) -> Result<Self, TokenRequestError> {
        limits::token::ALL.check(form)?;
        let grant_type = form.get("grant_type").ok_or(TokenRequestError::Parameter("grant_type"))?;
        let resource = || match form.get("resource") {
            None => Ok(None),
            Some(text) => ResourceUri::parse(text).map(Some).map_err(|_| TokenRequestError::Resource),
        };
        match grant_type {
            "authorization_code" => {
                let verifier =
                    form.get("code_verifier").ok_or(TokenRequestError::Parameter("code_verifier"))?;
                Ok(Self::AuthorizationCode {
                    code: secret(form, "code")?,
                    redirect_uri: form.get("redirect_uri").map(str::to_owned),
                    verifier: CodeVerifier::parse(verifier)
                        .map_err(|_| TokenRequestError::Parameter("code_verifier"))?,
                    resource: resource()?,
                })
            }
            "refresh_token" => Ok(Self::Refresh {
                token: secret(form, "refresh_token")?,
                scopes: scopes(form)?,
                resource: resource()?,
            }),
            _ => Err(TokenRequestError::GrantType),
        }
    }

    /// The grant's name, for logs.
    pub const fn grant_type(&self) -> &'static str {
        match self {
            Self::AuthorizationCode { .. } => "authorization_code",
            Self::Refresh { .. } => "refresh_token",
        }
    }
}

impl ClientCredentials {
    /// Reads the `Authorization` header, if there is one, and the form.
    pub fn read(authorization: Option<&str>, form: &Form) -> Result<Self, TokenRequestError> {
        limits::credentials::ALL.check(form)?;
        let id = form.get("client_id");
        if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
            if authorization.is_some() || form.get("client_secret").is_some() {
                return Err(TokenRequestError::TwoCredentials);
            }
            return assertion(form, id);
        }
        match (authorization, form.get("client_secret")) {
            (Some(_), Some(_)) => Err(TokenRequestError::TwoCredentials),
            (Some(header), None) => {
                let mut readings = basic(header).ok_or(TokenRequestError::Header)?;
                // The Python SDK names itself in the body as well; it must be the same client.
                if let Some(id) = id {
                    readings.retain(|reading| reading.client_id == id);
                }
                if readings.is_empty() {
                    return Err(TokenRequestError::TwoCredentials);
                }
                Ok(Self { readings, method: Presented::Basic, assertion: None })
            }
            (None, secret) => {
                let client_id = id.ok_or(TokenRequestError::NoClient)?.to_owned();
                let method = if secret.is_some() { Presented::Post } else { Presented::None };
                let secret = secret.map(|text| Secret::new(text.to_owned()));
                Ok(Self { readings: vec![Reading { client_id, secret }], method, assertion: None })
            }
        }
    }
}

/// `client_assertion_type` of RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The client that a signed assertion names; whether it signed it is another question. `client_id` beside it must
/// be the same (RFC 7521 §4.2).
fn assertion(form: &Form, id: Option<&str>) -> Result<ClientCredentials, TokenRequestError> {
    let text = form
        .get("client_assertion")
        .filter(|_| form.get("client_assertion_type") == Some(JWT_BEARER))
        .ok_or(TokenRequestError::Assertion)?;
    let subject = || {
        let payload = b64url_decode(text.split('.').nth(1)?).ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
        claims.get("sub").and_then(serde_json::Value::as_str).map(str::to_owned)
    };
    let client_id = subject().ok_or(TokenRequestError::Assertion)?;
    if id.is_some_and(|id| id != client_id) {
        return Err(TokenRequestError::TwoCredentials);
    }
    Ok(ClientCredentials {
        readings: vec![Reading { client_id, secret: None }],
        method: Presented::Assertion,
        assertion: Some(Secret::new(text.to_owned())),
    })
}

/// Raw, and if different also form-decoded.
fn basic(header: &str) -> Option<Vec<Reading>> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(Base64::decode_vec(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let reading = |id: &str, secret: &str| Reading {
        client_id: id.to_owned(),
        secret: Some(Secret::new(secret.to_owned())),
    };
    let mut readings = vec![reading(id, secret)];
    let decode =
        |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(String::from);
    if let (Some(id), Some(secret)) = (decode(id), decode(secret)) {
        let decoded = reading(&id, &secret);
        if !readings.contains(&decoded) {
            readings.push(decoded);
        }
    }
    Some(readings)
}

fn secret(form: &Form, name: &'static str) -> Result<Secret<String>, TokenRequestError> {
    form.get(name).map(|text| Secret::new(text.to_owned())).ok_or(TokenRequestError::Parameter(name))
}

fn scopes(form: &Form) -> Result<Option<ScopeSet>, TooLong> {
    let scopes = form.get("scope").map(ScopeSet::parse_lenient);
    limits::token::SCOPES.check(scopes.as_ref().map_or(0, ScopeSet::len))?;
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::encode_pairs;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form::parse(encode_pairs(pairs).as_bytes()).unwrap()
    }

    #[test]
    fn both_grants_are_read() {
        let code = form(&[("grant_type", "authorization_code"), ("code", "c"), ("code_verifier", VERIFIER)]);
        assert_eq!(TokenRequest::read(&code).unwrap().grant_type(), "authorization_code");
        let refresh = form(&[("grant_type", "refresh_token"), ("refresh_token", "r"), ("scope", "a b")]);
        let TokenRequest::Refresh { scopes, .. } = TokenRequest::read(&refresh).unwrap() else { panic!() };
        assert_eq!(scopes.unwrap().to_string(), "a b");
    }

    #[test]
    fn what_is_missing_or_wrong_has_its_word() {
        use OAuthError as E;
        let grant = ("grant_type", "authorization_code");
        for (pairs, code) in [
            (vec![], E::InvalidRequest),
            (vec![("grant_type", "password")], E::UnsupportedGrantType),
            (vec![grant, ("code", "c")], E::InvalidRequest),
            (vec![grant, ("code_verifier", VERIFIER)], E::InvalidRequest),
            (vec![grant, ("code", "c"), ("code_verifier", "short")], E::InvalidRequest),
            (vec![grant, ("code", "c"), ("code_verifier", VERIFIER), ("resource", "x")], E::InvalidTarget),
            (vec![("grant_type", "refresh_token")], E::InvalidRequest),
            (vec![("grant_type", "refresh_token"), ("refresh_token", &"r".repeat(2_049))], E::InvalidRequest),
        ] {
            assert_eq!(TokenRequest::read(&form(&pairs)).unwrap_err().code(), code, "{pairs:?}");
        }
    }

    #[test]
    fn credentials_come_in_one_way() {
        let header = |text: &str| format!("Basic {}", Base64::encode_string(text.as_bytes()));
        let read =
            |header: Option<&str>, pairs: &[(&str, &str)]| ClientCredentials::read(header, &form(pairs));
        assert_eq!(read(None, &[("client_id", "a")]).unwrap().method, Presented::None);
        assert_eq!(
            read(None, &[("client_id", "a"), ("client_secret", "s")]).unwrap().method,
            Presented::Post
        );
        assert_eq!(read(None, &[]).unwrap_err(), TokenRequestError::NoClient);
        let sent = header("a:s");
        assert_eq!(read(Some(&sent), &[("client_id", "a")]).unwrap().method, Presented::Basic);
        assert_eq!(read(Some(&sent), &[("client_id", "b")]).unwrap_err(), TokenRequestError::TwoCredentials);
        assert_eq!(
            read(Some(&sent), &[("client_secret", "s")]).unwrap_err(),
            TokenRequestError::TwoCredentials
        );
        for bad in ["Bearer x", "Basic", "Basic !!", &header("no-colon")] {
            assert_eq!(read(Some(bad), &[]).unwrap_err(), TokenRequestError::Header, "{bad}");
        }
    }

    #[test]
    fn an_assertion_names_its_client_and_stands_alone() {
        let jwt = |claims: &str| format!("e30.{}.c2ln", crate::encoding::b64url_encode(claims.as_bytes()));
        let named = jwt(r#"{"sub":"a"}"#);
        let read = |header: Option<&str>, pairs: &[(&str, &str)]| {
            ClientCredentials::read(header, &form(pairs))
                .map(|read| (read.readings[0].client_id.clone(), read.method))
        };
        let pairs = [("client_assertion_type", JWT_BEARER), ("client_assertion", named.as_str())];
        let found = Ok(("a".to_owned(), Presented::Assertion));
        assert_eq!(read(None, &pairs), found);
        assert_eq!(read(None, &[&pairs[..], &[("client_id", "a")]].concat()), found);
        for (more, error) in [
            (("client_id", "b"), TokenRequestError::TwoCredentials),
            (("client_secret", "s"), TokenRequestError::TwoCredentials),
        ] {
            assert_eq!(read(None, &[&pairs[..], &[more]].concat()), Err(error));
        }
        assert_eq!(read(Some("Basic YTpz"), &pairs), Err(TokenRequestError::TwoCredentials));
        for (kind, text) in
            [(JWT_BEARER, "x"), (JWT_BEARER, &jwt("[]")), (JWT_BEARER, &jwt("{}")), ("saml2-bearer", &named)]
        {
            let pairs = [("client_assertion_type", kind), ("client_assertion", text)];
            assert_eq!(read(None, &pairs), Err(TokenRequestError::Assertion), "{kind} {text}");
        }
        assert_eq!(read(None, &pairs[..1]), Err(TokenRequestError::Assertion));
    }

    #[test]
    fn basic_is_read_raw_and_form_encoded() {
        let encoded = format!("Basic {}", Base64::encode_string(b"a%20b:s%2Bt+u"));
        let readings = ClientCredentials::read(Some(&encoded), &form(&[])).unwrap().readings;
        let pairs: Vec<(&str, &str)> = readings
            .iter()
            .map(|reading| (reading.client_id.as_str(), reading.secret.as_ref().unwrap().expose().as_str()))
            .collect();
        assert_eq!(pairs, [("a%20b", "s%2Bt+u"), ("a b", "s+t u")]);
    }
}
