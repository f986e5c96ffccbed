//! Tests which authorization requests are accepted, and how others are refused.

use super::*;
use crate::form::encode_pairs;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn with(changes: &[(&str, &str)]) -> Form {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "abc"),
        ("redirect_uri", "https://h/cb"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(n, _)| n != name);
        pairs.push((name, value));
    }
    Form::parse(encode_pairs(&pairs).as_bytes()).unwrap()
}

fn base() -> Base {
    Base::parse("https://mcp.example.com/wiki").unwrap()
}

fn read(changes: &[(&str, &str)]) -> Result<AuthorizeRequest, AuthorizeError> {
    AuthorizeRequest::read(&with(changes), &[], &base())
}

#[test]
fn the_minimal_request_is_accepted() {
    let request = read(&[]).unwrap();
    assert_eq!(request.resource.as_str(), "https://mcp.example.com/wiki");
    assert_eq!((request.scopes, request.prompt), (None, BTreeSet::new()));
    let asker = RequestingClient::read(&with(&[("state", "a b")]), &[]).unwrap();
    assert_eq!((asker.client_id.as_str(), asker.state.as_deref()), ("abc", Some("a b")));
}

#[test]
fn malformed_scopes_and_unknown_prompts_are_dropped() {
    let request = read(&[("scope", "read  \"bad\" write"), ("prompt", "consent made_up login")]).unwrap();
    assert_eq!(request.scopes.unwrap().to_string(), "read write");
    assert_eq!(request.prompt, BTreeSet::from([Prompt::Login, Prompt::Consent]));
}

#[test]
fn hints_with_control_characters_are_dropped() {
    let request = read(&[("login_hint", "ann@example.com"), ("max_age", "0")]).unwrap();
    assert_eq!((request.login_hint.as_deref(), request.max_age), (Some("ann@example.com"), Some(0)));
    assert_eq!(read(&[("login_hint", "a\nb")]).unwrap().login_hint, None);
}

#[test]
fn a_resource_of_another_server_is_an_invalid_target() {
    assert!(read(&[("resource", "https://mcp.example.com/wiki/mcp/")]).is_ok());
    for bad in ["https://mcp.example.com", "https://other.example.com/wiki", "wiki"] {
        assert_eq!(read(&[("resource", bad)]).unwrap_err().code(), OAuthError::InvalidTarget, "{bad}");
    }
}

/// The client and the redirect URI must be known before anything is sent by redirect.
#[test]
fn several_values_of_client_or_redirect_uri_prevent_a_redirect() {
    for (name, known) in [
        ("client_id", false),
        ("redirect_uri", false),
        ("state", true),
        ("scope", true),
        ("code_challenge", true),
        ("made_up", true),
    ] {
        let body = encode_pairs(&[("client_id", "a"), ("state", "s"), (name, "1"), (name, "2")]);
        let (form, repeated) = Form::parse_apart(body.as_bytes()).unwrap();
        let asker = RequestingClient::read(&form, &repeated);
        assert_eq!(asker.is_ok(), known, "{name}");
        assert!(asker.is_ok() || matches!(asker, Err(RequestingClientError::Repeated(_))), "{name}");
        let error = AuthorizeRequest::read(&form, &repeated, &base()).unwrap_err();
        assert!(error.code() == OAuthError::InvalidRequest && error.to_string().contains(name), "{error}");
        let state = asker.ok().and_then(|asker| asker.state);
        assert_eq!(
            state.is_some(),
            known && name != "state",
            "{name}: a state with two values is not returned"
        );
    }
}

#[test]
fn what_is_refused_and_how() {
    use OAuthError as E;
    for (changes, code) in [
        (vec![("response_type", "")], E::InvalidRequest),
        (vec![("response_type", "token")], E::UnsupportedResponseType),
        (vec![("response_type", "code id_token")], E::UnsupportedResponseType),
        (vec![("response_mode", "fragment")], E::InvalidRequest),
        (vec![("request", "x")], E::InvalidRequest),
        (vec![("request_uri", "https://x")], E::InvalidRequest),
        (vec![("code_challenge", "")], E::InvalidRequest),
        (vec![("code_challenge", "short")], E::InvalidRequest),
        (vec![("code_challenge_method", "")], E::InvalidRequest),
        (vec![("code_challenge_method", "plain")], E::InvalidRequest),
        (vec![("prompt", "none")], E::InteractionRequired),
        (vec![("max_age", "-1")], E::InvalidRequest),
        (vec![("max_age", "1e3")], E::InvalidRequest),
        (vec![("max_age", "99999999999")], E::InvalidRequest),
        (vec![("prompt", "none login")], E::InvalidRequest),
        (vec![("state", "a\nb")], E::InvalidRequest),
    ] {
        let error = read(&changes).unwrap_err();
        assert_eq!(error.code(), code, "{changes:?}");
        assert!(crate::error::is_description(&error.to_string()), "{error}");
    }
}

#[test]
fn malformed_client_ids_are_refused_and_malformed_states_are_not_returned() {
    for id in ["", "a\u{7f}", "é"] {
        assert_eq!(
            RequestingClient::read(&with(&[("client_id", id)]), &[]),
            Err(RequestingClientError::ClientId),
            "{id}"
        );
    }
    for unfit in ["a\r\nb", &"a".repeat(4_097)] {
        assert_eq!(RequestingClient::read(&with(&[("state", unfit)]), &[]).unwrap().state, None);
    }
}

#[test]
fn the_error_names_what_is_too_long() {
    for name in ["client_id", "redirect_uri"] {
        let limit = limits::ALL.length_of(name).unwrap();
        let error = RequestingClient::read(&with(&[(name, &"a".repeat(limit.most + 1))]), &[]).unwrap_err();
        assert_eq!(error, RequestingClientError::TooLong(TooLong(limit)));
        assert!(RequestingClient::read(&with(&[(name, &"a".repeat(limit.most))]), &[]).is_ok());
    }
    let words = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    assert!(read(&[("scope", &words(256))]).is_ok());
    assert!(read(&[("scope", &"a ".repeat(2_048))]).is_ok(), "repetitions are one scope");
    assert_eq!(read(&[("scope", &words(257))]), Err(AuthorizeError::TooLong(TooLong(&limits::SCOPES))));
    let state = "a".repeat(limits::STATE.most);
    assert!(read(&[("state", &state)]).is_ok());
    let resource = format!("https://mcp.example.com/wiki/{}", "a".repeat(2_000));
    assert!(read(&[("resource", &resource)]).is_ok());
    let hint = "a".repeat(100);
    let all = [("state", state.as_str()), ("resource", &resource), ("login_hint", &hint)];
    assert_eq!(read(&all), Err(AuthorizeError::TooLong(TooLong(&limits::KEPT))));
}

#[test]
fn the_stored_parameters_are_bounded_together_to_the_byte() {
    let resource = format!("https://mcp.example.com/wiki/{}", "a".repeat(1_000));
    let mut sizes = [("client_id", 1_000), ("redirect_uri", 1_000), ("login_hint", 1_000), ("state", 0)];
    let others: usize = sizes.iter().map(|(_, size)| size).sum();
    sizes[3].1 = limits::KEPT.most - resource.len() - others;
    let texts = sizes.map(|(name, size)| (name, "a".repeat(size)));
    let mut all = vec![("resource", resource.as_str())];
    all.extend(texts.iter().map(|(name, text)| (*name, text.as_str())));
    assert!(read(&all).is_ok());
    for index in 0..all.len() {
        let (name, text) = all[index];
        let longer = [text, "a"].concat();
        let mut more = all.clone();
        more[index] = (name, &longer);
        assert_eq!(read(&more), Err(AuthorizeError::TooLong(TooLong(&limits::KEPT))), "{name}");
    }
}
