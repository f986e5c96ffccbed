//! What an access token tells only the plugin about the user (option `identityHeaders`).

use protocol::context::Endpoint;
use protocol::settings::BoxItem;
use protocol::token_box::{BoxBinding, BoxContents, open};
use serde_json::{Value, json};

use crate::federated::to_provider;
use crate::grants::userinfo;
use crate::logs::Captured;
use crate::standing::Granted;
use crate::support::federated::{Federated, claims_of};
use crate::support::provider::{Provider, Vice};
use crate::support::*;

pub(crate) const ALL: [BoxItem; 5] =
    [BoxItem::Email, BoxItem::Name, BoxItem::Username, BoxItem::Groups, BoxItem::ClientName];

/// Returns the content of the access token that only the plugin can read; empty if there is none.
pub(crate) fn box_of(world: &World, site: &Site, reply: &Reply) -> BoxContents {
    let claims = claims_of(reply);
    let Some(sealed) = claims.get("mcpb_box") else { return BoxContents::new() };
    let binding = BoxBinding {
        issuer: site.base.as_str(),
        tid: site.settings.tid(),
        jti: claims["jti"].as_str().unwrap(),
    };
    open(&world.keys, sealed.as_str().unwrap(), &binding).unwrap()
}

pub(crate) fn texts(contents: &BoxContents, item: BoxItem) -> Vec<&str> {
    contents.texts(item).collect()
}

async fn of_alice(items: &[BoxItem]) -> (World, Site, Reply) {
    let (world, mut site) = (World::new(), Site::local("https://wiki.example.com"));
    site.settings.token_box = items.to_vec();
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    let reply = world.token(&site, &client, &code).await;
    (world, site, reply)
}

#[tokio::test]
async fn the_box_holds_what_the_options_name_and_nothing_else() {
    let (world, site, reply) = of_alice(&ALL).await;
    let contents = box_of(&world, &site, &reply);
    assert_eq!(texts(&contents, BoxItem::Email), ["alice@example.com"]);
    assert_eq!(texts(&contents, BoxItem::Name), ["Alice"]);
    assert_eq!(texts(&contents, BoxItem::Groups), ["team"]);
    assert_eq!(texts(&contents, BoxItem::ClientName), ["Test Client"]);
    assert_eq!(texts(&contents, BoxItem::UpstreamToken), [""; 0]);
    for item in ALL {
        let (world, site, reply) = of_alice(&[item]).await;
        let contents = box_of(&world, &site, &reply);
        for other in ALL.into_iter().filter(|other| *other != item) {
            assert_eq!(texts(&contents, other), [""; 0], "{item:?}");
        }
    }
    let (_, _, reply) = of_alice(&[]).await;
    assert_eq!(claims_of(&reply).get("mcpb_box"), None);
}

#[tokio::test]
async fn the_client_can_read_nothing_of_it() {
    let (world, site, reply) = of_alice(&ALL).await;
    let mut claims = claims_of(&reply);
    assert!(claims["mcpb_box"].is_string());
    claims.as_object_mut().unwrap().remove("mcpb_box");
    for secret in ["alice@", "Alice", "team", "Test Client"] {
        assert!(!claims.to_string().contains(secret), "{claims}");
    }
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();
    let info = userinfo(&world, &site, &[&format!("Bearer {token}")]).await;
    assert_eq!(info.json(), json!({"sub": "alice"}));
}

#[tokio::test]
async fn an_address_that_the_provider_does_not_vouch_for_is_left_out() {
    let provider = Provider::start().await;
    for (verified, expected) in
        [(json!(true), &["alice@example.com"][..]), (json!(false), &[]), (Value::Null, &[])]
    {
        provider.behave();
        provider.misbehave(Vice::Claim("email_verified", verified));
        let federated = federated(&provider, &[BoxItem::Email]).await;
        let reply = federated.tokens().await;
        let contents = box_of(&federated.world, &federated.site, &reply);
        assert_eq!(texts(&contents, BoxItem::Email), expected);
    }
}

async fn federated(provider: &Provider, items: &[BoxItem]) -> Federated {
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let mut site = Site::oidc("https://wiki.example.com", &provider.issuer);
    site.settings.token_box = items.to_vec();
    let client = world.register(&site, CALLBACK).await;
    Federated { world, site, provider: provider.clone(), client }
}

/// The sidecar requests the scopes of OpenID Connect Core §5.4, and calls userinfo for claims that the `id_token`
/// lacks.
#[tokio::test]
async fn the_provider_is_asked_for_what_the_headers_need() {
    let provider = Provider::start().await;
    provider.userinfo(
        200,
        "application/json",
        r#"{"sub":"upstream-alice","name":"Alice A","preferred_username":"al"}"#,
    );
    for (items, scopes, userinfo) in [
        (&[][..], "openid read write", 0),
        (&[BoxItem::Email], "email openid read write", 0),
        (&[BoxItem::Name], "openid profile read write", 1),
        (&[BoxItem::Username, BoxItem::Groups], "openid profile read write", 1),
    ] {
        let federated = federated(&provider, items).await;
        let mut browser = Browser::new(&federated.world, &federated.site);
        let pairs = changed(authorize_pairs(&federated.client), "scope", Some("read"));
        let url = to_provider(&mut browser, &pairs).await;
        assert_eq!(parameter(&url, "scope").as_deref(), Some(scopes));
        let asked = || provider.asked("userinfo");
        let before = asked();
        let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
        assert_eq!(asked() - before, userinfo, "{items:?}");
        let code = done.onward_parameter("code").unwrap();
        let reply = federated.world.token(&federated.site, &federated.client, &code).await;
        let contents = box_of(&federated.world, &federated.site, &reply);
        assert_eq!(texts(&contents, BoxItem::Name).is_empty(), !items.contains(&BoxItem::Name));
        if items.contains(&BoxItem::Username) {
            assert_eq!(texts(&contents, BoxItem::Username), ["al"]);
        }
    }
}

#[tokio::test]
async fn a_refreshed_token_tells_what_is_known_now() {
    let mut granted = Granted::local().await;
    granted.site.settings.token_box = vec![BoxItem::Groups];
    let boxed = async |granted: &mut Granted| {
        let reply = granted.refresh().await;
        granted.token = crate::standing::refresh_token(&reply);
        let contents = box_of(&granted.world, &granted.site, &reply);
        contents.texts(BoxItem::Groups).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(boxed(&mut granted).await, ["team"], "the option is newer than the grant");
    granted.world.change_alice(|alice| alice["groups"] = json!(["b", "a"]));
    assert_eq!(boxed(&mut granted).await, ["a", "b"]);
    granted.world.change_alice(|alice| alice["groups"] = json!([]));
    assert_eq!(boxed(&mut granted).await, [""; 0]);
}

#[tokio::test]
async fn groups_that_do_not_fit_are_left_out_and_logged() {
    let (world, mut site) = (World::new(), Site::local("https://wiki.example.com"));
    site.settings.token_box = vec![BoxItem::Email, BoxItem::Groups];
    let groups: Vec<String> = (0..150).map(|n| format!("{n:03}{}", "g".repeat(57))).collect();
    world.change_alice(|alice| alice["groups"] = json!(groups));
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    let log = Captured::start();
    let reply = world.token(&site, &client, &code).await;
    let contents = box_of(&world, &site, &reply);
    assert_eq!(texts(&contents, BoxItem::Email), ["alice@example.com"]);
    assert_eq!(texts(&contents, BoxItem::Groups), [""; 0]);
    let lines = log.with_reason("claims_left_out");
    assert_eq!((lines.len(), &lines[0]["claims"]), (1, &json!("box:groups")), "{}", log.text());
}
