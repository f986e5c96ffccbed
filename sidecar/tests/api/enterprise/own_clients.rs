//! Clients that the operator has not listed and that present an assertion of the provider: the provider vouches for
//! them.

use protocol::context::Endpoint;
use serde_json::json;
use store::intent::clients::FindClient;

use super::Enterprise;
use crate::support::documents::DocumentHost;
use crate::support::machine::{BASE, JWT_BEARER, with_basic};
use crate::support::provider::Provider;
use crate::support::signing::{assertion, claims, public_jwk};
use crate::support::*;

impl Enterprise {
    /// Makes a tenant at which clients with a document at this host are accepted.
    async fn beside(host: &DocumentHost) -> Self {
        let provider = Provider::start().await;
        let world = World::with(&[
            ("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str()),
            ("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", host.origin.as_str()),
        ]);
        let mut site = Site::oidc(BASE, &provider.issuer);
        site.settings.enterprise_managed = true;
        Self { world, site, provider }
    }

    /// Presents an assertion about alice that names this client. The client authenticates with a signed
    /// `client_assertion`.
    async fn present_as(&self, client_id: &str, grant_type: &str, jti: &str) -> Reply {
        let about_alice = self.signed(&json!({"client_id": client_id, "jti": jti}));
        let own = assertion("EdDSA", &json!({}), &claims(client_id, BASE, jti));
        let pairs = [
            ("grant_type", grant_type),
            ("assertion", about_alice.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", own.as_str()),
        ];
        self.world.post_form(&self.site, Endpoint::Token, &pairs).await
    }

    async fn is_approved(&self, client_id: &str) -> Option<bool> {
        let tenant = self.world.context(&self.site, Endpoint::Token, "POST").tenant();
        let found = FindClient { tenant, client_id: client_id.to_owned() };
        self.world.app.store.read(found).await.unwrap().map(|client| client.approved_at.is_some())
    }
}

/// Publishes, at this path, the document of a client that signs assertions.
fn publish(host: &DocumentHost, path: &str) -> String {
    host.publish(path, |document| {
        document["token_endpoint_auth_method"] = json!("private_key_jwt");
        document["jwks"] = json!({"keys": [public_jwk("EdDSA")]});
        document["grant_types"] = json!(["authorization_code", JWT_BEARER]);
    })
}

#[tokio::test]
async fn a_client_with_a_document_needs_no_login_before() {
    let host = DocumentHost::start().await;
    let mut enterprise = Enterprise::beside(&host).await;
    let url = publish(&host, "/agent.json");
    // Other grants begin with a login, during which the document is fetched.
    for grant_type in ["client_credentials", "refresh_token", "authorization_code"] {
        let reply = enterprise.present_as(&url, grant_type, grant_type).await;
        assert_eq!(reply.json()["error"], "invalid_client", "{grant_type}");
    }
    enterprise.site.settings.enterprise_managed = false;
    assert_eq!(enterprise.present_as(&url, JWT_BEARER, "off").await.json()["error"], "invalid_client");
    assert_eq!(host.asked("/agent.json"), 0);
    enterprise.site.settings.enterprise_managed = true;
    for jti in ["1", "2"] {
        let reply = enterprise.present_as(&url, JWT_BEARER, jti).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    assert_eq!(host.asked("/agent.json"), 1);
    assert_eq!(enterprise.is_approved(&url).await, Some(true));
    let personal = [("grant_type", JWT_BEARER), ("assertion", "x"), ("client_id", "personal")];
    let reply = enterprise.world.post_form(&enterprise.site, Endpoint::Token, &personal).await;
    assert_eq!(reply.json()["error"], "invalid_client");
}

/// Anybody can name a host, so whoever does is charged, as at a login.
#[tokio::test]
async fn fetching_documents_for_assertions_is_charged_to_the_requester() {
    let host = DocumentHost::start().await;
    let enterprise = Enterprise::beside(&host).await;
    let mut last = 0;
    for n in 0..30 {
        let path = format!("/agent-{n}.json");
        let url = host.publish(&path, |_| {});
        last = enterprise.present_as(&url, JWT_BEARER, &path).await.status.as_u16();
    }
    assert_eq!(last, 429);
    let asked: usize = (0..30).map(|n| host.asked(&format!("/agent-{n}.json"))).sum();
    assert_eq!(asked, 10);
}

/// Clients that nobody approved are deleted after a day, or sooner if there are many.
#[tokio::test]
async fn a_registered_client_is_approved_by_the_first_assertion_that_names_it() {
    let enterprise = Enterprise::new().await;
    let metadata = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", JWT_BEARER],
    });
    let client = enterprise.world.post_json(&enterprise.site, Endpoint::Register, &metadata).await.json();
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    for (named, status, approved) in [("other", 400, false), (id, 200, true)] {
        let about_alice = enterprise.signed(&json!({"client_id": named, "jti": named}));
        let pairs = [("grant_type", JWT_BEARER), ("assertion", about_alice.as_str())];
        let reply = with_basic(&enterprise.world, &enterprise.site, (id, secret), &pairs).await;
        assert_eq!(reply.status.as_u16(), status, "{reply:?}");
        assert_eq!(enterprise.is_approved(id).await, Some(approved), "{named}");
    }
}
