//! Requests of existing clients that deviate from the specifications. These clients can connect and stay connected, and
//! nobody gets in who would otherwise be refused.

use super::support::federated::claims_in;
use super::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use protocol::form::encode_pairs;
use protocol::scope::ScopeSet;
use serde_json::{Value, json};

const WIKI: &str = "https://mcp.example.com/wiki";
const FORM: &str = "application/x-www-form-urlencoded";

/// Sends a request with these `Authorization` headers and this body.
async fn send(
    world: &World,
    site: &Site,
    endpoint: Endpoint,
    headers: &[&str],
    pairs: &[(&str, &str)],
) -> Reply {
    let mut request = Request::post("/").header(header::CONTENT_TYPE, FORM);
    for value in headers {
        request = request.header(header::AUTHORIZATION, *value);
    }
    world.send(site, endpoint, request.body(Body::from(encode_pairs(pairs))).unwrap()).await
}

fn basic(text: &str) -> String {
    use base64ct::Encoding as _;
    format!("Basic {}", base64ct::Base64::encode_string(text.as_bytes()))
}

fn refresh_pairs<'a>(client: &'a str, token: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)]
}

fn text(reply: &Reply, name: &str) -> String {
    reply.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {reply:?}")).to_owned()
}

/// Returns the audience of the access token in this response.
fn audience(reply: &Reply) -> Value {
    claims_in(&text(reply, "access_token"))["aud"].clone()
}

/// Gets a code for this resource.
async fn code_for(world: &World, site: &Site, client: &str, resource: &str) -> String {
    let mut browser = Browser::new(world, site);
    let page = browser.reach_consent(&changed(authorize_pairs(client), "resource", Some(resource))).await;
    browser.decide(&page, "approve").await.onward_parameter("code").unwrap()
}

async fn redeem(world: &World, site: &Site, client: &str, code: &str, more: &[(&str, &str)]) -> Reply {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    world.post_form(site, Endpoint::Token, &[&pairs[..], more].concat()).await
}

/// Some clients send their access token for the MCP server with every request, or an empty header.
#[tokio::test]
async fn an_authorization_header_of_another_scheme_is_ignored() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let public = world.register(&site, CALLBACK).await;
    let metadata = json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_post"});
    let body = world.post_json(&site, Endpoint::Register, &metadata).await.json();
    let (id, secret) = (body["client_id"].as_str().unwrap(), body["client_secret"].as_str().unwrap());
    let nobody = basic(":");
    for (endpoint, pairs, proven) in [
        (Endpoint::Token, vec![("grant_type", "refresh_token"), ("refresh_token", "made-up")], 400),
        (Endpoint::Revoke, vec![("token", "made-up")], 200),
        (Endpoint::Introspect, vec![("token", "made-up")], 200),
    ] {
        let with = |more: &[(&'static str, &'static str)]| [&pairs[..], more].concat();
        let of_public = [&pairs[..], &[("client_id", public.as_str())]].concat();
        let of_secret = [&pairs[..], &[("client_id", id), ("client_secret", secret)]].concat();
        let without = [&pairs[..], &[("client_id", id)]].concat();
        for value in ["Bearer abc", "Bearer", "Bearer undefined", "Negotiate YTpi", "Basic", &nobody] {
            let status = async |pairs: &[(&str, &str)], headers: &[&str]| {
                send(&world, &site, endpoint.clone(), headers, pairs).await.status.as_u16()
            };
            assert_eq!(status(&of_public, &[value]).await, proven, "{endpoint:?} {value}");
            assert_eq!(status(&of_secret, &[value]).await, proven, "{endpoint:?} {value}");
            assert_eq!(status(&of_secret, &[value, "Bearer x"]).await, proven, "{endpoint:?} {value}");
            // Such a header does not authenticate a client either.
            assert_eq!(status(&without, &[value]).await, 401, "{endpoint:?} {value}");
            assert_eq!(status(&with(&[]), &[value]).await, 401, "{endpoint:?} {value}");
        }
        let agreeing = basic(&format!("{id}:{secret}"));
        let status = async |headers: &[&str], pairs: &[(&str, &str)]| {
            send(&world, &site, endpoint.clone(), headers, pairs).await.status.as_u16()
        };
        assert_eq!(
            status(&[&agreeing], &of_secret).await,
            proven,
            "{endpoint:?}: the same credentials twice"
        );
        assert_eq!(status(&[&agreeing, &agreeing], &of_secret).await, proven, "{endpoint:?}");
        assert_eq!(status(&[&agreeing], &of_public).await, 400, "{endpoint:?}: two clients");
        assert_eq!(
            status(&[&agreeing, &basic(&format!("{id}:other"))], &of_secret).await,
            400,
            "{endpoint:?}"
        );
        for broken in ["Basic !!", &basic("no colon"), &basic(":secret of nobody")] {
            assert_eq!(status(&[broken], &of_secret).await, 401, "{endpoint:?} {broken}");
        }
    }
}

#[tokio::test]
async fn a_secret_does_not_authenticate_public_or_private_key_jwt_clients() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let public = world.register(&site, CALLBACK).await;
    let metadata = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt", "jwks": signing::jwks(),
    });
    let body = world.post_json(&site, Endpoint::Register, &metadata).await.json();
    let holder = body["client_id"].as_str().unwrap();
    for id in [public.as_str(), holder] {
        let pairs = [("token", "made-up"), ("client_id", id), ("client_secret", "guessed")];
        assert_eq!(send(&world, &site, Endpoint::Revoke, &[], &pairs).await.status, 401);
        let header = basic(&format!("{id}:guessed"));
        assert_eq!(send(&world, &site, Endpoint::Revoke, &[&header], &pairs[..1]).await.status, 401);
    }
    let pairs = [("token", "made-up"), ("client_id", holder)];
    assert_eq!(
        send(&world, &site, Endpoint::Revoke, &[], &pairs).await.status,
        401,
        "without an assertion the client is not authenticated"
    );
    let header = basic(&format!("{public}:"));
    assert_eq!(send(&world, &site, Endpoint::Revoke, &[&header], &pairs[..1]).await.status, 200, "no secret");
}

/// With `…/mcp/` in its settings, Claude Code requests `…/mcp` when it logs in and `…/mcp/` when it refreshes.
#[tokio::test]
async fn a_trailing_slash_of_a_resource_is_ignored() {
    let mut site = Site::local(WIKI);
    for match_path in [false, true] {
        site.settings.match_path = match_path;
        let world = World::new();
        let client = world.register(&site, CALLBACK).await;
        for (first, second) in [
            ("https://mcp.example.com/wiki/mcp", "https://mcp.example.com/wiki/mcp/"),
            (WIKI, "https://mcp.example.com/wiki/"),
        ] {
            for (granted, asked) in [(first, second), (second, first)] {
                let code = code_for(&world, &site, &client, granted).await;
                let reply = redeem(&world, &site, &client, &code, &[("resource", asked)]).await;
                assert_eq!(reply.status, 200, "{granted} {asked}: {reply:?}");
                assert_eq!(audience(&reply), granted, "as it was granted");
                let mut token = text(&reply, "refresh_token");
                for asked in [asked, granted, asked] {
                    let pairs = [refresh_pairs(&client, &token), vec![("resource", asked)]].concat();
                    let reply = world.post_form(&site, Endpoint::Token, &pairs).await;
                    assert_eq!((reply.status.as_u16(), audience(&reply)), (200, granted.into()), "{asked}");
                    token = text(&reply, "refresh_token");
                }
            }
        }
    }
}

/// Without `resourceMatch=path`, a token for one resource of the tenant is valid at all of them (RFC 8707 §2.2).
#[tokio::test]
async fn another_resource_of_the_tenant_can_be_requested_unless_paths_must_match() {
    let mcp = "https://mcp.example.com/wiki/mcp";
    for match_path in [false, true] {
        let mut site = Site::local(WIKI);
        site.settings.match_path = match_path;
        let world = World::new();
        let client = world.register(&site, CALLBACK).await;
        let code = code_for(&world, &site, &client, mcp).await;
        let mut token = text(&redeem(&world, &site, &client, &code, &[]).await, "refresh_token");
        for (asked, allowed) in [
            (WIKI, !match_path),
            ("https://mcp.example.com/wiki/other", !match_path),
            ("https://mcp.example.com/wiki/mcp/tools", true),
            ("https://mcp.example.com/docs", false),
            ("https://mcp.example.com/wikipedia", false),
            ("https://evil.example/wiki/mcp", false),
            ("https://mcp.example.com/wiki/../docs", false),
        ] {
            let pairs = [refresh_pairs(&client, &token), vec![("resource", asked)]].concat();
            let reply = world.post_form(&site, Endpoint::Token, &pairs).await;
            if allowed {
                assert_eq!((reply.status.as_u16(), audience(&reply)), (200, asked.into()), "{asked}");
                token = text(&reply, "refresh_token");
            } else {
                assert_eq!(
                    (reply.status.as_u16(), text(&reply, "error").as_str()),
                    (400, "invalid_target"),
                    "{asked}"
                );
                assert!(text(&reply, "error_description").contains("resource"), "{reply:?}");
            }
        }
        // The grant itself is not changed.
        let reply = world.post_form(&site, Endpoint::Token, &refresh_pairs(&client, &token)).await;
        assert_eq!(audience(&reply), mcp);
    }
}

#[tokio::test]
async fn a_repeated_resource_counts_once_and_two_different_ones_are_refused() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let client = world.register(&site, CALLBACK).await;
    let (mcp, slash) = ("https://mcp.example.com/wiki/mcp", "https://mcp.example.com/wiki/mcp/");
    let code = code_for(&world, &site, &client, mcp).await;
    let two = [("resource", mcp), ("resource", "https://mcp.example.com/wiki/other")];
    let reply = redeem(&world, &site, &client, &code, &two).await;
    assert_eq!((reply.status.as_u16(), text(&reply, "error").as_str()), (400, "invalid_target"));
    assert!(text(&reply, "error_description").contains("several"), "{reply:?}");
    let same = [("resource", mcp), ("resource", slash), ("resource", mcp)];
    assert_eq!(redeem(&world, &site, &client, &code, &same).await.status, 200);
}

#[tokio::test]
async fn errors_about_repeated_parameters_name_the_parameter() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let client = world.register(&site, CALLBACK).await;
    let code = code_for(&world, &site, &client, WIKI).await;
    for name in ["grant_type", "client_id", "code", "code_verifier", "scope", "made_up"] {
        let reply = redeem(&world, &site, &client, &code, &[(name, "a"), (name, "b")]).await;
        assert_eq!(
            (reply.status.as_u16(), text(&reply, "error").as_str()),
            (400, "invalid_request"),
            "{name}"
        );
        assert!(text(&reply, "error_description").contains(name), "{name}: {reply:?}");
    }
    for endpoint in [Endpoint::Revoke, Endpoint::Introspect] {
        let pairs = [("client_id", client.as_str()), ("token", "a"), ("token", "b")];
        let reply = world.post_form(&site, endpoint.clone(), &pairs).await;
        assert!(reply.status == 400 && text(&reply, "error_description").contains("token"), "{reply:?}");
        let pairs = [("client_id", client.as_str()), ("token", "a"), ("client_id", &client), ("token", "a")];
        assert_eq!(world.post_form(&site, endpoint, &pairs).await.status, 200);
    }
    let twice =
        [("client_id", client.as_str()), ("code_verifier", VERIFIER), ("grant_type", "authorization_code")];
    assert_eq!(redeem(&world, &site, &client, &code, &twice).await.status, 200);
}

#[tokio::test]
async fn an_empty_scope_is_left_out_of_token_responses() {
    let world = World::new();
    let mut site = Site::local(WIKI);
    site.settings.scopes = ScopeSet::parse("openid").unwrap();
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    let first = redeem(&world, &site, &client, &code, &[]).await;
    let again = world
        .post_form(&site, Endpoint::Token, &refresh_pairs(&client, &text(&first, "refresh_token")))
        .await;
    let token = text(&again, "access_token");
    let known =
        world.post_form(&site, Endpoint::Introspect, &[("client_id", &client), ("token", &token)]).await;
    assert_eq!(known.json()["active"], true);
    for reply in [&first, &again, &known] {
        assert!(reply.status == 200 && reply.json().get("scope").is_none(), "{reply:?}");
    }
    // An empty scope in a request counts as absent.
    let refresh = text(&again, "refresh_token");
    let pairs = [refresh_pairs(&client, &refresh), vec![("scope", "")]].concat();
    assert_eq!(world.post_form(&site, Endpoint::Token, &pairs).await.status, 200);
}

/// When its token has expired, mcporter registers again with another random port, and presents the old refresh token.
#[tokio::test]
async fn a_client_that_registers_again_with_another_port_keeps_its_grant() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let register = async |port: u16, version: &str| {
        let redirect = format!("http://127.0.0.1:{port}/callback");
        let metadata =
            json!({"client_name": "mcporter", "redirect_uris": [redirect], "software_version": version});
        let reply = world.post_json(&site, Endpoint::Register, &metadata).await;
        assert_eq!(reply.status, 201);
        // The client compares the response with its request.
        assert_eq!(reply.json()["redirect_uris"], json!([redirect]));
        assert_eq!(reply.json()["software_version"], version);
        text(&reply, "client_id")
    };
    let client = register(64_310, "1.0").await;
    // Any port is accepted, and the response goes to the requested port.
    let asked = "http://127.0.0.1:50000/callback";
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&changed(authorize_pairs(&client), "redirect_uri", Some(asked))).await;
    let target = browser.decide(&page, "approve").await.onward();
    assert!(target.starts_with("http://127.0.0.1:50000/callback?code="), "{target}");
    let code = parameter(&target, "code").unwrap();
    let tokens = redeem(&world, &site, &client, &code, &[("redirect_uri", asked)]).await;
    let again = register(64_538, "1.1").await;
    assert_eq!(again, client);
    let reply = world
        .post_form(&site, Endpoint::Token, &refresh_pairs(&again, &text(&tokens, "refresh_token")))
        .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    // If the request has no redirect URI, the port is unknown.
    let unsaid = changed(authorize_pairs(&client), "redirect_uri", None);
    assert_eq!(Browser::new(&world, &site).authorize(&unsaid).await.reason(), "redirect_uri");
}

/// A registration with another name, which users see, creates another client.
#[tokio::test]
async fn a_registration_with_another_name_creates_another_client() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let register = async |name: &str| {
        let metadata = json!({"client_name": name, "redirect_uris": ["http://127.0.0.1:1/cb"]});
        text(&world.post_json(&site, Endpoint::Register, &metadata).await, "client_id")
    };
    assert_ne!(register("mcporter 1.2").await, register("mcporter 1.3").await);
}

#[tokio::test]
async fn errors_about_the_content_type_name_the_expected_one() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let post = async |endpoint: Endpoint, content_type: &str, body: &str| {
        let mut request = Request::post("/");
        if !content_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        world.send(&site, endpoint, request.body(Body::from(body.to_owned())).unwrap()).await
    };
    let told = |reply: &Reply| {
        assert_eq!((reply.status.as_u16(), text(reply, "error").as_str()), (400, "invalid_request"));
        text(reply, "error_description")
    };
    for endpoint in [Endpoint::Token, Endpoint::Revoke, Endpoint::Introspect] {
        let description = told(&post(endpoint, "application/json; charset=utf-8", "{}").await);
        assert!(description.contains(FORM) && description.contains("is application/json"), "{description}");
    }
    let description = told(&post(Endpoint::Register, "text/plain;charset=UTF-8", "{}").await);
    assert!(
        description.contains("application/json") && description.contains("is text/plain"),
        "{description}"
    );
    for odd in ["", "a\"b", "<script>", &"x".repeat(100)] {
        let description = told(&post(Endpoint::Token, odd, "a=b").await);
        assert!(description.ends_with("is absent, malformed or repeated"), "{odd}: {description}");
    }
}

#[tokio::test]
async fn the_error_about_a_wrong_redirect_uri_at_the_token_endpoint_names_the_right_one() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    let reply =
        redeem(&world, &site, &client, &code, &[("redirect_uri", "https://client.example/cb/")]).await;
    assert_eq!(text(&reply, "error"), "invalid_grant");
    assert!(text(&reply, "error_description").ends_with(": https://client.example/cb"), "{reply:?}");
    // Other clients do not learn the redirect URI.
    let other = world.register(&site, "https://other.example/cb").await;
    let reply = redeem(&world, &site, &other, &code, &[("redirect_uri", "https://client.example/cb/")]).await;
    assert!(!text(&reply, "error_description").contains("client.example"), "{reply:?}");
}

/// Many clients send every member that they know, even empty ones.
#[tokio::test]
async fn empty_members_of_a_registration_are_ignored_and_errors_name_the_member() {
    let (world, site) = (World::new(), Site::local(WIKI));
    let metadata = json!({
        "redirect_uris": [CALLBACK], "client_name": "x", "client_uri": "", "logo_uri": "", "tos_uri": null,
        "policy_uri": "", "scope": "", "contacts": [], "grant_types": [], "response_types": [], "jwks_uri": "",
        "jwks": {}, "software_id": "", "software_version": "", "application_type": "",
        "token_endpoint_auth_method": "", "software_statement": "",
    });
    let full = world.post_json(&site, Endpoint::Register, &metadata).await;
    assert_eq!(full.status, 201, "{full:?}");
    let plain = json!({"redirect_uris": [CALLBACK], "client_name": "x"});
    assert_eq!(full.json(), world.post_json(&site, Endpoint::Register, &plain).await.json());
    for (member, value, error) in [
        ("logo_uri", json!("javascript:x"), "invalid_client_metadata"),
        ("client_name", json!(["x"]), "invalid_client_metadata"),
        ("grant_types", json!(["password"]), "invalid_client_metadata"),
        ("redirect_uris", json!(["https://h/#f"]), "invalid_redirect_uri"),
        ("redirect_uris", json!([""]), "invalid_redirect_uri"),
    ] {
        let mut sent = plain.clone();
        sent[member] = value;
        let reply = world.post_json(&site, Endpoint::Register, &sent).await;
        assert_eq!((reply.status.as_u16(), text(&reply, "error").as_str()), (400, error), "{sent}");
        assert!(text(&reply, "error_description").starts_with(member), "{reply:?}");
    }
}
