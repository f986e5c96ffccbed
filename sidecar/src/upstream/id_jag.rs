//! Validates assertions of a provider about a user (ID-JAG): the signature by one of the provider's keys and the
//! claims. The user is described as a login at this provider would describe them.

use openidconnect::core::CoreJsonWebKeySet;
use protocol::secret::Secret;
use protocol::server::id_jag::{Expected, IdJag, IdJagError, TYPE};
use protocol::settings::Identity;
use protocol::time::UnixTime;
use protocol::uri::Base;
use serde_json::{Map, Value};

use super::claims::{Notes, Reader};
use super::documents::Documents;
use super::error::UpstreamError;
use super::jws::{self, IdTokenError};
use super::profile::Profile;
use super::registration::Registration;

/// The authorization server and the client for which an assertion must be.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The tenant's issuer.
    pub issuer: &'a Base,
    /// The client that presents the assertion; it has authenticated.
    pub client_id: &'a str,
}

/// A valid assertion.
#[derive(Debug)]
pub struct Asserted {
    /// What the assertion allows.
    pub grant: IdJag,
    /// The user that the assertion is about.
    pub identity: Identity,
    /// Details about the claims for the log.
    pub notes: Notes,
}

/// Why an assertion is refused. The text quotes nothing from the assertion except the cleaned name of an algorithm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// The assertion is not a JWT of the right type that one of the provider's keys signed.
    #[error("{0}")]
    Token(String),
    /// A claim is missing or wrong.
    #[error("{0}")]
    Claim(#[from] IdJagError),
}

/// Verifies an assertion with the cached keys, and once more with newly fetched ones if its key is unknown. The outer
/// error means that the assertion could not be verified now; the inner error means that it is refused.
pub(super) async fn read(
    documents: &Documents,
    at: &Registration,
    assertion: &Secret<String>,
    presented: Presented<'_>,
    now: UnixTime,
) -> Result<Result<Asserted, AssertionError>, UpstreamError> {
    if at.profile == Profile::GitHub {
        return Err(UpstreamError::Misconfigured(
            "enterpriseManaged is for OpenID Connect providers; GitHub signs no assertions".to_owned(),
        ));
    }
    let metadata = documents.metadata(at, now).await?;
    for again in [false, true] {
        let keys = documents.keys(at, &metadata, again, now).await?;
        match verify(assertion.expose(), &keys, (at, &metadata.issuer), presented, now) {
            Ok(asserted) => return Ok(Ok(asserted)),
            Err(Unverified::Refused(error)) => return Ok(Err(error)),
            Err(Unverified::UnknownKey) => {}
        }
    }
    Ok(Err(AssertionError::Token("no key at the provider's jwks_uri fits its signature".to_owned())))
}

/// Verifies the signature and validates the claims. `named` is the issuer that the provider's metadata name.
fn verify(
    assertion: &str,
    keys: &CoreJsonWebKeySet,
    (at, named): (&Registration, &str),
    presented: Presented<'_>,
    now: UnixTime,
) -> Result<Asserted, Unverified> {
    let payload = jws::open_as(assertion, keys, TYPE)?.payload;
    let claims: Map<String, Value> = serde_json::from_slice(&payload)
        .map_err(|_| AssertionError::Token("its payload is not a JSON object".to_owned()))?;
    let provider = at.profile.expected_issuer(named, &claims).ok_or(IdJagError::Claim("tid"))?;
    let Presented { issuer, client_id } = presented;
    let grant = IdJag::validate(&claims, &Expected { provider: &provider, issuer, client_id, now })?;
    let sub = claims.get("sub").and_then(Value::as_str).filter(|sub| !sub.is_empty());
    let sub = sub.and_then(|sub| at.profile.subject(sub, &claims)).filter(|sub| Identity::is_valid_sub(sub));
    let sub = sub.ok_or(IdJagError::Claim("sub"))?;
    let read = Reader { kind: at.profile, groups_claim: &at.groups_claim }.read(&claims);
    Ok(Asserted { grant, identity: Identity { sub, claims: read.claims }, notes: read.notes })
}

/// Why an assertion could not be verified with these keys.
enum Unverified {
    /// No key of the set verifies the assertion; a newer set may have one that does.
    UnknownKey,
    /// The assertion is not valid, whatever the keys are.
    Refused(AssertionError),
}

impl From<IdTokenError> for Unverified {
    fn from(error: IdTokenError) -> Self {
        match error {
            IdTokenError::UnknownKey => Self::UnknownKey,
            IdTokenError::Invalid(why) => Self::Refused(AssertionError::Token(why)),
        }
    }
}

impl From<AssertionError> for Unverified {
    fn from(error: AssertionError) -> Self {
        Self::Refused(error)
    }
}

impl From<IdJagError> for Unverified {
    fn from(error: IdJagError) -> Self {
        Self::Refused(error.into())
    }
}
