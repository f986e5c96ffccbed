//! Hostile networks send requests at their full rate, while honest users still get through.

use std::net::Ipv6Addr;

use super::support::*;
use protocol::context::Endpoint;
use serde_json::{Value, json};
use store::limits::LOGINS_IN_ALL;

fn wiki() -> Site {
    Site::local("https://mcp.example.com/wiki")
}

/// Returns an address in the n-th /64 of one hostile /48.
fn hostile(n: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0xbad, n, 0, 0, 0, 1)
}

fn metadata(n: u32) -> Value {
    json!({"redirect_uris": [CALLBACK], "client_name": format!("Client {n}"), "token_endpoint_auth_method": "none"})
}

/// Registers clients until a registration is refused. Returns how many were accepted.
async fn register_all(world: &World, from: impl Fn(u32) -> Site) -> u32 {
    for taken in 0.. {
        let reply = world.post_json(&from(taken), Endpoint::Register, &metadata(taken)).await;
        if reply.status == 429 {
            assert_ne!(reply.header("retry-after"), "");
            return taken;
        }
        assert_eq!(reply.status, 201, "{reply:?}");
    }
    unreachable!()
}

async fn refresh(world: &World, site: &Site, client_id: &str, token: &Value) -> Reply {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", client_id),
        ("refresh_token", token.as_str().unwrap()),
    ];
    world.post_form(site, Endpoint::Token, &pairs).await
}

#[tokio::test]
async fn one_network_reaches_only_its_own_registration_limit() {
    let world = World::with(&[("BOUNCER_REGISTER_RATE_LIMIT", "20")]);
    let site = wiki();
    let taken = register_all(&world, |n| site.from(hostile(u16::try_from(n).unwrap()))).await;
    assert_eq!(taken, 40, "a /48 has twice what one address has");
    world.register(&site, CALLBACK).await;
    assert_eq!(
        world.post_json(&site.from(hostile(9_999)), Endpoint::Register, &metadata(1)).await.status,
        429
    );
}

#[tokio::test]
async fn many_networks_reach_the_limit_of_unknown_networks_and_known_networks_are_not_affected() {
    let world = World::with(&[("BOUNCER_REGISTER_RATE_LIMIT", "20")]);
    let site = wiki();
    let id = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&id).await;
    let tokens = world.token(&site, &id, &code).await.json();
    let network = |n: u32| [10, u8::try_from(n / 200).unwrap(), u8::try_from(n % 200).unwrap(), 1];
    let taken = register_all(&world, |n| site.from(network(n))).await;
    assert!((130..150).contains(&taken), "{taken}: seven times what one address has");
    // A registration, a login and a refresh from a known network, and a registration from an unknown network at another
    // tenant still work.
    world.register(&site, "https://other.example/cb").await;
    Browser::new(&world, &site).reach_code(&id).await;
    assert_eq!(refresh(&world, &site, &id, &tokens["refresh_token"]).await.status, 200);
    world.register(&Site::local("https://mcp.example.com/docs").from([10, 9, 9, 9]), CALLBACK).await;
    // After a while, unknown networks can register again.
    let stranger = site.from([10, 9, 9, 9]);
    assert_eq!(world.post_json(&stranger, Endpoint::Register, &metadata(0)).await.status, 429);
    world.advance(60);
    world.register(&stranger, CALLBACK).await;
}

#[tokio::test]
async fn requests_without_the_initial_access_token_do_not_use_up_the_registration_limit() {
    let world = World::with(&[
        ("BOUNCER_REGISTER_RATE_LIMIT", "2"),
        ("BOUNCER_DCR_INITIAL_TOKEN", "initial-token-0123456789"),
    ]);
    for n in 0..30 {
        assert_eq!(world.post_json(&wiki(), Endpoint::Register, &metadata(n)).await.status, 401);
    }
    for n in 0..5 {
        let request = axum::http::Request::post("/")
            .header("content-type", "application/json")
            .header("authorization", "Bearer initial-token-0123456789")
            .body(metadata(n).to_string().into())
            .unwrap();
        assert_eq!(world.send(&wiki(), Endpoint::Register, request).await.status, 201);
    }
}

#[tokio::test]
async fn one_network_can_start_a_twelfth_of_the_logins_and_others_still_get_through() {
    let (world, site) = (World::new(), wiki());
    let id = world.register(&site, CALLBACK).await;
    let pairs = authorize_pairs(&id);
    for _ in 0..2 {
        let mut begun = 0;
        loop {
            let reply = Browser::new(&world, &site.from(hostile(begun))).authorize(&pairs).await;
            if reply.status == 429 {
                break;
            }
            assert!(reply.status.is_redirection(), "{reply:?}");
            begun += 1;
        }
        // A login lives for ten minutes, so at most eleven times this number is stored at once.
        assert!(u64::from(begun) * 11 * 12 <= LOGINS_IN_ALL, "{begun}");
        assert!(begun >= 1_000, "{begun}");
        Browser::new(&world, &site).reach_code(&id).await;
        world.advance(60);
    }
}
