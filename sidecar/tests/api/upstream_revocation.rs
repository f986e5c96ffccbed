//! When the last grant of a user ends, the provider is asked to revoke its tokens (`upstreamToken`, RFC 7009).

use protocol::context::Endpoint;
use protocol::settings::UserRule;
use serde_json::{Value, json};
use sidecar::metrics::Snapshot;
use tokio::sync::watch;

use crate::administration::told;
use crate::connections::{open, press};
use crate::logs::Captured;
use crate::standing::{Granted, approved, log_in, refresh_token};
use crate::support::provider::{Provider, Vice};
use crate::support::*;
use crate::upstream_token::{granted, wanting};

const BASE: &str = "https://wiki.example.com";
const REASON: &str = "upstream_not_revoked";

fn refresh(token: &str) -> (String, String) {
    (token.to_owned(), "refresh_token".to_owned())
}

/// Starts a provider that revokes tokens.
async fn revoking() -> Provider {
    let provider = Provider::start().await;
    provider.revokes(200, "");
    provider
}

/// Signs the user in for the connections page. Returns the browser and the page.
async fn page<'a>(granted: &'a Granted, provider: &Provider) -> (Browser<'a>, Reply) {
    let mut browser = Browser::new(&granted.world, &granted.site);
    let begun = open(&mut browser, "").await;
    let form = browser.follow(&begun).await;
    let url = browser.decide(&form, "approve").await.onward();
    let back = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    let list = browser.follow(&back).await;
    (browser, list)
}

/// Revokes the refresh token as its client.
async fn by_client(granted: &Granted) {
    let pairs = [("token", granted.token.as_str()), ("client_id", granted.client.as_str())];
    assert_eq!(granted.world.post_form(&granted.site, Endpoint::Revoke, &pairs).await.status, 200);
}

/// Revokes the tokens in the queue, as the background task does.
async fn flush(granted: &Granted) {
    granted.world.app.upstream_revocations.flush().await;
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    OnThePage,
    AllOnThePage,
    ByAdministrator,
    ByClient,
    ByRule,
    ByReuse,
    ByReuseOfTheCode,
    WithItsClient,
}

impl Way {
    const ALL: [Self; 8] = [
        Self::OnThePage,
        Self::AllOnThePage,
        Self::ByAdministrator,
        Self::ByClient,
        Self::ByRule,
        Self::ByReuse,
        Self::ByReuseOfTheCode,
        Self::WithItsClient,
    ];
}

/// Gets a grant at a tenant whose MCP server gets the provider's token. Also returns the code that it was issued for.
async fn granted_for_code(provider: &Provider) -> (Granted, String) {
    let settings = [
        ("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str()),
        ("BOUNCER_STRICT_UPSTREAM_REFRESH", "false"),
    ];
    let (world, site) = (World::with(&settings), wanting(Site::oidc(BASE, &provider.issuer)));
    let (client, code) = approved(&world, &site, provider).await;
    let answer = world.token(&site, &client, &code).await;
    (Granted::of(world, site, client, &answer), code)
}

async fn end(way: Way, granted: &mut Granted, provider: &Provider, code: &str) {
    match way {
        Way::OnThePage => {
            let (mut browser, list) = page(granted, provider).await;
            press(&mut browser, &list, "end", Some(&list.input("grant"))).await;
        }
        Way::AllOnThePage => {
            let (mut browser, list) = page(granted, provider).await;
            let question = press(&mut browser, &list, "end_all", None).await;
            press(&mut browser, &question, "end_all_confirmed", None).await;
        }
        Way::ByAdministrator => {
            let user = json!({"filter": {"user": "upstream-alice"}});
            told(&granted.world, "/admin/grants/end", &user).await;
        }
        Way::ByClient => by_client(granted).await,
        Way::ByRule => {
            granted.site.settings.access.users = UserRule::Only(["nobody".to_owned()].into());
            granted.refused().await;
        }
        Way::ByReuse => {
            granted.refresh().await;
            granted.world.advance(3_600);
            provider.advance(3_600);
            granted.refused().await;
        }
        Way::ByReuseOfTheCode => {
            let again = granted.world.token(&granted.site, &granted.client, code).await;
            assert_eq!(again.json()["error"], "invalid_grant", "{again:?}");
        }
        Way::WithItsClient => {
            let client = json!({"client_id": granted.client});
            told(&granted.world, "/admin/clients/remove", &client).await;
        }
    }
}

#[tokio::test]
async fn the_last_grant_of_a_user_takes_the_providers_tokens_with_it() {
    for way in Way::ALL {
        let provider = revoking().await;
        let (mut granted, code) = granted_for_code(&provider).await;
        let log = Captured::start();
        end(way, &mut granted, &provider, &code).await;
        assert!(granted.refresh().await.status.is_client_error(), "{way:?}");
        assert_eq!(provider.revoked(), [], "{way:?}: nobody waits for it");
        flush(&granted).await;
        assert_eq!(provider.revoked(), [refresh("upstream-refresh")], "{way:?}");
        let lines = log.with("event", "upstream_revoked");
        assert_eq!(lines.len(), 1, "{way:?}: {}", log.text());
        assert_eq!((&lines[0]["subject"], &lines[0]["reason"]), (&json!("upstream-alice"), &Value::Null));
        assert!(!log.text().contains("upstream-refresh"), "{}", log.text());
        let metrics = granted.world.app.journal.metrics().text(&Snapshot::default());
        let called = "bouncer_upstream_calls_total{call=\"revoke\",outcome=\"ok\"} 1";
        assert!(metrics.contains(called), "{metrics}");
        flush(&granted).await;
        assert_eq!(provider.revoked().len(), 1, "once");
    }
}

/// Many providers revoke more than the one token that they are asked to revoke.
#[tokio::test]
async fn nothing_is_revoked_while_the_user_has_another_grant() {
    for elsewhere in [false, true] {
        let provider = revoking().await;
        let (first, _) = granted(&provider, "false").await;
        let mut site = first.site.clone();
        if elsewhere {
            // A grant at a tenant without the option depends on the provider's tokens, too.
            site = Site::oidc("https://docs.example.com", &provider.issuer);
        }
        let (client, answer) = log_in(&first.world, &site, &provider).await;
        by_client(&first).await;
        flush(&first).await;
        assert_eq!(provider.revoked(), [], "{elsewhere}");
        let token = refresh_token(&answer);
        let pairs = [("token", token.as_str()), ("client_id", client.as_str())];
        first.world.post_form(&site, Endpoint::Revoke, &pairs).await;
        flush(&first).await;
        // Nothing is revoked at a tenant without the option.
        assert_eq!(provider.revoked().len(), usize::from(!elsewhere));
    }
}

#[tokio::test]
async fn without_a_refresh_token_the_access_token_is_revoked() {
    let provider = revoking().await;
    provider.access_tokens_live(900);
    provider.misbehave(Vice::NoRefreshToken);
    let (granted, _) = granted(&provider, "auto").await;
    by_client(&granted).await;
    flush(&granted).await;
    assert_eq!(provider.revoked(), [("upstream-access-1".to_owned(), "access_token".to_owned())]);
}

#[tokio::test]
async fn a_provider_without_the_endpoint_is_not_asked_and_nothing_is_reported() {
    let provider = Provider::start().await;
    let (granted, _) = granted(&provider, "false").await;
    let log = Captured::start();
    by_client(&granted).await;
    flush(&granted).await;
    assert!(!provider.requests().contains(&"revoke".to_owned()));
    assert!(log.with("event", "upstream_revoked").is_empty(), "{}", log.text());
}

#[tokio::test]
async fn what_the_provider_does_not_revoke_is_reported_and_the_grant_stays_ended() {
    let unsupported = r#"{"error":"unsupported_token_type","error_description":"no upstream-refresh here"}"#;
    for (status, body, document, says) in [
        (400, unsupported, None, "status 400: unsupported_token_type"),
        (503, "busy", None, "status 503"),
        (200, "", Some("http://10.0.0.1/revoke"), "BOUNCER_INTERNAL_ISSUERS"),
        (200, "", Some("https://10.0.0.1/revoke"), "BOUNCER_INTERNAL_ISSUERS"),
    ] {
        let provider = Provider::start().await;
        provider.revokes(status, body);
        if let Some(endpoint) = document {
            provider.misbehave(Vice::Document("revocation_endpoint", json!(endpoint)));
        }
        let (granted, _) = granted(&provider, "false").await;
        let log = Captured::start();
        by_client(&granted).await;
        flush(&granted).await;
        let lines = log.with_reason(REASON);
        assert_eq!(lines.len(), 1, "{says}: {}", log.text());
        assert!(lines[0]["detail"].as_str().unwrap().contains(says), "{}", log.text());
        assert!(!log.text().contains("upstream-refresh"), "{}", log.text());
        granted.refused().await;
        flush(&granted).await;
        assert_eq!(log.with_reason(REASON).len(), 1, "it is not tried again");
    }
}

/// A provider that refuses a refresh token has ended it itself.
#[tokio::test]
async fn a_provider_that_refused_the_user_is_not_asked() {
    let provider = revoking().await;
    let (granted, _) = granted(&provider, "true").await;
    provider.misbehave(Vice::Refusal(400, "invalid_grant"));
    granted.refused().await;
    flush(&granted).await;
    assert_eq!(provider.revoked(), []);
}

/// Requests that end grants after the stop signal.
#[tokio::test]
async fn what_ends_after_the_task_has_stopped_is_reported() {
    let provider = revoking().await;
    let (granted, _) = granted(&provider, "false").await;
    let revocations = &granted.world.app.upstream_revocations;
    let (stop, stopped) = watch::channel(true);
    revocations.clone().run(stopped).await;
    drop(stop);
    by_client(&granted).await;
    let log = Captured::start();
    revocations.record_left();
    let lines = log.with_reason(REASON);
    assert_eq!((lines.len(), &lines[0]["grants"]), (1, &json!(1)), "{}", log.text());
}

/// So many grants of a user end at once that the queue has no room for all of them.
#[tokio::test]
async fn what_waits_is_limited_for_each_user() {
    let provider = revoking().await;
    let (granted, _) = granted(&provider, "false").await;
    for _ in 0..19 {
        log_in(&granted.world, &granted.site, &provider).await;
    }
    let log = Captured::start();
    told(&granted.world, "/admin/grants/end", &json!({"filter": {"user": "upstream-alice"}})).await;
    flush(&granted).await;
    let lines = log.with_reason(REASON);
    assert_eq!((lines.len(), &lines[0]["grants"]), (1, &json!(4)), "{}", log.text());
    assert_eq!(provider.revoked().len(), 16);
}

#[tokio::test]
async fn what_waits_when_the_server_stops_is_reported() {
    let provider = revoking().await;
    let (granted, _) = granted(&provider, "false").await;
    let held = provider.hold();
    by_client(&granted).await;
    let log = Captured::start();
    let (stop, stopped) = watch::channel(false);
    let asked = async {
        while provider.revoked().is_empty() {
            tokio::task::yield_now().await;
        }
        stop.send(true).unwrap();
    };
    tokio::join!(granted.world.app.upstream_revocations.clone().run(stopped), asked);
    let lines = log.with_reason(REASON);
    assert_eq!((lines.len(), &lines[0]["grants"]), (1, &json!(1)), "{}", log.text());
    assert!(lines[0]["detail"].as_str().unwrap().contains("stopped"));
    drop(held);
}

/// An administrator ends grants before any request of the tenant has told the sidecar its options.
#[tokio::test]
async fn a_tenant_that_is_not_known_yet_is_reported() {
    let provider = revoking().await;
    let store = std::sync::Arc::new(store::Store::oracle());
    let settings = [("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str())];
    let world = World::on(std::sync::Arc::clone(&store), &settings);
    log_in(&world, &wanting(Site::oidc(BASE, &provider.issuer)), &provider).await;
    let restarted = World::on(store, &settings);
    let log = Captured::start();
    told(&restarted, "/admin/grants/end", &json!({"filter": {"user": "upstream-alice"}})).await;
    restarted.app.upstream_revocations.flush().await;
    assert_eq!(log.with_reason(REASON).len(), 1, "{}", log.text());
    assert_eq!(provider.revoked(), []);
}
