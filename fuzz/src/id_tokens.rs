//! Fuzzes the `id_token` of a provider. Only this target signs with the key.

use std::sync::OnceLock;

use ed25519_dalek::{Signer as _, SigningKey};
use openidconnect::core::CoreJsonWebKeySet;
use protocol::encoding::b64url_encode;
use protocol::secret::Secret;
use protocol::time::CLOCK_SKEW;
use serde_json::{Map, Value, json};
use sidecar::upstream::Profile;
use sidecar::upstream::id_token::{Expect, IdTokenError, Verified, verify};

use crate::signed::NOW;

const CLIENT: &str = "mcpbouncer";
const NONCE: &str = "n-0S6_WzA2Mj";
const ISSUER: &str = "https://idp.test";
/// The parts of an Entra ID issuer before and after the tenant's id.
const ENTRA: (&str, &str) = ("https://login.microsoftonline.com/", "/v2.0");

fn key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn keys() -> &'static CoreJsonWebKeySet {
    static KEYS: OnceLock<CoreJsonWebKeySet> = OnceLock::new();
    KEYS.get_or_init(|| {
        let x = b64url_encode(key().verifying_key().as_bytes());
        let set = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x}]});
        serde_json::from_value(set).expect("a key set")
    })
}

/// A token with this payload.
fn signed(payload: &[u8]) -> String {
    let message = [b64url_encode(br#"{"alg":"EdDSA","kid":"k"}"#), b64url_encode(payload)].join(".");
    let signature = key().sign(message.as_bytes()).to_bytes();
    [message, b64url_encode(&signature)].join(".")
}

fn verified(token: &str, profile: Profile) -> Result<Verified, IdTokenError> {
    let issuer = match profile {
        Profile::Entra => [ENTRA.0, "{tenantid}", ENTRA.1].concat(),
        _ => ISSUER.to_owned(),
    };
    let nonce = Secret::new(NONCE.to_owned());
    let expect = Expect {
        issuer: &issuer,
        profile,
        client_id: CLIENT,
        nonce: Some(&nonce),
        fresh: None,
        access_token: None,
        now: NOW,
    };
    verify(token, keys(), &expect)
}

/// A text is accepted only if it was signed; a signed payload only if it meets the requirements of OpenID Connect Core
/// §3.1.3.7.
pub(crate) fn id_token(data: &[u8]) {
    if let Ok(text) = core::str::from_utf8(data)
        && verified(text, Profile::Oidc).is_ok()
    {
        let message = |token: &str| token.rsplit_once('.').map(|(message, _)| message.to_owned());
        assert_eq!(message(text), message(&signed(oidc().to_string().as_bytes())));
    }
    for profile in [Profile::Oidc, Profile::Entra] {
        match verified(&signed(data), profile) {
            Ok(verified) => assert_required(data, profile, &verified),
            Err(IdTokenError::UnknownKey) => panic!("the key is in the set"),
            Err(IdTokenError::Invalid(reason)) => {
                assert!(reason.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{reason}");
            }
        }
    }
}

/// Asserts the same requirements, implemented with another JSON parser.
fn assert_required(payload: &[u8], profile: Profile, verified: &Verified) {
    let claims: Map<String, Value> = serde_json::from_slice(payload).expect("an object");
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_f64).expect("a number");
    let issuer = text("iss").expect("an issuer");
    if profile == Profile::Entra {
        let tenant = issuer.strip_prefix(ENTRA.0).and_then(|rest| rest.strip_suffix(ENTRA.1));
        let tenant = tenant.expect("an issuer of Entra ID");
        assert!(tenant.len() == 36 && text("tid").is_some_and(|tid| tid.eq_ignore_ascii_case(tenant)));
    } else {
        assert_eq!(issuer, ISSUER);
    }
    match &claims["aud"] {
        Value::Array(many) => {
            assert!(many.iter().any(|one| one == CLIENT));
            assert!(many.len() == 1 || text("azp").is_some());
        }
        one => assert_eq!(one, CLIENT),
    }
    assert!(text("azp").is_none_or(|azp| azp == CLIENT));
    assert_eq!(text("nonce"), Some(NONCE));
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (now, skew) = (NOW.as_secs() as f64, CLOCK_SKEW as f64);
    assert!(number("exp") > now - skew && number("iat") < now + skew + 1.0);
    assert_eq!(text("sub"), Some(verified.sub.as_str()));
    assert!(!verified.sub.is_empty() && verified.sub.len() <= 255);
    assert!(!verified.subject.is_empty() && verified.subject.is_ascii() && verified.subject.len() <= 255);
}

fn oidc() -> Value {
    let now = NOW.as_secs();
    json!({"iss": ISSUER, "aud": CLIENT, "sub": "alice", "nonce": NONCE, "iat": now, "exp": now + 300})
}

pub(crate) fn id_token_seeds() -> Vec<Vec<u8>> {
    let tenant = "11111111-2222-3333-4444-555555555555";
    let issuer = [ENTRA.0, tenant, ENTRA.1].concat();
    let with = |more: Value| {
        let mut claims = oidc();
        for (name, value) in more.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        claims.to_string().into_bytes()
    };
    vec![
        with(json!({})),
        with(json!({"aud": [CLIENT, "other"], "azp": CLIENT, "exp": 1_800_000_000.5, "sub": "ä"})),
        with(json!({"iss": issuer, "tid": tenant, "oid": tenant, "nbf": 1})),
        signed(&with(json!({}))).into_bytes(),
        b"eyJhbGciOiJub25lIn0.e30.".to_vec(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If no seed were accepted, the target would test only refusals.
    #[test]
    fn seeds_are_accepted_as_id_tokens() {
        let [oidc, several, entra, text, _] = id_token_seeds().try_into().expect("five seeds");
        for (payload, profile) in [(oidc, Profile::Oidc), (several, Profile::Oidc), (entra, Profile::Entra)] {
            assert!(verified(&signed(&payload), profile).is_ok());
        }
        assert!(verified(core::str::from_utf8(&text).expect("text"), Profile::Oidc).is_ok());
    }
}
