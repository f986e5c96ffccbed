//! The whole system: keys, the sidecar, and Traefik with the files of the examples.

use serde_json::Value;

use crate::deployed;
use crate::docker_api::{Container, DockerApi};
use crate::http::Http;
use crate::kubernetes_api::KubernetesApi;
use crate::paths;
use crate::ports::Held;
use crate::sidecar::{Keys, Sidecar, User};
use crate::traefik::Traefik;
use crate::wait;

/// Who writes the routers that lead a tenant's OAuth paths to the sidecar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Form {
    /// The form that the environment variable `MCPBOUNCER_FORM` names: [`Self::OneLabel`] if it is `one-label`,
    /// otherwise [`Self::Long`].
    #[default]
    OfTheRun,
    /// The operator writes the routers, in files or labels.
    Long,
    /// The sidecar writes the routers, as one of Traefik's providers.
    OneLabel,
}

impl Form {
    /// Whether the sidecar writes the routers.
    pub fn is_one_label(self) -> bool {
        match self {
            Self::OfTheRun => paths::runs_with_one_label(),
            Self::Long => false,
            Self::OneLabel => true,
        }
    }
}

/// The configuration of a stack.
#[derive(Default)]
pub struct Plan {
    /// The local users.
    pub users: Vec<User>,
    /// Dynamic files (name and text) besides the sidecar's own.
    pub files: Vec<(&'static str, String)>,
    /// Additional `BOUNCER_*` variables of the sidecar.
    pub sidecar: Vec<(&'static str, String)>,
    /// Whether sidecar and plugin share a directory with the revocation list, which the plugin reads as
    /// `/mcpb/revoked`.
    pub shares: bool,
    /// Files (name and text) that the plugin sees below `/keys`.
    pub keys: Vec<(&'static str, String)>,
    /// Whether Traefik trusts the headers `X-Forwarded-*` of its peers.
    pub trusts_peers: bool,
    /// Who writes the routers for OAuth.
    pub form: Form,
    /// Whether Traefik logs everything, such as each configuration that it loads.
    pub verbose: bool,
    /// MCP servers that are configured by labels. If there are any, the sidecar is configured by labels too.
    pub containers: Vec<Container>,
    /// Whether the containers are services of a swarm, whose only network is `mcp`.
    pub is_swarm: bool,
    /// Objects of a Kubernetes cluster. If there are any, the sidecar must write the routers for OAuth.
    pub cluster: Vec<Value>,
}

/// Traefik with the plugin, and a sidecar.
pub struct Stack {
    /// The keys of sidecar and Traefik.
    pub keys: Keys,
    /// The authorization server.
    pub sidecar: Sidecar,
    /// The reverse proxy.
    pub traefik: Traefik,
    /// The client that sends requests to Traefik.
    pub http: Http,
    /// The directory that sidecar and plugin share, and the directory of the key files.
    _shared: [tempfile::TempDir; 2],
    /// The Docker API from which Traefik reads labels, if any.
    pub docker: Option<DockerApi>,
    /// The Kubernetes API from which Traefik reads objects, if any.
    pub kubernetes: Option<KubernetesApi>,
    /// The port of Traefik's API, if the sidecar is one of its providers.
    pub api: Option<Held>,
    configuration: String,
    files: Vec<(&'static str, String)>,
}

impl Stack {
    /// Starts all programs.
    pub async fn start(mut plan: Plan) -> Self {
        let keys = Keys::generate().await;
        let shared = tempfile::TempDir::new().expect("a temporary directory");
        if plan.shares {
            let list = shared.path().join("revoked").display().to_string();
            plan.sidecar.push(("BOUNCER_REVOCATION_FILE", list));
        }
        // The labels of containers are in either form, so only [`Form::OneLabel`] decides.
        let one_label =
            plan.form.is_one_label() && (plan.containers.is_empty() || plan.form == Form::OneLabel);
        let api = one_label.then(Held::any);
        if let Some(api) = &api {
            plan.sidecar.push(("BOUNCER_TRAEFIK_API", format!("http://127.0.0.1:{}", api.number())));
        }
        let extra: Vec<(&str, &str)> =
            plan.sidecar.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let sidecar = Sidecar::start(&keys, &plan.users, &extra).await;
        let mut files = plan.files;
        let docker = if one_label {
            for (_, text) in &mut files {
                *text = deployed::without_oauth_routers(text);
            }
            if plan.containers.is_empty() { None } else { Some(DockerApi::start(plan.containers).await) }
        } else if plan.containers.is_empty() {
            files.push(("sidecar.yml", deployed::sidecar(&sidecar.url())));
            None
        } else {
            let labels = deployed::long_form_labels("sidecar");
            let own = Container { name: "mcpbouncer".to_owned(), labels, url: sidecar.url() };
            Some(DockerApi::start([vec![own], plan.containers].concat()).await)
        };
        let endpoint = docker.as_ref().map(DockerApi::endpoint);
        let mut configuration = match &api {
            Some(api) => {
                let operations = sidecar.ops_url();
                let places = (operations.as_str(), api.here());
                deployed::one_label(plan.trusts_peers, endpoint.as_deref(), places, None)
            }
            None => deployed::traefik(plan.trusts_peers, endpoint.as_deref()),
        };
        if plan.verbose {
            configuration = configuration.replace("level: INFO", "level: DEBUG");
        }
        let kubernetes = kubernetes(plan.cluster).await;
        if let Some(api) = &kubernetes {
            configuration = deployed::with_kubernetes(&configuration, &api.endpoint());
        }
        if plan.is_swarm {
            configuration = deployed::with_swarm(&configuration);
        }
        if plan.shares {
            configuration = deployed::with_mount(&configuration, shared.path(), "/mcpb");
        }
        let key_files = tempfile::TempDir::new().expect("a temporary directory");
        for (name, text) in &plan.keys {
            std::fs::write(key_files.path().join(name), text).expect("a key file");
        }
        if !plan.keys.is_empty() {
            configuration = deployed::with_mount(&configuration, key_files.path(), "/keys");
        }
        let traefik = Traefik::start(&keys, &configuration, &files).await;
        let http = Http::new(traefik.port());
        let shared = [shared, key_files];
        Self { keys, sidecar, traefik, http, _shared: shared, docker, kubernetes, api, configuration, files }
    }

    /// Stops Traefik and starts it again, on another port, with its static configuration as `change` returns it.
    pub async fn restart_traefik(&mut self, change: impl FnOnce(&str) -> String) {
        self.traefik.stop().await;
        self.traefik = Traefik::start(&self.keys, &change(&self.configuration), &self.files).await;
        self.http = Http::new(self.traefik.port());
    }

    /// Waits until Traefik has loaded the sidecar's router for the tenant of this URL.
    async fn oauth_is_routed(&self, url: &str) {
        let mut document = url::Url::parse(url).expect("a URL");
        let path =
            format!("/.well-known/oauth-authorization-server{}", document.path().trim_end_matches('/'));
        document.set_path(&path);
        // The plugin serves this document itself; the sidecar serves the keys that the document names.
        wait::until(&format!("the OAuth endpoints of {url} are routed"), async || {
            let answer = self.http.get(document.as_str()).await;
            let keys = answer.json()["jwks_uri"].as_str()?.to_owned();
            (self.http.get(&keys).await.status == 200).then_some(())
        })
        .await;
    }

    /// Returns the warnings in the sidecar's log, without those that Traefik's API cannot be read: on a busy machine, a
    /// starting Traefik polls several times before its API answers.
    pub fn warnings(&self) -> Vec<String> {
        let log = self.sidecar.log();
        let warnings =
            log.lines().filter(|line| line.contains("\"WARN\"") && !line.contains("\"traefik_api\""));
        warnings.map(str::to_owned).collect()
    }

    /// Returns `http://host:PORT`, with Traefik's port.
    pub fn at(&self, host: &str) -> String {
        format!("http://{host}:{}", self.traefik.port())
    }

    /// Waits until the routers of these tenants respond, including the routers for OAuth. The URLs are those of MCP
    /// servers.
    pub async fn ready(&self, urls: &[String]) {
        self.routed(urls).await;
        // Routers for OAuth in files are loaded together with the others.
        if self.api.is_some() {
            for url in urls {
                self.oauth_is_routed(url).await;
            }
        }
    }

    /// Waits until Traefik's routers respond at each of these URLs.
    pub async fn routed(&self, urls: &[String]) {
        for url in urls {
            wait::until(&format!("{url} is routed"), async || {
                let answer = self.http.get(url).await;
                let unrouted = answer.status == 404 && answer.body.starts_with("404 page not found");
                (!unrouted).then_some(())
            })
            .await;
        }
    }
}

/// Starts the API of a cluster with these objects, if there are any.
async fn kubernetes(cluster: Vec<Value>) -> Option<KubernetesApi> {
    if cluster.is_empty() { None } else { Some(KubernetesApi::start(cluster).await) }
}
