//! The size of access tokens. Every request to an MCP server carries one, through proxies that limit headers.

use super::federated::to_provider;
use super::standing::{Granted, log_in};
use super::support::federated::claims_in;
use super::support::provider::{Provider, Vice};
use super::support::*;
use super::upstream_token::{self, wanting};
use protocol::context::Endpoint;
use protocol::resource::gate::{Decision, Gate};
use protocol::resource::options::{self, PluginEnvironment};
use protocol::resource::request::{BodyPiece, HeaderBuffer, HeaderList, RequestView, Unreadable};
use serde_json::json;

/// The maximum length of the access token of a simple login, in characters: no profile claims, one scope, a public
/// client.
const MOST: usize = 760;

fn check(reply: &Reply, client: &str) {
    assert_eq!(reply.status, 200, "{reply:?}");
    let body = reply.json();
    let token = body["access_token"].as_str().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    assert!(token.len() <= MOST, "{} characters, by part {lengths:?}: {token}", token.len());
    // All claims that RFC 9068 §2.2 or the plugin requires are present.
    let claims = claims_in(token);
    for name in ["exp", "sub", "iat", "nbf", "jti", "mcpb_tid"] {
        assert!(claims.get(name).is_some(), "{name}: {claims}");
    }
    assert_eq!(claims["iss"], "https://wiki.example.com");
    assert_eq!(claims["aud"], "https://wiki.example.com/mcp");
    assert_eq!((&claims["client_id"], &claims["scope"]), (&json!(client), &json!("read")));
}

#[tokio::test]
async fn the_access_token_of_a_simple_login_is_short() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let pairs = changed(authorize_pairs(&client), "resource", Some("https://wiki.example.com/mcp"));
    let page = browser.reach_consent(&pairs).await;
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    let reply = world.token(&site, &client, &code).await;
    check(&reply, &client);
    let refresh_token = reply.json()["refresh_token"].as_str().unwrap().to_owned();
    let pairs =
        [("grant_type", "refresh_token"), ("client_id", &*client), ("refresh_token", &*refresh_token)];
    check(&world.post_form(&site, Endpoint::Token, &pairs).await, &client);
}

/// Each token has its own `jti` (RFC 7519 §4.1.7). Its first 22 characters are the id of the grant.
#[tokio::test]
async fn each_token_of_a_grant_has_its_own_jti() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    let mut reply = world.token(&site, &client, &code).await;
    let mut seen = std::collections::BTreeSet::new();
    let mut grants = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let body = reply.json();
        let claims = claims_in(body["access_token"].as_str().unwrap());
        let jti = claims["jti"].as_str().unwrap();
        assert_eq!(jti.len(), 30);
        grants.insert(jti[..22].to_owned());
        assert!(seen.insert(jti.to_owned()), "{jti} twice");
        let refresh_token = body["refresh_token"].as_str().unwrap().to_owned();
        let pairs =
            [("grant_type", "refresh_token"), ("client_id", &*client), ("refresh_token", &*refresh_token)];
        reply = world.post_form(&site, Endpoint::Token, &pairs).await;
    }
    assert_eq!(grants.len(), 1);
}

/// A request with a token, as the plugin sees it.
struct Bare {
    token: String,
    lent: HeaderBuffer,
}

impl RequestView for Bare {
    fn method(&mut self) -> Result<&[u8], Unreadable> {
        Ok(b"POST")
    }
    fn uri(&mut self) -> Result<&[u8], Unreadable> {
        Ok(b"/mcp")
    }
    fn header_names(&mut self) -> Result<HeaderList<'_>, Unreadable> {
        self.lent = ["host", "x-forwarded-proto", "authorization"].into_iter().collect();
        Ok(self.lent.list())
    }
    fn header(&mut self, name: &'static str) -> Result<HeaderList<'_>, Unreadable> {
        let value = match name.to_ascii_lowercase().as_str() {
            "host" => Some("wiki.example.com".to_owned()),
            "x-forwarded-proto" => Some("https".to_owned()),
            "authorization" => Some(format!("Bearer {}", self.token)),
            _ => None,
        };
        self.lent = value.into_iter().collect();
        Ok(self.lent.list())
    }
    fn peer(&mut self) -> Result<&[u8], Unreadable> {
        Ok(b"192.0.2.7:4711")
    }
    fn next_body_piece(&mut self) -> Result<BodyPiece<'_>, Unreadable> {
        Ok(BodyPiece { bytes: &[], is_last: true })
    }
    fn file(&mut self, _path: &str) -> Result<Vec<u8>, Unreadable> {
        Err(Unreadable::Failed("no such file".to_owned()))
    }
}

/// Returns the plugin's decision about a token of this sidecar.
fn at_the_gate(world: &World, token: &str) -> Decision {
    let anchor = world.app.config.keys.anchor();
    let (key, anchor) = (anchor.plugin_key().to_text(), anchor.trust_anchor().to_text());
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &anchor };
    let options = json!({"resource": "wiki", "providerIssuer": "local", "pathPrefix": ""});
    let mut gate = Gate::new(options::parse(options.to_string().as_bytes(), environment));
    gate.decide(START, &mut Bare { token: token.to_owned(), lent: HeaderBuffer::new() })
}

/// Logs in alice, who has these groups, with all scopes. Returns the token response.
async fn granted(world: &World, groups: &[String], scopes: &str) -> Reply {
    let mut site = Site::local("https://wiki.example.com");
    site.settings.scopes = protocol::scope::ScopeSet::parse(scopes).unwrap();
    world.change_alice(|alice| alice["groups"] = json!(groups));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(world, &site);
    let page = browser.reach_consent(&changed(authorize_pairs(&client), "scope", None)).await;
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    world.token(&site, &client, &code).await
}

#[tokio::test]
async fn a_user_with_many_groups_gets_a_token_that_the_plugin_accepts() {
    let name = |n: usize| format!("{n:04}{}", "g".repeat(56));
    for (count, kept) in [(50, true), (130, false), (500, false)] {
        let world = World::new();
        let groups: Vec<String> = (0..count).map(name).collect();
        let reply = granted(&world, &groups, "read groups email").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        let judged = at_the_gate(&world, &token);
        assert!(matches!(judged, Decision::ForwardMcp(_)), "{count}: {judged:?}");
        let claims = claims_in(&token);
        // The token has either all groups or none: a part of them would be misleading.
        assert_eq!(claims["groups"].as_array().map(Vec::len), kept.then_some(count), "{count}");
        assert_eq!(
            (&claims["email"], &claims["scope"]),
            (&json!("alice@example.com"), &json!("email groups read"))
        );
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_made_short_enough_is_not_issued() {
    let world = World::new();
    let scopes: Vec<String> = (0..80).map(|n| format!("{n:03}{}", "s".repeat(97))).collect();
    let reply = granted(&world, &[], &scopes.join(" ")).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (500, &json!("server_error")));
    assert!(!reply.text.contains("access_token"));
}

/// If the token were spent, the client could not try again once the settings are right.
#[tokio::test]
async fn a_token_that_is_too_long_spends_neither_code_nor_refresh_token() {
    let provider = Provider::start().await;
    let long = Vice::Response("access_token", json!("~".repeat(8_000)));
    provider.misbehave(long.clone());
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let site = Site::oidc("https://wiki.example.com", &provider.issuer);
    let with = wanting(site.clone());
    let client = world.register(&with, CALLBACK).await;
    let mut browser = Browser::new(&world, &with);
    let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
    let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    let code = done.onward_parameter("code").unwrap();
    let refused = world.token(&with, &client, &code).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (500, &json!("server_error")));
    assert_eq!(world.token(&site, &client, &code).await.status, 200, "the code was not spent");
    provider.behave();
    let (client, answer) = log_in(&world, &with, &provider).await;
    let mut granted = Granted::of(world, with, client, &answer);
    provider.misbehave(long);
    assert_eq!(granted.refresh().await.status, 500);
    assert!(granted.world.reasons().contains("token_too_long"));
    provider.behave();
    // If the first refresh had spent the token, this one, after the grace period, would end the grant.
    upstream_token::pass(&granted, &provider, 601);
    assert_eq!(upstream_token::refreshed(&mut granted).await.0, "upstream-access");
}
