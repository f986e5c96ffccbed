//! Tests which tokens are accepted, with one change at a time, and that no token is remembered beyond its time.

use super::*;

fn status(gate: &mut Gate, now: UnixTime, token: &str) -> (u16, String) {
    match gate.decide(now, &mut request("POST", "/wiki/mcp").bearer(token)) {
        Decision::Respond(response) => (response.status, logged(&response).to_owned()),
        Decision::ForwardMcp(_) => (200, String::new()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_claim_is_validated() {
    type Change = fn(&mut AccessTokenClaims);
    let cases: [(&str, Change); 13] = [
        ("iss", |c| c.iss = "https://h.test/other".to_owned()),
        ("iss", |c| c.iss = "https://h.test/wiki/".to_owned()),
        ("mcpb_tid", |c| c.mcpb_tid = TenantId::derive("wiki", "https://idp", "x", &[])),
        ("aud", |c| c.aud = vec!["https://h.test/wikipedia".to_owned()]),
        ("aud", |c| c.aud = vec!["https://h.test".to_owned()]),
        ("aud", |c| c.aud = vec![format!("{BASE}/mcp"), "https://elsewhere".to_owned()]),
        ("aud", |c| c.aud = vec![]),
        ("expired", |c| c.exp = NOW.minus(60)),
        ("not valid yet", |c| c.nbf = NOW.plus(61)),
        ("not valid yet", |c| c.iat = NOW.plus(61)),
        ("certified", |c| c.iat = NOW.minus(3_601)),
        ("certified", |c| c.exp = NOW.plus(3_600 + 3_600 + 61)),
        ("sub", |c| c.sub = "a b".to_owned()),
    ];
    for (reason, change) in cases {
        let (status, log) = status(&mut gate(&json!({})), NOW, &token(change));
        assert_eq!(status, 401, "{reason}");
        assert!(log.contains(reason), "{reason}: {log}");
    }
    let good: [fn(&mut AccessTokenClaims); 5] = [
        |c| c.aud = vec![BASE.to_owned()],
        |c| c.aud = vec!["HTTPS://H.TEST:443/wiki/deep/".to_owned()],
        |c| c.exp = NOW.minus(59),
        |c| c.nbf = NOW.plus(60),
        |c| c.scope = ScopeSet::new(),
    ];
    for change in good {
        assert_eq!(status(&mut gate(&json!({})), NOW, &token(change)).0, 200);
    }
}

#[test]
fn the_response_does_not_reveal_the_reason() {
    let asked = request("POST", "/wiki/mcp").bearer(&token(|c| c.exp = NOW.minus(60)));
    let response = respond(&mut gate(&json!({})), asked);
    assert_eq!(response.body, r#"{"error":"invalid_token"}"#);
    assert!(header(&response, "WWW-Authenticate").unwrap().starts_with(r#"Bearer error="invalid_token", "#));
}

#[test]
fn a_token_without_a_required_claim_is_refused() {
    use ed25519_dalek::Signer as _;
    let key = SigningKey::from_bytes(&[2; 32]);
    let full = serde_json::to_value(claims()).unwrap();
    let header: Value = {
        let text = token(|_| {});
        let (first, _) = text.split_once('.').unwrap();
        serde_json::from_slice(&crate::encoding::b64url_decode(first).unwrap()).unwrap()
    };
    let sign = |claims: &Value| {
        let part = |json: &Value| crate::encoding::b64url_encode(json.to_string().as_bytes());
        let message = [part(&header), part(claims)].join(".");
        let signature = key.sign(message.as_bytes());
        [message, crate::encoding::b64url_encode(&signature.to_bytes())].join(".")
    };
    assert_eq!(status(&mut gate(&json!({})), NOW, &sign(&full)).0, 200);
    for name in full.as_object().unwrap().keys() {
        let mut claims = full.clone();
        claims.as_object_mut().unwrap().remove(name);
        let (status, log) = status(&mut gate(&json!({})), NOW, &sign(&claims));
        assert_eq!(status, 401, "{name}");
        assert!(log.contains(name), "{name}: {log}");
    }
}

#[test]
fn a_remembered_token_is_validated_again() {
    let mut gate = gate(&json!({}));
    let text = token(|_| {});
    assert_eq!(status(&mut gate, NOW, &text).0, 200);
    assert_eq!(status(&mut gate, NOW.plus(659), &text).0, 200);
    assert_eq!(status(&mut gate, NOW.plus(660), &text).0, 401);
    assert_eq!(status(&mut gate, NOW, &text).0, 200);
    let longest = token(|claims| claims.exp = NOW.plus(7_200 + 60));
    assert_eq!(status(&mut gate, NOW.plus(7_259), &longest).0, 200);
    assert!(status(&mut gate, NOW.plus(7_260), &longest).1.contains("certified"));
}

#[test]
fn tokens_of_another_anchor_or_signer_are_refused() {
    let key = SigningKey::from_bytes(&[2; 32]);
    let certificate = KeyCertificate::new(&key.verifying_key(), NOW, NOW.plus(60), 3_600);
    let kid = certificate.thumbprint();
    let foreign_anchor = issue(&SigningKey::from_bytes(&[9; 32]), &certificate);
    let mut gate = gate(&json!({}));
    let text = sign_access_token(&key, &kid, &foreign_anchor, &claims());
    assert!(status(&mut gate, NOW, &text).1.contains("trust anchor"));
    let ours = issue(&seed().signing_key(), &certificate);
    let text = sign_access_token(&SigningKey::from_bytes(&[9; 32]), &kid, &ours, &claims());
    assert!(status(&mut gate, NOW, &text).1.contains("signature"));
    let text = sign_access_token(&key, &kid, &ours, &claims());
    assert_eq!(status(&mut gate, NOW, &text).0, 200);
}

/// A key may sign until the time that its certificate names, however long the last token is valid.
#[test]
fn tokens_from_outside_the_certified_times_are_refused() {
    let mut gate = gate(&json!({}));
    let signed_at =
        |secs: u64| token(|c| (c.iat, c.nbf, c.exp) = (NOW.plus(secs), NOW.plus(secs), NOW.plus(secs + 60)));
    assert_eq!(status(&mut gate, NOW.plus(3_600), &signed_at(3_600)).0, 200);
    assert!(status(&mut gate, NOW.plus(3_601), &signed_at(3_601)).1.contains("certified"));
}

/// RFC 9068 §4: `typ` distinguishes access tokens from everything else that the same key may sign.
#[test]
fn tokens_of_another_type_are_refused() {
    use ed25519_dalek::Signer as _;
    let text = token(|_| {});
    let (header, rest) = text.split_once('.').unwrap();
    let (payload, _) = rest.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&crate::encoding::b64url_decode(header).unwrap()).unwrap();
    let with_type = |typ: Option<&str>| {
        let mut header = header.clone();
        match typ {
            Some(typ) => header["typ"] = json!(typ),
            None => drop(header.as_object_mut().unwrap().remove("typ")),
        }
        let message = [&*crate::encoding::b64url_encode(header.to_string().as_bytes()), payload].join(".");
        let signature = SigningKey::from_bytes(&[2; 32]).sign(message.as_bytes());
        [message, crate::encoding::b64url_encode(&signature.to_bytes())].join(".")
    };
    for (typ, expected) in [
        (Some("at+jwt"), 200),
        (Some("application/at+jwt"), 200),
        (Some("JWT"), 401),
        (Some("dpop+jwt"), 401),
        (None, 401),
    ] {
        let lenient =
            json!({"jwksFile": "/k", "jwksIssuer": "https://idp.example", "jwksAllowTypJWT": "true"});
        for options in [json!({}), lenient] {
            assert_eq!(status(&mut gate(&options), NOW, &with_type(typ)).0, expected, "{typ:?} {options}");
            // The same holds if a header of the same key is known already.
            let mut gate = gate(&options);
            assert_eq!(status(&mut gate, NOW, &text).0, 200);
            assert_eq!(status(&mut gate, NOW, &with_type(typ)).0, expected, "{typ:?} {options}");
        }
    }
}

#[test]
fn the_extra_audience_is_accepted_in_addition_to_the_resource() {
    let both = token(|c| c.aud = vec![format!("{BASE}/mcp"), "extra".to_owned()]);
    assert_eq!(status(&mut gate(&json!({"audience": "extra"})), NOW, &both).0, 200);
    assert_eq!(status(&mut gate(&json!({})), NOW, &both).0, 401);
    let alone = token(|c| c.aud = vec!["extra".to_owned()]);
    assert_eq!(status(&mut gate(&json!({"audience": "extra"})), NOW, &alone).0, 401);
}

#[test]
fn the_audience_may_have_to_match_the_path() {
    let mut narrow = gate(&json!({"resourceMatch": "path"}));
    let mut at = |aud: &str, path: &str| {
        let aud = aud.to_owned();
        let mut asked = request("POST", path).bearer(&token(|c| c.aud = vec![aud]));
        matches!(narrow.decide(NOW, &mut asked), Decision::ForwardMcp(_))
    };
    assert!(at("https://h.test/wiki/mcp", "/wiki/mcp"));
    assert!(at("https://h.test/wiki/mcp/", "/wiki/mcp/x?y"));
    assert!(at("https://h.test/wiki", "/wiki/mcp"));
    assert!(!at("https://h.test/wiki/mcp", "/wiki/mcp2"));
    assert!(!at("https://h.test/wiki/mcp", "/wiki"));
}

/// The option `audience` is in every token of the tenant. If this audience lies below the base, it must not make any
/// token valid for more paths.
#[test]
fn the_extra_audience_does_not_widen_a_token_for_one_path() {
    let options = json!({"resourceMatch": "path", "audience": BASE});
    let at = |aud: &[&str], path: &str| {
        let aud = aud.iter().map(|aud| (*aud).to_owned()).collect();
        let mut asked = request("POST", path).bearer(&token(|c| c.aud = aud));
        matches!(gate(&options).decide(NOW, &mut asked), Decision::ForwardMcp(_))
    };
    let narrow = ["https://h.test/wiki/mcp", BASE];
    assert!(at(&narrow, "/wiki/mcp"));
    assert!(!at(&narrow, "/wiki/admin"));
    assert!(at(&[BASE], "/wiki/admin"), "asked for as the resource it counts");
}

fn key_set(kid: &str) -> String {
    let x = signing_jwk().x;
    format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{x}"}}]}}"#)
}

#[test]
fn a_key_file_of_our_own_keys() {
    let options = json!({"role": "tenant", "resource": "wiki", "providerIssuer": "local",
                         "jwksFile": "/k", "jwksCacheTTLSeconds": "300"});
    let key = seed().plugin_key().to_text();
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: "" };
    let mut gate = Gate::new(parse(options.to_string().as_bytes(), environment));
    let asked = || request("POST", "/wiki/mcp").bearer(&token(|_| {}));
    let mut at = |now: UnixTime, mut asked: Request| match gate.decide(now, &mut asked) {
        Decision::Respond(response) => response.status,
        Decision::ForwardMcp(_) => 200,
        other => panic!("{other:?}"),
    };
    assert_eq!(at(NOW, asked()), 503, "no file yet");
    assert_eq!(at(NOW.plus(5), asked().file("{")), 503, "not a key set");
    assert_eq!(at(NOW.plus(10), asked().file(&key_set("other"))), 401, "another key");
    assert_eq!(at(NOW.plus(15), asked().file(&key_set(&signing_jwk().thumbprint()))), 200, "late key");
    assert_eq!(at(NOW.plus(320), asked()), 200, "stale keys serve");
    assert_eq!(at(NOW.plus(620), asked().file(&key_set("other"))), 401, "the key is gone, cache or not");
}

/// Clients drop their tokens at 401. While the file that may hold the key cannot be read, the response is 503.
#[test]
fn an_unknown_key_is_not_the_tokens_fault_while_the_file_cannot_be_read() {
    let options = json!({"role": "tenant", "resource": "wiki", "providerIssuer": "local", "jwksFile": "/k"});
    let key = seed().plugin_key().to_text();
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: "" };
    let mut gate = Gate::new(parse(options.to_string().as_bytes(), environment));
    let mut at = |now: UnixTime, file: Option<&str>| {
        let mut asked = request("POST", "/wiki/mcp").bearer(&token(|_| {}));
        asked.file = file.map(|json| json.as_bytes().to_vec());
        match gate.decide(now, &mut asked) {
            Decision::Respond(response) => response.status,
            Decision::ForwardMcp(_) => 200,
            other => panic!("{other:?}"),
        }
    };
    let (other, ours) = (key_set("other"), key_set(&signing_jwk().thumbprint()));
    assert_eq!(at(NOW, Some(&other)), 401);
    assert_eq!(at(NOW.plus(5), None), 503);
    assert_eq!(at(NOW.plus(6), None), 503, "too soon to read again, and still not known");
    assert_eq!(at(NOW.plus(10), Some("{")), 503);
    assert_eq!(at(NOW.plus(15), Some(&other)), 401);
    assert_eq!(at(NOW.plus(20), Some(&ours)), 200);
}

#[test]
fn stale_and_refused_keys_are_logged_once() {
    let mut gate = gate(&json!({"jwksFile": "/k", "jwksCacheTTLSeconds": "60"}));
    let mut log = |now: UnixTime, file: Option<&str>| {
        let mut asked = request("POST", "/wiki/mcp").bearer(&token(|_| {}));
        asked.file = file.map(|json| json.as_bytes().to_vec());
        match gate.decide(now, &mut asked) {
            Decision::ForwardMcp(forward) => forward.log().map(|line| line.message.clone()),
            other => panic!("{other:?}"),
        }
    };
    let weak = r#"{"kty":"OKP","crv":"Ed25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    let set = key_set("k").replace("[{", &format!("[{weak},{{"));
    assert!(log(NOW, Some(&set)).unwrap().contains("the Ed25519 key is weak"));
    assert_eq!(log(NOW.plus(1), None), None);
    assert!(log(NOW.plus(60), None).unwrap().contains("go on serving"));
    assert_eq!(log(NOW.plus(61), None), None);
}

#[test]
fn a_key_file_of_another_issuer() {
    use ed25519_dalek::Signer as _;
    let idp = "https://idp.example/realm";
    let sign = |typ: &str, claims: Value| {
        let part = |json: &Value| crate::encoding::b64url_encode(json.to_string().as_bytes());
        let message = [part(&json!({"alg": "EdDSA", "typ": typ, "kid": "k"})), part(&claims)].join(".");
        let signature = SigningKey::from_bytes(&[2; 32]).sign(message.as_bytes());
        [message, crate::encoding::b64url_encode(&signature.to_bytes())].join(".")
    };
    let full = json!({"iss": idp, "aud": ["api", "other"], "sub": "bob", "client_id": "c", "scope": "read",
                      "iat": NOW.as_secs(), "exp": NOW.as_secs() + 60, "jti": "j"});
    let with = |name: &str, value: Value| {
        let mut claims = full.clone();
        claims[name] = value;
        claims
    };
    let status = |extra: Value, token: &str| {
        let mut options =
            json!({"jwksFile": "/k", "jwksIssuer": idp, "audience": "api", "forwardIssuer": "true"});
        options.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let mut asked = request("POST", "/wiki/mcp").bearer(token).file(&key_set("k"));
        match gate(&options).decide(NOW, &mut asked) {
            Decision::Respond(response) => response.status,
            Decision::ForwardMcp(forward) => {
                let issuer =
                    set(&forward).into_iter().find(|(name, _)| *name == "X-Mcp-Iss").map(|(_, value)| value);
                assert!([Some(idp.to_owned()), Some(BASE.to_owned())].contains(&issuer));
                200
            }
            other => panic!("{other:?}"),
        }
    };
    let plain = json!({});
    assert_eq!(status(plain.clone(), &sign("at+jwt", full.clone())), 200);
    assert_eq!(status(plain.clone(), &sign("at+jwt", with("iss", json!("https://idp.example")))), 401);
    assert_eq!(status(plain.clone(), &sign("at+jwt", with("iss", json!(BASE)))), 401);
    assert_eq!(status(plain.clone(), &sign("at+jwt", with("aud", json!("other")))), 401);
    assert_eq!(status(plain.clone(), &sign("JWT", full.clone())), 401);
    let lenient = json!({"jwksAllowTypJWT": "true"});
    assert_eq!(status(lenient.clone(), &sign("JWT", full.clone())), 200);
    assert_eq!(status(lenient.clone(), &sign("JWT", with("scope", Value::Null))), 401);
    assert_eq!(status(lenient, &sign("JWT", with("client_id", Value::Null))), 401);
    let no_audience = json!({"audience": ""});
    assert_eq!(status(no_audience.clone(), &sign("at+jwt", full.clone())), 401);
    assert_eq!(status(no_audience, &sign("at+jwt", with("aud", json!(BASE)))), 200);
    assert_eq!(status(plain, &token(|_| {})), 200, "our own tokens still count");
}
