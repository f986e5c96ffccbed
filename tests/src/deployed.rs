//! The files of `deploy/traefik`. Text substitution replaces the examples' hosts, addresses and names, so that the
//! tests run the examples themselves.

use std::net::SocketAddr;

use crate::guide::Page;
use crate::paths;

/// Returns the static configuration, which listens on a free port of this machine.
///
/// `trusts_peers`: whether to use the settings for Traefik behind another proxy, so that tests can choose the scheme
/// and the address of a request. `docker`: the address of a Docker API.
pub fn traefik(trusts_peers: bool, docker: Option<&str>) -> String {
    listening_here(&file("traefik.yml"), trusts_peers, docker)
}

/// Returns the static configuration for a Traefik that has the sidecar as one of its providers. `sidecar` is the
/// sidecar's operations listener, `api` the address of Traefik's own API. The plugin's keys are in Traefik's
/// environment, or in the folder `shared`.
pub fn one_label(
    trusts_peers: bool,
    docker: Option<&str>,
    (sidecar, api): (&str, SocketAddr),
    shared: Option<&std::path::Path>,
) -> String {
    let text = replaced(&file("one-label.yml"), "http://mcpbouncer:9090", sidecar);
    let text = replaced(&text, "\":8080\"", &format!("\"{api}\""));
    let text = replaced(&text, "\"2s\"", "\"100ms\"");
    let text = replaced(&text, "providers:\n", "providers:\n  providersThrottleDuration: \"100ms\"\n");
    let ours = match shared {
        Some(folder) => format!("mounts: [\"{}:/mcpbouncer:ro\"]", folder.display()),
        None => {
            "envs: [BOUNCER_PLUGIN_KEY, BOUNCER_TRUST_ANCHOR]\n        # mounts: [\"/etc/mcpbouncer/shared:/mcpb:ro\"]".to_owned()
        }
    };
    let text = replaced(&text, "mounts: [\"/mcpbouncer:/mcpbouncer:ro\"]", &ours);
    listening_here(&text, trusts_peers, docker)
}

fn listening_here(text: &str, trusts_peers: bool, docker: Option<&str>) -> String {
    let text = replaced(text, "\":80\"", "\"127.0.0.1:0\"");
    let text = if trusts_peers {
        let example = "# forwardedHeaders: { trustedIPs: [\"10.0.0.0/8\"] }";
        replaced(&text, example, "forwardedHeaders: { trustedIPs: [\"127.0.0.1\"] }")
    } else {
        text
    };
    let text = match docker {
        Some(endpoint) => {
            let example = "# docker:\n  #   exposedByDefault: false";
            let ours = format!("docker:\n    exposedByDefault: false\n    endpoint: \"{endpoint}\"");
            replaced(&text, example, &ours)
        }
        None => text,
    };
    format!(
        "{text}\nglobal: {{ checkNewVersion: false, sendAnonymousUsage: false }}\nlog: {{ level: INFO }}\n"
    )
}

/// Returns the configuration with the provider for Docker Swarm instead of the provider for Docker.
pub fn with_swarm(configuration: &str) -> String {
    replaced(configuration, "  docker:\n", "  swarm:\n    network: mcp\n")
}

/// Returns the configuration with the providers for Kubernetes, which read the API at this address.
pub fn with_kubernetes(configuration: &str, endpoint: &str) -> String {
    ["kubernetesIngress", "kubernetesCRD", "kubernetesGateway"].iter().fold(
        configuration.to_owned(),
        |text, provider| {
            let ours = format!("{provider}: {{ endpoint: \"{endpoint}\", throttleDuration: \"100ms\" }}");
            replaced(&text, &format!("# {provider}: {{}}"), &ours)
        },
    )
}

/// Returns the configuration with a directory that is mounted at `place` for the plugin.
pub fn with_mount(configuration: &str, directory: &std::path::Path, place: &str) -> String {
    let example = "# mounts: [\"/etc/mcpbouncer/shared:/mcpb:ro\"]";
    replaced(configuration, example, &format!("mounts: [\"{}:{place}:ro\"]", directory.display()))
}

/// Returns the configuration without keys: the plugin reads them in the folder that the sidecar shares with Traefik.
pub fn with_shared_keys(configuration: &str, shared: &std::path::Path) -> String {
    let example = "# mounts: [\"/mcpbouncer:/mcpbouncer:ro\"]";
    let ours = format!("mounts: [\"{}:/mcpbouncer:ro\"]", shared.display());
    let text = replaced(configuration, example, &ours);
    replaced(&text, "envs: [BOUNCER_PLUGIN_KEY, BOUNCER_TRUST_ANCHOR]", "envs: []")
}

/// Returns the dynamic file of the sidecar, which is at `url`.
pub fn sidecar(url: &str) -> String {
    replaced(&file("dynamic/sidecar.yml"), "http://mcpbouncer:8080", url)
}

/// The identity provider of a tenant, as the plugin's options name it.
#[derive(Clone, Debug)]
pub enum Provider {
    /// The local users of the sidecar.
    Local,
    /// An OpenID provider.
    Oidc {
        /// The provider's issuer.
        issuer: String,
        /// The id of the client that is registered at the provider.
        client_id: String,
        /// The secret of that client.
        client_secret: String,
    },
}

/// A tenant to insert into an example file.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The name that replaces the example's name in routers, services, middlewares, paths and `resource`.
    pub name: String,
    /// The URL of the MCP server.
    pub backend: String,
    /// The identity provider.
    pub provider: Provider,
    /// Additional plugin options, each as `name: value`.
    pub options: Vec<String>,
}

impl Tenant {
    /// Returns a tenant with local users.
    pub fn local(name: &str, backend: &str) -> Self {
        Self {
            name: name.to_owned(),
            backend: backend.to_owned(),
            provider: Provider::Local,
            options: Vec::new(),
        }
    }

    /// Returns the same tenant with another provider.
    #[must_use]
    pub fn with_provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    /// Returns the same tenant with one more plugin option, `name: value`.
    #[must_use]
    pub fn with(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    fn substituted(&self, text: &str, example: &str) -> String {
        let text = replaced(text, &format!("http://{example}:3001"), &self.backend);
        let start = format!("          resource: {example}\n");
        let (before, after) = text.split_once(&start).expect("the example names its resource");
        let (between, rest) =
            after.split_once("          providerIssuer: local\n").expect("and its provider");
        let options: String = self.option_lines().iter().map(|line| format!("          {line}\n")).collect();
        let text = format!("{before}{start}{between}{options}{rest}");
        with_word_replaced(&text, example, &self.name)
    }

    fn option_lines(&self) -> Vec<String> {
        let mut lines = match &self.provider {
            Provider::Local => vec!["providerIssuer: local".to_owned()],
            Provider::Oidc { issuer, client_id, client_secret } => vec![
                format!("providerIssuer: {issuer}"),
                format!("clientID: {client_id}"),
                format!("clientSecret: {client_secret}"),
            ],
        };
        lines.extend(self.options.iter().cloned());
        lines
    }
}

/// Returns `host-tenant.yml`: a tenant with its own host.
pub fn host_tenant(host: &str, tenant: &Tenant) -> String {
    let text = replaced(&file("dynamic/host-tenant.yml"), "wiki.example.com", "HOST");
    tenant.substituted(&text, "wiki").replace("HOST", host)
}

/// Returns `one-label.yml`: a server that one line protects.
pub fn one_label_server(host: &str, name: &str, server: &str) -> String {
    let text = replaced(&file("dynamic/one-label.yml"), "wiki.example.com", "HOST");
    let text = replaced(&text, "http://wiki:3001", "SERVER");
    with_word_replaced(&text, "wiki", name).replace("HOST", host).replace("SERVER", server)
}

/// Returns `path-tenants.yml`: two tenants on one host, each below `/<name>`.
pub fn path_tenants(host: &str, first: &Tenant, second: &Tenant) -> String {
    let text = replaced(&file("dynamic/path-tenants.yml"), "mcp.example.com", "HOST");
    let text = second.substituted(&first.substituted(&text, "docs"), "code");
    text.replace("HOST", host)
}

/// The first line of a dynamic file that keeps its OAuth routers although the sidecar writes those of other files.
const BY_HAND: &str = "# The OAuth routers are written by hand.\n";

/// Returns the same file, marked so that it keeps its OAuth routers.
pub fn by_hand(text: &str) -> String {
    format!("{BY_HAND}{text}")
}

/// Returns a dynamic file for a Traefik that has the sidecar as a provider: without the OAuth routers, which the
/// sidecar writes, and with the sidecar's middlewares.
pub fn without_oauth_routers(text: &str) -> String {
    let by_hand = text.starts_with(BY_HAND);
    let mut kept = String::new();
    let mut in_router = false;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if indent <= 4 {
            in_router = line.trim_end().ends_with("-oauth:");
        }
        if by_hand || !in_router {
            let line = ["mcpb-cors", "mcpb-route"].iter().fold(line.to_owned(), |line, name| {
                line.replace(&format!("[{name},"), &format!("[{name}@http,"))
                    .replace(&format!("[{name}]"), &format!("[{name}@http]"))
            });
            let line =
                if by_hand { line.replace("service: mcpbouncer", "service: mcpbouncer@http") } else { line };
            kept.push_str(&line);
            kept.push('\n');
        }
    }
    kept
}

/// Returns the labels of the block in `docs/guides/long-form.md` that is marked `<!-- labels: NAME -->`.
pub fn long_form_labels(name: &str) -> Vec<String> {
    Page::guide("long-form").labels(&format!("labels: {name}"))
}

/// Replaces the example's label `providerIssuer=local` by the labels of the provider.
pub fn with_provider_labels(labels: Vec<String>, provider: Vec<String>) -> Vec<String> {
    let (local, mut rest): (Vec<String>, Vec<String>) =
        labels.into_iter().partition(|label| label.ends_with(".providerIssuer=local"));
    assert_eq!(local.len(), 1, "the example has local users: {rest:?}");
    rest.extend(provider);
    rest
}

/// Returns the labels of a service in `deploy/long-form/compose.yml`.
pub fn compose_labels(service: &str) -> Vec<String> {
    let path = paths::repository().join("deploy/long-form/compose.yml");
    let text = std::fs::read_to_string(path).expect("compose.yml");
    let below = text.split_once(&format!("\n  {service}:\n")).expect("the service").1;
    let own = below.lines().take_while(|line| line.is_empty() || line.starts_with("    "));
    let items = own.filter_map(|line| line.trim().strip_prefix("- "));
    let labels = items.map(|item| item.trim_matches('\'')).filter(|item| item.starts_with("traefik."));
    labels.map(str::to_owned).collect()
}

fn file(name: &str) -> String {
    let path = paths::repository().join("deploy/traefik").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn replaced(text: &str, example: &str, ours: &str) -> String {
    assert!(text.contains(example), "the example no longer contains '{example}'");
    text.replace(example, ours)
}

/// Replaces `word` by `by`, but only where it is a whole word.
fn with_word_replaced(text: &str, word: &str, by: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let alone = !before.ends_with(is_word) && !after.starts_with(is_word);
        result.push_str(before);
        result.push_str(if alone { by } else { word });
        rest = after;
    }
    result + rest
}
