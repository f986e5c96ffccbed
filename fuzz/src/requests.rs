//! Forms, and what the authorization server reads in them.

use protocol::error::is_description;
use protocol::form::Form;
use protocol::server::authorize::{Asker, AuthorizeRequest};
use protocol::server::token::{ClientCredentials, TokenRequest};
use protocol::uri::Base;

use crate::signed::BASE;

/// A parameter has one value or is refused; what is refused may be said.
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

/// Who is read names one client, in header and body alike, and no secret is empty.
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
    if let Err(error) = TokenRequest::read(&form) {
        assert!(is_description(&error.to_string()));
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

/// A request that is taken has one client and one resource of this tenant; a refusal may be sent.
pub(crate) fn authorize(data: &[u8]) {
    let base = Base::parse(BASE).expect("a base");
    let Ok((form, repeated)) = Form::parse_apart(data) else { return };
    let asker = Asker::read(&form, &repeated);
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
