//! From `docker compose up` to a tool call; servers that come and go; restarts.

use e2e::runtime::run;
use e2e::wait;

use crate::world::{SERVER, SIDECAR, TRAEFIK, World, person};

#[test]
fn a_client_logs_in_after_the_quick_start_and_where_servers_are_added() {
    run(async {
        let world = World::prepare().await;
        let password = world.start_with_alice().await;
        let alice = person("alice", &password);
        let mut client = world.logs_in("localhost", alice).await;

        world.is_gone("127.0.0.1").await;
        world.run("compose: add").await;
        world.logs_in("127.0.0.1", alice).await;

        // The same container without its labels.
        world.run("compose: remove").await;
        let plain =
            ["--name", "docs", "--network", "mcpbouncer_default", "--env", "PORT=3001", "--expose", "3001"];
        let server = [crate::images::NODE, "node", "dist/index.js", "streamableHttp"];
        world.engine.podman(&[&["run", "--detach"][..], &plain, &server].concat()).await;
        world.is_gone("127.0.0.1").await;
        assert_eq!(client.call().await, 1, "the other server goes on");
        let log = world.engine.log(SIDECAR);
        assert!(!log.contains("\"ERROR\""), "{log}");
    });
}

#[test]
fn the_system_works_after_restarts_in_any_order() {
    run(async {
        let world = World::prepare().await;
        let password = world.start_with_alice().await;
        let alice = person("alice", &password);
        let mut client = world.logs_in("localhost", alice).await;

        let all =
            [world.engine.id(TRAEFIK).await, world.engine.id(SIDECAR).await, world.engine.id(SERVER).await];
        let [traefik, sidecar, server] = all.each_ref().map(String::as_str);
        for order in [[sidecar, server, traefik], [traefik, server, sidecar], [server, traefik, sidecar]] {
            world.engine.podman(&["stop", "--time", "5", traefik, sidecar, server]).await;
            for id in order {
                world.engine.podman(&["start", id]).await;
                if traefik_runs(&order, id, traefik) {
                    // Without a token, the server's own response never appears.
                    let url = format!("{}/mcp", world.at("localhost"));
                    let status =
                        wait::until("Traefik responds", async || world.http.status(&url).await).await;
                    assert!([401, 404, 503].contains(&status.as_u16()), "{status}");
                }
            }
            world.is_served("localhost").await;
            // The MCP server has lost its sessions, so the client opens a new session with its present token.
            client.connect(alice).await;
            assert_eq!(client.call().await, 1, "the client's token is still good");
        }
        client.expire().await;
        assert_eq!(client.call().await, 2, "the sidecar has kept its store, and the client refreshes");
        assert_eq!(client.asked, 1, "the user logged in once");
    });
}

/// Whether Traefik runs once the container `last` was started, if containers start in this order.
fn traefik_runs(order: &[&str], last: &str, traefik: &str) -> bool {
    let at = |id: &str| order.iter().position(|own| *own == id);
    at(traefik) <= at(last)
}

/// MCP servers reach neither Traefik's API nor the sidecar, and only the entry point has a port on this machine.
#[test]
fn only_the_entry_point_is_reachable() {
    run(async {
        let world = World::prepare().await;
        world.run("compose: start").await;
        world.is_served("localhost").await;
        for container in [SIDECAR, SERVER] {
            assert_eq!(world.engine.podman(&["port", container]).await, "");
        }
        assert_eq!(world.engine.podman(&["port", TRAEFIK]).await.lines().count(), 1);
        let reached = async |url: &str| {
            let script = format!(
                "fetch('{url}').then(r => console.log('status', r.status), e => console.log('none'))"
            );
            world.engine.podman(&["exec", SERVER, "node", "-e", &script]).await
        };
        assert_eq!(
            reached("http://traefik/mcp").await,
            "status 404",
            "its entry point, for a host that is not served"
        );
        for url in
            ["http://traefik:8080/api/version", "http://mcpbouncer:9090/readyz", "http://mcpbouncer:8080/"]
        {
            assert_eq!(reached(url).await, "none", "{url}");
        }
    });
}
