//! Starts Traefik with the routes that the benchmark compares.

use std::path::Path;

use e2e::sidecar::Keys;
use e2e::traefik::{LocalPlugin, Traefik};
use e2e::{deployed, wait};

/// The first label of the host name of the plugin's route, and the `resource` of its tenant.
pub const PLUGIN: &str = "plugin";
const NOOP: &str = include_str!("../noop.wat");
const CALLS: &str = include_str!("../calls.wat");

/// The public base URL of the tenant: `http://plugin.localhost:PORT`.
pub fn base(traefik: &Traefik) -> String {
    format!("http://{PLUGIN}.localhost:{}", traefik.port())
}

/// Starts Traefik with routes to `backend`: `none`, `noop`, `calls`, `plugin`, `forward_auth`.
pub async fn start(keys: &Keys, backend: &str) -> Traefik {
    with(keys, &[("routes.yml", routes(backend))]).await
}

/// Starts Traefik with the same routes. The plugin reads its keys from `keys.json` in this folder, which is mounted
/// for it.
pub async fn start_with_keys_file(keys: &Keys, backend: &str, folder: &Path) -> Traefik {
    let text = serde_json::json!({ "plugin_key": keys.plugin_key, "trust_anchor": keys.trust_anchor });
    std::fs::write(folder.join("keys.json"), text.to_string()).expect("the keys file");
    let configuration = deployed::with_shared_keys(&deployed::traefik(false, None), folder);
    configured(keys, &configuration, &[("routes.yml", routes(backend))]).await
}

/// Starts Traefik with all plugins and these files of dynamic configuration.
pub async fn with(keys: &Keys, files: &[(&str, String)]) -> Traefik {
    configured(keys, &deployed::traefik(false, None), files).await
}

async fn configured(keys: &Keys, configuration: &str, files: &[(&str, String)]) -> Traefik {
    let plugins = "localPlugins:\n    noop:\n      moduleName: github.com/mcpbouncer/noop\n    calls:\n      moduleName: github.com/mcpbouncer/calls\n";
    let configuration = configuration.replace("localPlugins:\n", plugins);
    let noop = LocalPlugin {
        name: "github.com/mcpbouncer/noop",
        manifest: "displayName: noop\ntype: middleware\nruntime: wasm\nwasmPath: plugin.wasm\nimport: github.com/mcpbouncer/noop\nsummary: noop\ntestData: {}\n",
        wasm: wat::parse_str(NOOP).expect("a WebAssembly text"),
    };
    let calls = LocalPlugin {
        name: "github.com/mcpbouncer/calls",
        manifest: "displayName: calls\ntype: middleware\nruntime: wasm\nwasmPath: plugin.wasm\nimport: github.com/mcpbouncer/calls\nsummary: calls\ntestData: {}\n",
        wasm: wat::parse_str(CALLS).expect("a WebAssembly text"),
    };
    Traefik::start_with(keys, &configuration, files, &[noop, calls]).await
}

/// Waits until a route responds with 200 or 401.
pub async fn ready(traefik: &Traefik, host: &str) {
    wait::until(host, async || {
        let port = traefik.port();
        let request = format!("POST /mcp HTTP/1.1\r\nHost: {host}.localhost:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let answer = e2e::wire::exchange(port, request.as_bytes()).await;
        matches!(answer.status(), 200 | 401).then_some(())
    })
    .await;
}

fn routes(backend: &str) -> String {
    let router = |name: &str, middlewares: &str| {
        format!(
            "    {name}: {{ rule: Host(`{name}.localhost`), service: backend, middlewares: [{middlewares}] }}\n"
        )
    };
    [
        "http:\n  routers:\n",
        &router("none", ""),
        &router("noop", "noop"),
        &router("calls", "calls"),
        &router(PLUGIN, "plugin"),
        &router("forward_auth", "forward"),
        &services(backend),
        "  middlewares:\n    noop: { plugin: { noop: { any: value } } }\n    calls: { plugin: { calls: { any: value } } }\n",
        &format!("    forward: {{ forwardAuth: {{ address: \"{backend}/auth\", authResponseHeaders: [X-Mcp-Sub] }} }}\n"),
        &tenant(PLUGIN, PLUGIN, "0"),
    ]
    .concat()
}

/// The definition of the only service, `backend`.
pub fn services(backend: &str) -> String {
    format!("  services:\n    backend: {{ loadBalancer: {{ servers: [{{ url: \"{backend}\" }}] }} }}\n")
}

/// A tenant's middleware. A new `generation` changes its configuration.
pub fn tenant(middleware: &str, resource: &str, generation: &str) -> String {
    format!(
        "    {middleware}: {{ plugin: {{ mcpbouncer: {{ resource: {resource}, pathPrefix: \"\", providerIssuer: local, scopes: \"read write\", audience: \"generation-{generation}\" }} }} }}\n"
    )
}
