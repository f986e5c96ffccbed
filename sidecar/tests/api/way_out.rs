//! A sidecar without a way out to the internet, and strangers who would like others to think so.

use super::support::documents::DocumentHost;
use super::support::*;
use protocol::context::Endpoint;

/// No such name resolves anywhere (RFC 6761 §6.4).
const NOWHERE: &str = "https://reference.invalid";

fn wiki() -> Site {
    Site::local("https://mcp.example.com/wiki")
}

/// A world that tries these hosts when it is in doubt.
fn world(references: &[&str], settings: &[(&str, &str)]) -> World {
    World::configured(settings, |config| {
        config.outbound.reference_hosts = Some(references.iter().map(|host| (*host).to_owned()).collect());
    })
}

async fn offers(world: &World) -> bool {
    let mut offered = Vec::new();
    for endpoint in [Endpoint::AuthorizationServerMetadata, Endpoint::OpenidConfiguration] {
        let metadata = world.get(&wiki(), endpoint).await.json();
        offered.push(metadata["client_id_metadata_document_supported"].as_bool().unwrap());
    }
    assert_eq!(offered[0], offered[1]);
    offered[0]
}

async fn name(world: &World, host: &str) -> Reply {
    let pairs = authorize_pairs(&format!("https://{host}/client.json"));
    Browser::new(world, &wiki()).authorize(&pairs).await
}

#[tokio::test]
async fn without_a_way_out_the_next_client_registers() {
    let world = world(&[NOWHERE, "https://other.invalid"], &[]);
    assert!(offers(&world).await);
    let page = name(&world, "client.invalid").await;
    assert_eq!((page.status.as_u16(), page.reason()), (400, "client_document_unreachable"));
    assert!(page.text.contains("cannot reach client.invalid"), "{page:?}");
    assert!(!offers(&world).await);
    // Registering is what the client does next, and it gets in.
    let id = world.register(&wiki(), CALLBACK).await;
    Browser::new(&world, &wiki()).reach_code(&id).await;
    // After some minutes it may be tried again, and each time that it is of no use takes twice as long.
    for closed in [300, 600, 1_200, 2_400, 3_600, 3_600] {
        world.advance(closed - 1);
        assert!(!offers(&world).await, "{closed}");
        world.advance(1);
        assert!(offers(&world).await, "{closed}");
        name(&world, "client.invalid").await;
        assert!(!offers(&world).await || closed == 3_600, "{closed}");
    }
}

/// Any number of dead hosts, from any number of networks: whether there is a way out is asked of others.
#[tokio::test]
async fn strangers_who_name_dead_hosts_change_nothing() {
    let alive = DocumentHost::start().await;
    let world =
        world(&[NOWHERE, &alive.origin], &[("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", alive.origin.as_str())]);
    for n in 0..30_u8 {
        let pairs = authorize_pairs(&format!("https://dead-{n}.invalid/client.json"));
        let from = wiki().from([10, n, 0, 1]);
        let page = Browser::new(&world, &from).authorize(&pairs).await;
        assert_eq!(page.reason(), "client_document_unreachable", "{page:?}");
        assert!(offers(&world).await, "{n}");
        world.advance(10);
    }
    // 30 doubts in five minutes, and the question was put once in each.
    assert_eq!(alive.asked("/"), 5);
}

/// A host that answers badly was reached: nothing is in doubt.
#[tokio::test]
async fn a_host_that_fails_is_not_a_missing_way_out() {
    let host = DocumentHost::start().await;
    let world = world(&[NOWHERE], &[("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", host.origin.as_str())]);
    let url = host.publish("/client.json", |_| {});
    for status in [500, 404, 302] {
        host.answer("/client.json", status, &[], "");
        Browser::new(&world, &wiki()).authorize(&authorize_pairs(&url)).await;
        assert!(offers(&world).await, "{status}");
        world.advance(60);
    }
    // Nor is a name that leads into a private network.
    name(&world, "localhost").await;
    assert!(offers(&world).await);
}

#[tokio::test]
async fn where_nobody_can_register_documents_are_offered_all_the_same() {
    let settings =
        [("BOUNCER_DCR_INITIAL_TOKEN", "secret"), ("BOUNCER_CLIENT_DOCUMENT_HOSTS", "client.invalid")];
    let world = world(&[NOWHERE], &settings);
    name(&world, "client.invalid").await;
    assert!(offers(&world).await);
}
