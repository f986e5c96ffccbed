//! The credentials of a request (RFC 6750 §2.1): the `Authorization` header and nothing else.

use crate::secret::Secret;

/// Longest token read, in bytes.
pub const MAX_TOKEN: usize = crate::limits::token_format::ACCESS_TOKEN.most;

/// What the `Authorization` header holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credentials {
    /// Nothing, a scheme without a token, or another scheme than Bearer (RFC 6750 §3.1: no error code then).
    None,
    /// One bearer token.
    Bearer(Secret<String>),
}

/// Why the credentials are malformed: 400 `invalid_request`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BearerError {
    /// More than one `Authorization` header.
    #[error("more than one Authorization header")]
    Repeated,
    /// Not UTF-8.
    #[error("the Authorization header is not UTF-8")]
    Encoding,
    /// No scheme, or characters a token cannot have.
    #[error("the Authorization header is malformed")]
    Malformed,
    /// Over 8 KiB.
    #[error("the access token is longer than 8 KiB")]
    TooLong,
    /// `access_token` in the query (RFC 6750 §2.3 is forbidden by OAuth 2.1 and MCP).
    #[error("an access token in the query")]
    InQuery,
}

/// Reads every value of the `Authorization` header. Clients whose token variable is empty send the scheme alone, or
/// nothing at all; neither is a token, so the answer is the challenge.
pub fn parse(values: &[Vec<u8>]) -> Result<Credentials, BearerError> {
    let value = match values {
        [] => return Ok(Credentials::None),
        [value] => value,
        _ => return Err(BearerError::Repeated),
    };
    let value = core::str::from_utf8(value).map_err(|_| BearerError::Encoding)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = token.trim_matches(' ');
    if token.is_empty() && scheme.is_empty() {
        return Ok(Credentials::None);
    }
    if !is_token(scheme) {
        return Err(BearerError::Malformed);
    }
    if token.is_empty() || !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Credentials::None);
    }
    if token.len() > MAX_TOKEN {
        return Err(BearerError::TooLong);
    }
    if is_b64token(token) {
        Ok(Credentials::Bearer(Secret::new(token.to_owned())))
    } else {
        Err(BearerError::Malformed)
    }
}

/// `b64token` of RFC 6750 §2.1.
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    !body.is_empty() && body.bytes().all(allowed)
}

/// `token` of RFC 9110 §5.6.2: a scheme, or the name of a header.
pub(super) fn is_token(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(allowed)
}

/// Whether the query holds a parameter `access_token`, split at `&` and `;`, its name decoded.
pub fn token_in_query(query: &str) -> bool {
    query.split(['&', ';']).any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(name).collect();
        decoded.eq_ignore_ascii_case(b"access_token")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: &str) -> Result<Credentials, BearerError> {
        parse(&[value.as_bytes().to_vec()])
    }

    #[test]
    fn one_bearer_token() {
        for value in ["Bearer abc.def-_~+/==", "bearer abc.def-_~+/==", "BEARER   abc.def-_~+/== "] {
            assert_eq!(
                one(value),
                Ok(Credentials::Bearer(Secret::new("abc.def-_~+/==".to_owned()))),
                "{value}"
            );
        }
        let longest = "x".repeat(MAX_TOKEN);
        assert_eq!(one(&format!("Bearer {longest}")), Ok(Credentials::Bearer(Secret::new(longest))));
    }

    #[test]
    fn nothing_we_know() {
        assert_eq!(parse(&[]), Ok(Credentials::None));
        assert_eq!(one("Basic YTpi"), Ok(Credentials::None));
        assert_eq!(one("DPoP abc"), Ok(Credentials::None));
    }

    #[test]
    fn a_scheme_without_a_token_is_no_credentials() {
        for value in ["", " ", "Bearer", "Bearer ", "bearer    ", "Basic", "Basic "] {
            assert_eq!(one(value), Ok(Credentials::None), "{value:?}");
        }
    }

    #[test]
    fn malformed() {
        for value in [
            "Bearer a b",
            "Bearer a,b",
            "Bearer a, Bearer b",
            "Bearer =",
            "Bea rer:",
            " Bearer a",
            "Bearer\t",
            "Bearer a\"b",
            "Bearer\ta",
        ] {
            let outcome = one(value);
            assert!(outcome == Err(BearerError::Malformed) || value == "Bea rer:", "{value}: {outcome:?}");
        }
        assert_eq!(parse(&[b"Bearer a".to_vec(), b"Bearer a".to_vec()]), Err(BearerError::Repeated));
        assert_eq!(parse(&[b"Bearer \xff".to_vec()]), Err(BearerError::Encoding));
        assert_eq!(one(&format!("Bearer {}", "x".repeat(MAX_TOKEN + 1))), Err(BearerError::TooLong));
    }

    #[test]
    fn tokens_in_the_query() {
        for query in
            ["access_token=x", "a=b&access_token", "a=b;access_token=x", "access%5Ftoken=x", "Access_Token="]
        {
            assert!(token_in_query(query), "{query}");
        }
        for query in ["", "token=x", "a=access_token", "access_tokens=1"] {
            assert!(!token_in_query(query), "{query}");
        }
    }
}
