//! Tests what the MCP server is told about the caller: `identityHeaders` and `upstreamToken`.

use super::*;
use crate::context::{PluginKey, RoutedRequest, seal_route};
use crate::jose::token::sign_boxed_token;
use crate::settings::BoxItem;
use crate::token_box::{BoxBinding, BoxContents, seal};

const HEADERS: &str = "X-Mcp-Email=email, X-Mcp-Name=name, X-User=username, X-Mcp-Groups=groups, X-Mcp-Client=client, \
                       X-App=client_name, X-Sub=sub";

fn chosen() -> Gate {
    gate(&json!({"identityHeaders": HEADERS}))
}

/// A tenant whose MCP server gets the provider's token in this header.
fn upstream(header: &str) -> Gate {
    let provider = json!({"providerIssuer": "https://idp.example", "clientID": "c", "upstreamToken": header});
    gate(&provider)
}

fn a_box(texts: &[(BoxItem, &str)]) -> BoxContents {
    let mut contents = BoxContents::new();
    for (item, text) in texts {
        contents.insert(*item, text);
    }
    contents
}

fn user() -> BoxContents {
    a_box(&[
        (BoxItem::Email, "ann@example.com"),
        (BoxItem::Name, "Ann J\u{e4}ger"),
        (BoxItem::Username, "ann"),
        (BoxItem::Groups, "a,b"),
        (BoxItem::Groups, "\u{e4}"),
        (BoxItem::ClientName, "Editor"),
    ])
}

fn signed(claims: &AccessTokenClaims, sealed: &str) -> String {
    let key = SigningKey::from_bytes(&[2; 32]);
    let certificate = KeyCertificate::new(&key.verifying_key(), NOW.minus(3_600), NOW.plus(3_600), 3_600);
    let kcert = issue(&seed().signing_key(), &certificate);
    sign_boxed_token(&key, &certificate.thumbprint(), &kcert, claims, sealed)
}

/// A token as the sidecar issues it, with this box.
fn boxed(contents: &BoxContents) -> String {
    boxed_for(&claims(), contents)
}

fn boxed_for(claims: &AccessTokenClaims, contents: &BoxContents) -> String {
    let binding = BoxBinding { issuer: &claims.iss, tid: claims.mcpb_tid, jti: &claims.jti };
    signed(claims, &seal(&seed().plugin_key(), &binding, contents))
}

/// A token of the tenant with a provider, whose box holds the provider's token.
fn with_upstream(token: &str) -> String {
    let claims =
        AccessTokenClaims { mcpb_tid: TenantId::derive("wiki", "https://idp.example", "c", &[]), ..claims() };
    boxed_for(&claims, &a_box(&[(BoxItem::UpstreamToken, token)]))
}

fn decide(gate: &mut Gate, now: UnixTime, mut request: Request) -> Result<McpForward, (u16, String)> {
    match gate.decide(now, &mut request) {
        Decision::ForwardMcp(forward) => Ok(forward),
        Decision::Respond(response) => Err((response.status, logged(&response).to_owned())),
        other => panic!("{other:?}"),
    }
}

fn post(token: &str) -> Request {
    request("POST", "/wiki/mcp").bearer(token)
}

/// The headers that are set, without those that every tenant has.
fn told(forward: &McpForward) -> Vec<(&'static str, String)> {
    set(forward).into_iter().filter(|(name, _)| !["X-Mcp-Sub", "X-Mcp-Scopes"].contains(name)).collect()
}

fn pairs(list: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    list.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn the_box_tells_who_calls() {
    let mut gate = chosen();
    let token = boxed(&user());
    let expected = pairs(&[
        ("X-Mcp-Email", "ann@example.com"),
        ("X-Mcp-Name", "=?base64?QW5uIErDpGdlcg==?="),
        ("X-User", "ann"),
        ("X-Mcp-Groups", r#"["a,b","\u00e4"]"#),
        ("X-Mcp-Client", "client"),
        ("X-App", "Editor"),
        ("X-Sub", "alice"),
    ]);
    // A new token, the same token again, another token, and the first token, which is remembered.
    for request in [post(&token), post(&token), post(&boxed(&BoxContents::new())), post(&token)] {
        let headers = told(&decide(&mut gate, NOW, request).unwrap());
        assert!(headers == expected || headers == pairs(&[("X-Mcp-Client", "client"), ("X-Sub", "alice")]));
    }
    assert_eq!(told(&decide(&mut gate, NOW, post(&token)).unwrap()), expected);
}

#[test]
fn a_token_without_a_box_tells_what_the_client_may_read() {
    let forward = decide(&mut chosen(), NOW, post(&token(|_| {}))).unwrap();
    assert_eq!(told(&forward), pairs(&[("X-Mcp-Client", "client"), ("X-Sub", "alice")]));
    // A gate without the options does not open the box.
    let forward = decide(&mut gate(&json!({})), NOW, post(&boxed(&user()))).unwrap();
    assert_eq!(told(&forward), []);
    let forward = decide(&mut gate(&json!({})), NOW, post(&signed(&claims(), "no box"))).unwrap();
    assert_eq!(told(&forward), []);
}

#[test]
fn headers_of_the_client_are_removed_in_every_spelling() {
    let spellings = [
        "X-Mcp-Email",
        "x_mcp_email",
        "X.Mcp.Email",
        "xmcpemail",
        "x-mcp--email",
        "X-MCP_NAME",
        "x-user",
        "X~User",
    ];
    for token in [boxed(&user()), token(|_| {})] {
        let mut spoofed = post(&token).with("connection", "close, x-mcp-email, X_User, x-sub");
        for name in spellings {
            spoofed = spoofed.with(name, "root");
        }
        let forward =
            decide(&mut chosen(), NOW, spoofed.with("x-other", "kept").with("x-username", "kept")).unwrap();
        let mut removed = removed(&forward);
        removed.retain(|name| name != "authorization");
        let mut expected: Vec<String> = spellings.iter().map(|name| name.to_ascii_lowercase()).collect();
        removed.sort();
        expected.sort();
        assert_eq!(removed, expected);
        assert!(set(&forward).contains(&("connection", "close".to_owned())));
    }
    // Names that no option chooses belong to the client.
    let forward =
        decide(&mut gate(&json!({})), NOW, post(&token(|_| {})).with("x-mcp-email", "a@b")).unwrap();
    assert_eq!(removed(&forward), ["authorization"]);
}

#[test]
fn hostile_names_stay_inside_one_value() {
    let hostile = "x\r\nX-Mcp-Sub: root\0\u{202e}";
    let long = "a".repeat(10 << 10);
    for (contents, name, value) in [
        (
            a_box(&[(BoxItem::Name, hostile)]),
            "X-Mcp-Name",
            Some("=?base64?eA0KWC1NY3AtU3ViOiByb290AOKArg==?="),
        ),
        (
            a_box(&[(BoxItem::Groups, hostile), (BoxItem::Groups, "\",\"admin")]),
            "X-Mcp-Groups",
            Some(r#"["x\u000d\u000aX-Mcp-Sub: root\u0000\u202e","\",\"admin"]"#),
        ),
        (
            a_box(&[(BoxItem::ClientName, "=?base64?cm9vdA==?=")]),
            "X-App",
            Some("=?base64?PT9iYXNlNjQ/Y205dmRBPT0/PQ==?="),
        ),
    ] {
        let forward = decide(&mut chosen(), NOW, post(&boxed(&contents))).unwrap();
        let found = told(&forward).into_iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        assert_eq!(found.as_deref(), value);
    }
    // 10 KiB fit neither into a token nor into a header.
    let headers =
        BoxContents::of_profile(&Profile { name: Some(long), ..Profile::default() }, &[BoxItem::Name]);
    assert_eq!(headers.header_value(BoxItem::Name), None);
}

#[test]
fn a_box_that_does_not_open_is_refused() {
    let other = AccessTokenClaims { jti: "other".to_owned(), ..claims() };
    let binding = |jti| BoxBinding { issuer: BASE, tid: tid(), jti };
    let foreign_key = PluginKey::new(Secret::new([9; 32]));
    for sealed in [
        // The box of another token, a box under another key, a changed box, and texts that are no box.
        seal(&seed().plugin_key(), &binding("jti"), &user()),
        seal(&foreign_key, &binding("other"), &user()),
        format!("{}A", seal(&seed().plugin_key(), &binding("other"), &user())),
        "AQ".to_owned(),
        String::new(),
    ] {
        let (status, log) = decide(&mut chosen(), NOW, post(&signed(&other, &sealed))).unwrap_err();
        assert!(status == 401 && log.contains("mcpb_box"), "{sealed}: {status} {log}");
    }
    let right = seal(&seed().plugin_key(), &binding("other"), &user());
    assert!(decide(&mut chosen(), NOW, post(&signed(&other, &right))).is_ok());
}

#[test]
fn the_providers_token_takes_the_place_of_the_clients() {
    let token = with_upstream("ya29.secret");
    let forward =
        decide(&mut upstream("authorization"), NOW, post(&token).with("authorization_", "x")).unwrap();
    assert_eq!(told(&forward), pairs(&[("authorization", "Bearer ya29.secret")]));
    assert_eq!(removed(&forward), ["authorization_", "authorization"]);
    let request = post(&token).with("connection", "Authorization, close");
    let forward = decide(&mut upstream("Authorization"), NOW, request).unwrap();
    assert!(set(&forward).contains(&("connection", "close".to_owned())));

    let forward =
        decide(&mut upstream("X-Provider-Token"), NOW, post(&token).with("x_provider_token", "x")).unwrap();
    assert_eq!(told(&forward), pairs(&[("X-Provider-Token", "ya29.secret")]));
    assert_eq!(removed(&forward), ["x_provider_token", "authorization"]);
    assert!(!format!("{forward:?}").contains("ya29"), "it cannot be printed");
}

/// The client then refreshes, and gets a token that holds the provider's token.
#[test]
fn a_token_without_the_providers_token_is_refused() {
    let tid = TenantId::derive("wiki", "https://idp.example", "c", &[]);
    let claims = AccessTokenClaims { mcpb_tid: tid, ..claims() };
    for text in [
        token(|own| own.mcpb_tid = tid),
        boxed_for(&claims, &a_box(&[(BoxItem::Email, "ann@example.com")])),
        boxed_for(&claims, &a_box(&[(BoxItem::UpstreamToken, "a\r\nb")])),
    ] {
        let (status, log) = decide(&mut upstream("Authorization"), NOW, post(&text)).unwrap_err();
        assert!(status == 401 && log.contains("upstreamToken"), "{status} {log}");
    }
}

/// Tokens without the provider's token are accepted for another minute, because clocks differ.
#[test]
fn a_token_with_the_providers_token_is_valid_until_its_end_and_not_longer() {
    let mut gate = upstream("Authorization");
    let token = with_upstream("secret");
    assert!(decide(&mut gate, NOW.plus(599), post(&token)).is_ok());
    for at in [600, 659] {
        let (status, log) = decide(&mut gate, NOW.plus(at), post(&token)).unwrap_err();
        assert!(status == 401 && log.contains("expired"), "{status} {log}");
    }
}

/// The header must reach the sidecar, because OAuth clients authenticate with it.
#[test]
fn authorization_reaches_the_sidecar() {
    let mut gate = upstream("Authorization");
    let now = NOW;
    let routed = RoutedRequest { method: "POST", host: "h.test", path: "/wiki/oauth/token" };
    let mut request = request("POST", "/wiki/oauth/token")
        .with("authorization", "Basic YTpi")
        .with("x-mcpb-route", seal_route(&plugin_keys(), now, routed));
    let Decision::ForwardOAuth(forward) = gate.decide(now, &mut request) else { panic!("not forwarded") };
    assert_eq!(removed(&forward.edits), ["x-mcpb-route"]);
}

/// Tokens of another issuer hold no box, so their own claims are passed on.
#[test]
fn claims_of_another_issuer_are_passed_on() {
    use ed25519_dalek::Signer as _;
    let key = SigningKey::from_bytes(&[4; 32]);
    let jwk = Ed25519PublicJwk::from_key(&key.verifying_key());
    let sign = |claims: &Value| {
        let part = |json: &Value| crate::encoding::b64url_encode(json.to_string().as_bytes());
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": jwk.thumbprint()});
        let message = [part(&header), part(claims)].join(".");
        [message.clone(), crate::encoding::b64url_encode(&key.sign(message.as_bytes()).to_bytes())].join(".")
    };
    let base = json!({"iss": "https://idp.example", "aud": BASE, "sub": "bob", "client_id": "app", "scope": "read",
                      "iat": NOW.as_secs(), "exp": NOW.as_secs() + 60, "jti": "j"});
    let told_of = |more: Value| {
        let mut claims = base.clone();
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let options =
            json!({"identityHeaders": HEADERS, "jwksFile": "/k", "jwksIssuer": "https://idp.example"});
        let entry = json!({"kty": jwk.kty, "crv": jwk.crv, "x": jwk.x, "kid": jwk.thumbprint()});
        let file = json!({"keys": [entry]}).to_string();
        told(&decide(&mut gate(&options), NOW, post(&sign(&claims)).file(&file)).unwrap())
    };
    let always = [("X-Mcp-Client", "app"), ("X-Sub", "bob")];
    assert_eq!(told_of(json!({})), pairs(&always));
    let full = json!({"email": "bob@example.com", "email_verified": true, "name": "B\u{f6}b", "preferred_username": "bob",
                      "groups": ["x", "y"], "mcpb_box": "AAAA", "client_name": "forged"});
    assert_eq!(
        told_of(full),
        pairs(&[
            ("X-Mcp-Email", "bob@example.com"),
            ("X-Mcp-Name", "=?base64?QsO2Yg==?="),
            ("X-User", "bob"),
            ("X-Mcp-Groups", r#"["x","y"]"#),
            always[0],
            always[1],
        ])
    );
    // An e-mail address that the issuer has not verified is not passed on, nor is a claim of another type.
    for claims in [
        json!({"email": "bob@example.com"}),
        json!({"email": "bob@example.com", "email_verified": false}),
        json!({"email": "bob@example.com", "email_verified": "true"}),
        json!({"email": 1, "email_verified": true, "name": ["x"], "preferred_username": {}, "groups": [1]}),
    ] {
        assert_eq!(told_of(claims), pairs(&always));
    }
}
