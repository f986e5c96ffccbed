//! TLS, and what a public host offers to everybody.

use e2e::runtime::run;

use crate::certificates::Days;
use crate::report::{from_outside, until_found};
use crate::world::{HOST, URL, VALID, World};

/// Without TLS, the plugin refuses the host, too.
async fn without_tls(world: &World) {
    let hosts = crate::world::Hosts::start(&[("wiki.yml", |server| {
        e2e::deployed::one_label_server(HOST, "wiki", server)
    })])
    .await;
    let plain = format!("127.0.0.1:{}", hosts.stack.traefik.port());
    let arguments = ["http://wiki.example.com/mcp", "--connect", &plain];
    let closed = format!("127.0.0.1:{}", world.closed.number());
    let ports = ["--connect", &format!("8080={closed}"), "--connect", &format!("9090={closed}")];
    until_found(&[&arguments[..], &ports[..]].concat(), "plugin-ready")
        .await
        .expect(&["tls-used", "plugin-ready"]);
    // The port 80 of the host with TLS leads to the same Traefik.
    let arguments = world.arguments(&[(80, hosts.stack.traefik.port())]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    from_outside(&arguments).await.expect(&["http-redirect"]);
}

#[test]
fn each_fault_of_a_certificate_is_found() {
    run(async {
        let mut world = World::start().await;
        world.until_healthy().await;
        let arguments = world.arguments(&[]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let port = format!("127.0.0.1:{}", world.stack.traefik.port());
        let report = from_outside(&[URL, "--connect", &port]).await.expect(&["tls-trusted"]);
        assert_eq!(report.results("tls-name")[0]["reason"], "tls-trusted failed", "{report:?}");

        world.certify(HOST, Days(-60, -3), "");
        let report = until_found(&arguments, "tls-time").await.expect(&["tls-time"]);
        assert!(report.sentence("tls-time").contains("it expired 3 days ago"), "{report:?}");
        world.certify("other.example.com", VALID, "");
        let report = until_found(&arguments, "tls-name").await.expect(&["tls-name"]);
        assert!(report.sentence("tls-name").contains("it is for \"other.example.com\""), "{report:?}");
        world.certify(HOST, Days(-80, 10), "");
        let report = until_found(&arguments, "tls-expiry").await.expect(&["tls-expiry"]);
        assert_eq!(report.exit_code, 3);
        world.certify(HOST, VALID, "alpnProtocols: [http/1.1]");
        until_found(&arguments, "http2").await.expect(&["http2"]);
        world.certify(HOST, VALID, "");
        world.until_healthy().await;
        without_tls(&world).await;
    });
}

#[test]
fn public_ports_are_found() {
    run(async {
        let mut world = World::start().await;
        world.until_healthy().await;
        let port =
            |url: &str| url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).expect("a port");
        let api = world.stack.api.as_ref().expect("an API").number();
        let oauth = port(&world.stack.sidecar.url());
        let operations = port(&world.operations);
        let server = port(&world.server.url());
        for (open, code) in [
            (api, "api-public"),
            (operations, "operations-public"),
            (oauth, "sidecar-public"),
            (server, "server-public"),
        ] {
            let report = world.look(&[(open, open)]).await.expect(&[code]);
            assert!(report.sentence(code).contains(&open.to_string()), "{report:?}");
        }
    });
}
