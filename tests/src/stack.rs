//! The parts together: keys, sidecar, Traefik with the examples' files.

use crate::deployed;
use crate::http::Http;
use crate::sidecar::{Keys, Sidecar, User};
use crate::traefik::Traefik;
use crate::wait;

/// What a stack is to hold.
#[derive(Default)]
pub struct Plan {
    /// Local users.
    pub users: Vec<User>,
    /// Dynamic files besides the sidecar's own: name and text.
    pub files: Vec<(&'static str, String)>,
    /// More `BOUNCER_*` variables of the sidecar.
    pub sidecar: Vec<(&'static str, String)>,
    /// Whether Traefik believes its peers' `X-Forwarded-*`.
    pub trusts_peers: bool,
    /// The address of a Docker API.
    pub docker: Option<String>,
}

/// Traefik with the plugin, and a sidecar.
pub struct Stack {
    /// The keys that both share.
    pub keys: Keys,
    /// The authorization server.
    pub sidecar: Sidecar,
    /// The reverse proxy.
    pub traefik: Traefik,
    /// Sends requests to it.
    pub http: Http,
}

impl Stack {
    /// Starts everything.
    pub async fn start(plan: Plan) -> Self {
        let keys = Keys::generate().await;
        let extra: Vec<(&str, &str)> = plan.sidecar.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let sidecar = Sidecar::start(&keys, &plan.users, &extra).await;
        let mut files = plan.files;
        // With Docker, the sidecar's own labels say what this file says.
        if plan.docker.is_none() {
            files.push(("sidecar.yml", deployed::sidecar(&sidecar.url())));
        }
        let configuration = deployed::traefik(plan.trusts_peers, plan.docker.as_deref());
        let traefik = Traefik::start(&keys, &configuration, &files).await;
        let http = Http::new(traefik.port());
        Self { keys, sidecar, traefik, http }
    }

    /// `http://host:PORT` at Traefik.
    pub fn at(&self, host: &str) -> String {
        format!("http://{host}:{}", self.traefik.port())
    }

    /// Waits until Traefik's routers answer at each of these URLs.
    pub async fn ready(&self, urls: &[String]) {
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
