//! A healthy installation has no finding, and the look at it is short.

use std::time::{Duration, Instant};

use e2e::runtime::run;

use crate::world::World;

/// Everything at once: the public URL with TLS and a token, the sidecar, and Traefik.
#[test]
#[expect(clippy::disallowed_methods, reason = "the time is what is measured")]
fn a_healthy_installation_has_no_finding_in_less_than_five_seconds() {
    run(async {
        let mut world = World::start().await;
        world.until_healthy().await;
        let started = Instant::now();
        let report = world.look(&[]).await.expect(&[]);
        let took = started.elapsed();
        println!("{} checks fine after {took:?}", report.with("fine").len());
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(report.exit_code, 0);
        // Nothing is left undone but what this installation does not have.
        let undone = ["provider-reachable", "provider-document", "provider-secret", "provider-rule"];
        assert_eq!(report.with("not_checked"), undone.into(), "{:#}", report.json);
        // The client that doctor registered is gone again.
        let metrics = world.stack.http.get(&format!("http://{}/metrics", world.operations)).await;
        assert!(metrics.body.contains("bouncer_clients_in_db 1\n"), "{}", metrics.body);
    });
}

/// The sidecar writes the list of revoked grants to a folder that the plugin does not see: only a valid token shows it.
#[test]
fn a_shared_folder_that_traefik_has_not_mounted_is_found() {
    run(async {
        let mut world = World::start_with(false).await;
        let report = world.until_found("token-accepted").await.expect(&["token-accepted"]);
        assert!(report.results("token-accepted")[0]["remedy"].to_string().contains("mounts"), "{report:?}");
    });
}
