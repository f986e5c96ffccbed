//! Tests which token requests and credentials are read.

use super::*;
use crate::form::encode_pairs;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn form(pairs: &[(&str, &str)]) -> Form {
    Form::parse(encode_pairs(pairs).as_bytes()).unwrap()
}

#[test]
fn every_grant_type_is_read() {
    let code = form(&[("grant_type", "authorization_code"), ("code", "c"), ("code_verifier", VERIFIER)]);
    assert_eq!(TokenRequest::read(&code).unwrap().grant_type(), GrantType::AuthorizationCode);
    let refresh = form(&[("grant_type", "refresh_token"), ("refresh_token", "r"), ("scope", "a b")]);
    let TokenRequest::Refresh { scopes, .. } = TokenRequest::read(&refresh).unwrap() else { panic!() };
    assert_eq!(scopes.unwrap().to_string(), "a b");
    let own = form(&[("grant_type", "client_credentials"), ("scope", "a"), ("resource", "https://h/mcp")]);
    let own = TokenRequest::read(&own).unwrap();
    assert!(matches!(own, TokenRequest::ClientCredentials { scopes: Some(_), resource: Some(_) }), "{own:?}");
    let asserted =
        form(&[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", "canary")]);
    let asserted = TokenRequest::read(&asserted).unwrap();
    assert!(matches!(asserted, TokenRequest::JwtBearer { scopes: None, resource: None, .. }), "{asserted:?}");
    assert!(!format!("{asserted:?}").contains("canary"));
}

#[test]
fn each_missing_or_malformed_parameter_has_its_error_code() {
    use OAuthError as E;
    let grant = ("grant_type", "authorization_code");
    for (pairs, code) in [
        (vec![], E::InvalidRequest),
        (vec![("grant_type", "password")], E::UnsupportedGrantType),
        (vec![grant, ("code", "c")], E::InvalidRequest),
        (vec![grant, ("code_verifier", VERIFIER)], E::InvalidRequest),
        (vec![grant, ("code", "c"), ("code_verifier", "short")], E::InvalidRequest),
        (vec![grant, ("code", "c"), ("code_verifier", VERIFIER), ("resource", "x")], E::InvalidTarget),
        (vec![("grant_type", "refresh_token")], E::InvalidRequest),
        (vec![("grant_type", "client_credentials"), ("resource", "x")], E::InvalidTarget),
        (vec![("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")], E::InvalidRequest),
        (vec![("grant_type", "jwt-bearer"), ("assertion", "a")], E::UnsupportedGrantType),
        (vec![("grant_type", "refresh_token"), ("refresh_token", &"r".repeat(2_049))], E::InvalidRequest),
    ] {
        let error = TokenRequest::read(&form(&pairs)).unwrap_err();
        assert_eq!(error.code(), code, "{pairs:?}");
        assert!(crate::error::is_description(&error.to_string()), "{error}");
    }
}

fn header(text: &str) -> String {
    format!("Basic {}", Base64::encode_string(text.as_bytes()))
}

/// The readings of these header values and this body, as `id` or `id:secret`.
fn read(headers: &[&str], pairs: &[(&str, &str)]) -> Result<Vec<String>, TokenRequestError> {
    let values: Vec<&[u8]> = headers.iter().map(|value| value.as_bytes()).collect();
    let read = ClientCredentials::read(&values, &form(pairs))?;
    let shown = |reading: &Reading| match &reading.secret {
        Some(secret) => [&reading.client_id, ":", secret.expose()].concat(),
        None => reading.client_id.clone(),
    };
    Ok(read.readings.iter().map(shown).collect())
}

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[test]
fn credentials_in_header_and_body_must_agree() {
    use TokenRequestError as E;
    let (sent, id, secret) = (header("a:s"), ("client_id", "a"), ("client_secret", "s"));
    assert_eq!(read(&[], &[id]), Ok(one("a")));
    assert_eq!(read(&[], &[id, secret]), Ok(one("a:s")));
    assert_eq!(read(&[], &[]), Err(E::NoClient));
    assert_eq!(read(&[], &[secret]), Err(E::NoClient));
    assert_eq!(read(&[&sent], &[]), Ok(one("a:s")));
    assert_eq!(read(&[&sent], &[id]), Ok(one("a:s")));
    assert_eq!(read(&[&sent], &[id, secret]), Ok(one("a:s")));
    assert_eq!(read(&[&sent, &sent], &[secret]), Ok(one("a:s")));
    assert_eq!(read(&[&header("a:")], &[]), Ok(one("a")));
    assert_eq!(read(&[&header("a:")], &[secret]), Ok(one("a:s")));
    for pairs in [&[("client_id", "b")][..], &[("client_secret", "t")], &[("client_id", "b"), secret]] {
        assert_eq!(read(&[&sent], pairs), Err(E::TwoCredentials), "{pairs:?}");
    }
    assert_eq!(read(&[&sent, &header("b:s")], &[]), Err(E::TwoCredentials));
}

#[test]
fn headers_without_basic_credentials_are_ignored() {
    use TokenRequestError as E;
    let pairs = [("client_id", "a"), ("client_secret", "s")];
    let nobody = header(":");
    for other in [
        "Bearer abc",
        "Bearer",
        "bearer ",
        "Bearer undefined",
        "Negotiate YTpi",
        "",
        "Basic",
        "basic ",
        &nobody,
    ] {
        assert_eq!(read(&[other], &pairs), Ok(one("a:s")), "{other}");
        assert_eq!(read(&[other], &pairs[..1]), Ok(one("a")), "{other}");
        assert_eq!(read(&[other], &[]), Err(E::NoClient), "{other}");
    }
    assert_eq!(read(&["Bearer abc", &header("a:s"), "Bearer abc"], &[]), Ok(one("a:s")));
    let bytes: &[u8] = b"Bearer \xff";
    assert_eq!(ClientCredentials::read(&[bytes], &form(&pairs)).unwrap().readings.len(), 1);
    // Credentials were sent and cannot be read, so the client must not count as a public one.
    for broken in ["Basic !!", "Basic YTpi YTpi", &header("no-colon"), &header(":s"), "Basic /w=="] {
        assert_eq!(read(&[broken], &pairs), Err(E::Header), "{broken}");
        assert_eq!(read(&[broken], &[]), Err(E::Header), "{broken}");
    }
}

#[test]
fn an_assertion_names_its_client_and_excludes_other_credentials() {
    let jwt = |claims: &str| format!("e30.{}.c2ln", crate::encoding::b64url_encode(claims.as_bytes()));
    let named = jwt(r#"{"sub":"a"}"#);
    let pairs = [("client_assertion_type", JWT_BEARER), ("client_assertion", named.as_str())];
    assert_eq!(read(&[], &pairs), Ok(one("a")));
    assert!(ClientCredentials::read(&[], &form(&pairs)).unwrap().assertion.is_some());
    assert_eq!(read(&[], &[&pairs[..], &[("client_id", "a")]].concat()), Ok(one("a")));
    assert_eq!(read(&["Bearer abc"], &pairs), Ok(one("a")));
    for (more, error) in [
        (("client_id", "b"), TokenRequestError::TwoCredentials),
        (("client_secret", "s"), TokenRequestError::TwoCredentials),
    ] {
        assert_eq!(read(&[], &[&pairs[..], &[more]].concat()), Err(error));
    }
    assert_eq!(read(&["Basic YTpz"], &pairs), Err(TokenRequestError::TwoCredentials));
    for (kind, text) in
        [(JWT_BEARER, "x"), (JWT_BEARER, &jwt("[]")), (JWT_BEARER, &jwt("{}")), ("saml2-bearer", &named)]
    {
        let pairs = [("client_assertion_type", kind), ("client_assertion", text)];
        assert_eq!(read(&[], &pairs), Err(TokenRequestError::Assertion), "{kind} {text}");
    }
    assert_eq!(read(&[], &pairs[..1]), Err(TokenRequestError::Assertion));
}

#[test]
fn basic_credentials_are_read_raw_and_form_encoded() {
    let encoded = format!("Basic {}", Base64::encode_string(b"a%20b:s%2Bt+u"));
    assert_eq!(read(&[&encoded], &[]).unwrap(), ["a%20b:s%2Bt+u", "a b:s+t u"]);
}
