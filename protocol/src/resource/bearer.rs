//! The credentials of a request (RFC 6750 §2.1): the `Authorization` header and nothing else.

use crate::secret::Secret;

/// Longest token that is read, in bytes.
pub const MAX_TOKEN: usize = crate::limits::token_format::ACCESS_TOKEN.most;

/// The credentials in the `Authorization` header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credentials {
    /// No token: there is no header, the scheme is another than Bearer, or nothing follows the scheme. The challenge
    /// then has no error code (RFC 6750 §3.1).
    None,
    /// One bearer token.
    Bearer(Secret<String>),
}

/// Why the credentials are malformed: 400 `invalid_request`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BearerError {
    /// There is more than one `Authorization` header.
    #[error("more than one Authorization header")]
    Repeated,
    /// The header is not UTF-8.
    #[error("the Authorization header is not UTF-8")]
    Encoding,
    /// The scheme is missing, or the scheme or the token holds characters that are not allowed.
    #[error("the Authorization header is malformed")]
    Malformed,
    /// The token has more than 8 KiB.
    #[error("the access token is longer than 8 KiB")]
    TooLong,
    /// The query has a parameter `access_token` (RFC 6750 §2.3, which OAuth 2.1 and MCP forbid).
    #[error("an access token in the query")]
    InQuery,
}

/// Reads every value of the `Authorization` header. A client whose token is not set sends the scheme alone or an empty
/// header; neither is a token.
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

/// Whether a text is a `b64token` (RFC 6750 §2.1).
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    !body.is_empty() && body.bytes().all(allowed)
}

/// Whether a text is a `token` (RFC 9110 §5.6.2): a scheme, or the name of a header.
pub(super) fn is_token(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(allowed)
}

/// Whether the query has a parameter `access_token`. Parameters are separated by `&` or `;`. Names are percent-decoded,
/// and compared without regard to case.
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
    fn a_scheme_without_a_token_counts_as_no_credentials() {
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
