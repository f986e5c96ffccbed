//! The part of Docker's HTTP API that Traefik's Docker and Swarm providers use, so that tests can use real labels. It
//! has containers with labels, each at an address of this machine. For Swarm, each container is the only task of a
//! service that has the container's name and labels.

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use crate::wire::{Message, Reply, Server};

/// A container: its name, its labels (`name=value`), and the address of its service.
#[derive(Clone)]
pub struct Container {
    /// The container's name.
    pub name: String,
    /// Labels in the form of `docker run --label`.
    pub labels: Vec<String>,
    /// The real address of its only port: `http://127.0.0.1:PORT`.
    pub url: String,
}

/// The id of the only network of the swarm, `mcp`.
const NETWORK: &str = "mcp-network";

/// The running API.
pub struct DockerApi {
    server: Server,
    running: Arc<Mutex<Running>>,
}

struct Running {
    containers: Vec<Container>,
    /// Whether [`DockerApi::replace`] has changed the containers.
    has_changed: bool,
}

impl DockerApi {
    /// Starts the API with these containers.
    pub async fn start(containers: Vec<Container>) -> Self {
        let running = Arc::new(Mutex::new(Running { containers, has_changed: false }));
        let shown = Arc::clone(&running);
        let server =
            Server::start(move |request| answer(request, &shown.lock().expect("no panic under it"))).await;
        Self { server, running }
    }

    /// Replaces the containers, and sends an event to everybody who listens for events.
    pub fn replace(&self, containers: Vec<Container>) {
        *self.running.lock().expect("no panic under it") = Running { containers, has_changed: true };
        self.server.say(&event());
    }

    /// The API's address in the form of Traefik's option `endpoint`.
    pub fn endpoint(&self) -> String {
        self.server.url().replace("http://", "tcp://")
    }
}

fn event() -> String {
    let event = json!({
        "Type": "container", "Action": "start", "status": "start", "id": "any",
        "Actor": { "ID": "any", "Attributes": {} }, "time": 1,
    });
    format!("{event}\n")
}

fn answer(request: &Message, running: &Running) -> Reply {
    let containers = &running.containers;
    let target = request.start.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    // Clients begin the path with the API version, as in /v1.51/containers/json.
    let path = path.strip_prefix("/v1.").and_then(|rest| rest.split_once('/')).map_or(path, |(_, rest)| rest);
    let one = path.strip_prefix("containers/").and_then(|rest| rest.strip_suffix("/json"));
    let value = match path.trim_start_matches('/') {
        "_ping" => return Reply::whole("200 OK", "text/plain", "OK").with("Api-Version", "1.51"),
        "version" => json!({ "Version": "28.0.0", "ApiVersion": "1.51", "MinAPIVersion": "1.24" }),
        // A client that begins to listen only after a change may have read the list before the change.
        "events" if running.has_changed => return Reply::stream("application/json", event()),
        "events" => return Reply::stream("application/json", ""),
        "services" => containers.iter().map(service).collect(),
        "networks" => json!([{ "Id": NETWORK, "Name": "mcp", "Scope": "swarm" }]),
        "tasks" => containers.iter().filter(|container| target.contains(&container.name)).map(task).collect(),
        "containers/json" => containers.iter().map(summary).collect(),
        _ => match one.and_then(|id| containers.iter().find(|container| container.name == id)) {
            Some(container) => details(container),
            None => {
                return Reply::whole("404 Not Found", "application/json", "{\"message\":\"no such page\"}");
            }
        },
    };
    Reply::whole("200 OK", "application/json", value.to_string())
}

fn summary(container: &Container) -> Value {
    json!({
        "Id": container.name,
        "Names": [format!("/{}", container.name)],
        "Labels": labels(container),
        "State": "running",
        "NetworkSettings": { "Networks": networks() },
    })
}

fn details(container: &Container) -> Value {
    json!({
        "Id": container.name,
        "Name": format!("/{}", container.name),
        "State": { "Status": "running", "Running": true },
        "Config": { "Labels": labels(container) },
        "HostConfig": { "NetworkMode": "bridge" },
        "NetworkSettings": { "Networks": networks(), "Ports": { format!("{}/tcp", port(container)): null } },
    })
}

/// Returns a container as a service of a swarm.
fn service(container: &Container) -> Value {
    json!({
        "ID": container.name,
        "Spec": { "Name": container.name, "Labels": labels(container), "EndpointSpec": { "Mode": "vip" } },
        "Endpoint": { "VirtualIPs": [{ "NetworkID": NETWORK, "Addr": "127.0.0.2/24" }] },
    })
}

/// Returns the task of a service. In a real swarm a virtual address leads to the task; Traefik calls the task itself.
fn task(container: &Container) -> Value {
    json!({
        "ID": format!("{}-task", container.name),
        "Slot": 1,
        "Status": { "State": "running" },
        "NetworksAttachments": [{ "Network": { "ID": NETWORK }, "Addresses": ["127.0.0.1/24"] }],
    })
}

fn networks() -> Value {
    json!({ "bridge": { "IPAddress": "127.0.0.1" } })
}

fn port(container: &Container) -> &str {
    container.url.rsplit(':').next().unwrap_or_default()
}

/// Returns the container's labels. A port in them is the port inside the container; it is replaced by the real port,
/// which is known only at run time.
fn labels(container: &Container) -> Value {
    let port = port(container);
    let pairs = container.labels.iter().filter_map(|label| label.split_once('='));
    let real = |name: &str, value: &str| {
        let value = if name.ends_with(".loadbalancer.server.port") { port } else { value };
        (name.to_owned(), json!(value))
    };
    Value::Object(pairs.map(|(name, value)| real(name, value)).collect::<Map<_, _>>())
}
