//! `/oauth/authorize`: which requests lead to an error page, which to an error redirect, and which to a login.

use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use protocol::form::encode_pairs;

use crate::support::{Browser, CALLBACK, Site, World, authorize_pairs, changed, parameter};

const BASE: &str = "https://wiki.example.com";

#[tokio::test]
async fn a_valid_request_leads_to_the_login_page_with_a_host_cookie() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let reply = Browser::new(&world, &site).authorize(&authorize_pairs(&client)).await;
    assert_eq!(reply.status, 303);
    assert!(reply.onward().starts_with("https://wiki.example.com/oauth/login?flow="), "{reply:?}");
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-mcpb-")
            && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"),
        "{cookie}"
    );
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("x-mcpb-sidecar"), "1");
}

#[tokio::test]
async fn a_path_tenant_keeps_its_path_and_http_on_loopback_uses_the_development_cookie() {
    let (world, site) = (World::new(), Site::local("http://localhost:8080/wiki"));
    let client = world.register(&site, CALLBACK).await;
    let reply = Browser::new(&world, &site).authorize(&authorize_pairs(&client)).await;
    assert!(reply.onward().starts_with("http://localhost:8080/wiki/oauth/login?flow="), "{reply:?}");
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.starts_with("mcpb-dev-") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"),
        "{cookie}"
    );
}

#[tokio::test]
async fn post_requests_are_accepted_from_our_own_pages_only() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let pairs = authorize_pairs(&client);
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let reply = Browser::new(&world, &site).post(Endpoint::Authorize, &pairs).await;
    assert_eq!(reply.status, 303);
    assert!(reply.onward().starts_with("https://wiki.example.com/oauth/login?flow="), "{reply:?}");
    // Only pages of this server may post the request.
    let reply = world.post_form(&site, Endpoint::Authorize, &pairs).await;
    assert_eq!((reply.status.as_u16(), reply.reason()), (403, "foreign_origin"));
}

#[tokio::test]
async fn nothing_is_redirected_before_client_and_redirect_uri_are_known() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let good = authorize_pairs(&client);
    for (pairs, reason) in [
        (changed(good.clone(), "client_id", None), "client_id_missing"),
        (changed(good.clone(), "client_id", Some("mcpb-nobody")), "client_unknown"),
        (changed(good.clone(), "redirect_uri", Some("https://evil.example/cb")), "redirect_uri"),
        (changed(good.clone(), "redirect_uri", Some("https://client.example/cb/")), "redirect_uri"),
        (changed(good.clone(), "redirect_uri", Some("https://client.example/cb?x=1")), "redirect_uri"),
        (changed(good.clone(), "redirect_uri", Some("https://client.example/./cb")), "redirect_uri"),
        (changed(good.clone(), "redirect_uri", Some("javascript:alert(1)")), "redirect_uri"),
        (changed(good.clone(), "redirect_uri", Some("https://client.example:444/cb")), "redirect_uri"),
    ] {
        let reply = Browser::new(&world, &site).authorize(&pairs).await;
        assert_eq!((reply.status.as_u16(), reply.reason()), (400, reason), "{pairs:?}");
        assert!(
            reply.headers.get(header::LOCATION).is_none() && reply.headers.get(header::SET_COOKIE).is_none()
        );
        // The requested URI is at most shown as text, never as a link.
        let own = "<a class=\"button\" id=\"connect\" href=\"connect\">";
        assert!(reply.text.contains(own), "{}", reply.text);
        let text = reply.text.replace(own, "");
        for link in ["href", "http-equiv", "src=", "action="] {
            assert!(!text.contains(link), "{text}");
        }
        assert!(!reply.text.contains("alert"), "{}", reply.text);
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    }
}

#[tokio::test]
async fn later_errors_are_redirected_to_the_client_with_state_and_issuer() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let good = authorize_pairs(&client);
    for (pairs, error) in [
        (changed(good.clone(), "response_type", None), "invalid_request"),
        (changed(good.clone(), "response_type", Some("token")), "unsupported_response_type"),
        (changed(good.clone(), "code_challenge", None), "invalid_request"),
        (changed(good.clone(), "code_challenge_method", None), "invalid_request"),
        (changed(good.clone(), "code_challenge_method", Some("plain")), "invalid_request"),
        (changed(good.clone(), "resource", Some("https://other.example.com")), "invalid_target"),
        (changed(good.clone(), "prompt", Some("none")), "interaction_required"),
    ] {
        let reply = Browser::new(&world, &site).authorize(&pairs).await;
        assert_eq!(reply.status, 303, "{pairs:?}");
        let target = reply.onward();
        assert!(target.starts_with("https://client.example/cb?error="), "{target}");
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{pairs:?}");
        assert_eq!(parameter(&target, "state").as_deref(), Some("st&te"));
        assert_eq!(parameter(&target, "iss").as_deref(), Some(BASE));
    }
}

#[tokio::test]
async fn loopback_ports_may_differ_and_unknown_prompts_and_scopes_are_ignored() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, "http://127.0.0.1:33418/cb").await;
    let mut pairs = changed(authorize_pairs(&client), "redirect_uri", Some("http://127.0.0.1:50999/cb"));
    pairs.push(("prompt".into(), "consent something_new".into()));
    let pairs = changed(pairs, "scope", Some("openid email profile offline_access"));
    assert_eq!(Browser::new(&world, &site).authorize(&pairs).await.status, 303);
    let other_host = changed(pairs, "redirect_uri", Some("http://localhost:50999/cb"));
    assert_eq!(Browser::new(&world, &site).authorize(&other_host).await.reason(), "redirect_uri");
}

#[tokio::test]
async fn malformed_queries_are_refused() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let good = query_of(&client);
    for query in [format!("{good}&x=%zz"), format!("{good}&x=%ff")] {
        let reply = Browser::new(&world, &site).get(Endpoint::Authorize, &query).await;
        assert_eq!((reply.status.as_u16(), reply.reason()), (400, "malformed_form"), "{query}");
    }
}

fn query_of(client: &str) -> String {
    let pairs = authorize_pairs(client);
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    encode_pairs(&pairs)
}

/// A parameter has one value (RFC 6749 §3.1). Some existing clients send the same value twice.
#[tokio::test]
async fn a_parameter_repeated_with_the_same_value_counts_once() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let resource = "resource=https%3A%2F%2Fwiki.example.com%2Fmcp";
    let good = format!("{}&{resource}", query_of(&client));
    for again in
        [good.clone(), resource.to_owned(), "resource=https://wiki.example.com/mcp/&resource=&x".to_owned()]
    {
        let reply = Browser::new(&world, &site).get(Endpoint::Authorize, &format!("{good}&{again}")).await;
        assert_eq!(reply.status, 303, "{again}: {reply:?}");
        assert!(reply.onward().contains("/oauth/login?"), "{again}: {reply:?}");
    }
}

#[tokio::test]
async fn a_parameter_with_several_values_is_redirected_to_a_known_client() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let good = query_of(&client);
    for (name, error, state) in [
        ("scope", "invalid_request", Some("st&te")),
        ("response_type", "invalid_request", Some("st&te")),
        ("code_challenge", "invalid_request", Some("st&te")),
        ("code_challenge_method", "invalid_request", Some("st&te")),
        ("made_up", "invalid_request", Some("st&te")),
        ("resource", "invalid_target", Some("st&te")),
        // The server cannot know which of the two `state` values the client expects, so it returns neither.
        ("state", "invalid_request", None),
    ] {
        let query = format!("{good}&{name}=https://wiki.example.com/a&{name}=https://wiki.example.com/b");
        let target = Browser::new(&world, &site).get(Endpoint::Authorize, &query).await.onward();
        assert!(target.starts_with("https://client.example/cb?error="), "{name}: {target}");
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{name}");
        assert_eq!(parameter(&target, "state").as_deref(), state, "{name}");
        assert_eq!(parameter(&target, "iss").as_deref(), Some(BASE), "{name}");
        let told = parameter(&target, "error_description").unwrap();
        assert!(error == "invalid_target" || told.contains(name), "{name}: {told}");
    }
    // If `client_id` or `redirect_uri` is ambiguous, there is no redirect.
    for more in [
        format!("client_id={client}x"),
        "client_id=".to_owned() + &"a".repeat(3_000),
        "redirect_uri=https://evil.example/".to_owned(),
    ] {
        let reply = Browser::new(&world, &site).get(Endpoint::Authorize, &format!("{good}&{more}")).await;
        assert_eq!((reply.status.as_u16(), reply.reason()), (400, "parameter_repeated"), "{more}");
        assert!(reply.headers.get(header::LOCATION).is_none() && !reply.text.contains("evil"), "{reply:?}");
    }
}

/// The page shows how the requested and the registered URI differ.
#[tokio::test]
async fn the_error_page_shows_a_wrong_redirect_uri_and_the_registered_ones() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let page = async |asked: Option<&str>| {
        let pairs = changed(authorize_pairs(&client), "redirect_uri", asked);
        Browser::new(&world, &site).authorize(&pairs).await
    };
    for (asked, shown) in [
        ("https://client.example/cb/", "https://client.example/cb/"),
        ("https://other.example/cb", "https://other.example/cb"),
        ("https://client.example/cb?a=1&b=2", "https://client.example/cb?a=1&amp;b=2"),
        ("https://client.example/cb?%22%3E%3Cscript%3E", "https://client.example/cb?%22%3E%3Cscript%3E"),
    ] {
        let reply = page(Some(asked)).await;
        assert_eq!(reply.reason(), "redirect_uri");
        for value in [shown, CALLBACK] {
            assert!(
                reply.text.contains(&format!("<code dir=\"ltr\">{value}</code>")),
                "{value}: {}",
                reply.text
            );
        }
    }
    for asked in [
        "javascript:alert(1)",
        "https://client.example/\"><script>alert(1)</script>",
        "call +1 555 0100 for help",
        &format!("https://client.example/{}", "a".repeat(300)),
    ] {
        let reply = page(Some(asked)).await;
        assert_eq!(
            (reply.reason(), reply.text.matches("<code dir=\"ltr\">").count()),
            ("redirect_uri", 1),
            "{asked}"
        );
        for part in ["alert", "<script", "555", "aaaa"] {
            assert!(!reply.text.contains(part), "{asked}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_refused_scheme_is_reported_with_the_variable_that_allows_it() {
    let (world, site) = (World::new(), Site::local(BASE));
    // If a registration also has an accepted URI, the refused URI is left out of it, and refused when it is requested.
    let metadata = serde_json::json!({"redirect_uris": [CALLBACK, "new-app://cb"]});
    let body = world.post_json(&site, Endpoint::Register, &metadata).await.json();
    assert_eq!(body["redirect_uris"], serde_json::json!([CALLBACK]));
    let client = body["client_id"].as_str().unwrap();
    let pairs = changed(authorize_pairs(client), "redirect_uri", Some("new-app://cb"));
    let reply = Browser::new(&world, &site).authorize(&pairs).await;
    assert!(reply.reason() == "redirect_uri" && reply.text.contains("BOUNCER_REDIRECT_SCHEMES"), "{reply:?}");
    // A registration with only this URI is refused.
    let alone = serde_json::json!({"redirect_uris": ["new-app://cb"]});
    let body = world.post_json(&site, Endpoint::Register, &alone).await.json();
    assert_eq!(body["error"], "invalid_redirect_uri");
    let told = body["error_description"].as_str().unwrap();
    assert!(told.contains("BOUNCER_REDIRECT_SCHEMES=new-app"), "{told}");
    // If the variable is set, the URI is accepted.
    let world = World::with(&[("BOUNCER_REDIRECT_SCHEMES", "new-app")]);
    let client = world.register(&site, "new-app://cb").await;
    let pairs = changed(authorize_pairs(&client), "redirect_uri", Some("new-app://cb"));
    assert_eq!(Browser::new(&world, &site).authorize(&pairs).await.status, 303);
}

#[tokio::test]
async fn bodies_are_capped_and_their_type_is_checked() {
    let (world, site) = (World::new(), Site::local(BASE));
    let send = async |kind: &str, body: Vec<u8>| {
        let request = Request::post("/").header(header::CONTENT_TYPE, kind).header(header::ORIGIN, BASE);
        let request = request.body(Body::from(body)).unwrap();
        world.send(&site, Endpoint::Authorize, request).await
    };
    let form = "application/x-www-form-urlencoded";
    let reply = send(form, vec![b'a'; 64 * 1024 + 1]).await;
    assert_eq!((reply.status.as_u16(), reply.reason()), (413, "body_too_large"));
    assert_eq!(send(form, vec![b'a'; 64 * 1024]).await.reason(), "client_id_missing");
    assert_eq!(send("application/json", b"{}".to_vec()).await.reason(), "content_type");
    assert_eq!(send("multipart/form-data", b"".to_vec()).await.reason(), "content_type");
    assert_eq!(send(form, vec![0xff, 0xfe]).await.reason(), "malformed_form");
    assert_eq!(
        send("application/x-www-form-urlencoded; charset=UTF-8", b"a=b".to_vec()).await.reason(),
        "client_id_missing"
    );
}

#[tokio::test]
async fn a_flood_gets_429() {
    let (world, site) = (World::new(), Site::local(BASE));
    let pairs = authorize_pairs(&world.register(&site, CALLBACK).await);
    let mut browser = Browser::new(&world, &site);
    for _ in 0..1_200 {
        assert!(browser.authorize(&pairs).await.status.is_redirection());
    }
    let last = browser.authorize(&pairs).await;
    assert_eq!((last.status.as_u16(), last.reason()), (429, "rate_limited"));
    assert_ne!(last.header("retry-after"), "");
    world.advance(60);
    assert!(browser.authorize(&pairs).await.status.is_redirection());
}
