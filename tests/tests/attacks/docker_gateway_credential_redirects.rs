//! docker/mcp-gateway sent credentials to the target when a token endpoint redirected. Here a tenant's client secret is
//! sent only to the endpoint of its own provider.
//!
//! Checked by following redirects in `build`, `sidecar/src/upstream/http.rs`.

use e2e::browser::Browser;
use e2e::deployed::{self, Provider, Tenant};
use e2e::flow::Flow;
use e2e::runtime::run;
use e2e::stack::{Plan, Stack};
use e2e::wire::{Message, Reply, Server};
use std::sync::{Arc, Mutex, OnceLock};

use crate::world::{alice, world};

#[test]
fn a_redirect_of_the_token_endpoint_is_not_followed() {
    run(async {
        let elsewhere = Arc::<Mutex<Vec<Message>>>::default();
        let seen = Arc::clone(&elsewhere);
        let thief = Server::start(move |request| {
            seen.lock().expect("not poisoned").push(request.clone());
            Reply::whole("200 OK", "application/json", "{}")
        })
        .await;
        let own = Arc::new(OnceLock::<String>::new());
        let (issuer, target) = (Arc::clone(&own), thief.url());
        let provider = Server::start(move |request| {
            let issuer = issuer.get().cloned().unwrap_or_default();
            if request.start.contains("/.well-known/") {
                let document = serde_json::json!({
                    "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
                });
                return Reply::whole("200 OK", "application/json", document.to_string());
            }
            Reply::whole("307 Temporary Redirect", "text/plain", "")
                .with("Location", &format!("{target}/token"))
        })
        .await;
        own.set(provider.url()).expect("once");
        let at = Provider::Oidc {
            issuer: provider.url(),
            client_id: "us".to_owned(),
            client_secret: "the-tenants-secret".to_owned(),
        };
        let tenant = Tenant::local("lone", &world().await.backend.url()).with_provider(at);
        let stack = Stack::start(Plan {
            users: vec![e2e::sidecar::ALICE],
            files: vec![("lone.yml", deployed::host_tenant("lone.localhost", &tenant))],
            sidecar: vec![("BOUNCER_INTERNAL_ISSUERS", format!("{},{}", provider.url(), thief.url()))],
            ..Plan::default()
        })
        .await;
        let tenant = Flow::new(&stack.http, &stack.at("lone.localhost"));
        stack.ready(&[tenant.mcp()]).await;
        let client = tenant.register("redirecting").await;
        let mut browser = Browser::new(&tenant.http);
        let first = browser.open(&tenant.authorize_url(&client, &[]).parse().expect("a URL")).await;
        let outcome = browser.go_on(first, Some(&provider.url()), alice()).await;
        let state = outcome.parameter("state").expect("our state");
        let back = format!("{}/oauth/callback?code=x&state={state}", tenant.base).parse().expect("a URL");
        let page = browser.open(&back).await;
        let target = e2e::html::link(&page.body, "back").unwrap_or_else(|| panic!("{page:?}"));
        assert!(target.contains("error=temporarily_unavailable") && !target.contains("code="), "{target}");
        assert!(elsewhere.lock().expect("not poisoned").is_empty(), "nothing went there");
    });
}
