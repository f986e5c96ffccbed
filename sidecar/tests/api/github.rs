//! GitHub is not an OpenID provider: a scripted GitHub, and logins through it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use protocol::context::Endpoint;
use protocol::settings::UserRule;
use serde_json::{Value, json};

use crate::federated::to_provider;
use crate::profiles::{claims_of, of_kind, world};
use crate::support::*;

mod upstream_token;

/// A server with the part of GitHub that the sidecar uses.
#[derive(Clone, Default)]
struct GitHub(Arc<Mutex<Ways>>);

#[derive(Default)]
struct Ways {
    error: Option<&'static str>,
    revoked: bool,
    verified: bool,
    another: bool,
    /// The number of token responses, if its access tokens expire after eight hours and are refreshed, like those of a
    /// GitHub App. `None` if its access token does not expire, like that of an OAuth app.
    issued: Option<u32>,
    /// The number of organisations; `None` if the token does not give access to them.
    organisations: Option<usize>,
    asked: Vec<String>,
}

impl Ways {
    /// Returns the access token that is valid now.
    fn access_token(&self) -> String {
        self.issued.map_or_else(|| "gho_access".to_owned(), |issued| format!("ghu_access_{issued}"))
    }

    /// Returns the response of the token endpoint to this form; `None` if the endpoint does not accept the form.
    fn tokens(&mut self, form: &str) -> Option<Value> {
        let refreshes = |issued| form.contains(&format!("refresh_token=ghr_refresh_{issued}&"));
        let is_proven = form.contains("code_verifier=") || self.issued.is_some_and(refreshes);
        if !form.contains("client_secret=") || !is_proven {
            return None;
        }
        self.issued = self.issued.map(|issued| issued + 1);
        let mut tokens = json!({
            "access_token": self.access_token(), "token_type": "bearer", "scope": "read:user,user:email",
        });
        if let Some(issued) = self.issued {
            tokens["expires_in"] = json!(28_800);
            tokens["refresh_token"] = json!(format!("ghr_refresh_{issued}"));
            tokens["refresh_token_expires_in"] = json!(15_811_200);
        }
        Some(tokens)
    }
}

impl GitHub {
    fn ways(&self) -> std::sync::MutexGuard<'_, Ways> {
        self.0.lock().unwrap()
    }

    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/login/oauth/access_token", post(github_token))
            .route("/api/v3/user", get(github_user))
            .route("/api/v3/user/emails", get(github_emails))
            .route("/api/v3/user/orgs", get(github_organisations))
            .route("/api/v3/user/teams", get(github_teams))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        issuer
    }
}

async fn github_token(State(github): State<GitHub>, body: String) -> Response {
    let mut ways = github.ways();
    ways.asked.push(body.clone());
    // Errors have status 200.
    let answer = match ways.error {
        Some(error) => json!({"error": error, "error_description": "canary"}),
        None => ways.tokens(&body).unwrap_or_else(|| json!({"error": "incorrect_client_credentials"})),
    };
    ([("content-type", "application/json")], answer.to_string()).into_response()
}

fn with_token(github: &GitHub, headers: &HeaderMap, answer: &Value) -> Response {
    let ways = github.ways();
    let bearer = format!("Bearer {}", ways.access_token());
    let own = headers.get("authorization").is_some_and(|value| *value == bearer);
    if !own || ways.revoked || !headers.contains_key("user-agent") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    ([("content-type", "application/json")], answer.to_string()).into_response()
}

async fn github_user(State(github): State<GitHub>, headers: HeaderMap) -> Response {
    let id = if github.ways().another { 1 } else { 583_231 };
    with_token(&github, &headers, &json!({"id": id, "login": "octocat", "name": "Octo", "avatar_url": null}))
}

async fn github_emails(State(github): State<GitHub>, headers: HeaderMap) -> Response {
    let verified = github.ways().verified;
    let emails = json!([
        {"email": "old@else.example", "primary": false, "verified": true},
        {"email": "octo@corp.example", "primary": true, "verified": verified},
    ]);
    with_token(&github, &headers, &emails)
}

/// Returns one page of a list, in GitHub's pagination.
fn page(query: &str, entries: Vec<Value>) -> Value {
    let number = |name: &str| parameter(&format!("/?{query}"), name).unwrap().parse::<usize>().unwrap();
    let (size, page) = (number("per_page"), number("page"));
    entries.into_iter().skip(size * (page - 1)).take(size).collect()
}

async fn github_organisations(
    State(github): State<GitHub>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(count) = github.ways().organisations else { return StatusCode::FORBIDDEN.into_response() };
    github.ways().asked.push("orgs".to_owned());
    let all = (0..count).map(|n| json!({"login": format!("Org-{n}"), "id": n})).collect();
    with_token(&github, &headers, &page(&query.unwrap(), all))
}

async fn github_teams(
    State(github): State<GitHub>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let team = json!({"slug": "core", "name": "Core Team", "organization": {"login": "Org-0"}});
    with_token(&github, &headers, &page(&query.unwrap(), vec![team]))
}

/// Completes a login at GitHub. Returns the response for the client.
async fn at_github(world: &World, site: &Site, client: &str) -> Reply {
    at_github_with(world, site, client, "read:user user:email").await
}

async fn at_github_with(world: &World, site: &Site, client: &str, scope: &str) -> Reply {
    let mut browser = Browser::new(world, site);
    let url = to_provider(&mut browser, &authorize_pairs(client)).await;
    let state = parameter(&url, "state").unwrap_or_else(|| panic!("{url}"));
    assert_eq!(parameter(&url, "scope").as_deref(), Some(scope));
    assert_eq!(parameter(&url, "code_challenge_method").as_deref(), Some("S256"));
    browser.get(Endpoint::Callback, &format!("code=upstream&state={state}")).await
}

#[tokio::test]
async fn at_github_the_user_comes_from_its_api() {
    let github = GitHub::default();
    let issuer = github.start().await;
    let world = world(&issuer);
    let mut site = of_kind("github", &issuer, "openid read");
    let client = world.register(&site, CALLBACK).await;
    let code = at_github(&world, &site, &client).await.onward_parameter("code").unwrap();
    let reply = world.token(&site, &client, &code).await;
    assert_eq!(claims_of(&reply)["sub"], "583231", "the number, not the name");
    // The primary address counts only if it is verified.
    site.settings.access.email_domains = ["corp.example".to_owned()].into();
    let refused = at_github(&world, &site, &client).await;
    assert_eq!(refused.onward_parameter("error").as_deref(), Some("access_denied"));
    github.ways().verified = true;
    assert!(at_github(&world, &site, &client).await.onward_parameter("code").is_some());
    site.settings.access.email_domains = ["else.example".to_owned()].into();
    assert!(at_github(&world, &site, &client).await.onward_parameter("code").is_none());
    site.settings.access.users = UserRule::Only(["octocat".to_owned()].into());
    assert!(
        at_github(&world, &site, &client).await.onward_parameter("code").is_none(),
        "names can change hands"
    );
}

#[tokio::test]
async fn organisations_and_teams_at_github_are_groups() {
    const SCOPE: &str = "read:user user:email read:org";
    let github = GitHub::default();
    let issuer = github.start().await;
    let world = world(&issuer);
    let mut site = of_kind("github", &issuer, "openid read");
    let client = world.register(&site, CALLBACK).await;
    github.ways().organisations = Some(250);
    for (group, enters) in [
        ("Org-0", true),
        ("Org-249", true),
        ("Org-0/core", true),
        ("Org-250", false),
        ("core", false),
        ("Org-1/core", false),
    ] {
        site.settings.access.groups = [group.to_owned()].into();
        let done = at_github_with(&world, &site, &client, SCOPE).await;
        assert_eq!(done.onward_parameter("code").is_some(), enters, "{group}");
    }
    // At most ten pages are read.
    github.ways().organisations = Some(5_000);
    github.ways().asked.clear();
    assert!(at_github_with(&world, &site, &client, SCOPE).await.onward_parameter("code").is_none());
    assert_eq!(github.ways().asked.iter().filter(|asked| *asked == "orgs").count(), 10);
    // With a token that does not give access to organisations, logins and refreshes are refused.
    site.settings.access.groups = ["Org-0".to_owned()].into();
    let code = at_github_with(&world, &site, &client, SCOPE).await.onward_parameter("code").unwrap();
    let reply = world.token(&site, &client, &code).await;
    let refresh_token = reply.json()["refresh_token"].as_str().unwrap().to_owned();
    github.ways().organisations = None;
    assert!(at_github_with(&world, &site, &client, SCOPE).await.onward_parameter("code").is_none());
    let pairs =
        [("grant_type", "refresh_token"), ("client_id", &*client), ("refresh_token", &*refresh_token)];
    let refused = world.post_form(&site, Endpoint::Token, &pairs).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_grant")));
    // Groups that only a scope needs are requested as well.
    github.ways().organisations = Some(1);
    site.settings.access.groups = [].into();
    site.settings.scope_map = [("read".to_owned(), ["Org-0/core".to_owned()].into())].into();
    let code = at_github_with(&world, &site, &client, SCOPE).await.onward_parameter("code").unwrap();
    assert_eq!(world.token(&site, &client, &code).await.json()["scope"], "read");
}

#[tokio::test]
async fn githubs_errors_with_status_200_are_recognized() {
    let github = GitHub::default();
    let issuer = github.start().await;
    let world = world(&issuer);
    let site = of_kind("github", &issuer, "openid read");
    let client = world.register(&site, CALLBACK).await;
    for (error, told) in [
        ("bad_verification_code", "access_denied"),
        ("incorrect_client_credentials", "server_error"),
        ("something_else", "temporarily_unavailable"),
    ] {
        github.ways().error = Some(error);
        let done = at_github(&world, &site, &client).await;
        assert_eq!(done.onward_parameter("error").as_deref(), Some(told), "{error}");
        assert!(!done.text.contains("canary"));
    }
}

#[tokio::test]
async fn revoking_the_app_at_github_ends_the_grant() {
    let github = GitHub::default();
    let issuer = github.start().await;
    let world = world(&issuer);
    let site = of_kind("github", &issuer, "openid read");
    let client = world.register(&site, CALLBACK).await;
    let code = at_github(&world, &site, &client).await.onward_parameter("code").unwrap();
    let refresh = async |token: &str| {
        let pairs = [("grant_type", "refresh_token"), ("client_id", &client), ("refresh_token", token)];
        world.post_form(&site, Endpoint::Token, &pairs).await
    };
    let first = world.token(&site, &client, &code).await.json()["refresh_token"].as_str().unwrap().to_owned();
    github.ways().another = true;
    assert_eq!(refresh(&first).await.status, 503, "a response about another user is refused");
    github.ways().another = false;
    let second = refresh(&first).await.json()["refresh_token"].as_str().unwrap().to_owned();
    github.ways().revoked = true;
    let reply = refresh(&second).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (400, &json!("invalid_grant")));
    github.ways().revoked = false;
    assert_eq!(refresh(&second).await.status, 400, "the grant is over");
}
