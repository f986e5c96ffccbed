//! A sidecar without access to the internet, and attackers who try to make a sidecar believe that it has none.

use super::support::documents::DocumentHost;
use super::support::*;
use protocol::context::Endpoint;

/// A host name that never resolves (RFC 6761 §6.4).
const NOWHERE: &str = "https://reference.invalid";

fn wiki() -> Site {
    Site::local("https://mcp.example.com/wiki")
}

/// Starts a sidecar that uses these reference hosts to check whether it can reach the internet.
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
async fn without_internet_access_documents_are_no_longer_offered_and_clients_register() {
    let world = world(&[NOWHERE, "https://other.invalid"], &[]);
    assert!(offers(&world).await);
    let page = name(&world, "client.invalid").await;
    assert_eq!((page.status.as_u16(), page.reason()), (400, "client_document_unreachable"));
    assert!(page.words().contains("cannot reach client.invalid"), "{page:?}");
    assert!(!offers(&world).await);
    // The client then registers instead, and can log in.
    let id = world.register(&wiki(), CALLBACK).await;
    Browser::new(&world, &wiki()).reach_code(&id).await;
    // After some minutes, documents are offered again. Each further failure doubles the time.
    for closed in [300, 600, 1_200, 2_400, 3_600, 3_600] {
        world.advance(closed - 1);
        assert!(!offers(&world).await, "{closed}");
        world.advance(1);
        assert!(offers(&world).await, "{closed}");
        name(&world, "client.invalid").await;
        assert!(!offers(&world).await || closed == 3_600, "{closed}");
    }
}

/// Naming any number of unreachable hosts, from any number of networks, has no effect: only reference hosts count.
#[tokio::test]
async fn naming_unreachable_hosts_does_not_stop_documents_from_being_offered() {
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
    // Of 30 failures in five minutes, only one per minute caused a check.
    assert_eq!(alive.asked("/"), 5);
}

/// A host that responds with an error was reached, so internet access is not in question.
#[tokio::test]
async fn an_error_response_of_a_host_does_not_count_as_missing_internet_access() {
    let host = DocumentHost::start().await;
    let world = world(&[NOWHERE], &[("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", host.origin.as_str())]);
    let url = host.publish("/client.json", |_| {});
    for status in [500, 404, 302] {
        host.answer("/client.json", status, &[], "");
        Browser::new(&world, &wiki()).authorize(&authorize_pairs(&url)).await;
        assert!(offers(&world).await, "{status}");
        world.advance(60);
    }
    // A name that resolves to a private address does not count either.
    name(&world, "localhost").await;
    assert!(offers(&world).await);
}

#[tokio::test]
async fn documents_are_still_offered_if_registration_is_restricted() {
    let settings =
        [("BOUNCER_DCR_INITIAL_TOKEN", "secret"), ("BOUNCER_CLIENT_DOCUMENT_HOSTS", "client.invalid")];
    let world = world(&[NOWHERE], &settings);
    name(&world, "client.invalid").await;
    assert!(offers(&world).await);
}
