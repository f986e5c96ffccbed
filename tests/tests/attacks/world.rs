//! Two tenants on one host, one tenant with its own host, and one with a real OpenID provider; fake MCP servers that
//! record requests; a host that publishes client documents. Traefik trusts its peers here, so that forged headers could
//! have an effect.

use e2e::backend::Backend;
use e2e::browser::{Browser, Decides, Outcome, Person};
use e2e::deployed::{self, Provider, Tenant};
use e2e::flow::{Flow, REDIRECT, Tokens};
use e2e::html::{self, Form};
use e2e::http::Answer;
use e2e::idp::Idp;
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Plan, Stack};
use e2e::wire::{Reply, Server};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

pub struct World {
    pub stack: Stack,
    pub backend: Backend,
    pub documents: Documents,
    pub idp: Idp,
}

/// The victim. Attacker and victim are users of the same server.
pub fn alice() -> Person<'static> {
    Person::user(ALICE)
}

pub fn bob() -> Person<'static> {
    Person::user(BOB)
}

impl World {
    /// Returns the tenant `alpha` or `beta`, below paths of one host.
    pub fn path(&self, name: &str) -> Flow {
        Flow::new(&self.stack.http, &format!("{}/{name}", self.stack.at("shared.localhost")))
    }

    /// Returns a tenant with its own host.
    pub fn host(&self, name: &str) -> Flow {
        Flow::new(&self.stack.http, &self.stack.at(&format!("{name}.localhost")))
    }

    async fn start() -> Self {
        let backend = Backend::start().await;
        let documents = Documents::start().await;
        let idp = Idp::start(&["http://localhost/oauth/callback"]).await;
        let local = |name: &str| {
            let tenant = Tenant::local(name, &backend.url());
            tenant.with("scopes: openid read write admin").with("scopeMap: admin=admins")
        };
        let lone = local("lone").with("revocationFile: /mcpb/revoked");
        let upstream = Tenant::local("upstream", &backend.url()).with_provider(idp.provider());
        let public = Provider::Oidc {
            issuer: "https://accounts.google.com".to_owned(),
            client_id: "x".to_owned(),
            client_secret: "secret-of-the-tenant".to_owned(),
        };
        let files = vec![
            ("shared.yml", deployed::path_tenants("shared.localhost", &local("alpha"), &local("beta"))),
            ("lone.yml", deployed::host_tenant("lone.localhost", &lone)),
            (
                "members.yml",
                deployed::host_tenant("members.localhost", &local("members").with("allowedUsers: alice")),
            ),
            (
                "strict.yml",
                deployed::host_tenant(
                    "strict.localhost",
                    &local("strict")
                        .with("allowedOrigins: https://app.example")
                        .with("requiredScopes: admin"),
                ),
            ),
            (
                "hosted.yml",
                deployed::host_tenant(
                    "hosted.localhost",
                    &local("hosted").with("allowedRedirectHosts: claude"),
                ),
            ),
            (
                "bare.yml",
                deployed::host_tenant(
                    "bare.localhost",
                    &Tenant::local("bare", &backend.url()).with("scopes: \"\""),
                ),
            ),
            ("upstream.yml", deployed::host_tenant("localhost", &upstream)),
            (
                "public.yml",
                deployed::host_tenant(
                    "public.localhost",
                    &Tenant::local("public", &backend.url()).with_provider(public),
                ),
            ),
        ];
        let origin = documents.origin();
        let stack = Stack::start(Plan {
            users: vec![ALICE, BOB],
            files,
            sidecar: vec![
                ("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned()),
                ("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", origin),
                ("BOUNCER_REGISTER_RATE_LIMIT", "2000".to_owned()),
            ],
            trusts_peers: true,
            shares: true,
            ..Plan::default()
        })
        .await;
        let world = Self { stack, backend, documents, idp };
        let mut urls = vec![world.path("alpha").mcp(), world.path("beta").mcp(), world.stack.at("localhost")];
        urls.extend(["lone", "members", "strict", "hosted", "bare"].map(|name| world.host(name).mcp()));
        world.stack.ready(&urls).await;
        // The plugin refuses the options of this tenant, so the sidecar writes no OAuth router for it.
        world.stack.routed(&[world.host("public").mcp()]).await;
        world
    }

    /// Returns the tenant with the OpenID provider.
    pub fn upstream(&self) -> Flow {
        Flow::new(&self.stack.http, &self.stack.at("localhost"))
    }
}

/// Returns the world, which is started once and shared by all tests.
pub async fn world() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD.get_or_init(World::start).await
}

/// Publishes client documents.
pub struct Documents {
    server: Server,
    published: Arc<Mutex<HashMap<String, Reply>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Documents {
    async fn start() -> Self {
        let published = Arc::<Mutex<HashMap<String, Reply>>>::default();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (from, seen) = (Arc::clone(&published), Arc::clone(&asked));
        let server = Server::start(move |request| {
            let path = request.start.split(' ').nth(1).unwrap_or_default().to_owned();
            seen.lock().expect("not poisoned").push(path.clone());
            let found = from.lock().expect("not poisoned").get(&path).cloned();
            found.unwrap_or_else(|| Reply::whole("404 Not Found", "text/plain", "no"))
        })
        .await;
        Self { server, published, asked }
    }

    pub fn origin(&self) -> String {
        self.server.url()
    }

    /// Publishes a valid document, modified by `change`. Returns its URL.
    pub fn publish(&self, path: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
        let url = format!("{}{path}", self.origin());
        let mut document =
            serde_json::json!({"client_id": url, "client_name": "Documented", "redirect_uris": [REDIRECT]});
        change(&mut document);
        self.answer(path, Reply::whole("200 OK", "application/json", document.to_string()));
        url
    }

    pub fn answer(&self, path: &str, reply: Reply) {
        self.published.lock().expect("not poisoned").insert(path.to_owned(), reply);
    }

    pub fn asked(&self, path: &str) -> usize {
        self.asked.lock().expect("not poisoned").iter().filter(|asked| *asked == path).count()
    }
}

/// Asserts that the response is this OAuth error.
#[track_caller]
pub fn error(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (status, Some(code)), "{answer:?}");
}

/// Asserts that the response is an error page without a redirect.
#[track_caller]
pub fn stays(answer: &Answer) {
    assert!(answer.status.is_client_error(), "{answer:?}");
    assert!(answer.header("location").is_empty() && html::meta_refresh(&answer.body).is_none(), "{answer:?}");
}

/// Logs `person` in up to the consent page. Returns the browser, the page and its form.
pub async fn consent_page(tenant: &Flow, client: &str, person: Person<'static>) -> (Browser, Answer, Form) {
    let mut browser = Browser::new(&tenant.http);
    let outcome = browser.log_in(&tenant.authorize_url(client, &[]), person.deciding(Decides::Nothing)).await;
    let Outcome::Page(page) = outcome else { panic!("no consent page: {outcome:?}") };
    let form = html::forms(&page.body).pop().expect("a form");
    assert!(form.has("decision"), "{page:?}");
    (browser, page, form)
}

/// Returns the form's fields with the decision to approve, modified by `change`.
pub fn approving(form: &Form, change: impl FnOnce(&mut Vec<(String, String)>)) -> Vec<(String, String)> {
    let mut fields = form.fields.clone();
    fields.retain(|(name, _)| name != "decision");
    fields.push(("decision".to_owned(), "approve".to_owned()));
    change(&mut fields);
    fields
}

/// Posts a form to the token endpoint.
pub async fn token(tenant: &Flow, fields: &[(&str, &str)]) -> Answer {
    tenant.http.post_form(&tenant.endpoint("token"), &[], fields).await
}

pub async fn tokens(tenant: &Flow, name: &str) -> Tokens {
    tenant.tokens(name, alice()).await
}
