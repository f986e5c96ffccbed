//! Enterprise-managed authorization: assertions of the tenant's provider about a user (ID-JAG).

use protocol::context::Endpoint;
use serde_json::{Value, json};
use sidecar::clock::Clock as _;
use sidecar::metrics::Snapshot;
use store::intent::sessions::ConnectionsOfUser;

use crate::administration::told;
use crate::logs::Captured;
use crate::support::federated::claims_of;
use crate::support::machine::{BASE, JWT_BEARER, SECRET, machine, with_basic, world_of};
use crate::support::provider::{Provider, Vice};
use crate::support::signing::assertion;
use crate::support::*;

mod allowed;
mod misused;
mod own_clients;

const TYPE: &str = "oauth-id-jag+jwt";
const RESOURCE: &str = "https://mcp.example.com/wiki/mcp";

struct Enterprise {
    world: World,
    site: Site,
    provider: Provider,
}

/// Returns an entry of the clients file that may exchange assertions.
fn agent(id: &str) -> Value {
    machine(id, &json!({"grant_types": [JWT_BEARER], "client_name": "Agent"}))
}

impl Enterprise {
    async fn new() -> Self {
        Self::with(&[agent("agent"), agent("other")]).await
    }

    async fn with(entries: &[Value]) -> Self {
        let provider = Provider::start().await;
        let world = world_of(entries, &[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
        let mut site = Site::oidc(BASE, &provider.issuer);
        site.settings.enterprise_managed = true;
        Self { world, site, provider }
    }

    /// Returns valid claims for the client `agent`, with these members changed.
    fn claims(&self, change: &Value) -> Value {
        let now = self.world.clock.now().as_secs();
        let mut claims = json!({
            "iss": self.provider.issuer, "sub": "upstream-alice", "aud": BASE, "client_id": "agent",
            "resource": RESOURCE, "scope": "read", "jti": "1", "iat": now, "exp": now + 300,
            "email": "alice@example.com", "email_verified": true, "groups": ["team"],
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    fn signed(&self, change: &Value) -> String {
        self.provider.assertion(TYPE, &self.claims(change))
    }

    async fn present(&self, assertion: &str, more: &[(&str, &str)]) -> Reply {
        let pairs = [&[("grant_type", JWT_BEARER), ("assertion", assertion)], more].concat();
        with_basic(&self.world, &self.site, ("agent", SECRET), &pairs).await
    }

    /// Asserts that the assertion is refused with this error and reason, and that the response says nothing else.
    async fn refused(&self, assertion: &str, error: &str, reason: &str) {
        let reply = self.present(assertion, &[]).await;
        assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (400, Some(error)), "{reply:?}");
        assert!(self.world.reasons().contains(reason), "{reason}: {:?}", self.world.reasons());
        assert!(reply.json().get("access_token").is_none());
    }
}

#[tokio::test]
async fn an_assertion_of_the_provider_yields_a_token_for_its_user() {
    let enterprise = Enterprise::new().await;
    let log = Captured::start();
    let assertion = enterprise.signed(&json!({}));
    let reply = enterprise.present(&assertion, &[]).await;
    let token = claims_of(&reply);
    let body = reply.json();
    assert_eq!((body["scope"].as_str(), body["expires_in"].as_u64()), (Some("read"), Some(3_600)));
    assert!(body.get("refresh_token").is_none(), "{body}");
    for (name, expected) in [
        ("sub", "upstream-alice"),
        ("client_id", "agent"),
        ("aud", RESOURCE),
        ("scope", "read"),
        ("iss", BASE),
    ] {
        assert_eq!(token[name], expected, "{name}");
    }
    assert!(!log.text().contains(&assertion) && !log.text().contains(assertion.rsplit('.').next().unwrap()));
    // The user is the same as after a login, and sees the connection.
    let Enterprise { world, site, .. } = &enterprise;
    let of = |subject: &str| ConnectionsOfUser {
        tenant: protocol::tenant::Tenant { base: site.base.clone(), id: site.settings.tid() },
        subject: subject.to_owned(),
        skip: 0,
        limit: 9,
        now: world.clock.now(),
    };
    let connections = world.app.store.read(of("upstream-alice")).await.unwrap();
    assert_eq!(connections.items.len(), 1);
    assert_eq!(connections.items[0].grant.client_id, "agent");
    // A later assertion uses the same grant, and an administrator can end it.
    let again =
        enterprise.present(&enterprise.signed(&json!({"jti": "2", "scope": "read write"})), &[]).await;
    assert_eq!(claims_of(&again)["jti"].as_str().unwrap()[..22], token["jti"].as_str().unwrap()[..22]);
    let user = json!({"filter": {"user": "upstream-alice"}});
    assert_eq!(told(world, "/admin/grants/end", &user).await["grants"].as_array().unwrap().len(), 1);
    let again = again.json();
    let token = again["access_token"].as_str().unwrap();
    let introspect = [("client_id", "agent"), ("client_secret", SECRET), ("token", token)];
    let introspected = world.post_form(site, Endpoint::Introspect, &introspect).await;
    assert_eq!(introspected.json(), json!({"active": false}));
    let metrics = world.app.journal.metrics().text(&Snapshot::default());
    assert!(
        metrics.contains(&format!("bouncer_token_issued_total{{grant_type=\"{JWT_BEARER}\"}} 2")),
        "{metrics}"
    );
}

#[tokio::test]
async fn every_accepted_algorithm_of_the_provider_works() {
    for algorithm in ["RS256", "ES256", "EdDSA", "PS512"] {
        let enterprise = Enterprise::new().await;
        enterprise.provider.signs_with(algorithm);
        let typed = json!({"typ": TYPE});
        let signed = assertion(algorithm, &typed, &enterprise.claims(&json!({})));
        assert_eq!(enterprise.present(&signed, &[]).await.status, 200, "{algorithm}");
    }
}

#[tokio::test]
async fn a_tenant_accepts_assertions_only_if_its_option_says_so() {
    let mut enterprise = Enterprise::new().await;
    let advertised = async |enterprise: &Enterprise| {
        enterprise.world.get(&enterprise.site, Endpoint::AuthorizationServerMetadata).await.json()
    };
    let on = advertised(&enterprise).await;
    let profiles = json!(["urn:ietf:params:oauth:grant-profile:id-jag"]);
    assert_eq!(on["authorization_grant_profiles_supported"], profiles);
    assert!(on["grant_types_supported"].as_array().unwrap().contains(&json!(JWT_BEARER)));
    enterprise.site.settings.enterprise_managed = false;
    let off = advertised(&enterprise).await;
    assert!(off.get("authorization_grant_profiles_supported").is_none());
    assert!(!off["grant_types_supported"].as_array().unwrap().contains(&json!(JWT_BEARER)));
    let assertion = enterprise.signed(&json!({}));
    enterprise.refused(&assertion, "unsupported_grant_type", "assertions_off").await;
    // The setting is not part of the tenant's identity.
    enterprise.site.settings.enterprise_managed = true;
    assert_eq!(enterprise.present(&assertion, &[]).await.status, 200);
}

#[tokio::test]
async fn keys_are_fetched_again_for_an_unknown_key_and_an_outage_is_503() {
    let enterprise = Enterprise::new().await;
    assert_eq!(enterprise.present(&enterprise.signed(&json!({})), &[]).await.status, 200);
    enterprise.provider.rotate();
    let new_key = enterprise.signed(&json!({"jti": "2"}));
    enterprise.world.advance(5);
    assert_eq!(enterprise.present(&new_key, &[]).await.status, 200);
    // Without the keys nothing is decided, and the assertion can be presented again.
    let fresh = Enterprise::new().await;
    fresh.provider.misbehave(Vice::Document("jwks_uri", json!(format!("{}/nowhere", fresh.provider.issuer))));
    let assertion = fresh.signed(&json!({}));
    let reply = fresh.present(&assertion, &[]).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["error"].as_str()),
        (503, Some("temporarily_unavailable"))
    );
    // GitHub signs no assertions.
    let mut github = Enterprise::new().await;
    if let protocol::settings::Provider::Oidc { options, .. } = &mut github.site.settings.provider {
        options.kind = "github".to_owned();
    }
    let reply = github.present(&github.signed(&json!({})), &[]).await;
    assert_eq!(reply.status, 503);
    assert!(github.world.reasons().contains("upstream_misconfigured"));
}
