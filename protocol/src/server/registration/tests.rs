//! Tests what is stored of the metadata that clients send.

mod grant_types;

use super::*;
use crate::error::OAuthError;
use crate::tenant::TenantId;
use crate::text::TextSet;
use crate::uri::Base;
use serde_json::json;

fn rules() -> RedirectRules {
    RedirectRules::new(&TextSet::default(), &TextSet::default())
}

fn parse(value: &Value) -> Result<ClientMetadata, RegistrationError> {
    ClientMetadata::parse(value.to_string().as_bytes(), &rules())
}

fn tenant(base: &str) -> Tenant {
    Tenant { base: Base::parse(base).unwrap(), id: TenantId::derive("wiki", "local", "", &[]) }
}

#[test]
fn the_minimal_request_is_accepted() {
    let metadata = parse(&json!({"redirect_uris": ["http://localhost:1/cb"]})).unwrap();
    assert_eq!(metadata.auth_method(), AuthMethod::None);
    assert!(metadata.allows(GrantType::RefreshToken));
    assert_eq!(
        metadata.to_json(),
        json!({
            "redirect_uris": ["http://localhost:1/cb"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        })
    );
}

#[test]
fn every_known_member_is_returned_and_survives_storing() {
    let sent = json!({
        "redirect_uris": ["https://claude.ai/cb"], "client_name": "Claude", "client_name#de": "Klaus",
        "client_uri": "https://claude.ai", "logo_uri": "https://claude.ai/logo", "scope": "read write",
        "contacts": ["a@example.com"], "tos_uri": "https://t", "policy_uri": "https://p",
        "software_id": "x", "software_version": "1", "application_type": "native",
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code"], "response_types": ["code"],
    });
    let metadata = parse(&sent).unwrap();
    assert_eq!(metadata.to_json(), sent);
    assert_eq!(ClientMetadata::from_stored(&metadata.to_json()).unwrap(), metadata);
    assert!(!metadata.allows(GrantType::RefreshToken));
    assert_eq!(metadata.client_name(), Some("Claude"));
}

#[test]
fn null_counts_as_absent_and_unknown_members_are_left_out() {
    let metadata = parse(&json!({
        "redirect_uris": ["https://h/cb"], "client_name": null, "token_endpoint_auth_method": null, "made_up": {"a": 1},
    })).unwrap();
    let echoed = metadata.to_json();
    assert!(echoed.get("client_name").is_none() && echoed.get("made_up").is_none());
    assert!(echoed.as_object().unwrap().values().all(|value| !value.is_null()));
}

#[test]
fn empty_members_count_as_absent() {
    let plain = parse(&json!({"redirect_uris": ["https://h/cb"]})).unwrap();
    for empty in [json!(null), json!(""), json!([]), json!([""]), json!([null, ""]), json!({})] {
        for member in [
            "token_endpoint_auth_method",
            "grant_types",
            "response_types",
            "client_name",
            "client_name#de",
            "client_uri",
            "logo_uri",
            "tos_uri",
            "policy_uri",
            "scope",
            "contacts",
            "jwks_uri",
            "jwks",
            "software_id",
            "software_version",
            "software_statement",
            "application_type",
        ] {
            let sent = json!({"redirect_uris": ["", "https://h/cb", null], member: empty});
            assert_eq!(parse(&sent).as_ref(), Ok(&plain), "{sent}");
        }
        let sent = json!({"redirect_uris": empty});
        assert_eq!(parse(&sent).unwrap_err(), RegistrationError::NoRedirects, "{sent}");
    }
    let grants =
        parse(&json!({"redirect_uris": ["https://h/cb"], "grant_types": ["", "authorization_code"]}));
    assert!(!grants.unwrap().allows(GrantType::RefreshToken));
}

#[test]
fn each_refusal_names_its_member() {
    for (member, value) in [
        ("redirect_uris", json!(1)),
        ("redirect_uris", json!(["evil-app://cb"])),
        ("redirect_uris", json!(["https://h/cb#f"])),
        ("redirect_uris", json!(["https://h/cb?error_description=x"])),
        ("token_endpoint_auth_method", json!("client_secret_jwt")),
        ("grant_types", json!(["password"])),
        ("response_types", json!("code")),
        ("client_name", json!(1)),
        ("client_name", json!("n".repeat(201))),
        ("client_name", json!("a\nb")),
        ("client_uri", json!("ftp://h")),
        ("logo_uri", json!("javascript:x")),
        ("logo_uri", json!(" ")),
        ("tos_uri", json!({"a": 1})),
        ("policy_uri", json!("x".repeat(2_049))),
        ("scope", json!(["read"])),
        ("contacts", json!("a@example.com")),
        ("contacts", json!(["c".repeat(257)])),
        ("contacts", json!(["a\nb"])),
        ("jwks", json!([1])),
        ("jwks_uri", json!(true)),
        ("software_id", json!(1)),
        ("software_version", json!(2.0)),
        ("software_statement", json!("x.y.z")),
        ("application_type", json!("desktop")),
    ] {
        let mut sent = json!({"redirect_uris": ["https://h/cb"]});
        sent[member] = value;
        let error = parse(&sent).unwrap_err();
        assert!(error.to_string().starts_with(member), "{sent}: {error}");
        assert!(crate::error::is_description(&error.to_string()), "{error}");
    }
    let tagged = parse(&json!({"redirect_uris": ["https://h/cb"], "client_name#de": 1})).unwrap_err();
    assert_eq!(tagged, RegistrationError::Field("client_name", FieldProblem::Type));
    let unknown = parse(&json!({"redirect_uris": ["new-app://cb"]})).unwrap_err();
    assert!(unknown.to_string().contains("BOUNCER_REDIRECT_SCHEMES=new-app"), "{unknown}");
}

#[test]
fn a_public_client_id_does_not_depend_on_order_port_or_version() {
    let here = tenant("https://h/a");
    let id = |redirects: Value, more: Value| {
        let mut sent = json!({"redirect_uris": redirects, "client_name": "mcporter"});
        sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parse(&sent).unwrap().public_client_id(&here)
    };
    let first = id(json!(["http://127.0.0.1:64310/callback"]), json!({}));
    for redirects in [
        json!(["http://127.0.0.1:64538/callback"]),
        json!(["http://127.0.0.1/callback"]),
        json!(["HTTP://127.0.0.1:1/callback"]),
        json!(["http://127.0.0.1:1/callback", "http://127.0.0.1:2/callback"]),
    ] {
        assert_eq!(id(redirects.clone(), json!({})), first, "{redirects}");
    }
    assert_eq!(id(json!(["http://127.0.0.1:1/callback"]), json!({"software_version": "1.2"})), first);
    for redirects in [
        json!(["http://localhost:64310/callback"]),
        json!(["http://127.0.0.1:64310/callback/"]),
        json!(["http://127.0.0.1:64310/Callback"]),
        json!(["http://127.0.0.1:64310/callback?a=1"]),
        json!(["https://127.0.0.1:64310/callback"]),
        json!(["http://127.0.0.1:64310/callback", "https://h/cb"]),
    ] {
        assert_ne!(id(redirects.clone(), json!({})), first, "{redirects}");
    }
    // The port is ignored only where every port is allowed.
    assert_ne!(id(json!(["https://h:1/cb"]), json!({})), id(json!(["https://h:2/cb"]), json!({})));
    let root = |uri: &str| id(json!([uri]), json!({}));
    assert_eq!(root("http://LOCALHOST:1"), root("http://localhost:2/"));
    for (member, value) in [
        ("client_name", json!("mcporter 1.2")),
        ("client_uri", json!("https://c")),
        ("logo_uri", json!("https://c/logo")),
        ("software_id", json!("x")),
        ("scope", json!("read")),
        ("grant_types", json!(["authorization_code"])),
    ] {
        let other = id(json!(["http://127.0.0.1:64310/callback"]), json!({member: value}));
        assert_ne!(other, first, "{member}: people are shown it, or it is another program");
    }
}

#[test]
fn mixed_lists_keep_the_accepted_redirect_uris() {
    let metadata = parse(&json!({"redirect_uris": [
        "cursor://anysphere.cursor-mcp/oauth/callback", "evil-app://cb", "http://10.0.0.1/cb", "https://h/cb", "https://h/cb",
    ]})).unwrap();
    let kept: Vec<&str> = metadata.redirect_uris().iter().map(RedirectUri::as_str).collect();
    assert_eq!(kept, ["cursor://anysphere.cursor-mcp/oauth/callback", "https://h/cb"]);
}

#[test]
fn what_is_refused_and_how() {
    use OAuthError::{InvalidClientMetadata as Metadata, InvalidRedirectUri as Redirect};
    for (sent, code) in [
        (json!([]), Metadata),
        (json!({}), Redirect),
        (json!({"redirect_uris": []}), Redirect),
        (json!({"redirect_uris": "https://h/cb"}), Redirect),
        (json!({"redirect_uris": [1]}), Redirect),
        (json!({"redirect_uris": ["https://h/cb", "javascript:alert(1)"]}), Redirect),
        (json!({"redirect_uris": ["evil-app://cb"]}), Redirect),
        (json!({"redirect_uris": ["https://h/cb#f"]}), Redirect),
        (json!({"redirect_uris": ["https://h/cb?state=x"]}), Redirect),
        (
            json!({"redirect_uris": ["https://h/cb"], "token_endpoint_auth_method": "private_key_jwt"}),
            Metadata,
        ),
        (json!({"redirect_uris": ["https://h/cb"], "token_endpoint_auth_method": 1}), Metadata),
        (json!({"redirect_uris": ["https://h/cb"], "grant_types": ["client_credentials"]}), Metadata),
        (json!({"redirect_uris": ["https://h/cb"], "grant_types": "authorization_code"}), Metadata),
        (json!({"redirect_uris": ["https://h/cb"], "response_types": ["token"]}), Metadata),
        (json!({"redirect_uris": ["https://h/cb"], "software_statement": "x.y.z"}), Metadata),
        (json!({"redirect_uris": ["https://h/cb"], "client_name": 1}), Metadata),
        (json!({"redirect_uris": ["https://h/cb"], "client_name": "a\nb"}), Metadata),
        (json!({"redirect_uris": ["https://h/cb"], "logo_uri": "javascript:x"}), Metadata),
        (json!({"redirect_uris": ["https://h/cb"], "contacts": [1]}), Metadata),
    ] {
        let error = parse(&sent).unwrap_err();
        assert_eq!(error.code(), code, "{sent}");
        assert!(crate::error::is_description(&error.to_string()), "{error}");
    }
    assert_eq!(ClientMetadata::parse(b"{", &rules()).unwrap_err(), RegistrationError::NotAnObject);
}

#[test]
fn a_public_client_id_follows_from_metadata_and_tenant() {
    let (a, b) = ("https://h/cb", "https://h/cb2");
    let this = parse(&json!({"redirect_uris": [a, b], "client_name": "x"})).unwrap();
    let turned = parse(&json!({"client_name": "x", "redirect_uris": [b, a]})).unwrap();
    let other = parse(&json!({"redirect_uris": [a, b], "client_name": "y"})).unwrap();
    let here = tenant("https://h/a");
    assert_eq!(this.public_client_id(&here), turned.public_client_id(&here));
    assert_ne!(this.public_client_id(&here), other.public_client_id(&here));
    assert_ne!(this.public_client_id(&here), this.public_client_id(&tenant("https://h/b")));
    let foreign = Tenant { id: TenantId::derive("wiki", "https://evil", "", &[]), ..here.clone() };
    assert_ne!(this.public_client_id(&here), this.public_client_id(&foreign));
    assert_eq!(this.public_client_id(&here).len(), 22);
}

#[test]
fn private_key_jwt_requires_usable_keys() {
    let with = |more: Value| {
        let mut sent =
            json!({"redirect_uris": ["https://h/cb"], "token_endpoint_auth_method": "private_key_jwt"});
        sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parse(&sent)
    };
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "abc"});
    let inline = with(json!({"jwks": {"keys": [key]}})).unwrap();
    assert_eq!((inline.auth_method(), inline.jwks().is_some()), (AuthMethod::PrivateKeyJwt, true));
    assert_eq!(ClientMetadata::from_stored(&inline.to_json()).unwrap(), inline);
    assert_eq!(with(json!({"jwks_uri": "https://h/keys"})).unwrap().jwks_uri(), Some("https://h/keys"));
    for bad in [
        json!({}),
        json!({"jwks": {"keys": []}}),
        json!({"jwks": {"keys": [1]}}),
        json!({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}),
        json!({"jwks": {"keys": [{"kty": "OKP", "d": "private"}]}}),
        json!({"jwks": [key]}),
        json!({"jwks_uri": "http://h/keys"}),
        json!({"jwks_uri": "https://h/keys", "jwks": {"keys": [key]}}),
    ] {
        assert_eq!(with(bad.clone()).unwrap_err(), RegistrationError::Keys, "{bad}");
    }
    let many = json!({"keys": vec![json!({"kty": "OKP"}); limits::JWKS_KEYS.most + 1]});
    assert_eq!(with(json!({"jwks": many})).unwrap_err(), too_long(&limits::JWKS_KEYS));
}

fn too_long(limit: &'static crate::limits::Limit) -> RegistrationError {
    RegistrationError::TooLong(TooLong(limit))
}

#[test]
fn the_error_names_a_member_that_is_too_long() {
    let with = |name: &str, value: Value| {
        let mut sent = json!({"redirect_uris": ["https://h/cb"]});
        sent[name] = value;
        parse(&sent)
    };
    let link = |length: usize| Value::from(format!("https://h/{}", "a".repeat(length - 10)));
    for name in ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "tos_uri#de"] {
        let limit = limits::ALL.length_of(name.trim_end_matches("#de")).unwrap();
        assert!(with(name, link(limit.most)).is_ok(), "{name}");
        assert_eq!(with(name, link(limit.most + 1)), Err(too_long(limit)), "{name}");
    }
    for name in ["client_name", "client_name#de", "scope", "software_id", "software_version"] {
        let limit = limits::ALL.length_of(name.trim_end_matches("#de")).unwrap();
        assert!(with(name, "a".repeat(limit.most).into()).is_ok(), "{name}");
        assert_eq!(with(name, "a".repeat(limit.most + 1).into()), Err(too_long(limit)), "{name}");
    }
    let uris = |count: usize| (0..count).map(|n| format!("https://h/{n}")).collect::<Vec<_>>();
    assert!(with("redirect_uris", uris(32).into()).is_ok());
    assert_eq!(with("redirect_uris", uris(33).into()), Err(too_long(&limits::REDIRECT_URIS)));
    assert_eq!(with("redirect_uris", vec![link(2_049)].into()), Err(too_long(&limits::REDIRECT_URI)));
    assert_eq!(with("contacts", vec!["a"; 17].into()), Err(too_long(&limits::CONTACTS)));
    assert_eq!(with("contacts", vec!["a".repeat(257)].into()), Err(too_long(&limits::CONTACT)));
    assert_eq!(with("grant_types", vec!["a"; 17].into()), Err(too_long(&limits::GRANT_TYPES)));
    assert_eq!(
        with(&format!("client_name#{}", "a".repeat(53)), "x".into()),
        Err(too_long(&limits::MEMBER_NAME))
    );
    // Unknown members may be as long as the body.
    assert_eq!(with("made_up", "a".repeat(60_000).into()), with("made_up", 1.into()));
}

#[test]
fn the_stored_metadata_are_bounded_as_a_whole() {
    let translated = |count: usize, length: usize| {
        let mut sent = json!({"redirect_uris": ["https://h/cb"]});
        for n in 0..count {
            sent[format!("tos_uri#x{n}")] = format!("https://h/{}", "a".repeat(length)).into();
        }
        parse(&sent)
    };
    assert!(translated(16, 300).is_ok());
    assert_eq!(translated(17, 1), Err(too_long(&limits::TRANSLATIONS)));
    assert_eq!(translated(3, 2_000), Err(too_long(&limits::METADATA)));
    let largest = translated(16, 345).unwrap().to_json();
    assert!((5_900..=limits::METADATA.most).contains(&largest.to_string().len()));
    assert!(ClientMetadata::from_stored(&largest).is_ok());
}

#[test]
fn application_types_are_validated_and_corrected() {
    let answered = |uri: &str, kind: &str| {
        let sent = json!({"redirect_uris": [uri], "application_type": kind});
        parse(&sent).map(|metadata| metadata.to_json()["application_type"].as_str().unwrap().to_owned())
    };
    assert_eq!(answered("https://h/cb", "web").as_deref(), Ok("web"));
    assert_eq!(answered("https://h/cb", "native").as_deref(), Ok("native"));
    assert_eq!(answered("cursor://a/cb", "web").as_deref(), Ok("native"), "as Cursor registers");
    assert_eq!(answered("https://h/cb", "desktop"), Err(RegistrationError::ApplicationType));
}

#[test]
fn redirect_uris_outside_the_tenants_list_are_left_out() {
    let rules = RedirectRules::new(&TextSet::default(), &TextSet::from_iter(["claude".to_owned()]));
    let sent =
        json!({"redirect_uris": ["https://claude.ai/cb", "https://evil.example/cb", "http://localhost/cb"]});
    let metadata = ClientMetadata::parse(sent.to_string().as_bytes(), &rules).unwrap();
    assert_eq!(metadata.to_json()["redirect_uris"], json!(["https://claude.ai/cb"]));
    let sent = json!({"redirect_uris": ["https://evil.example/cb"]});
    let error = ClientMetadata::parse(sent.to_string().as_bytes(), &rules).unwrap_err();
    assert_eq!(error, RegistrationError::Redirect(RedirectError::HostNotAllowed("evil.example".to_owned())));
}

#[test]
fn the_client_id_of_a_client_document_is_its_address() {
    const URL: &str = "https://app.example/client.json";
    let read = |more: Value| {
        let mut sent =
            json!({"client_id": URL, "client_name": "App", "redirect_uris": ["https://app.example/cb"]});
        sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ClientMetadata::from_document(URL, sent.to_string().as_bytes(), &rules())
    };
    assert_eq!(read(json!({})).unwrap().auth_method(), AuthMethod::None);
    assert!(read(json!({"client_secret": "", "logo_uri": ""})).is_ok(), "no secret is no secret");
    let keys =
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/keys"});
    assert_eq!(read(keys).unwrap().auth_method(), AuthMethod::PrivateKeyJwt);
    for (more, error) in [
        (json!({"client_id": "https://app.example/client.json/"}), RegistrationError::OtherId),
        (json!({"client_id": "https://APP.example/client.json"}), RegistrationError::OtherId),
        (json!({"client_id": null}), RegistrationError::OtherId),
        (json!({"client_secret": "s"}), RegistrationError::SharedSecret),
        (json!({"token_endpoint_auth_method": "client_secret_basic"}), RegistrationError::SharedSecret),
        (json!({"token_endpoint_auth_method": "client_secret_post"}), RegistrationError::SharedSecret),
        (json!({"token_endpoint_auth_method": "client_secret_jwt"}), RegistrationError::AuthMethod),
        (json!({"client_name": null}), RegistrationError::NoName),
        (json!({"client_id": ""}), RegistrationError::OtherId),
        (json!({"client_name": ""}), RegistrationError::NoName),
        (json!({"redirect_uris": []}), RegistrationError::NoRedirects),
    ] {
        assert_eq!(read(more.clone()), Err(error), "{more}");
    }
    assert_eq!(ClientMetadata::from_document(URL, b"[]", &rules()), Err(RegistrationError::NotAnObject));
}
