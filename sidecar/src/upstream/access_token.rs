//! The provider's own access tokens, for tenants whose MCP server gets them (option `upstreamToken`).

use protocol::limits::token_format::ACCESS_TOKEN;
use protocol::secret::Secret;
use protocol::time::UnixTime;
use serde::Deserialize;
use serde_json::Value;

use super::error::UpstreamError;

/// The assumed lifetime of an access token if the provider names none (RFC 6749 §5.1), in seconds. After it, the
/// provider is asked for another token.
pub const ASSUMED_SECS: u64 = 3600;

/// An access token of a provider, which a backend can use as a bearer token.
#[derive(Debug, Clone)]
pub struct UpstreamToken {
    /// The token.
    pub token: Secret<String>,
    /// The token is not used from this time on.
    pub expires: UnixTime,
}

/// The members of a token response that describe its access token (RFC 6749 §5.1).
#[derive(Debug, Default, Deserialize)]
pub(super) struct Terms {
    token_type: Option<String>,
    expires_in: Option<Value>,
}

impl Terms {
    /// Returns the access token of a response to a request that was sent at `asked`. Fails if a backend could not use
    /// the token: if it is missing, not a bearer token, not visible ASCII, or too long to fit into an access token of
    /// this server.
    pub(super) fn token(
        &self,
        access: Option<&Secret<String>>,
        asked: UnixTime,
    ) -> Result<UpstreamToken, UpstreamError> {
        let unusable = |what: &str| {
            UpstreamError::Misconfigured(format!(
                "upstreamToken is set, but the provider's access token cannot be passed on: {what}"
            ))
        };
        let token = access.ok_or_else(|| unusable("the token response has none"))?;
        match self.token_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
            Some(_) => return Err(unusable("its token_type is not Bearer")),
            None => return Err(unusable("the token response has no token_type (RFC 6749 section 5.1)")),
        }
        let text = token.expose();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unusable("it does not consist of visible ASCII characters"));
        }
        if text.len() > ACCESS_TOKEN.most {
            return Err(unusable("it is longer than 8 KiB"));
        }
        Ok(UpstreamToken { token: token.clone(), expires: asked.plus(self.lifetime()) })
    }

    /// Returns `expires_in` in seconds, which some providers write as a string. A provider that writes 0 issues tokens
    /// that do not expire; for them, and if the member is missing, returns [`ASSUMED_SECS`].
    fn lifetime(&self) -> u64 {
        let secs = match &self.expires_in {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        secs.filter(|secs| *secs > 0).unwrap_or(ASSUMED_SECS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: UnixTime = UnixTime::new(1_000);

    fn read(response: &Value) -> Result<UpstreamToken, UpstreamError> {
        let terms: Terms = serde_json::from_value(response.clone()).unwrap();
        let token = response["access_token"].as_str().map(|text| Secret::new(text.to_owned()));
        terms.token(token.as_ref(), NOW)
    }

    #[test]
    fn the_end_of_a_token_is_as_the_provider_says() {
        for (expires_in, secs) in [
            (json!(300), 300),
            (json!("300"), 300),
            (json!(0), ASSUMED_SECS),
            (json!(null), ASSUMED_SECS),
            (json!("soon"), ASSUMED_SECS),
            (json!(-1), ASSUMED_SECS),
        ] {
            let response = json!({"access_token": "a", "token_type": "bearer", "expires_in": expires_in});
            assert_eq!(read(&response).unwrap().expires, NOW.plus(secs), "{response}");
        }
        let silent = json!({"access_token": "a", "token_type": "Bearer"});
        assert_eq!(read(&silent).unwrap().expires, NOW.plus(ASSUMED_SECS));
    }

    #[test]
    fn a_token_that_a_backend_cannot_use_is_refused() {
        for (token, kind, says) in [
            (json!(null), json!("Bearer"), "has none"),
            (json!("a"), json!("DPoP"), "token_type is not Bearer"),
            (json!("a"), json!("mac"), "token_type is not Bearer"),
            (json!("a"), json!(null), "no token_type"),
            (json!(""), json!("Bearer"), "visible ASCII"),
            (json!("a b"), json!("Bearer"), "visible ASCII"),
            (json!("a\r\nX: y"), json!("Bearer"), "visible ASCII"),
            (json!("\u{e4}"), json!("Bearer"), "visible ASCII"),
            (json!("a".repeat(8_193)), json!("Bearer"), "8 KiB"),
        ] {
            let error = read(&json!({"access_token": token, "token_type": kind})).unwrap_err();
            assert!(matches!(&error, UpstreamError::Misconfigured(text) if text.contains(says)), "{error}");
        }
    }
}
