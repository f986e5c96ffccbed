//! Token requests (RFC 6749 §4.1.3, §6; RFC 8707 §2.2) and the credentials that come with them (§2.3.1).

use crate::encoding::b64url_decode;
use crate::error::OAuthError;
use crate::form::Form;
use crate::limits::{self, TooLong};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::server::grant_type::GrantType;
use crate::server::pkce::CodeVerifier;
use crate::server::resource::{self, ResourceError};
use crate::uri::ResourceUri;
use base64ct::{Base64, Encoding as _};
use percent_encoding::percent_decode_str;

/// A request to the token endpoint.
#[derive(Clone, Debug)]
pub enum TokenRequest {
    /// `grant_type=authorization_code`.
    AuthorizationCode {
        /// The code.
        code: Secret<String>,
        /// The redirect URI, if given. It must be the one to which the code was sent (OAuth 2.1 drops the parameter).
        redirect_uri: Option<String>,
        /// The PKCE verifier, which every client must send.
        verifier: CodeVerifier,
        /// The resource that the token is for, if given.
        resource: Option<ResourceUri>,
    },
    /// `grant_type=refresh_token`.
    Refresh {
        /// The refresh token.
        token: Secret<String>,
        /// Some of the granted scopes, if given.
        scopes: Option<ScopeSet>,
        /// The resource that the token is for, if given.
        resource: Option<ResourceUri>,
    },
    /// `grant_type=client_credentials` (RFC 6749 §4.4.2).
    ClientCredentials {
        /// The scopes, if given.
        scopes: Option<ScopeSet>,
        /// The resource that the token is for, if given.
        resource: Option<ResourceUri>,
    },
    /// `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1).
    JwtBearer {
        /// The assertion, in which an identity provider names a user.
        assertion: Secret<String>,
        /// The scopes, if given.
        scopes: Option<ScopeSet>,
        /// The resource that the token is for, if given.
        resource: Option<ResourceUri>,
    },
}

/// The client that a request names, and how it authenticates.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The readings of `client_id` and secret, in the order in which to try them. A Basic header is read raw and as
    /// form-encoded, because clients write either (RFC 6749 §2.3.1).
    pub readings: Vec<Reading>,
    /// The signed assertion, if the client authenticates with one (RFC 7523 §2.2).
    pub assertion: Option<Secret<String>>,
}

/// One way to read the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// `client_id`.
    pub client_id: String,
    /// The secret, which is never empty; `None` from public clients.
    pub secret: Option<Secret<String>>,
}

/// Why a token request cannot be read. The text is safe to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenRequestError {
    /// A parameter is too long.
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// The parameter of this name is missing or malformed.
    #[error("{0} is missing or malformed")]
    Parameter(&'static str),
    /// The grant type is not supported.
    #[error("this grant_type is not supported")]
    GrantType,
    /// `resource` is malformed, or names several different resources.
    #[error("{0}")]
    Resource(#[from] ResourceError),
    /// No client is named.
    #[error("no client_id was sent, neither in the body nor by HTTP Basic")]
    NoClient,
    /// The request names two different clients or secrets, or uses two authentication methods (RFC 6749 §2.3).
    #[error(
        "the Authorization header, client_id, client_secret and client_assertion do not agree on one client"
    )]
    TwoCredentials,
    /// `client_assertion_type` is not supported, or there is no assertion that names its client.
    #[error("client_assertion is missing, malformed, or of another type than jwt-bearer")]
    Assertion,
    /// The Basic credentials cannot be read.
    #[error(
        "the Basic credentials in the Authorization header cannot be read: base64 of client_id, colon, secret"
    )]
    Header,
}

impl TokenRequestError {
    /// The error code of RFC 6749 §5.2.
    pub const fn code(self) -> OAuthError {
        match self {
            Self::TooLong(_) | Self::Parameter(_) | Self::TwoCredentials => OAuthError::InvalidRequest,
            Self::GrantType => OAuthError::UnsupportedGrantType,
            Self::Resource(_) => OAuthError::InvalidTarget,
            Self::NoClient | Self::Header | Self::Assertion => OAuthError::InvalidClient,
        }
    }
}

impl TokenRequest {
    /// Reads a token request from its form.
    pub fn read(form: &Form) -> Result<Self, TokenRequestError> {
        limits::token::ALL.check(form)?;
        let named = form.get("grant_type").ok_or(TokenRequestError::Parameter("grant_type"))?;
        let grant_type = GrantType::ALL.into_iter().find(|grant_type| grant_type.name() == named);
        match grant_type.ok_or(TokenRequestError::GrantType)? {
            GrantType::AuthorizationCode => {
                let verifier =
                    form.get("code_verifier").ok_or(TokenRequestError::Parameter("code_verifier"))?;
                Ok(Self::AuthorizationCode {
                    code: secret(form, "code")?,
                    redirect_uri: form.get("redirect_uri").map(str::to_owned),
                    verifier: CodeVerifier::parse(verifier)
                        .map_err(|_| TokenRequestError::Parameter("code_verifier"))?,
                    resource: resource::requested(form)?,
                })
            }
            GrantType::RefreshToken => Ok(Self::Refresh {
                token: secret(form, "refresh_token")?,
                scopes: scopes(form)?,
                resource: resource::requested(form)?,
            }),
            GrantType::ClientCredentials => {
                Ok(Self::ClientCredentials { scopes: scopes(form)?, resource: resource::requested(form)? })
            }
            GrantType::JwtBearer => Ok(Self::JwtBearer {
                assertion: secret(form, "assertion")?,
                scopes: scopes(form)?,
                resource: resource::requested(form)?,
            }),
        }
    }

    /// The grant type.
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::Refresh { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
            Self::JwtBearer { .. } => GrantType::JwtBearer,
        }
    }
}

impl ClientCredentials {
    /// Reads the values of the `Authorization` header, and the form. A header of another scheme than Basic is ignored:
    /// it may be a token that the client sends with every request.
    pub fn read(authorization: &[&[u8]], form: &Form) -> Result<Self, TokenRequestError> {
        limits::credentials::ALL.check(form)?;
        let id = form.get("client_id");
        let secret = form.get("client_secret").map(|text| Secret::new(text.to_owned()));
        let basic = basic(authorization)?;
        if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
            if basic.is_some() || secret.is_some() {
                return Err(TokenRequestError::TwoCredentials);
            }
            return assertion(form, id);
        }
        let Some(mut readings) = basic else {
            let client_id = id.ok_or(TokenRequestError::NoClient)?.to_owned();
            return Ok(Self { readings: vec![Reading { client_id, secret }], assertion: None });
        };
        // The Python SDK sends client_id in the body as well, others repeat the secret there: both must be the same.
        readings.retain(|reading| {
            let same_secret = match (&reading.secret, &secret) {
                (Some(own), Some(other)) => own == other,
                (None, _) | (_, None) => true,
            };
            same_secret && id.is_none_or(|id| reading.client_id == id)
        });
        if readings.is_empty() {
            return Err(TokenRequestError::TwoCredentials);
        }
        for reading in &mut readings {
            reading.secret = reading.secret.take().or_else(|| secret.clone());
        }
        Ok(Self { readings, assertion: None })
    }
}

/// `client_assertion_type` of RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Reads the client that a signed assertion names. The caller verifies later whether the client signed it. If the form
/// also has a `client_id`, both must be the same (RFC 7521 §4.2).
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
        assertion: Some(Secret::new(text.to_owned())),
    })
}

/// The readings of the Basic credentials among the values of the header: raw and, if that is different, form-decoded.
/// `None` if there is no Basic header, or one without client and secret. The same value given again counts once.
fn basic(authorization: &[&[u8]]) -> Result<Option<Vec<Reading>>, TokenRequestError> {
    let mut found: Option<&[u8]> = None;
    for value in authorization {
        let (scheme, encoded) = match value.iter().position(|byte| *byte == b' ') {
            Some(at) => value.split_at(at),
            None => (*value, &[][..]),
        };
        if !scheme.eq_ignore_ascii_case(b"basic") {
            continue;
        }
        let encoded = encoded.trim_ascii();
        if found.is_some_and(|other| other != encoded) {
            return Err(TokenRequestError::TwoCredentials);
        }
        found = Some(encoded);
    }
    match found {
        None | Some([]) => Ok(None),
        Some(encoded) => readings(encoded),
    }
}

/// The readings of the text after `Basic`; `None` if it holds neither client nor secret. Fails if the text is not
/// base64 of UTF-8 with a colon, or holds a secret without a client.
fn readings(encoded: &[u8]) -> Result<Option<Vec<Reading>>, TokenRequestError> {
    let text = || String::from_utf8(Base64::decode_vec(core::str::from_utf8(encoded).ok()?).ok()?).ok();
    let text = text().ok_or(TokenRequestError::Header)?;
    let (id, secret) = match text.split_once(':') {
        Some(("", "")) => return Ok(None),
        None | Some(("", _)) => return Err(TokenRequestError::Header),
        Some(pair) => pair,
    };
    let reading = |id: &str, secret: &str| Reading {
        client_id: id.to_owned(),
        secret: Some(secret).filter(|secret| !secret.is_empty()).map(|secret| Secret::new(secret.to_owned())),
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
    Ok(Some(readings))
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
mod tests;
