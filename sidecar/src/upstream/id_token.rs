//! Validates the `id_token` (OpenID Connect Core 1.0 §3.1.3.7), in which the provider names the user.
//!
//! The registered claims are validated strictly here. Other claims about the user are read by [`super::claims`], where
//! an unusual format does not prevent the sign-in.

use openidconnect::core::CoreJsonWebKeySet;
use protocol::encoding::b64url_encode;
use protocol::secret::Secret;
use protocol::time::{CLOCK_SKEW, UnixTime};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq as _;

use super::jws::{self, invalid};
use super::port::Freshness;
use super::profile::Profile as Kind;

pub use super::jws::IdTokenError;

/// The maximum length of a subject (Core §2): in bytes as the provider sends it, and in characters as it appears in
/// this server's tokens.
const LONGEST_SUB: usize = 255;

/// What the `id_token` must contain.
#[derive(Debug)]
pub struct Expect<'a> {
    /// The issuer that the provider's metadata name.
    pub issuer: &'a str,
    /// The kind of provider, which decides how it may differ from the specification.
    pub profile: Kind,
    /// This server's client id at the provider.
    pub client_id: &'a str,
    /// The nonce that was sent at login; `None` at refresh, where the token need not contain a nonce.
    pub nonce: Option<&'a Secret<String>>,
    /// How recent the user's sign-in must be; `None` at refresh, where it may be any time ago.
    pub fresh: Option<&'a Freshness>,
    /// The access token in the same response, if any.
    pub access_token: Option<&'a Secret<String>>,
    /// The current time.
    pub now: UnixTime,
}

/// A validated `id_token`.
#[derive(Debug)]
pub struct Verified {
    /// The user's `sub` in this server's own tokens.
    pub subject: String,
    /// The subject as the provider sends it.
    pub sub: String,
    /// All claims of the token.
    pub claims: Map<String, Value>,
}

/// Verifies the token's signature and validates its claims.
pub fn verify(token: &str, keys: &CoreJsonWebKeySet, expect: &Expect<'_>) -> Result<Verified, IdTokenError> {
    let signed = jws::open(token, keys)?;
    let claims: Map<String, Value> =
        serde_json::from_slice(&signed.payload).map_err(|_| invalid("its payload is not a JSON object"))?;
    issuer(&claims, expect)?;
    audience(&claims, expect)?;
    times(&claims, expect.now)?;
    nonce(&claims, expect)?;
    if let Some(fresh) = expect.fresh {
        sign_in_time(&claims, fresh, expect.now)?;
    }
    access_token_hash(&claims, signed.alg, expect)?;
    let sub = text(&claims, "sub")?.filter(|sub| (1..=LONGEST_SUB).contains(&sub.len()));
    let sub = sub
        .ok_or_else(|| invalid("its subject (sub) is missing, empty or longer than 255 bytes"))?
        .to_owned();
    let subject = expect.profile.subject(&sub, &claims);
    let subject = subject.ok_or_else(|| {
        invalid("it has no tid or oid, or they are not GUIDs: add the scope profile to the option scopes, or set providerType=oidc")
    })?;
    if subject.len() > LONGEST_SUB {
        return Err(invalid("its subject (sub) is longer than 255 characters when encoded in ASCII"));
    }
    Ok(Verified { subject, sub, claims })
}

/// Step 2 of §3.1.3.7: the issuer must be exactly the one that was asked.
fn issuer(claims: &Map<String, Value>, expect: &Expect<'_>) -> Result<(), IdTokenError> {
    let expected = expect.profile.expected_issuer(expect.issuer, claims);
    let expected = expected.ok_or_else(|| invalid("its tenant (tid) is not a GUID"))?;
    if text(claims, "iss")? == Some(&expected) {
        Ok(())
    } else {
        Err(invalid("its issuer (iss) is not the one that was asked"))
    }
}

/// Steps 3 to 5: the token must be for this client, and issued to this client.
fn audience(claims: &Map<String, Value>, expect: &Expect<'_>) -> Result<(), IdTokenError> {
    let listed: Option<Vec<&str>> = match claims.get("aud") {
        Some(Value::String(one)) => Some(vec![one]),
        Some(Value::Array(many)) => many.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let listed =
        listed.ok_or_else(|| invalid("its audience (aud) is neither a string nor a list of strings"))?;
    if !listed.contains(&expect.client_id) {
        return Err(invalid("its audience (aud) does not include clientID"));
    }
    match text(claims, "azp")? {
        Some(azp) if azp != expect.client_id => {
            Err(invalid("it was issued to a client (azp) other than clientID"))
        }
        None if listed.len() > 1 => Err(invalid("it has several audiences (aud) but no azp")),
        Some(_) | None => Ok(()),
    }
}

/// Steps 9 and 10, and RFC 7519 §4.1.5 for `nbf`. The clocks may differ by [`CLOCK_SKEW`] in either direction.
fn times(claims: &Map<String, Value>, now: UnixTime) -> Result<(), IdTokenError> {
    let exp = time(claims, "exp")?.ok_or_else(|| invalid("it has no expiration time (exp)"))?;
    if exp <= now.minus(CLOCK_SKEW) {
        return Err(invalid("it has expired (exp), or this server's clock is wrong"));
    }
    let issued = time(claims, "iat")?.ok_or_else(|| invalid("it has no issue time (iat)"))?;
    let latest = now.plus(CLOCK_SKEW);
    if issued > latest || time(claims, "nbf")?.is_some_and(|nbf| nbf > latest) {
        return Err(invalid("its iat or nbf is in the future, or this server's clock is wrong"));
    }
    Ok(())
}

/// Step 11: the nonce must be the one that was sent.
fn nonce(claims: &Map<String, Value>, expect: &Expect<'_>) -> Result<(), IdTokenError> {
    let Some(sent) = expect.nonce else { return Ok(()) };
    let came = text(claims, "nonce")?.unwrap_or_default();
    if bool::from(came.as_bytes().ct_eq(sent.expose().as_bytes())) {
        Ok(())
    } else {
        Err(invalid("its nonce is not the one that was sent"))
    }
}

/// Step 13. With `max_age` the provider must send `auth_time` (§2, §3.1.2.1). With `prompt=login` the provider should
/// have the user sign in again, and need not send `auth_time`. If it sends `auth_time`, the time must not be before the
/// request.
fn sign_in_time(claims: &Map<String, Value>, fresh: &Freshness, now: UnixTime) -> Result<(), IdTokenError> {
    if fresh.max_age.is_none() && !fresh.login {
        return Ok(());
    }
    let signed_in = match (time(claims, "auth_time")?, fresh.max_age) {
        (Some(signed_in), _) => signed_in,
        (None, Some(_)) => {
            return Err(invalid(
                "the application requires a recent sign-in (max_age), but the token has no auth_time \
                           that tells when the user signed in: the provider does not support max_age",
            ));
        }
        (None, None) => return Ok(()),
    };
    let age = if fresh.login { 0 } else { fresh.max_age.unwrap_or_default() };
    if signed_in < fresh.since.minus(u64::from(age)).minus(CLOCK_SKEW) {
        return Err(invalid(
            "the user's sign-in at the provider (auth_time) is longer ago than the application allows \
                       (max_age or prompt=login)",
        ));
    }
    if signed_in > now.plus(CLOCK_SKEW) {
        return Err(invalid("its auth_time is in the future, or this server's clock is wrong"));
    }
    Ok(())
}

/// §3.1.3.8: if the token has an `at_hash`, it must match the access token in the same response. With `EdDSA` it is not
/// checked, because providers do not agree on a hash.
fn access_token_hash(
    claims: &Map<String, Value>,
    alg: &str,
    expect: &Expect<'_>,
) -> Result<(), IdTokenError> {
    let (Some(named), Some(token)) = (text(claims, "at_hash")?, expect.access_token) else { return Ok(()) };
    let token = token.expose().as_bytes();
    let digest = match alg.get(2..) {
        Some("256") => Sha256::digest(token).to_vec(),
        Some("384") => Sha384::digest(token).to_vec(),
        Some("512") => Sha512::digest(token).to_vec(),
        _ => return Ok(()),
    };
    let half = digest.get(..digest.len() / 2).unwrap_or_default();
    if b64url_encode(half) == named {
        Ok(())
    } else {
        Err(invalid("its at_hash does not match the access token"))
    }
}

/// Reads a claim that must be a string if it is present.
fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, IdTokenError> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(IdTokenError::Invalid(format!("its {name} is not a string"))),
    }
}

/// Reads a claim that must be a time if it is present: seconds, possibly with a fraction (RFC 7519 §2, `NumericDate`).
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, IdTokenError> {
    let number = match claims.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number,
        Some(_) => return Err(IdTokenError::Invalid(format!("its {name} is not a number of seconds"))),
    };
    // A time before 1970 becomes 0, and a time too large for the type becomes the type's maximum.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let secs = number.as_u64().unwrap_or_else(|| number.as_f64().unwrap_or_default() as u64);
    Ok(Some(UnixTime::new(secs)))
}
