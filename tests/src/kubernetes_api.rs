//! The part of the Kubernetes API that Traefik's providers use: lists and watches of objects in JSON. Every list
//! contains the objects of the whole cluster, because Traefik is not limited to namespaces here.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::paths;
use crate::wire::{Message, Reply, Server};

/// The running API.
pub struct KubernetesApi {
    server: Server,
    cluster: Arc<Mutex<Cluster>>,
}

struct Cluster {
    objects: Vec<Value>,
    /// The resource version of every list. It increases with each change.
    version: u64,
}

impl KubernetesApi {
    /// Starts the API with these objects.
    pub async fn start(objects: Vec<Value>) -> Self {
        let cluster = Arc::new(Mutex::new(Cluster { objects, version: 1 }));
        let shown = Arc::clone(&cluster);
        let answer = move |request: &Message| shown.lock().expect("no panic under it").answer(request);
        Self { server: Server::start(answer).await, cluster }
    }

    /// Replaces the objects. Every watch ends, and its version is too old to be resumed, as after a compaction of the
    /// cluster's database. So clients read all lists again.
    pub fn replace(&self, objects: Vec<Value>) {
        let mut cluster = self.cluster.lock().expect("no panic under it");
        cluster.objects = objects;
        cluster.version += 1;
        drop(cluster);
        self.server.end_streams();
    }

    /// The API's address in the form of the option `endpoint` of Traefik's providers.
    pub fn endpoint(&self) -> String {
        self.server.url()
    }
}

impl Cluster {
    fn answer(&self, request: &Message) -> Reply {
        let mut start = request.start.split(' ');
        let (method, target) = (start.next().unwrap_or_default(), start.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let has = |parameter: &str| query.split('&').any(|pair| pair == parameter);
        match method {
            // Traefik writes the status of its objects, which no test reads.
            "PUT" if path.ends_with("/status") => Reply::whole("200 OK", "application/json", request.text()),
            // Requests for a list as the beginning of a watch are refused, as servers without that feature do. Clients
            // then list first and watch afterwards.
            "GET" if has("sendInitialEvents=true") => status(422, "Invalid"),
            "GET" if has("watch=true") && has(&format!("resourceVersion={}", self.version)) => {
                Reply::stream("application/json", "")
            }
            "GET" if has("watch=true") => {
                let event = json!({ "type": "ERROR", "object": status_object(410, "Expired") });
                Reply::whole("200 OK", "application/json", format!("{event}\n"))
            }
            "GET" => match kind_of(path) {
                Some((group_version, plural)) => self.list(&group_version, plural),
                None => status(404, "NotFound"),
            },
            _ => status(405, "MethodNotAllowed"),
        }
    }

    fn list(&self, group_version: &str, plural: &str) -> Reply {
        let is_listed =
            |object: &&Value| object["apiVersion"] == group_version && plural_of(object) == plural;
        let items: Vec<&Value> = self.objects.iter().filter(is_listed).collect();
        let list = json!({ "metadata": { "resourceVersion": self.version.to_string() }, "items": items });
        Reply::whole("200 OK", "application/json", list.to_string())
    }
}

/// Returns API version and plural of a list, such as those of `/apis/networking.k8s.io/v1/ingresses` and
/// `/api/v1/services`.
fn kind_of(path: &str) -> Option<(String, &str)> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts[..] {
        ["api", version, plural] => Some((version.to_owned(), plural)),
        ["apis", group, version, plural] => Some((format!("{group}/{version}"), plural)),
        _ => None,
    }
}

fn plural_of(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or_default().to_ascii_lowercase();
    if kind.ends_with('s') { format!("{kind}es") } else { format!("{kind}s") }
}

fn status_object(code: u16, reason: &str) -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code })
}

fn status(code: u16, reason: &str) -> Reply {
    let line = match code {
        404 => "404 Not Found",
        405 => "405 Method Not Allowed",
        _ => "422 Unprocessable Entity",
    };
    Reply::whole(line, "application/json", status_object(code, reason).to_string())
}

/// Returns the objects of an example in `deploy/kubernetes/examples`, put into a namespace as `kubectl -n` does.
pub fn example(name: &str, namespace: &str) -> Vec<Value> {
    let file = Path::new("deploy/kubernetes/examples").join(name);
    let text = std::fs::read_to_string(paths::repository().join(&file));
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let objects: Vec<Value> =
        serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    objects.into_iter().map(|object| named(object, namespace)).collect()
}

/// Adds what every object in a cluster has in addition to what its author writes: metadata, and the defaults of its
/// kind.
fn named(mut object: Value, namespace: &str) -> Value {
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let uid = format!("{namespace}-{}-{name}", object["kind"].as_str().unwrap_or_default());
    object["metadata"]["namespace"] = json!(namespace);
    object["metadata"]["uid"] = json!(uid);
    object["metadata"]["resourceVersion"] = json!("1");
    object["metadata"]["generation"] = json!(1);
    if object["kind"] == "HTTPRoute" {
        let rules = object["spec"]["rules"].as_array_mut();
        rules.into_iter().flatten().filter(|rule| rule["matches"].is_null()).for_each(|rule| {
            rule["matches"] = json!([{ "path": { "type": "PathPrefix", "value": "/" } }]);
        });
    }
    object
}

/// Returns a Service with one port, `http` (80), and its only endpoint, at `url` (`http://127.0.0.1:PORT`).
pub fn service(name: &str, namespace: &str, url: &str) -> Vec<Value> {
    let port: u16 = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name },
        "spec": {
            "clusterIP": "10.0.0.1",
            "ports": [{ "name": "http", "port": 80, "targetPort": "http", "protocol": "TCP" }],
        },
    });
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": { "name": format!("{name}-1"), "labels": { "kubernetes.io/service-name": name } },
        "addressType": "IPv4",
        "endpoints": [{ "addresses": ["127.0.0.1"], "conditions": { "ready": true, "serving": true } }],
        "ports": [{ "name": "http", "port": port, "protocol": "TCP" }],
    });
    [service, slice].into_iter().map(|object| named(object, namespace)).collect()
}

/// Returns the class of Ingresses that Traefik's chart sets up.
pub fn ingress_class() -> Value {
    let class = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": { "name": "traefik" },
        "spec": { "controller": "traefik.io/ingress-controller" },
    });
    named(class, "")
}

/// Returns what Traefik's chart sets up for the Gateway API: a class, and the Gateway `traefik-gateway` of namespace
/// `traefik`, with a listener on the entry point that routes of every namespace may use.
pub fn gateway() -> Vec<Value> {
    let class = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": { "name": "traefik" },
        "spec": { "controllerName": "traefik.io/gateway-controller" },
    });
    // Traefik finds the entry point by the port in its address. In these tests that port is 0, which means any free
    // port.
    let gateway = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": { "name": "traefik-gateway" },
        "spec": {
            "gatewayClassName": "traefik",
            "listeners": [{
                "name": "web", "port": 0, "protocol": "HTTP", "allowedRoutes": { "namespaces": { "from": "All" } },
            }],
        },
    });
    // A class belongs to the whole cluster, not to a namespace.
    vec![named(class, ""), named(gateway, "traefik")]
}
