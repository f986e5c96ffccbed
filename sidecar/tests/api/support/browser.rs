//! A browser with a cookie jar.

use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use protocol::form::encode_pairs;

use super::{PASSWORD, Reply, Site, World, authorize_pairs};

/// A browser at one tenant. It keeps cookies, and sends the headers that browsers send.
pub(crate) struct Browser<'a> {
    pub(crate) world: &'a World,
    pub(crate) site: &'a Site,
    pub(crate) cookies: Jar,
}

/// The cookies of one host, the oldest first (RFC 6265 §5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Jar(pub(crate) Vec<(String, String)>);

impl Jar {
    /// Returns the cookies of logins in progress, without those of known browsers and of sessions.
    pub(crate) fn of_logins(&self) -> Vec<&(String, String)> {
        let others = |name: &str| name.ends_with("-known") || name.contains("-session-");
        self.0.iter().filter(|(name, _)| !others(name)).collect()
    }

    /// Returns the cookies of sessions.
    pub(crate) fn of_sessions(&self) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| name.contains("-session-")).cloned().collect()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Processes a `Set-Cookie` line; a replaced cookie keeps its position.
    fn take(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.0.retain(|(known, _)| known != name);
        } else if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| known == name) {
            value.clone_into(known);
        } else {
            self.0.push((name.into(), value.into()));
        }
    }
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World, site: &'a Site) -> Self {
        Self { world, site, cookies: Jar::default() }
    }

    /// Returns a browser with the same cookies at another tenant of the same host.
    pub(crate) fn at(&self, site: &'a Site) -> Self {
        Self { world: self.world, site, cookies: self.cookies.clone() }
    }

    pub(crate) fn cookie(&self) -> String {
        self.cookies.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub(crate) async fn send(&mut self, endpoint: Endpoint, mut request: Request<Body>) -> Reply {
        if !self.cookies.0.is_empty() {
            request.headers_mut().insert(header::COOKIE, self.cookie().parse().unwrap());
        }
        let reply = self.world.send(self.site, endpoint, request).await;
        for line in reply.headers.get_all(header::SET_COOKIE) {
            self.cookies.take(line.to_str().unwrap());
        }
        reply
    }

    pub(crate) async fn get(&mut self, endpoint: Endpoint, query: &str) -> Reply {
        self.send(endpoint, Request::get(format!("/?{query}")).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn authorize(&mut self, pairs: &[(String, String)]) -> Reply {
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.get(Endpoint::Authorize, &encode_pairs(&pairs)).await
    }

    /// Follows a redirect to one of our own pages.
    pub(crate) async fn follow(&mut self, reply: &Reply) -> Reply {
        let target = reply.onward();
        let rest =
            target.strip_prefix(self.site.base.as_str()).unwrap_or_else(|| panic!("leads away: {target}"));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        self.get(Endpoint::at_oauth_path(path).unwrap(), query).await
    }

    /// Posts a form as a browser would from a page of this server.
    pub(crate) async fn post(&mut self, endpoint: Endpoint, pairs: &[(&str, &str)]) -> Reply {
        let origin = self.site.base.origin().to_owned();
        self.post_from(endpoint, pairs, &[("origin", &origin), ("sec-fetch-site", "same-origin")]).await
    }

    /// Posts a form with these additional headers.
    pub(crate) async fn post_from(
        &mut self,
        endpoint: Endpoint,
        pairs: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request =
            Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(endpoint, request.body(Body::from(encode_pairs(pairs))).unwrap()).await
    }

    /// Submits the login form of `page`.
    pub(crate) async fn log_in(&mut self, page: &Reply, name: &str, password: &str) -> Reply {
        let (flow, csrf) = (page.input("flow"), page.input("csrf"));
        let mut pairs =
            vec![("flow", flow.as_str()), ("csrf", &csrf), ("username", name), ("password", password)];
        let own = page.text.contains("name=\"for\"").then(|| page.input("for"));
        pairs.extend(own.as_deref().map(|own| ("for", own)));
        self.post(Endpoint::Login, &pairs).await
    }

    /// Submits the consent form of `page`.
    pub(crate) async fn decide(&mut self, page: &Reply, decision: &str) -> Reply {
        let (flow, csrf) = (page.input("flow"), page.input("csrf"));
        let pairs = [("flow", flow.as_str()), ("csrf", &csrf), ("decision", decision)];
        self.post(Endpoint::Consent, &pairs).await
    }

    /// Goes from the authorization request to the consent page, as alice.
    pub(crate) async fn reach_consent(&mut self, pairs: &[(String, String)]) -> Reply {
        let begun = self.authorize(pairs).await;
        let page = self.follow(&begun).await;
        if !page.text.contains("name=\"password\"") {
            // The browser has a session, so the consent page comes first.
            return page;
        }
        let done = self.log_in(&page, "alice", PASSWORD).await;
        assert!(done.status.is_redirection(), "{done:?}");
        self.follow(&done).await
    }

    /// Goes from the authorization request to the code, as alice.
    pub(crate) async fn reach_code(&mut self, client_id: &str) -> String {
        let page = self.reach_consent(&authorize_pairs(client_id)).await;
        let done = self.decide(&page, "approve").await;
        done.onward_parameter("code").unwrap()
    }
}
