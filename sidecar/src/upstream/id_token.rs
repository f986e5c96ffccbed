//! The `id_token`: who the provider says the user is, believed only after every check.
//!
//! OpenID Connect Core 1.0 §3.1.3.7. The registered claims are read strictly here; what else it says about the user is
//! read by [`super::claims`], where a claim that is written oddly stops nobody.

use openidconnect::core::CoreJsonWebKeySet;
use protocol::encoding::b64url_encode;
use protocol::secret::Secret;
use protocol::time::{CLOCK_SKEW, UnixTime};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq as _;

use super::jws::{self, no};
use super::port::Freshness;
use super::profile::Profile as Kind;

pub use super::jws::Doubt;

/// Longest subject (Core §2), in bytes as the provider writes it, and in characters as tokens carry it.
const LONGEST_SUB: usize = 255;

/// What the token must say.
#[derive(Debug)]
pub struct Expect<'a> {
    /// What the discovery document calls itself.
    pub issuer: &'a str,
    /// How the provider differs from the specifications.
    pub profile: Kind,
    /// Our client id there.
    pub client_id: &'a str,
    /// At login the nonce that was sent; `None` at refresh, where a nonce may be missing.
    pub nonce: Option<&'a Secret<String>>,
    /// How fresh the sign-in must be; at refresh it may have any age.
    pub fresh: Option<&'a Freshness>,
    /// The access token that came with it.
    pub access_token: Option<&'a Secret<String>>,
    /// The time now.
    pub now: UnixTime,
}

/// A token that was believed.
#[derive(Debug)]
pub struct Verified {
    /// The subject as tokens name it.
    pub subject: String,
    /// The subject as the provider writes it.
    pub sub: String,
    /// Everything it says.
    pub claims: Map<String, Value>,
}

/// Verifies and reads a token.
pub fn verify(token: &str, keys: &CoreJsonWebKeySet, expect: &Expect<'_>) -> Result<Verified, Doubt> {
    let signed = jws::open(token, keys)?;
    let claims: Map<String, Value> =
        serde_json::from_slice(&signed.payload).map_err(|_| no("its payload is not a JSON object"))?;
    issuer(&claims, expect)?;
    audience(&claims, expect)?;
    times(&claims, expect.now)?;
    nonce(&claims, expect)?;
    if let Some(fresh) = expect.fresh {
        sign_in_time(&claims, fresh, expect.now)?;
    }
    access_token_hash(&claims, signed.alg, expect)?;
    let sub = text(&claims, "sub")?.filter(|sub| (1..=LONGEST_SUB).contains(&sub.len()));
    let sub =
        sub.ok_or_else(|| no("its subject (sub) is missing, empty or longer than 255 bytes"))?.to_owned();
    let subject = expect.profile.subject(&sub, &claims);
    let subject = subject.ok_or_else(|| {
        no("it lacks tid or oid, or they are not GUIDs: ask for the scope profile, or set providerType=oidc")
    })?;
    if subject.len() > LONGEST_SUB {
        return Err(no("its subject has more than 255 characters once it is encoded in ASCII"));
    }
    Ok(Verified { subject, sub, claims })
}

/// Step 2: exactly the issuer that was asked.
fn issuer(claims: &Map<String, Value>, expect: &Expect<'_>) -> Result<(), Doubt> {
    let expected = expect.profile.expected_issuer(expect.issuer, claims);
    let expected = expected.ok_or_else(|| no("its tenant (tid) is not a GUID"))?;
    if text(claims, "iss")? == Some(&expected) {
        Ok(())
    } else {
        Err(no("it is from another issuer (iss) than the one that was asked"))
    }
}

/// Steps 3 to 5: for us, and issued to us.
fn audience(claims: &Map<String, Value>, expect: &Expect<'_>) -> Result<(), Doubt> {
    let listed: Option<Vec<&str>> = match claims.get("aud") {
        Some(Value::String(one)) => Some(vec![one]),
        Some(Value::Array(many)) => many.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let listed = listed.ok_or_else(|| no("its audience (aud) is neither a string nor a list of strings"))?;
    if !listed.contains(&expect.client_id) {
        return Err(no("it is for another client (aud) than clientID"));
    }
    match text(claims, "azp")? {
        Some(azp) if azp != expect.client_id => {
            Err(no("it was issued to another client (azp) than clientID"))
        }
        None if listed.len() > 1 => Err(no("it has several audiences and no azp")),
        Some(_) | None => Ok(()),
    }
}

/// Steps 9 and 10, and RFC 7519 §4.1.5 for `nbf`. The clocks may differ by a minute either way.
fn times(claims: &Map<String, Value>, now: UnixTime) -> Result<(), Doubt> {
    let exp = time(claims, "exp")?.ok_or_else(|| no("it does not say when it expires (exp)"))?;
    if exp <= now.minus(CLOCK_SKEW) {
        return Err(no("it has expired (exp), or our clock is wrong"));
    }
    let issued = time(claims, "iat")?.ok_or_else(|| no("it does not say when it was issued (iat)"))?;
    let latest = now.plus(CLOCK_SKEW);
    if issued > latest || time(claims, "nbf")?.is_some_and(|nbf| nbf > latest) {
        return Err(no("it is from the future (iat or nbf), or our clock is wrong"));
    }
    Ok(())
}

/// Step 11.
fn nonce(claims: &Map<String, Value>, expect: &Expect<'_>) -> Result<(), Doubt> {
    let Some(sent) = expect.nonce else { return Ok(()) };
    let came = text(claims, "nonce")?.unwrap_or_default();
    if bool::from(came.as_bytes().ct_eq(sent.expose().as_bytes())) {
        Ok(())
    } else {
        Err(no("its nonce is not the one that was sent"))
    }
}

/// Step 13. With `max_age` the provider must say when the user signed in (§2, §3.1.2.1). With `prompt=login` it
/// should have them sign in again and need not say when; if it does say, it must have been after the request.
fn sign_in_time(claims: &Map<String, Value>, fresh: &Freshness, now: UnixTime) -> Result<(), Doubt> {
    if fresh.max_age.is_none() && !fresh.login {
        return Ok(());
    }
    let signed_in = match (time(claims, "auth_time")?, fresh.max_age) {
        (Some(signed_in), _) => signed_in,
        (None, Some(_)) => {
            return Err(no(
                "the application asked for a recent sign-in (max_age), and it does not say when \
                           the user signed in (auth_time): the provider does not support this",
            ));
        }
        (None, None) => return Ok(()),
    };
    let age = if fresh.login { 0 } else { fresh.max_age.unwrap_or_default() };
    if signed_in < fresh.since.minus(u64::from(age)).minus(CLOCK_SKEW) {
        return Err(no(
            "the user signed in at the provider longer ago (auth_time) than the application asked for \
                       (max_age or prompt=login)",
        ));
    }
    if signed_in > now.plus(CLOCK_SKEW) {
        return Err(no("its auth_time is in the future, or our clock is wrong"));
    }
    Ok(())
}

/// §3.1.3.8: where it names the access token that came with it, it names this one. `EdDSA` stands for no hash that all
/// providers agree on.
fn access_token_hash(claims: &Map<String, Value>, alg: &str, expect: &Expect<'_>) -> Result<(), Doubt> {
    let (Some(named), Some(token)) = (text(claims, "at_hash")?, expect.access_token) else { return Ok(()) };
    let token = token.expose().as_bytes();
    let digest = match alg.get(2..) {
        Some("256") => Sha256::digest(token).to_vec(),
        Some("384") => Sha384::digest(token).to_vec(),
        Some("512") => Sha512::digest(token).to_vec(),
        _ => return Ok(()),
    };
    let half = digest.get(..digest.len() / 2).unwrap_or_default();
    if b64url_encode(half) == named { Ok(()) } else { Err(no("it names another access token (at_hash)")) }
}

/// A claim that is a string if it is there.
fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Doubt> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Doubt::No(format!("its {name} is not a string"))),
    }
}

/// A claim that is a time if it is there: seconds, perhaps with a fraction (RFC 7519 §2, `NumericDate`).
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, Doubt> {
    let number = match claims.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number,
        Some(_) => return Err(Doubt::No(format!("its {name} is not a number of seconds"))),
    };
    // Before 1970 is 0; what no clock will reach is the end of time.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let secs = number.as_u64().unwrap_or_else(|| number.as_f64().unwrap_or_default() as u64);
    Ok(Some(UnixTime::new(secs)))
}
