//! Fuzzes forms, and the requests that the authorization server parses from them.

use protocol::encoding::{b64url_encode, sha256};
use protocol::error::is_description;
use protocol::form::{Form, encode_pairs};
use protocol::scope::ScopeSet;
use protocol::server::authorize::{AuthorizeRequest, RequestingClient};
use protocol::server::pkce::CodeChallenge;
use protocol::server::token::{ClientCredentials, TokenRequest};
use protocol::uri::Base;

use crate::signed::BASE;

/// Each parameter but `resource` has one value or is refused; the error text is safe to send.
pub(crate) fn form(data: &[u8]) {
    let whole = Form::parse(data);
    let Ok((apart, repeated)) = Form::parse_apart(data) else {
        assert!(whole.is_err_and(|error| is_description(&error.to_string())));
        return;
    };
    match whole {
        Ok(whole) => assert!(repeated.is_empty() && whole == apart),
        Err(error) => assert!(!repeated.is_empty() && is_description(&error.to_string())),
    }
    let mut names: Vec<&str> = apart.names().filter(|name| *name != "resource").collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "each name once");
    for name in apart.names() {
        assert!(!repeated.iter().any(|repeated| repeated.is(name)));
        assert!(apart.get(name).is_none_or(|value| !value.is_empty() && apart.all(name).count() == 1));
    }
}

pub(crate) fn form_seeds() -> Vec<Vec<u8>> {
    [
        &b"a=1&b=%C3%A4&c"[..],
        b"resource=https://h/a&resource=https://h/b",
        b"state=1&st%61te=2",
        b"a=&a=1&a=1",
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}

/// Parsed credentials name one client, the same in header and body, and no secret is empty.
pub(crate) fn credentials(data: &[u8]) {
    let mut lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let Ok(form) = Form::parse(lines.pop().unwrap_or_default()) else { return };
    match ClientCredentials::read(&lines, &form) {
        Ok(read) => {
            assert!(!read.readings.is_empty());
            for reading in &read.readings {
                assert!(!reading.client_id.is_empty());
                assert!(form.get("client_id").is_none_or(|id| id == reading.client_id || id.len() > 2_048));
                assert!(reading.secret.as_ref().is_none_or(|secret| !secret.expose().is_empty()));
                let sent = form.get("client_secret");
                assert!(sent.is_none_or(|sent| {
                    reading.secret.as_ref().is_some_and(|secret| secret.expose() == sent)
                }));
            }
        }
        Err(error) => assert!(is_description(&error.to_string())),
    }
}

pub(crate) fn credentials_seeds() -> Vec<Vec<u8>> {
    [
        &b"Basic YTpz\nclient_id=a&client_secret=s"[..],
        b"Basic Og==\nBearer x\nclient_id=a&grant_type=refresh_token&refresh_token=r",
        b"Basic YSUyMGI6cys=\ngrant_type=authorization_code&code=c",
        b"client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=e30.eyJzdWIiOiJhIn0.c2ln",
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}

/// A parsed token request contains what its grant type requires, in the form of RFC 6749 and RFC 7636, and is unchanged
/// after writing and parsing it again.
pub(crate) fn token(data: &[u8]) {
    let Ok(form) = Form::parse(data) else { return };
    let request = match TokenRequest::read(&form) {
        Ok(request) => request,
        Err(error) => return assert!(is_description(&error.to_string())),
    };
    assert_eq!(form.get("grant_type"), Some(request.grant_type().name()));
    let written = parameters(&request, &form);
    for (name, value) in &written {
        // Scopes are sorted, and a resource can be spelled in several ways.
        assert!(*name == "scope" || *name == "resource" || form.get(name) == Some(value), "{name}");
        match *name {
            "code_verifier" => {
                let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                assert!((43..=128).contains(&value.len()) && value.bytes().all(unreserved));
            }
            "scope" => {
                assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte)));
            }
            _ => assert!(!value.is_empty()),
        }
    }
    let pairs: Vec<(&str, &str)> = written.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let again = Form::parse(encode_pairs(&pairs).as_bytes()).expect("a form that was written");
    let again = TokenRequest::read(&again).expect("a request that was read before");
    assert_eq!(parameters(&again, &form), written);
    if let TokenRequest::AuthorizationCode { verifier, .. } = again {
        let text = form.get("code_verifier").unwrap_or_default();
        let challenge = b64url_encode(&sha256(text.as_bytes()));
        let challenge = CodeChallenge::from_stored(&challenge).expect("a challenge");
        assert!(challenge.verify(&verifier).is_ok());
    }
}

/// The parameters from which this request would be parsed again.
fn parameters(request: &TokenRequest, form: &Form) -> Vec<(&'static str, String)> {
    let mut written = vec![("grant_type", request.grant_type().name().to_owned())];
    let resource = match request {
        TokenRequest::AuthorizationCode { code, redirect_uri, verifier: _, resource } => {
            written.push(("code", code.expose().clone()));
            written.extend(redirect_uri.clone().map(|uri| ("redirect_uri", uri)));
            written.extend(form.get("code_verifier").map(|text| ("code_verifier", text.to_owned())));
            resource
        }
        TokenRequest::Refresh { token, scopes, resource } => {
            written.push(("refresh_token", token.expose().clone()));
            written.extend(scope(scopes.as_ref()));
            resource
        }
        TokenRequest::ClientCredentials { scopes, resource } => {
            written.extend(scope(scopes.as_ref()));
            resource
        }
        TokenRequest::JwtBearer { assertion, scopes, resource } => {
            written.push(("assertion", assertion.expose().clone()));
            written.extend(scope(scopes.as_ref()));
            resource
        }
    };
    written.extend(resource.as_ref().map(|resource| ("resource", resource.as_str().to_owned())));
    written
}

/// The parameter `scope`. `None` if there are no scopes.
fn scope(scopes: Option<&ScopeSet>) -> Option<(&'static str, String)> {
    scopes.filter(|scopes| !scopes.is_empty()).map(|scopes| ("scope", scopes.to_string()))
}

pub(crate) fn token_seeds() -> Vec<Vec<u8>> {
    const CODE: &str =
        "grant_type=authorization_code&code=c&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let requests = [
        CODE.to_owned(),
        [CODE, "&redirect_uri=https%3A%2F%2Fh%2Fcb&resource=https%3A%2F%2Fh.test%2Fwiki"].concat(),
        "grant_type=refresh_token&refresh_token=r&scope=write+read+read&client_id=a".to_owned(),
        "grant_type=client_credentials&scope=write".to_owned(),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c&scope=read"
            .to_owned(),
        "grant_type=password&username=u".to_owned(),
    ];
    requests.map(String::into_bytes).to_vec()
}

/// An accepted authorization request has one client and one resource of this tenant; an error text is safe to send.
pub(crate) fn authorize(data: &[u8]) {
    let base = Base::parse(BASE).expect("a base");
    let Ok((form, repeated)) = Form::parse_apart(data) else { return };
    let asker = RequestingClient::read(&form, &repeated);
    match AuthorizeRequest::read(&form, &repeated, &base) {
        Ok(request) => assert!(repeated.is_empty() && request.resource.within(&base)),
        Err(error) => assert!(is_description(&error.to_string())),
    }
    if let Ok(asker) = asker {
        assert_eq!(form.get("client_id"), Some(asker.client_id.as_str()));
        assert!(asker.state.is_none_or(|state| !state.contains(char::is_control)));
    }
}

pub(crate) fn authorize_seeds() -> Vec<Vec<u8>> {
    const GOOD: &str = "response_type=code&client_id=a&redirect_uri=https%3A%2F%2Fh%2Fcb&state=s&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    ["", "&resource=https://h.test/wiki/mcp&prompt=login", "&state=t", "&max_age=1&login_hint=a&client_id=b"]
        .map(|more| [GOOD, more].concat().into_bytes())
        .to_vec()
}
