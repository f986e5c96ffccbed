//! Providers that labels reference only by name.

use std::io::Write as _;
use std::sync::Arc;

use protocol::context::Endpoint;
use protocol::settings::Provider as At;
use serde_json::{Value, json};
use store::Store;

use crate::federated::to_provider;
use crate::grants;
use crate::support::federated::claims_in;
use crate::support::provider::Provider;
use crate::support::*;

const BASE: &str = "https://wiki.example.com";

/// An entry with another issuer, client or type of provider authenticates other users, so grants that were issued
/// through it end. The entry's secret and its bases do not affect who the users are.
#[tokio::test]
async fn changing_a_named_provider_ends_its_grants() {
    let (provider, another) = (Provider::start().await, Provider::start().await);
    let issuers = format!("{},{}", provider.issuer, another.issuer);
    let store: Arc<Store> = Arc::new(Store::oracle());
    let entry = json!({
        "issuer": provider.issuer, "client_id": "sidecar", "client_secret": "s3cr&t:+ %", "bases": [BASE],
    });
    let world = |name: &str, entry: &Value| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(json!({name: entry}).to_string().as_bytes()).unwrap();
        World::on(
            Arc::clone(&store),
            &[
                ("BOUNCER_INTERNAL_ISSUERS", &issuers),
                ("BOUNCER_PROVIDERS_FILE", file.path().to_str().unwrap()),
            ],
        )
    };
    let named = |name: &str| {
        let mut site = Site::oidc(BASE, "https://unused.example");
        site.settings.provider = At::Named { name: name.to_owned() };
        site
    };
    let site = named("corp");
    let before = world("corp", &entry);
    let client = before.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&before, &site);
    let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
    let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    let code = done.onward_parameter("code").unwrap();
    let body = before.token(&site, &client, &code).await.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    assert_eq!(
        claims_in(&access)["mcpb_tid"],
        site.settings.tid().to_string(),
        "the token contains the plugin's tenant id"
    );

    let with = |field: &str, value: Value| {
        let mut entry = entry.clone();
        entry[field] = value;
        entry
    };
    for (field, value) in
        [("issuer", json!(another.issuer)), ("client_id", json!("another")), ("type", json!("keycloak"))]
    {
        let after = world("corp", &with(field, value));
        assert_eq!(
            refreshes(&after, &site, &client, &refresh).await,
            401,
            "{field}: the client is unknown there"
        );
        let client = after.register(&site, CALLBACK).await;
        assert_eq!(refreshes(&after, &site, &client, &refresh).await, 400, "{field}");
        assert_eq!(userinfo(&after, &site, &access).await, 401, "{field}");
    }
    let also = world("also", &entry);
    assert_eq!(
        refreshes(&also, &named("also"), &client, &refresh).await,
        401,
        "another name is another tenant"
    );
    for (field, value) in [
        ("client_secret", json!("new")),
        ("authorize_params", json!("organization=org_2")),
        ("bases", json!([BASE, "https://more.example"])),
    ] {
        let after = world("corp", &with(field, value));
        assert_eq!(userinfo(&after, &site, &access).await, 200, "{field}");
    }
    assert_eq!(refreshes(&world("corp", &entry), &site, &client, &refresh).await, 200);
}

async fn refreshes(world: &World, site: &Site, client: &str, token: &str) -> u16 {
    let pairs = [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
    world.post_form(site, Endpoint::Token, &pairs).await.status.as_u16()
}

async fn userinfo(world: &World, site: &Site, token: &str) -> u16 {
    grants::userinfo(world, site, &[&format!("Bearer {token}")]).await.status.as_u16()
}
