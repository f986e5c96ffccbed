//! The `id_token`: who the provider says the user is, believed only after every check.
//!
//! OpenID Connect Core 1.0 §3.1.3.7. Signature, issuer, audience, nonce and lifetime are judged by the
//! `openidconnect` crate with our clock; `azp`, `nbf` and the form of `sub` here.

use std::str::FromStr as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Alg,
};
use openidconnect::{ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError};
use protocol::encoding::b64url_decode;
use protocol::secret::Secret;
use protocol::settings::{Identity, Profile};
use protocol::text::TextSet;
use protocol::time::{CLOCK_SKEW, UnixTime};
use serde::Deserialize;
use serde_json::Value;

use super::{Profile as Kind, UpstreamError};

/// Asymmetric only: with a shared secret anyone who knows it could sign, with `none` anyone at all.
const ALGORITHMS: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

/// What the token must say.
#[derive(Debug)]
pub(super) struct Expect<'a> {
    /// What the discovery document calls itself.
    pub(super) issuer: &'a str,
    pub(super) profile: Kind,
    pub(super) client_id: &'a str,
    /// At login the nonce that was sent; `None` at refresh, where a nonce may be missing.
    pub(super) nonce: Option<&'a Secret<String>>,
    pub(super) now: UnixTime,
}

/// Why a token is not believed.
#[derive(Debug)]
pub(super) enum Doubt {
    /// The key set holds no key for it; a newer set may.
    UnknownKey,
    /// Everything else.
    No(String),
}

impl From<Doubt> for UpstreamError {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::UnknownKey => Self::Unverifiable("no key of the provider fits".to_owned()),
            Doubt::No(why) => Self::Unverifiable(why),
        }
    }
}

/// The claims read here, after verification, from the same bytes that were verified.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    aud: Value,
    azp: Option<String>,
    nbf: Option<u64>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

/// Verifies and reads a token.
pub(super) fn verify(token: &str, keys: &CoreJsonWebKeySet, expect: &Expect<'_>) -> Result<Identity, Doubt> {
    let no = |why: &str| Doubt::No(why.to_owned());
    let parsed =
        CoreIdToken::from_str(token).map_err(|_| no("it is not a JWT with the claims of an id_token"))?;
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = b64url_decode(payload).map_err(|_| no("its payload is not base64url"))?;
    let claims: Claims =
        serde_json::from_slice(&payload).map_err(|_| no("its payload is not an object with a subject"))?;
    // Only chooses what is then demanded of the verified token.
    let issuer = expect.profile.expected_issuer(expect.issuer, &claims.rest);
    let issuer = issuer.ok_or_else(|| no("its tenant (tid) is not a GUID"))?;
    let issuer = IssuerUrl::new(issuer).map_err(|_| no("the issuer is not a URL"))?;
    // The clock may be a minute off either way; the crate asks "now >= exp".
    let now = at(expect.now.minus(CLOCK_SKEW));
    let latest_issue = at(expect.now.plus(CLOCK_SKEW));
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(expect.client_id.to_owned()),
        issuer,
        keys.clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || now.into())
    .set_issue_time_verifier_fn(move |issued| {
        if SystemTime::from(issued) <= latest_issue { Ok(()) } else { Err("issued in the future".to_owned()) }
    })
    // Several audiences are judged below by `azp`.
    .set_other_audience_verifier_fn(|_| true);
    let checked = match expect.nonce {
        Some(nonce) => parsed.claims(&verifier, &Nonce::new(nonce.expose().clone())),
        None => parsed.claims(&verifier, |_: Option<&Nonce>| Ok(())),
    };
    checked.map_err(|error| doubt(&error))?;
    judge(&claims, expect)?;
    let mut profile = profile(&claims.rest);
    expect.profile.amend(&mut profile, &claims.rest);
    let sub = expect.profile.subject(claims.sub, &claims.rest);
    Ok(Identity { claims: profile, sub: sub.ok_or_else(|| no("it lacks tid or oid"))? })
}

/// §3.1.3.7 steps 4 and 5 for `azp`; RFC 7519 §4.1.5 for `nbf`; a subject that fits into our tokens.
fn judge(claims: &Claims, expect: &Expect<'_>) -> Result<(), Doubt> {
    let several = claims.aud.as_array().is_some_and(|list| list.len() > 1);
    match claims.azp.as_deref() {
        Some(azp) if azp != expect.client_id => {
            return Err(Doubt::No("it was issued to another client (azp)".to_owned()));
        }
        None if several => return Err(Doubt::No("it has several audiences and no azp".to_owned())),
        Some(_) | None => {}
    }
    if claims.nbf.is_some_and(|nbf| UnixTime::new(nbf) > expect.now.plus(CLOCK_SKEW)) {
        return Err(Doubt::No("it is not valid yet (nbf)".to_owned()));
    }
    let visible = claims.sub.bytes().all(|byte| byte.is_ascii_graphic());
    if !(1..=255).contains(&claims.sub.len()) || !visible {
        return Err(Doubt::No("its subject is not 1 to 255 visible ASCII characters".to_owned()));
    }
    Ok(())
}

fn doubt(error: &ClaimsVerificationError) -> Doubt {
    match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            Doubt::UnknownKey
        }
        // The messages repeat claim values, which a hostile provider chooses; the kind is enough.
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::UnsupportedAlg(_)
            | SignatureVerificationError::NoSignature,
        ) => Doubt::No("its signature algorithm is not accepted".to_owned()),
        ClaimsVerificationError::SignatureVerification(_) => Doubt::No("its signature is wrong".to_owned()),
        ClaimsVerificationError::Expired(_) => Doubt::No("it has expired or is from the future".to_owned()),
        ClaimsVerificationError::InvalidAudience(_) => Doubt::No("it is for another client (aud)".to_owned()),
        ClaimsVerificationError::InvalidIssuer(_) => Doubt::No("it is from another issuer (iss)".to_owned()),
        ClaimsVerificationError::InvalidNonce(_) => Doubt::No("its nonce is not the one sent".to_owned()),
        _ => Doubt::No("it does not hold".to_owned()),
    }
}

fn at(time: UnixTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(time.as_secs())
}

/// Profile claims (Core §5.1). What has an unexpected type or size counts as absent.
fn profile(claims: &serde_json::Map<String, Value>) -> Profile {
    let text = |name: &str| {
        let value = claims.get(name)?.as_str()?;
        (!value.is_empty() && value.len() <= 1024).then(|| value.to_owned())
    };
    Profile {
        email: text("email"),
        email_verified: claims.get("email_verified").and_then(Value::as_bool),
        name: text("name"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        picture: text("picture"),
        locale: text("locale"),
        hd: text("hd"),
        preferred_username: text("preferred_username"),
        groups: groups(claims.get("groups")),
    }
}

/// A list of names, or one name.
fn groups(value: Option<&Value>) -> TextSet {
    match value {
        Some(Value::String(one)) => TextSet::from_iter([one.clone()]),
        Some(Value::Array(many)) => {
            many.iter().filter_map(Value::as_str).take(1000).map(str::to_owned).collect()
        }
        _ => TextSet::new(),
    }
}
