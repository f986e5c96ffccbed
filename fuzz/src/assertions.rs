//! Fuzzes the claims of a provider's assertion about a user (ID-JAG). The claims are accepted only if they name this
//! provider, server and client, a resource of this tenant, and times close to now.

use protocol::server::id_jag::{Expected, IdJag, LONGEST_LIFE};
use protocol::time::{CLOCK_SKEW, UnixTime};
use protocol::uri::Base;
use serde_json::{Map, Value, json};

use crate::signed::{BASE, NOW};

const PROVIDER: &str = "https://idp.test";
const CLIENT: &str = "agent";

pub(crate) fn id_jag(data: &[u8]) {
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(data) else { return };
    let issuer = Base::parse(BASE).expect("a base");
    let expected = Expected { provider: PROVIDER, issuer: &issuer, client_id: CLIENT, now: NOW };
    let Ok(accepted) = IdJag::validate(&claims, &expected) else { return };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    assert_eq!((text("iss"), text("client_id")), (Some(PROVIDER), Some(CLIENT)));
    let audience = match &claims["aud"] {
        Value::Array(one) => one[0].as_str(),
        one => one.as_str(),
    };
    assert!(audience == Some(BASE) || audience == Some("https://h.test/wiki/"), "{claims:?}");
    assert!(accepted.resource.within(&issuer), "{claims:?}");
    assert!(!accepted.id.is_empty() && text("jti") == Some(&*accepted.id));
    let time = |name: &str| UnixTime::new(claims[name].as_u64().expect("whole seconds"));
    let (exp, iat) = (time("exp"), time("iat"));
    assert!(NOW < accepted.expires && accepted.expires == exp.plus(CLOCK_SKEW));
    assert!(exp <= NOW.plus(LONGEST_LIFE + CLOCK_SKEW) && exp <= iat.plus(LONGEST_LIFE));
    assert!(iat <= NOW.plus(CLOCK_SKEW));
    if let Some(scope) = text("scope") {
        let scopes = accepted.scopes.expect("a limit");
        assert!(scopes.iter().all(|granted| scope.split_ascii_whitespace().any(|named| named == granted)));
    }
}

pub(crate) fn id_jag_seeds() -> Vec<Vec<u8>> {
    let now = NOW.as_secs();
    let whole = json!({
        "iss": PROVIDER, "sub": "U1", "aud": BASE, "client_id": CLIENT, "resource": "https://h.test/wiki/mcp",
        "jti": "1", "iat": now, "exp": now + 300, "nbf": now, "scope": "read write",
    });
    let mut lists = whole.clone();
    lists["aud"] = json!(["https://h.test/wiki/"]);
    lists["resource"] = json!([BASE]);
    let mut few = whole.clone();
    few.as_object_mut().expect("an object").retain(|name, _| !matches!(name.as_str(), "nbf" | "scope"));
    [whole, lists, few].map(|claims| claims.to_string().into_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_accepted() {
        let issuer = Base::parse(BASE).unwrap();
        let expected = Expected { provider: PROVIDER, issuer: &issuer, client_id: CLIENT, now: NOW };
        for seed in id_jag_seeds() {
            let claims: Map<String, Value> = serde_json::from_slice(&seed).unwrap();
            assert!(IdJag::validate(&claims, &expected).is_ok());
        }
    }
}
