//! `private_key_jwt` client authentication (RFC 7523 §2.2, §3): the client authenticates with an assertion that it has
//! signed itself and that can be used once.
//!
//! All checks that do not need the client's keys come first, because the keys may have to be fetched.

use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use protocol::encoding::sha256;
use protocol::time::{CLOCK_SKEW, UnixTime};
use serde::Deserialize;
use serde_json::Value;
use store::intent::clients::UseAssertion;
use store::record::AssertionRecord;

use super::client::{Client, is_known};
use super::directory::Clients;
use super::error::{AssertionError, FindError, Unauthenticated};
use crate::budget::{Exhausted, Extra, Meter, Resource};
use crate::compact_jws::CompactJws;
use crate::edge::Ctx;

/// The maximum lifetime of an assertion, in seconds.
const LONGEST_LIFE: u64 = 600;
/// The maximum length of `jti`, in bytes.
const LONGEST_ID: usize = 256;
/// The maximum number of assertions that one known client ([`is_known`]) may use in a minute.
const OF_A_CLIENT: u32 = 1_200;

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    exp: u64,
    iat: Option<u64>,
    nbf: Option<u64>,
    jti: String,
}

/// Validates the assertion as one that this client signed for this server, and marks its `jti` as used. Fails with
/// [`Unauthenticated::NotProven`] if the assertion is invalid, and with another error if that could not be checked.
pub(super) async fn prove(
    clients: &Clients,
    ctx: &Ctx,
    client: &Client,
    assertion: &str,
) -> Result<(), Unauthenticated> {
    let now = clients.clock.now();
    let claims =
        signed(clients, ctx, client, assertion, now).await.map_err(|error| rejected(client, error))?;
    charge(&clients.meter, ctx, client).map_err(Unauthenticated::Exhausted)?;
    let id = [&ctx.tenant().key(), "\n", &client.record.client_id, "\n", &claims.jti].concat();
    let expires = UnixTime::new(claims.exp).plus(CLOCK_SKEW);
    let fresh = clients
        .store
        .write(UseAssertion { record: AssertionRecord { id: sha256(id.as_bytes()), expires }, now })
        .await
        .map_err(|error| Unauthenticated::Find(FindError::Store(error)))?;
    if fresh { Ok(()) } else { Err(rejected(client, AssertionError::Used)) }
}

/// Returns the authentication error for this error. If the client's keys could not be fetched, the assertion may still
/// be valid.
fn rejected(client: &Client, error: AssertionError) -> Unauthenticated {
    let client_id = client.record.client_id.clone();
    match error {
        AssertionError::Keys(_) => Unauthenticated::Keys { client_id, error },
        _ => Unauthenticated::NotProven { client_id: Some(client_id), assertion: Some(error) },
    }
}

/// Charges the use of an assertion, because its `jti` is stored until it expires. It is charged to a known client's own
/// rate limit; for any other client, to those of the caller.
fn charge(meter: &Meter, ctx: &Ctx, client: &Client) -> Result<(), Exhausted> {
    if !is_known(&client.record) {
        return meter.charge(Resource::Assertion, ctx.asker());
    }
    let id = [&client.record.tenant.key(), "\n", &client.record.client_id].concat();
    let own = Extra { what: "this client", key: &id, count: OF_A_CLIENT };
    meter.charge_only(Resource::Assertion, &[own])
}

/// Verifies the signature with one of the client's keys, validates the claims, and returns them.
async fn signed(
    clients: &Clients,
    ctx: &Ctx,
    client: &Client,
    assertion: &str,
    now: UnixTime,
) -> Result<Claims, AssertionError> {
    let jws = CompactJws::parse(assertion)?;
    let header = &jws.header;
    let known = ["jwt", "client-authentication+jwt"];
    let typ = header.typ.as_deref().map(str::to_ascii_lowercase);
    if header.crit.is_some() || typ.is_some_and(|typ| !known.contains(&typ.as_str())) {
        return Err(AssertionError::Malformed);
    }
    // Each algorithm with the lengths in bytes that its signatures may have (RFC 7518 §3.3, §3.4; RFC 8037 §3.1).
    let (algorithm, lengths) = match header.alg.as_str() {
        "EdDSA" => (CoreJwsSigningAlgorithm::EdDsa, 64..=64),
        "ES256" => (CoreJwsSigningAlgorithm::EcdsaP256Sha256, 64..=64),
        "RS256" => (CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, 256..=1_024),
        _ => return Err(AssertionError::Algorithm),
    };
    let signature = jws.signature()?;
    if !lengths.contains(&signature.len()) {
        return Err(AssertionError::Signature);
    }
    let claims: Claims = serde_json::from_slice(&jws.payload()?).map_err(|_| AssertionError::Malformed)?;
    validate(&claims, ctx, &client.record.client_id, now)?;
    let verifies =
        |key: &CoreJsonWebKey| jws.may_be_by(key) && jws.verify(key, &algorithm, &signature).is_ok();
    for again in [false, true] {
        let keys = clients.keys.of(&clients.fetcher, ctx, client, again).await;
        let keys = keys.map_err(|error| AssertionError::Keys(error.to_string()))?;
        if keys.iter().any(verifies) {
            return Ok(claims);
        }
        // The client's key set has the key that the header names, and that key did not sign the assertion. So fetching
        // the key set again would not help.
        if header.kid.is_some() && keys.iter().any(|key| jws.names(key)) {
            break;
        }
    }
    Err(AssertionError::Signature)
}

fn validate(claims: &Claims, ctx: &Ctx, client_id: &str, now: UnixTime) -> Result<(), AssertionError> {
    for (name, value) in [("iss", &claims.iss), ("sub", &claims.sub)] {
        if value != client_id {
            return Err(AssertionError::Claim(name));
        }
    }
    let ours = |aud: &Value| {
        aud.as_str().is_some_and(|aud| aud == ctx.base.as_str() || aud == ctx.base.join("/oauth/token"))
    };
    // Only a single audience is accepted: if there were several, another of them could replay the assertion here.
    let for_us = match &claims.aud {
        Value::Array(audiences) => matches!(audiences.as_slice(), [one] if ours(one)),
        one => ours(one),
    };
    if !for_us {
        return Err(AssertionError::Claim("aud"));
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_ID {
        return Err(AssertionError::Claim("jti"));
    }
    let exp = UnixTime::new(claims.exp);
    let latest_start = now.plus(CLOCK_SKEW).as_secs();
    let early = [claims.iat, claims.nbf].into_iter().flatten().any(|time| time > latest_start);
    if now >= exp.plus(CLOCK_SKEW) || exp > now.plus(LONGEST_LIFE + CLOCK_SKEW) || early {
        return Err(AssertionError::Time);
    }
    Ok(())
}
