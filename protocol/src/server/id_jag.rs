//! The claims of an Identity Assertion JWT Authorization Grant (ID-JAG): an assertion in which a tenant's identity
//! provider says that a client may act for a user (draft-ietf-oauth-identity-assertion-authz-grant, and the MCP
//! extension `io.modelcontextprotocol/enterprise-managed-authorization`).
//!
//! The caller verifies the signature and the type before this validation. After it, the caller checks that the `jti`
//! was not used before.

use crate::scope::ScopeSet;
use crate::time::{CLOCK_SKEW, UnixTime};
use crate::uri::{Base, ResourceUri};
use serde_json::{Map, Value};

/// The `typ` in the header, which distinguishes the assertion from every other JWT that the provider signs (RFC 8725
/// §3.11).
pub const TYPE: &str = "oauth-id-jag+jwt";
/// The maximum lifetime of an assertion, in seconds. The assertion's `jti` is stored for as long.
pub const LONGEST_LIFE: u64 = 3_600;
/// The maximum length of `jti`, in bytes.
const LONGEST_ID: usize = 256;

/// What the assertion must contain.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer of the tenant's provider.
    pub provider: &'a str,
    /// The tenant's own issuer: the only audience.
    pub issuer: &'a Base,
    /// The client that presents the assertion. It has authenticated.
    pub client_id: &'a str,
    /// The current time.
    pub now: UnixTime,
}

/// Why an assertion is not accepted. The error text quotes nothing of the assertion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdJagError {
    /// A claim is missing, or has the wrong type or length.
    #[error("the claim {0} is missing or malformed")]
    Claim(&'static str),
    /// `iss` is not the tenant's provider.
    #[error("iss is not the tenant's provider")]
    Issuer,
    /// `aud` is not this server alone.
    #[error("aud is not exactly the issuer of this authorization server")]
    Audience,
    /// The assertion was issued to another client.
    #[error("client_id is not the client that presents it")]
    Client,
    /// `resource` is not of this tenant.
    #[error("resource is not one of this server")]
    Resource,
    /// The assertion has expired, is not valid yet, or is valid for more than [`LONGEST_LIFE`].
    #[error("it has expired, is not valid yet, or is valid for more than an hour; or a clock is wrong")]
    Time,
}

/// The claims of a valid assertion, apart from those about the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdJag {
    /// `resource`: what the access token is for.
    pub resource: ResourceUri,
    /// `scope`: the only scopes that the provider allows; `None` if the provider sets no limit.
    pub scopes: Option<ScopeSet>,
    /// `jti`.
    pub id: String,
    /// The time from which on the assertion is refused, clock skew included.
    pub expires: UnixTime,
}

impl IdJag {
    /// Validates the claims of an assertion.
    pub fn validate(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<Self, IdJagError> {
        if text(claims, "iss")? != expected.provider {
            return Err(IdJagError::Issuer);
        }
        audience(claims, expected.issuer)?;
        if text(claims, "client_id")? != expected.client_id {
            return Err(IdJagError::Client);
        }
        let expires = times(claims, expected.now)?;
        let id = text(claims, "jti")?;
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(IdJagError::Claim("jti"));
        }
        let resource = ResourceUri::parse(one(claims, "resource")?).map_err(|_| IdJagError::Resource)?;
        if !resource.within(expected.issuer) {
            return Err(IdJagError::Resource);
        }
        let scopes = match claims.get("scope") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(ScopeSet::parse_lenient(text)),
            Some(_) => return Err(IdJagError::Claim("scope")),
        };
        Ok(Self { resource, scopes, id: id.to_owned(), expires })
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, IdJagError> {
    claims.get(name).and_then(Value::as_str).ok_or(IdJagError::Claim(name))
}

/// A claim with a single value, possibly in a list.
fn one<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, IdJagError> {
    let value = match claims.get(name) {
        Some(Value::Array(values)) => match values.as_slice() {
            [one] => Some(one),
            _ => None,
        },
        value => value,
    };
    value.and_then(Value::as_str).ok_or(IdJagError::Claim(name))
}

/// Checks that this issuer is the only audience: if there were several, another of them could present the assertion
/// here. The issuer is also accepted with a slash at its end, because clients turn it into a URL, which has one.
fn audience(claims: &Map<String, Value>, issuer: &Base) -> Result<(), IdJagError> {
    let named = one(claims, "aud").map_err(|_| IdJagError::Audience)?;
    let own = issuer.as_str();
    if named.strip_suffix('/').unwrap_or(named) == own { Ok(()) } else { Err(IdJagError::Audience) }
}

/// Validates the times; `exp` and `iat` are required. Returns when the assertion expires, clock skew included.
fn times(claims: &Map<String, Value>, now: UnixTime) -> Result<UnixTime, IdJagError> {
    let time = |name: &'static str| match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_u64().map(UnixTime::new).map(Some).ok_or(IdJagError::Claim(name)),
    };
    let exp = time("exp")?.ok_or(IdJagError::Claim("exp"))?;
    let iat = time("iat")?.ok_or(IdJagError::Claim("iat"))?;
    let latest_start = now.plus(CLOCK_SKEW);
    let early = iat > latest_start || time("nbf")?.is_some_and(|nbf| nbf > latest_start);
    let ends = exp.plus(CLOCK_SKEW);
    if early || now >= ends || exp > now.plus(LONGEST_LIFE + CLOCK_SKEW) || exp > iat.plus(LONGEST_LIFE) {
        return Err(IdJagError::Time);
    }
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use IdJagError as E;
    use serde_json::json;

    const NOW: u64 = 1_800_000_000;

    fn claims() -> Value {
        json!({
            "iss": "https://idp.example", "sub": "U1", "aud": "https://h/wiki", "client_id": "agent",
            "resource": "https://h/wiki/mcp", "jti": "1", "iat": NOW, "exp": NOW + 300, "scope": "read \"x write",
        })
    }

    fn validate(claims: &Value) -> Result<IdJag, IdJagError> {
        let issuer = Base::parse("https://h/wiki").unwrap();
        let expected = Expected {
            provider: "https://idp.example",
            issuer: &issuer,
            client_id: "agent",
            now: UnixTime::new(NOW),
        };
        IdJag::validate(claims.as_object().unwrap(), &expected)
    }

    fn with(name: &str, value: Value) -> Result<IdJag, IdJagError> {
        let mut changed = claims();
        changed[name] = value;
        validate(&changed)
    }

    #[test]
    fn what_a_valid_assertion_says() {
        let valid = validate(&claims()).unwrap();
        assert_eq!(valid.resource.as_str(), "https://h/wiki/mcp");
        assert_eq!(valid.scopes.unwrap().to_string(), "read write");
        assert_eq!((valid.id.as_str(), valid.expires), ("1", UnixTime::new(NOW + 300 + CLOCK_SKEW)));
        for (name, value) in [
            ("aud", json!("https://h/wiki/")),
            ("aud", json!(["https://h/wiki"])),
            ("resource", json!(["https://H:443/wiki"])),
            ("exp", json!(NOW - CLOCK_SKEW + 1)),
            ("exp", json!(NOW + 3_600)),
            ("iat", json!(NOW + CLOCK_SKEW)),
            ("nbf", json!(NOW + CLOCK_SKEW)),
        ] {
            assert!(with(name, value.clone()).is_ok(), "{name} {value}");
        }
        assert_eq!(with("scope", Value::Null).unwrap().scopes, None);
        assert!(with("scope", json!("")).unwrap().scopes.unwrap().is_empty(), "an empty limit is a limit");
    }

    #[test]
    fn each_wrong_claim_is_refused() {
        for (name, value, error) in [
            ("iss", json!("https://other.example"), E::Issuer),
            ("iss", json!("https://idp.example/"), E::Issuer),
            ("iss", Value::Null, E::Claim("iss")),
            ("aud", json!("https://h/docs"), E::Audience),
            ("aud", json!("https://h"), E::Audience),
            ("aud", json!("https://h/wiki//"), E::Audience),
            ("aud", json!("https://h/wiki/oauth/token"), E::Audience),
            ("aud", json!(["https://h/wiki", "https://h/docs"]), E::Audience),
            ("aud", json!([]), E::Audience),
            ("aud", Value::Null, E::Audience),
            ("client_id", json!("other"), E::Client),
            ("client_id", json!(["agent"]), E::Claim("client_id")),
            ("client_id", Value::Null, E::Claim("client_id")),
            ("resource", json!("https://h/docs"), E::Resource),
            ("resource", json!("https://h/wikipedia"), E::Resource),
            ("resource", json!("mcp"), E::Resource),
            ("resource", json!(["https://h/wiki", "https://h/docs"]), E::Claim("resource")),
            ("resource", Value::Null, E::Claim("resource")),
            ("jti", json!(""), E::Claim("jti")),
            ("jti", json!("j".repeat(257)), E::Claim("jti")),
            ("jti", Value::Null, E::Claim("jti")),
            ("scope", json!(["read"]), E::Claim("scope")),
            ("exp", json!(NOW - CLOCK_SKEW), E::Time),
            ("exp", json!(NOW + 3_601), E::Time),
            ("exp", json!(u64::MAX), E::Time),
            ("exp", json!("soon"), E::Claim("exp")),
            ("exp", Value::Null, E::Claim("exp")),
            ("iat", json!(NOW + CLOCK_SKEW + 1), E::Time),
            ("iat", json!(NOW - 3_301), E::Time),
            ("iat", Value::Null, E::Claim("iat")),
            ("nbf", json!(NOW + CLOCK_SKEW + 1), E::Time),
        ] {
            assert_eq!(with(name, value.clone()).unwrap_err(), error, "{name} {value}");
        }
    }
}
