//! A PostgreSQL server that is silent or down: load balancers notice it at once.

use std::net::Ipv4Addr;
use std::time::Duration;

use e2e::http::{Answer, Http};
use e2e::postgres::Cluster;
use e2e::relay::Relay;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};
use e2e::wait;
use tokio::time::timeout;

/// The time within which `/readyz` must respond. It promises two seconds, but this machine may be busy. An operation of
/// the store gives up after five seconds at the earliest.
const LIMIT: Duration = Duration::from_secs(4);

struct Watched {
    http: Http,
    sidecar: Sidecar,
}

impl Watched {
    async fn readiness(&self) -> Answer {
        let url = format!("{}/readyz", self.sidecar.ops_url());
        timeout(LIMIT, self.http.get(&url)).await.expect("/readyz responds in time")
    }

    async fn is_ready_again(&self) {
        wait::until("it is ready", async || (self.readiness().await.status == 200).then_some(())).await;
    }

    async fn says_why(&self) {
        let answer = self.readiness().await.expect(503);
        assert!(answer.body.starts_with("the store "), "{answer:?}");
    }
}

#[test]
fn readiness_is_known_in_time_while_the_database_is_silent_or_down() {
    run(async {
        let mut cluster = Cluster::start(true).await;
        let relay = Relay::start(Ipv4Addr::LOCALHOST, cluster.place().parse().expect("an address")).await;
        let url = cluster.database().replace(&cluster.place(), &relay.place());
        let sidecar =
            Sidecar::start(&Keys::generate().await, &[ALICE], &[("BOUNCER_DATABASE_URL", &url)]).await;
        let watched = Watched { http: Http::new(0), sidecar };
        watched.readiness().await.expect(200);

        relay.silence(true);
        // These are more checks than may run at once. None of them waits until earlier ones give up.
        for _ in 0..6 {
            watched.says_why().await;
        }
        relay.silence(false);
        watched.is_ready_again().await;

        cluster.kill();
        watched.says_why().await;
        cluster.resume().await;
        watched.is_ready_again().await;
    });
}
