//! Wrong routers and middlewares in Traefik, each at its own host, checked from outside.

use e2e::backend::Backend;
use e2e::deployed::{self, Tenant};
use e2e::runtime::run;
use e2e::stack::{Form, Plan, Stack};
use tokio::sync::OnceCell;

use crate::report::{Report, from_outside, until_found};
use crate::world::{Hosts, changed, long_form};

/// Returns the installation with all of them. All names are below `localhost`, so that plain http is allowed.
async fn hosts() -> &'static Hosts {
    static HOSTS: OnceCell<Hosts> = OnceCell::const_new();
    HOSTS
        .get_or_init(async || {
            let hosts = Hosts::start(&[
                ("redirected.yml", |server| {
                    with_middleware(
                        "redirected",
                        server,
                        "redirectRegex: { regex: \".*\", replacement: \"https://login.example.com/\" }",
                    )
                }),
                ("moved.yml", |server| option("moved", server, "publicURL: http://elsewhere.localhost")),
                ("wrong.yml", |server| option("wrong", server, "allowedUser: alice")),
                ("open.yml", |server| {
                    changed(&one("open", server), "      middlewares: [mcp-auth@http]\n", "")
                }),
                ("basic.yml", |server| {
                    with_middleware(
                        "basic",
                        server,
                        "basicAuth: { users: [\"alice:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/\"] }",
                    )
                }),
                ("mute.yml", |server| {
                    with_middleware(
                        "mute",
                        server,
                        "headers: { customResponseHeaders: { WWW-Authenticate: \"\" } }",
                    )
                }),
                ("small.yml", |server| {
                    with_middleware("small", server, "buffering: { maxRequestBodyBytes: 1000 }")
                }),
                ("nopreflight.yml", |server| {
                    changed(
                        &one("nopreflight", server),
                        "Host(`nopreflight.localhost`)",
                        "Host(`nopreflight.localhost`) && (Method(`GET`) || Method(`POST`))",
                    )
                }),
                ("resource.yml", |server| taken("resource", server, "oauth-protected-resource/mcp")),
                ("server.yml", |server| taken("server", server, "oauth-authorization-server")),
                ("openid.yml", |server| taken("openid", server, "openid-configuration")),
                ("docs.yml", docs),
            ])
            .await;
            let operations = hosts.stack.sidecar.ops_url();
            hosts.stack.traefik.replace("public.yml", &public(&operations, &hosts.server.url()));
            let all = ["moved", "wrong", "basic", "mute", "resource", "server", "openid", "leak"];
            let port = hosts.stack.traefik.port();
            hosts.stack.routed(&all.map(|name| format!("http://{name}.localhost:{port}/mcp"))).await;
            let served = ["mute", "small", "nopreflight", "server", "openid", "leak", "docs"];
            let path = |name: &str| if name == "docs" { "/docs/mcp" } else { "/mcp" };
            hosts
                .stack
                .ready(&served.map(|name| format!("http://{name}.localhost:{port}{}", path(name))))
                .await;
            hosts
        })
        .await
}

fn one(name: &str, server: &str) -> String {
    deployed::one_label_server(&format!("{name}.localhost"), name, server)
}

/// Returns a file with one more middleware, before the plugin.
fn with_middleware(name: &str, server: &str, middleware: &str) -> String {
    let text = changed(&one(name, server), "[mcp-auth@http]", &format!("[{name}-other, mcp-auth@http]"));
    format!("{text}  middlewares:\n    {name}-other: {{ {middleware} }}\n")
}

/// Returns a file with its own middleware, which has one more option.
fn option(name: &str, server: &str, option: &str) -> String {
    deployed::host_tenant(&format!("{name}.localhost"), &Tenant::local(name, server).with(option))
}

/// Returns a file with another application of the host that takes a well-known path for itself. In the long form,
/// nothing prevents that.
fn taken(name: &str, server: &str, path: &str) -> String {
    let text = long_form(&format!("{name}.localhost"), name, server);
    with_other(&text, name, server, &format!("/.well-known/{path}"))
}

/// Returns a file with a router of another application that takes this path.
fn with_other(text: &str, name: &str, server: &str, path: &str) -> String {
    let service = format!("    {name}-other: {{ loadBalancer: {{ servers: [{{ url: \"{server}\" }}] }} }}\n");
    let text = changed(text, "  services:\n", &format!("  services:\n{service}"));
    format!(
        "{text}    {name}-other:\n      rule: Host(`{name}.localhost`) && Path(`{path}`)\n      priority: 2000\n      \
         service: {name}-other\n"
    )
}

/// Returns a file with a tenant with a path; another application takes one of the tenant's documents.
fn docs(server: &str) -> String {
    let tenants = ["docs", "code"].map(|name| Tenant::local(name, server));
    let text = deployed::by_hand(&deployed::path_tenants("docs.localhost", &tenants[0], &tenants[1]));
    with_other(&text, "docs", server, "/docs/.well-known/openid-configuration")
}

/// Returns a file with routers for Traefik's API and for the operations listener at an MCP server's host.
fn public(operations: &str, server: &str) -> String {
    let text = changed(
        &one("leak", server),
        "  services:\n",
        &format!(
            "  services:\n    operations: {{ loadBalancer: {{ servers: [{{ url: \"{operations}\" }}] }} }}\n"
        ),
    );
    format!(
        "{text}    leak-api:\n      rule: Host(`leak.localhost`) && PathPrefix(`/api`)\n      service: api@internal\n    \
         leak-metrics:\n      rule: Host(`leak.localhost`) && Path(`/metrics`)\n      service: operations\n"
    )
}

async fn look(name: &str, path: &str) -> Report {
    let arguments = hosts().await.arguments(&format!("{name}.localhost"), path);
    from_outside(&arguments.each_ref().map(String::as_str)).await
}

#[test]
fn each_wrong_router_and_middleware_is_found_from_outside() {
    run(async {
        look("good", "/mcp").await.expect(&["routed"]);
        for (name, code, words) in [
            ("absent", "routed", "404 page not found"),
            ("redirected", "redirected", "https://login.example.com/"),
            ("moved", "base-host", "another host"),
            ("wrong", "plugin-ready", "503"),
            ("open", "open", "without a token"),
            ("basic", "other-login", "Basic"),
            ("mute", "challenge", "WWW-Authenticate"),
            ("small", "body-size", "413"),
            ("nopreflight", "cors-preflight", "OPTIONS"),
            ("resource", "resource-metadata", "oauth-protected-resource"),
            ("server", "server-metadata", "oauth-authorization-server"),
            ("openid", "openid-metadata", "openid-configuration"),
        ] {
            let report = look(name, "/mcp").await.expect(&[code]);
            assert!(report.sentence(code).contains(words), "{name}: {report:?}");
        }
        look("docs", "/docs/mcp").await.expect(&["appended-metadata"]);
        look("leak", "/mcp").await.expect(&["api-public", "operations-public"]);
    });
}

/// While the sidecar is stopped, clients with a token go on, and nobody can log in. That is one finding.
#[test]
fn a_stopped_sidecar_is_found() {
    run(async {
        let mut hosts = Hosts::start(&[]).await;
        hosts.stack.sidecar.stop().await;
        let arguments = hosts.arguments("localhost", "/mcp");
        let report = from_outside(&arguments.each_ref().map(String::as_str)).await.expect(&["oauth-routed"]);
        assert_eq!(report.results("registration")[0]["reason"], "oauth-routed failed", "{report:?}");
    });
}

/// Returns a file in the long form that leads the OAuth paths to the sidecar without the plugin.
fn past(server: &str) -> String {
    let text = deployed::host_tenant("localhost", &Tenant::local("past", server));
    let (before, after) =
        text.split_once(" && (PathPrefix(`/oauth/`) || ").expect("the rule of the OAuth router");
    let (_, after) = after.split_once('\n').expect("a line");
    changed(&format!("{before} && PathPrefix(`/oauth/`)\n{after}"), "[mcpb-route, past-mcp]", "[]")
}

/// This can happen only in the long form: otherwise the sidecar puts its own router above this one.
#[test]
fn an_oauth_router_past_the_plugin_is_found() {
    run(async {
        let server = Backend::start().await;
        let files = vec![("past.yml", past(&server.url()))];
        let stack = Stack::start(Plan { form: Form::Long, files, ..Plan::default() }).await;
        let url = format!("{}/mcp", stack.at("localhost"));
        stack.routed(std::slice::from_ref(&url)).await;
        let report = until_found(&[&url], "sidecar-guarded").await.expect(&["sidecar-guarded"]);
        assert!(report.sentence("sidecar-guarded").contains("past the plugin"), "{report:?}");
    });
}
