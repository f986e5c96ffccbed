//! Faults in dynamic files, as Traefik's API shows them.

use e2e::deployed::{self, Tenant};
use e2e::runtime::run;
use e2e::stack::Stack;
use e2e::wait;

use crate::report::{Report, from_inside};
use crate::world::{Hosts, changed, hardening, long_form};

/// Waits until `doctor` finds exactly this from inside. A change of Traefik's files is complete once Traefik has polled
/// the sidecar again.
pub async fn until_found(stack: &mut Stack, codes: &[&str]) -> Report {
    wait::until(&format!("doctor finds {codes:?}"), async || {
        let report = from_inside(&mut stack.sidecar, &[]).await;
        println!("{:?}", report.sentences());
        (report.with("found") == codes.iter().copied().collect()).then(|| report.expect(codes))
    })
    .await
}

/// Waits until `doctor` finds nothing from inside.
pub async fn until_healthy(stack: &mut Stack) {
    until_found(stack, &[]).await;
}

/// Starts an installation in which `doctor` finds nothing from inside.
pub async fn healthy() -> Hosts {
    let mut hosts = Hosts::start(&[]).await;
    let stack = &mut hosts.stack;
    let (operations, oauth) = (stack.sidecar.ops_url(), stack.sidecar.url());
    stack.sidecar.set("BOUNCER_METRICS_ADDR", &operations.replace("http://", ""));
    stack.sidecar.set("BOUNCER_LISTEN_ADDR", &oauth.replace("http://", ""));
    let hardening = hardening().await;
    stack.restart_traefik(|text| changed(text, "    http:\n", &format!("    http:{hardening}\n"))).await;
    until_healthy(stack).await;
    hosts
}

fn one(host: &str, server: &str) -> String {
    deployed::one_label_server(host, "wiki", server)
}

/// Returns a file with one more middleware, before or after the plugin.
fn with(server: &str, middlewares: &str, definition: &str) -> String {
    let text = changed(&one("wiki.localhost", server), "[mcp-auth@http]", middlewares);
    format!("{text}  middlewares:\n    other: {{ {definition} }}\n")
}

/// Returns files with one fault each, and the check that each file makes fail.
fn faults(server: &str) -> Vec<(&'static str, String)> {
    let one = |host: &str| one(host, server);
    let before = "[other, mcp-auth@http]";
    let rule = |rule: &str| changed(&one("wiki.localhost"), "Host(`wiki.localhost`)", rule);
    let tenant = Tenant::local("wiki", server);
    let own = |option: &str| deployed::host_tenant("wiki.localhost", &tenant.clone().with(option));
    vec![
        (
            "router-enabled",
            changed(&one("wiki.localhost"), "[mcp-auth@http]", "[mcp-auth@http, absent@file]"),
        ),
        (
            "bare-router",
            one("wiki.localhost") + "    bare:\n      rule: Host(`bare.localhost`)\n      service: wiki\n",
        ),
        ("router-rule", rule("HostRegexp(`^wiki`)")),
        ("rule-conditions", rule("Host(`wiki.localhost`) && HeaderRegexp(`User-Agent`, `^claude`)")),
        ("plugin-options", deployed::without_oauth_routers(&own("allowedUser: alice"))),
        (
            "tenants-apart",
            deployed::without_oauth_routers(
                &deployed::host_tenant("localhost", &tenant.clone().with("scopes: email")).replace(
                    "providerIssuer: local",
                    "providerIssuer: https://idp.example.com\n          clientID: c",
                ),
            ),
        ),
        (
            "oauth-priority",
            // The file uses middlewares that the sidecar defines, so their names need the sidecar's provider.
            deployed::without_oauth_routers(&changed(
                &long_form("wiki.localhost", "wiki", server),
                "priority: 1010",
                "priority: 10",
            )),
        ),
        ("path-kept", with(server, before, "stripPrefix: { prefixes: [/x] }")),
        ("buffering", with(server, before, "buffering: { maxRequestBodyBytes: 1000000 }")),
        ("compression", with(server, "[mcp-auth@http, other]", "compress: {}")),
        (
            "second-login",
            with(server, before, "basicAuth: { users: [\"a:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/\"] }"),
        ),
        (
            "identity-headers",
            with(server, "[mcp-auth@http, other]", "headers: { customRequestHeaders: { X-Mcp-Sub: admin } }"),
        ),
        ("cors-middleware", changed(&one("wiki.localhost"), "[mcp-auth@http]", "[mcpb-tenant@http]")),
        ("entry-tls", one("wiki.example.com")),
        (
            "api-router",
            one("wiki.localhost")
                + "    dashboard:\n      rule: Host(`traefik.example.com`)\n      service: api@internal\n",
        ),
        (
            "server-up",
            changed(
                &one("wiki.localhost"),
                "        servers:\n",
                "        healthCheck: { path: /, interval: 100ms, timeout: 50ms, status: 299 }\n        servers:\n",
            ),
        ),
    ]
}

#[test]
fn each_fault_in_a_dynamic_file_is_found() {
    run(async {
        let mut hosts = healthy().await;
        for (code, file) in faults(&hosts.server.url()) {
            hosts.stack.traefik.replace("wiki.yml", &file);
            until_found(&mut hosts.stack, &[code]).await;
        }
        hosts.stack.traefik.replace("wiki.yml", &one("wiki.localhost", &hosts.server.url()));
        until_healthy(&mut hosts.stack).await;
        for file in ["wiki.yml", "good.yml"] {
            hosts.stack.traefik.replace(file, "");
        }
        until_found(&mut hosts.stack, &["protected"]).await;
    });
}
