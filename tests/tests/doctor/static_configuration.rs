//! Faults in Traefik's static configuration, its version, and its API.

use axum::http::{HeaderValue, header};
use e2e::deployed::{self, Tenant};
use e2e::ports::Held;
use e2e::runtime::run;
use e2e::wait;

use crate::front::{Front, Wrong};
use crate::report::from_inside;
use crate::routers::{healthy, until_found, until_healthy};
use crate::world::{changed, hardening, long_form};

#[test]
fn each_fault_in_the_static_configuration_is_found() {
    run(async {
        let mut hosts = healthy().await;
        let hardening = hardening().await;
        let hardened = |text: &str| changed(text, "    http:\n", &format!("    http:{hardening}\n"));
        let web = |more: &str| format!("  web:\n    {more}\n");
        for (code, line) in [
            ("forwarded-headers", "forwardedHeaders: { insecure: true }"),
            ("stream-timeout", "transport: { respondingTimeouts: { writeTimeout: 30s } }"),
        ] {
            let text = web(line);
            hosts.stack.restart_traefik(|own| changed(&hardened(own), "  web:\n", &text)).await;
            until_found(&mut hosts.stack, &[code]).await;
        }
        if !hardening.is_empty() {
            hosts.stack.restart_traefik(str::to_owned).await;
            let report = until_found(&mut hosts.stack, &["header-aliases"]).await;
            assert_eq!(report.exit_code, 0, "it is advice");
        }
        hosts.stack.restart_traefik(|own| hardened(own)).await;
        until_healthy(&mut hosts.stack).await;
        hosts.stack.sidecar.set("BOUNCER_CLIENT_IP_DEPTH", "1");
        from_inside(&mut hosts.stack.sidecar, &[]).await.expect(&["client-address"]);
        hosts.stack.sidecar.unset("BOUNCER_CLIENT_IP_DEPTH");

        // Without the plugin, Traefik does not serve the router that the plugin guards either.
        hosts
            .stack
            .restart_traefik(|own| hardened(own.split_once("experimental:").expect("the plugin").0))
            .await;
        until_found(&mut hosts.stack, &["plugin-loaded"]).await;
    });
}

/// In the long form, nobody adds a router that the operator forgot.
#[test]
fn a_missing_oauth_router_is_found() {
    run(async {
        let mut hosts = healthy().await;
        let hardening = hardening().await;
        let server = hosts.server.url();
        let long = long_form("localhost", "good", &server);
        let (before, after) = long.split_once("    good-oauth:\n").expect("the OAuth router");
        assert!(after.lines().all(|line| line.starts_with("      ")), "it is the last router: {after}");
        let sidecar = deployed::sidecar(&hosts.stack.sidecar.url());
        hosts
            .stack
            .restart_traefik(|own| {
                let (before, after) = own.split_once("  http:\n    endpoint:").expect("the provider");
                let after = after.split_once("pollInterval: \"100ms\"\n").expect("its interval").1;
                changed(&format!("{before}{after}"), "    http:\n", &format!("    http:{hardening}\n"))
            })
            .await;
        hosts.stack.traefik.replace("sidecar.yml", &sidecar);
        hosts.stack.traefik.replace("good.yml", before);
        until_found(&mut hosts.stack, &["oauth-router"]).await;
    });
}

#[test]
fn an_unreadable_api_another_clock_and_an_old_version_are_found() {
    run(async {
        let mut hosts = healthy().await;
        let api = hosts.stack.api.as_ref().expect("an API").number();
        let closed = Held::any();
        let place = format!("http://127.0.0.1:{}", closed.number());
        let report = from_inside(&mut hosts.stack.sidecar, &["--traefik-api", &place]).await;
        assert_eq!(report.expect(&["traefik-api"]).results("buffering")[0]["reason"], "traefik-api failed");

        let late = Wrong {
            response: Some(|_, headers| {
                headers.insert(header::DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
            }),
            ..Wrong::default()
        };
        let old = Wrong {
            body: Some(|path, body| {
                if path.contains("version") {
                    "{\"Version\":\"3.6.13\",\"Codename\":\"x\"}".to_owned()
                } else {
                    body
                }
            }),
            ..Wrong::default()
        };
        for (wrong, code) in [(late, "traefik-clock"), (old, "traefik-version")] {
            let front = Front::start(api, wrong).await;
            let place = format!("http://{}", front.address());
            from_inside(&mut hosts.stack.sidecar, &["--traefik-api", &place]).await.expect(&[code]);
        }
    });
}

/// Traefik's API reports an older version. The installed Traefik forwards no trailers, so the same tenant has no
/// finding there.
#[test]
fn an_older_traefik_that_forwards_trailers_is_found() {
    run(async {
        let mut hosts = healthy().await;
        let api = hosts.stack.api.as_ref().expect("an API").number();
        let tenant = Tenant::local("wiki", &hosts.server.url()).with("toolPolicy: delete_*=wiki:admin");
        let strict = deployed::without_oauth_routers(&deployed::host_tenant("wiki.localhost", &tenant));
        let says_that_it_is_older = |path: &str, body: String| {
            if path.contains("version") { "{\"Version\":\"3.7.11\"}".to_owned() } else { body }
        };
        let front = Front::start(api, Wrong { body: Some(says_that_it_is_older), ..Wrong::default() }).await;
        let place = format!("http://{}", front.address());
        hosts.stack.traefik.replace("wiki.yml", &strict);
        wait::until("doctor finds the trailers", async || {
            let report = from_inside(&mut hosts.stack.sidecar, &["--traefik-api", &place]).await;
            println!("{:?}", report.sentences());
            (report.with("found") == ["request-trailers"].into()).then_some(())
        })
        .await;
        until_healthy(&mut hosts.stack).await;

        // Until Traefik is updated, the buffering middleware is necessary.
        let buffered = changed(&strict, "wiki-mcp]", "wiki-mcp, whole]");
        let definition = "  middlewares:\n    whole: { buffering: { maxRequestBodyBytes: 2000000 } }\n";
        let buffered = changed(&buffered, "  middlewares:\n", definition);
        hosts.stack.traefik.replace("wiki.yml", &buffered);
        until_found(&mut hosts.stack, &["buffering"]).await;
        let report = from_inside(&mut hosts.stack.sidecar, &["--traefik-api", &place]).await;
        let report = report.expect(&["buffering"]);
        let remedy = report.results("buffering")[0]["remedy"].to_string();
        assert!(remedy.contains("update Traefik"), "{remedy}");
    });
}
