//! Clients whose `client_id` is the URL of their metadata (Client ID Metadata Documents).

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use store::intent::clients::{FindClient, PutClient};

use super::support::documents::DocumentHost;
use super::support::*;
use protocol::context::Endpoint;
use protocol::tenant::Tenant;
use serde_json::json;

struct Here {
    host: DocumentHost,
    world: World,
    site: Site,
}

async fn here(more: &[(&str, &str)]) -> Here {
    let host = DocumentHost::start().await;
    let mut settings = vec![("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", host.origin.as_str())];
    settings.extend_from_slice(more);
    let world = World::with(&settings);
    Here { host, world, site: Site::local("https://mcp.example.com/wiki") }
}

impl Here {
    async fn authorize(&self, client_id: &str) -> Reply {
        Browser::new(&self.world, &self.site).authorize(&authorize_pairs(client_id)).await
    }

    /// Returns the reason on the error page, or `login` if a login starts.
    async fn outcome(&self, client_id: &str) -> String {
        let reply = self.authorize(client_id).await;
        if reply.status.is_redirection() {
            assert!(reply.onward().contains("/oauth/login?flow="), "{reply:?}");
            return "login".to_owned();
        }
        assert_eq!(reply.status, if reply.reason() == "rate_limited" { 429 } else { 400 }, "{reply:?}");
        reply.reason().to_owned()
    }

    /// Like `outcome`, for a request from this address.
    async fn outcome_from(&self, address: impl Into<IpAddr>, client_id: &str) -> String {
        let site = self.site.from(address);
        let reply = Browser::new(&self.world, &site).authorize(&authorize_pairs(client_id)).await;
        if reply.status.is_redirection() { "login".to_owned() } else { reply.reason().to_owned() }
    }
}

#[tokio::test]
async fn a_client_with_a_document_can_log_in_without_registering() {
    let here = here(&[]).await;
    let metadata = here.world.get(&here.site, Endpoint::AuthorizationServerMetadata).await.json();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);
    let url = here.host.publish("/client.json", |_| {});
    let code = Browser::new(&here.world, &here.site).reach_code(&url).await;
    let body = here.world.token(&here.site, &url, &code).await.json();
    assert!(body["access_token"].is_string() && body["refresh_token"].is_string(), "{body}");
    assert_eq!(here.host.asked("/client.json"), 1);
}

#[tokio::test]
async fn documents_are_cached_as_their_http_headers_say_within_bounds() {
    let here = here(&[]).await;
    let json = ("content-type", "application/json");
    let url = here.host.publish("/client.json", |_| {});
    let body = json!({"client_id": url, "client_name": "D", "redirect_uris": [CALLBACK]}).to_string();
    for (control, fresh) in [("max-age=600", 600), ("no-store", 60), ("max-age=999999", 86_400)] {
        here.host.answer("/client.json", 200, &[json, ("cache-control", control)], &body);
        here.world.advance(86_400);
        let before = here.host.asked("/client.json");
        assert_eq!(here.outcome(&url).await, "login");
        here.world.advance(fresh - 1);
        assert_eq!(here.outcome(&url).await, "login");
        assert_eq!(here.host.asked("/client.json"), before + 1, "{control}");
        here.world.advance(1);
        assert_eq!(here.outcome(&url).await, "login");
        assert_eq!(here.host.asked("/client.json"), before + 2, "{control}");
    }
}

#[tokio::test]
async fn invalid_documents_and_documents_of_other_clients_are_refused() {
    let here = here(&[]).await;
    let json = ("content-type", "application/json");
    let good = |path: &str| here.host.publish(path, |_| {});
    let bodies = [
        (
            "/other-id",
            json!({"client_id": "https://else.example/c", "client_name": "D", "redirect_uris": [CALLBACK]}),
        ),
        (
            "/nameless",
            json!({"client_id": format!("{}/nameless", here.host.origin), "redirect_uris": [CALLBACK]}),
        ),
        ("/list", json!([])),
    ];
    for (path, body) in bodies {
        let url = good(path);
        here.host.answer(path, 200, &[json], &body.to_string());
        assert_eq!(here.outcome(&url).await, "client_document", "{path}");
    }
    let secret = here.host.publish("/secret", |document| document["client_secret"] = json!("s"));
    assert_eq!(here.outcome(&secret).await, "client_document");
    let method = here
        .host
        .publish("/method", |document| document["token_endpoint_auth_method"] = json!("client_secret_post"));
    assert_eq!(here.outcome(&method).await, "client_document");
    for (path, status, kind, body, reason) in [
        ("/html", 200, "text/html", "{}", "client_document"),
        ("/gone", 404, "application/json", "{}", "client_document"),
        ("/busy", 503, "application/json", "{}", "client_document_unreachable"),
        ("/cut", 200, "application/json", "{\"client_id\":", "client_document"),
    ] {
        let url = good(path);
        here.host.answer(path, status, &[("content-type", kind)], body);
        assert_eq!(here.outcome(&url).await, reason, "{path}");
    }
    let typed = good("/typed");
    let body = json!({"client_id": typed, "client_name": "D", "redirect_uris": [CALLBACK]}).to_string();
    for kind in ["text/html", "text/plain; charset=utf-8", "application/jsonp", "text/x+json", ""] {
        here.world.advance(60);
        here.host.answer("/typed", 200, &[("content-type", kind)], &body);
        assert_eq!(here.outcome(&typed).await, "client_document", "{kind}");
    }
    let big = good("/big");
    here.host.answer("/big", 200, &[json], &" ".repeat(10 * 1024 + 1));
    assert_eq!(here.outcome(&big).await, "client_document_unreachable");
    let moved = good("/moved");
    let elsewhere = good("/elsewhere");
    here.host.answer("/moved", 302, &[json, ("location", &elsewhere)], "");
    assert_eq!(here.outcome(&moved).await, "client_document_unreachable");
    assert_eq!(here.host.asked("/elsewhere"), 0, "redirects are not followed");
    let plus = good("/plus");
    let body = json!({"client_id": plus, "client_name": "D", "redirect_uris": [CALLBACK]}).to_string();
    here.host.answer("/plus", 200, &[("content-type", "application/cimd+json; charset=utf-8")], &body);
    assert_eq!(here.outcome(&plus).await, "login");
}

#[tokio::test]
async fn documents_at_forbidden_addresses_are_never_fetched() {
    let here = here(&[]).await;
    let origin = here.host.origin.clone();
    let with_user = origin.replace("http://", "http://user@");
    for id in [
        "http://client.example/c.json",
        "https://client.example",
        "https://client.example/",
        "https://CLIENT.example/c.json",
        "https://client.example/a/../c.json",
        "https://client.example/c.json#f",
        "https://user@client.example/c.json",
        "https://client.example:8443/c.json",
        "https://127.0.0.1/c.json",
        "https://10.0.0.1/c.json",
        "https://169.254.169.254/latest",
        "https://[::1]/c.json",
        "https://[::ffff:10.0.0.1]/c.json",
        "https://[64:ff9b::a00:1]/c.json",
        "https://100.64.0.1/c.json",
        "https://2130706433/c.json",
        "https://0x7f.1/c.json",
        "https://localhost/c.json",
        "https://mcp.example.com/wiki/mcp",
        "ftp://client.example/c.json",
        "file:///etc/passwd",
        &format!("{with_user}/c.json"),
        &format!("{origin}/"),
    ] {
        let outcome = here.outcome(id).await;
        assert!(outcome.starts_with("client_document"), "{id}: {outcome}");
    }
    assert_eq!(here.host.asked("/c.json") + here.host.asked("/"), 0);
}

/// Somebody who can publish at a tenant's own paths must not become a client of the tenant.
#[tokio::test]
async fn documents_below_our_own_bases_are_refused() {
    let mut here = here(&[]).await;
    let url = here.host.publish("/wiki/client.json", |_| {});
    assert_eq!(here.outcome(&url).await, "login", "a base of another server");
    here.site = Site::local(&format!("{}/wiki", here.host.origin));
    let asked = here.host.asked("/wiki/client.json");
    assert_eq!(here.outcome(&url).await, "client_document");
    assert_eq!(here.host.asked("/wiki/client.json"), asked);
}

#[tokio::test]
async fn a_failed_fetch_is_not_repeated_immediately() {
    let here = here(&[]).await;
    let url = here.host.publish("/client.json", |_| {});
    here.host.answer("/client.json", 500, &[], "");
    for _ in 0..5 {
        assert_eq!(here.outcome(&url).await, "client_document_unreachable");
    }
    assert_eq!(here.host.asked("/client.json"), 1);
    here.host.publish("/client.json", |_| {});
    here.world.advance(60);
    assert_eq!(here.outcome(&url).await, "login");
}

/// A /48 that names 200 documents of a host causes 10 fetches. Four such networks cause 40, and further networks none.
/// Approved clients can log in at any time, and other clients a minute later.
#[tokio::test]
async fn a_flood_of_document_urls_counts_against_the_requester() {
    let here = here(&[]).await;
    let known = here.host.publish("/known.json", |_| {});
    Browser::new(&here.world, &here.site).reach_code(&known).await;
    here.world.advance(86_400);
    let fetched = |here: &Here| (0..1_000).map(|n| here.host.asked(&format!("/{n}.json"))).sum::<usize>();
    for n in 0..200_u16 {
        let url = here.host.publish(&format!("/{n}.json"), |_| {});
        let outcome = here.outcome_from(Ipv6Addr::new(0x2001, 0xdb8, 1, n, 0, 0, 0, 1), &url).await;
        assert_eq!(outcome, if n < 10 { "login" } else { "rate_limited" }, "{n}");
    }
    assert_eq!(fetched(&here), 10);
    let honest = here.host.publish("/honest.json", |_| {});
    assert_eq!(here.outcome_from([192, 0, 2, 9], &honest).await, "login", "another network");
    for n in 200..300_u16 {
        let url = here.host.publish(&format!("/{n}.json"), |_| {});
        here.outcome_from(Ipv6Addr::new(0x2001, 0xdb8, n, 0, 0, 0, 0, 1), &url).await;
    }
    assert_eq!(fetched(&here) + 1, 40, "the limit of this host for unknown networks");
    let stranger = here.host.publish("/stranger.json", |_| {});
    assert_eq!(here.outcome_from([198, 51, 100, 1], &stranger).await, "rate_limited");
    // The approved client's document is older than a day, so it is fetched, whichever network asks.
    assert_eq!(here.host.asked("/known.json"), 1);
    assert_eq!(here.outcome_from(Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1), &known).await, "login");
    assert_eq!(here.host.asked("/known.json"), 2);
    here.world.advance(60);
    assert_eq!(here.outcome_from([198, 51, 100, 1], &stranger).await, "login");
}

#[tokio::test]
async fn a_cached_document_is_used_for_three_days_while_its_host_fails() {
    let here = here(&[]).await;
    let url = here.host.publish("/client.json", |_| {});
    assert_eq!(here.outcome(&url).await, "login");
    here.world.advance(86_400);
    for status in [500, 503, 429, 302] {
        here.host.answer("/client.json", status, &[], "");
        let before = here.host.asked("/client.json");
        for _ in 0..20 {
            assert_eq!(here.outcome(&url).await, "login", "{status}");
        }
        assert_eq!(here.host.asked("/client.json"), before + 1, "{status}: asked once a minute");
        here.world.advance(60);
    }
    here.world.advance(2 * 86_400 - 240 - 1);
    assert_eq!(here.outcome(&url).await, "login");
    here.world.advance(1);
    assert_eq!(here.outcome(&url).await, "client_document_unreachable", "three days");
    // A response that says that the document is gone takes effect immediately.
    let gone = here.host.publish("/gone.json", |_| {});
    assert_eq!(here.outcome(&gone).await, "login");
    here.world.advance(86_400);
    here.host.answer("/gone.json", 404, &[], "");
    assert_eq!(here.outcome(&gone).await, "client_document");
}

#[tokio::test]
async fn only_redirect_uris_of_the_document_are_accepted() {
    let here = here(&[]).await;
    let url = here.host.publish("/client.json", |document| {
        document["redirect_uris"] = json!(["http://localhost/callback", "https://app.example/cb"]);
    });
    let ask = |uri: &'static str| {
        let pairs = changed(authorize_pairs(&url), "redirect_uri", Some(uri));
        let here = &here;
        async move { Browser::new(&here.world, &here.site).authorize(&pairs).await }
    };
    assert!(ask("http://localhost:50000/callback").await.status.is_redirection(), "any port on loopback");
    assert!(ask("https://app.example/cb").await.status.is_redirection());
    for uri in ["https://app.example/cb2", "https://evil.example/cb", "http://localhost:1/other"] {
        assert_eq!(ask(uri).await.reason(), "redirect_uri", "{uri}");
    }
}

#[tokio::test]
async fn a_dropped_redirect_uri_ends_its_grants_but_an_outage_does_not() {
    let here = here(&[]).await;
    let url = here.host.publish("/client.json", |_| {});
    let code = Browser::new(&here.world, &here.site).reach_code(&url).await;
    let body = here.world.token(&here.site, &url, &code).await.json();
    let refresh = |token: String| {
        let pairs = [
            ("grant_type".to_owned(), "refresh_token".to_owned()),
            ("client_id".to_owned(), url.clone()),
            ("refresh_token".to_owned(), token),
        ];
        let here = &here;
        async move {
            let pairs: Vec<(&str, &str)> =
                pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            here.world.post_form(&here.site, Endpoint::Token, &pairs).await
        }
    };
    let token = body["refresh_token"].as_str().unwrap().to_owned();
    here.world.advance(86_400);
    here.host.answer("/client.json", 500, &[], "");
    let reply = refresh(token).await;
    assert_eq!(reply.status, 200, "its host is down: {reply:?}");
    let token = reply.json()["refresh_token"].as_str().unwrap().to_owned();
    here.world.advance(86_400);
    here.host
        .publish("/client.json", |document| document["redirect_uris"] = json!(["https://app.example/new"]));
    let reply = refresh(token).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn the_consent_page_says_whether_the_clients_name_is_verified() {
    let here = here(&[]).await;
    let badge = |page: &Reply| {
        let (_, rest) = page.text.split_once("id=\"badge\">").unwrap();
        rest.split_once("</p>").unwrap().0.to_owned()
    };
    let described = here.host.publish("/client.json", |_| {});
    let mut browser = Browser::new(&here.world, &here.site);
    let page = browser.reach_consent(&authorize_pairs(&described)).await;
    assert!(badge(&page).contains("another address, which nobody has checked"), "{page:?}");
    let registered = here.world.register(&here.site, CALLBACK).await;
    let page = browser.reach_consent(&authorize_pairs(&registered)).await;
    assert!(badge(&page).contains("Anyone can use this name"), "{page:?}");
}

/// Stored clients with a document are unknown once documents are disabled.
#[tokio::test]
async fn stored_documents_are_unknown_clients_once_documents_are_disabled() {
    let before = here(&[]).await;
    let url = before.host.publish("/client.json", |_| {});
    assert_eq!(before.outcome(&url).await, "login");
    let tenant = Tenant { base: before.site.base.clone(), id: before.site.settings.tid() };
    let record = before
        .world
        .app
        .store
        .read(FindClient { tenant: tenant.clone(), client_id: url.clone() })
        .await
        .unwrap()
        .unwrap();
    let after = here(&[("BOUNCER_CLIENT_DOCUMENTS", "false")]).await;
    after
        .world
        .app
        .store
        .write(PutClient { record, still_named: Arc::new(|_: &str| true), now: START })
        .await
        .unwrap();
    assert_eq!(after.outcome(&url).await, "client_unknown");
}

#[tokio::test]
async fn documents_can_be_disabled_and_limited_to_hosts() {
    for (settings, outcome, listed) in [
        (vec![("BOUNCER_CLIENT_DOCUMENTS", "false")], "client_unknown", false),
        (vec![("BOUNCER_DCR_INITIAL_TOKEN", "secret")], "client_unknown", false),
        (vec![("BOUNCER_CLIENT_DOCUMENT_HOSTS", "claude.ai")], "client_document", true),
        (vec![("BOUNCER_CLIENT_DOCUMENT_HOSTS", "claude.ai, 127.0.0.1")], "login", true),
        (
            vec![("BOUNCER_CLIENT_DOCUMENT_HOSTS", "127.0.0.1"), ("BOUNCER_DCR_INITIAL_TOKEN", "secret")],
            "login",
            true,
        ),
    ] {
        let here = here(&settings).await;
        let url = here.host.publish("/client.json", |_| {});
        assert_eq!(here.outcome(&url).await, outcome, "{settings:?}");
        let metadata = here.world.get(&here.site, Endpoint::AuthorizationServerMetadata).await.json();
        assert_eq!(metadata["client_id_metadata_document_supported"], listed, "{settings:?}");
        if outcome != "login" {
            assert_eq!(here.host.asked("/client.json"), 0);
        }
    }
}
