//! The log says who was refused, where and why, and never contains a secret.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Mutex, Once};

use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use serde_json::{Value, json};
use sidecar::telemetry::LogFormat;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::Registry;

use crate::support::provider::{Provider, Vice};
use crate::support::signing::{assertion, claims};
use crate::support::{Browser, CALLBACK, PASSWORD, Site, VERIFIER, World, authorize_pairs, parameter};

/// Everything that this thread has logged since this value was created.
#[derive(Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

thread_local! {
    static HERE: RefCell<Captured> = RefCell::default();
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    /// Installs one subscriber for the whole program. With one subscriber per thread, the first test that logs a line
    /// would decide whether that line is enabled at all.
    pub(crate) fn start() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            let lines = sidecar::telemetry::lines(LogFormat::Json, || HERE.with_borrow(Self::clone));
            let subscriber = Registry::default().with(lines);
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        HERE.take();
        HERE.with_borrow(Self::clone)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Returns the log lines of this thread with this reason.
    pub(crate) fn with_reason(&self, reason: &str) -> Vec<Value> {
        self.with("reason", reason)
    }

    /// Returns the log lines of this thread in which this field has this value.
    pub(crate) fn with(&self, field: &str, value: &str) -> Vec<Value> {
        let lines: Vec<Value> = self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.into_iter().filter(|line| line[field] == value).collect()
    }
}

#[tokio::test]
async fn each_refusal_is_logged_once_with_reason_tenant_and_client() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let log = Captured::start();
    let pairs =
        crate::support::changed(authorize_pairs(&client), "redirect_uri", Some("https://evil.example/"));
    Browser::new(&world, &site).authorize(&pairs).await;
    let lines = log.with_reason("redirect_uri");
    assert_eq!(lines.len(), 1, "{}", log.text());
    assert_eq!(lines[0]["client"], client);
    let tenant = lines[0]["tenant"].as_str().unwrap();
    assert!(tenant.starts_with("https://wiki.example.com "), "{tenant}");
}

#[tokio::test]
async fn refusals_without_a_context_are_sampled_in_the_log() {
    let world = World::new();
    let log = Captured::start();
    for _ in 0..50 {
        world.raw(Request::get("/oauth/token").body(Body::empty()).unwrap()).await;
    }
    assert_eq!(log.with_reason("context_missing").len(), 1);
    world.advance(60);
    world.raw(Request::get("/oauth/token").body(Body::empty()).unwrap()).await;
    let lines = log.with_reason("context_missing");
    assert_eq!((lines.len(), lines[1]["refused_so_far"].as_u64()), (2, Some(51)));
}

/// Local and federated logins, completed and failed, at the most verbose log level.
#[tokio::test]
async fn no_secret_is_ever_logged() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let log = Captured::start();
    let mut secrets = vec![PASSWORD.to_owned(), "wr0ng-guess".to_owned(), VERIFIER.to_owned()];
    secrets.extend(["st&te", "st%26te", "s3cr&t", "upstream-refresh", "upstream-access"].map(str::to_owned));

    let local = Site::local("https://wiki.example.com");
    let client = world.register(&local, CALLBACK).await;
    let mut browser = Browser::new(&world, &local);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    secrets.extend([login.input("flow"), login.input("csrf")]);
    secrets.extend(browser.cookies.values().cloned());
    browser.log_in(&login, "alice", "wr0ng-guess").await;
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    secrets.extend(browser.cookies.values().cloned());
    let consent = browser.follow(&done).await;
    let code = browser.decide(&consent, "approve").await.onward_parameter("code").unwrap();
    let token = world.token(&local, &client, &code).await.json();
    secrets.extend([code.clone(), token["access_token"].as_str().unwrap().to_owned()]);
    let refresh = token["refresh_token"].as_str().unwrap().to_owned();
    // A code and a refresh token that are no longer valid, at this tenant and at another.
    world.token(&local, &client, &code).await;
    let pairs = [("grant_type", "refresh_token"), ("client_id", &client), ("refresh_token", &refresh)];
    world.post_form(&local, Endpoint::Token, &pairs).await;
    secrets.push(refresh);

    let federated = Site::oidc("https://docs.example.com", &provider.issuer);
    let client = world.register(&federated, CALLBACK).await;
    for vice in [None, Some(Vice::Refusal(400, "invalid_grant"))] {
        if let Some(vice) = vice {
            provider.misbehave(vice);
        }
        let mut browser = Browser::new(&world, &federated);
        let begun = browser.authorize(&authorize_pairs(&client)).await;
        let page = browser.follow(&begun).await;
        let url = browser.decide(&page, "approve").await.onward();
        secrets.extend(["state", "nonce"].map(|name| parameter(&url, name).unwrap()));
        let query = provider.sign_in(&url);
        secrets.push(query.split(['=', '&']).nth(1).unwrap().to_owned());
        secrets.extend(browser.cookies.values().cloned());
        let done = browser.get(Endpoint::Callback, &query).await;
        secrets.extend(done.onward_parameter("code"));
    }
    let sealed = world.context(&local, Endpoint::Jwks, "GET").seal(&world.keys);
    let request = Request::get("/oauth/token?code=canary-query")
        .header(protocol::context::CONTEXT_HEADER, &sealed)
        .header(header::COOKIE, "__Host-mcpb=canary-cookie");
    world.raw(request.body(Body::empty()).unwrap()).await;
    secrets.extend([sealed, "canary".to_owned()]);

    let text = log.text();
    for part in ["signed in", "code issued", "upstream_refused", "credentials"] {
        assert!(text.contains(part), "nothing was captured: {part} is missing");
    }
    for secret in secrets {
        assert!(secret.len() >= 5 && !text.contains(&secret), "{secret} is in the log");
    }
}

/// A client's `jwks_uri` must follow the rules for client documents. The log names the rule that it breaks.
#[tokio::test]
async fn the_log_says_why_keys_are_not_fetched() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    for (uri, detail) in [
        ("https://keys.example:8443/keys", "the port is not 443"),
        ("https://wiki.example.com/oauth/jwks.json", "one of this server's own base URLs"),
        ("https://10.0.0.1/keys", "a private address"),
        ("https://localhost/keys", "no public address"),
        ("https://keys.invalid/keys", "BOUNCER_OUTBOUND_PROXY"),
    ] {
        let metadata = json!({
            "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri,
        });
        let body = world.post_json(&site, Endpoint::Register, &metadata).await.json();
        let id = body["client_id"].as_str().unwrap();
        let signed = assertion("EdDSA", &json!({}), &claims(id, site.base.as_str(), "1"));
        let log = Captured::start();
        let pairs = [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &signed),
            ("token", "made-up"),
        ];
        assert_eq!(world.post_form(&site, Endpoint::Revoke, &pairs).await.status, 503, "{uri}");
        let line = &log.with_reason("client_keys")[0];
        assert!(line["detail"].as_str().unwrap().contains(detail), "{uri}: {line}");
    }
}

/// If strict refreshes cannot work, the login logs a warning that says so and what to change.
#[tokio::test]
async fn a_login_without_a_refresh_token_of_the_provider_is_logged_with_advice() {
    for (mode, vice, lines) in [("true", true, 1), ("true", false, 0), ("auto", true, 0)] {
        let provider = Provider::start().await;
        if vice {
            provider.misbehave(Vice::NoRefreshToken);
        }
        let settings = [
            ("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str()),
            ("BOUNCER_STRICT_UPSTREAM_REFRESH", mode),
        ];
        let world = World::with(&settings);
        let site = Site::oidc("https://wiki.example.com", &provider.issuer);
        let client = world.register(&site, CALLBACK).await;
        let log = Captured::start();
        let mut browser = Browser::new(&world, &site);
        let begun = browser.authorize(&authorize_pairs(&client)).await;
        let page = browser.follow(&begun).await;
        let url = browser.decide(&page, "approve").await.onward();
        let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
        assert!(done.onward_parameter("code").is_some());
        let said = log.with_reason("upstream_refresh_missing");
        assert_eq!(said.len(), lines, "{mode} {vice}: {}", log.text());
        for line in said {
            assert!(line["message"].as_str().unwrap().contains("offline_access"), "{line}");
            assert_eq!(line["client"], client);
        }
    }
}

/// The provider's error appears in the log, with advice on what to change, and nowhere else.
#[tokio::test]
async fn a_providers_error_is_logged_as_a_configuration_error() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let site = Site::oidc("https://wiki.example.com", &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    let log = Captured::start();
    let to_provider = async |browser: &mut Browser<'_>| {
        let begun = browser.authorize(&authorize_pairs(&client)).await;
        let page = browser.follow(&begun).await;
        browser.decide(&page, "approve").await.onward()
    };
    let line = |page: &crate::support::Reply| {
        assert!(!page.text.contains("upstream") || !page.text.contains("words"), "{}", page.text);
        assert!(!page.onward().contains("words"), "{}", page.text);
        let lines = log.with_reason("upstream_misconfigured");
        let line = lines.last().unwrap_or_else(|| panic!("{}", log.text())).clone();
        assert_eq!((&line["level"], &line["client"]), (&"ERROR".into(), &client.clone().into()), "{line}");
        line["detail"].as_str().unwrap().to_owned()
    };
    // The error comes from the authorization endpoint.
    let mut browser = Browser::new(&world, &site);
    let url = to_provider(&mut browser).await;
    let state = parameter(&url, "state").unwrap();
    let description = "upstream+words%0A%22%3Cb%3E+".to_owned() + &"x".repeat(5000) + &state;
    let query = format!("error=invalid_scope&error_description={description}&state={state}");
    let detail = line(&browser.get(Endpoint::Callback, &query).await);
    for part in ["invalid_scope \"upstream words", "`offeredScopes`", "openid read write"] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    assert!(detail.len() < 800 && !detail.contains('\n') && !detail.contains("<b>"), "{detail}");
    // The error comes from the token endpoint.
    for (error, advice) in [("invalid_scope", "`offeredScopes`"), ("invalid_client", "clientAuthMethod")] {
        provider.behave();
        provider.misbehave(Vice::Refusal(400, error));
        let mut browser = Browser::new(&world, &site);
        let url = to_provider(&mut browser).await;
        let detail = line(&browser.get(Endpoint::Callback, &provider.sign_in(&url)).await);
        assert!(detail.contains(error) && detail.contains(advice), "{detail}");
    }
    assert!(!log.text().contains("s3cr&t"));
}

#[tokio::test]
async fn claims_left_out_of_a_token_are_logged() {
    let (world, mut site) = (World::new(), Site::local("https://wiki.example.com"));
    site.settings.scopes = protocol::scope::ScopeSet::parse("read groups").unwrap();
    let groups: Vec<String> = (0..130).map(|n| format!("{n:04}{}", "g".repeat(56))).collect();
    world.change_alice(|alice| alice["groups"] = serde_json::json!(groups));
    let client = world.register(&site, CALLBACK).await;
    let log = Captured::start();
    let mut browser = Browser::new(&world, &site);
    let pairs = crate::support::changed(authorize_pairs(&client), "scope", Some("read groups"));
    let page = browser.reach_consent(&pairs).await;
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    assert_eq!(world.token(&site, &client, &code).await.status, 200);
    let lines = log.with_reason("claims_left_out");
    assert_eq!(lines.len(), 1, "{}", log.text());
    assert_eq!((&lines[0]["claims"], &lines[0]["client"]), (&"groups".into(), &client.into()));
    assert!(!log.text().contains("0007ggg"), "the line contains names of claims, not their values");
}

/// Each failed login has one log line: who, from where, why. An unknown user name may be a password in the wrong field,
/// so only a keyed digest of it is logged.
#[tokio::test]
async fn refused_logins_are_logged_with_user_address_and_reason() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let log = Captured::start();
    let canary = "canary-typed-into-the-wrong-field";
    for (name, password) in [
        ("alice", "wrong"),
        ("bob", PASSWORD),
        ("carol", PASSWORD),
        (canary, "x"),
        (canary, "y"),
        ("can ary", "x"),
    ] {
        let mut browser = Browser::new(&world, &site);
        let begun = browser.authorize(&authorize_pairs(&client)).await;
        let page = browser.follow(&begun).await;
        assert_eq!(browser.log_in(&page, name, password).await.status, 403);
    }
    let lines = log.with_reason("credentials");
    let causes: Vec<&str> = lines.iter().map(|line| line["detail"].as_str().unwrap()).collect();
    assert_eq!(
        causes,
        [
            "refused: wrong password",
            "refused: user disabled",
            "refused: user has no access to this tenant",
            "refused: unknown user",
            "refused: unknown user",
            "refused: unknown user",
        ]
    );
    let users: Vec<&str> = lines.iter().map(|line| line["user"].as_str().unwrap()).collect();
    assert_eq!(users[..3], ["alice", "bob", "carol"]);
    assert!(users[3].starts_with("unknown:") && users[3].len() == 16, "{users:?}");
    assert!(users[3] == users[4] && users[3] != users[5], "the same name, and another: {users:?}");
    for line in &lines {
        assert_eq!(
            (&line["address"], &line["client"]),
            (&"192.0.2.7".into(), &client.as_str().into()),
            "{line}"
        );
        assert!(line["tenant"].as_str().unwrap().starts_with("https://wiki.example.com "), "{line}");
        assert_eq!((&line["level"], &line["known_browser"]), (&"WARN".into(), &false.into()), "{line}");
    }

    // Throttled logins are logged too, and so are logins of users whom the rules refuse.
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    for _ in 0..10 {
        browser.log_in(&page, "alice", "wrong").await;
    }
    let throttled = log.with_reason("login_throttled");
    assert!(!throttled.is_empty());
    assert_eq!((&throttled[0]["user"], &throttled[0]["address"]), (&"alice".into(), &"192.0.2.7".into()));
    assert!(throttled[0]["wait_secs"].as_u64().unwrap() >= 1, "{}", throttled[0]);
    world.advance(60);
    let mut narrow = site.clone();
    narrow.settings.access.users = protocol::settings::UserRule::Only(["somebody".to_owned()].into());
    browser.at(&narrow).log_in(&page, "alice", PASSWORD).await;
    let refused = log.with_reason("not_admitted");
    assert_eq!(refused.len(), 1);
    assert_eq!((&refused[0]["user"], &refused[0]["address"]), (&"alice".into(), &"192.0.2.7".into()));
    let text = log.text();
    assert!(!text.contains("canary") && !text.contains("can ary") && !text.contains(PASSWORD), "{text}");
}

/// Every other refusal is logged with the client's address too.
#[tokio::test]
async fn every_refusal_is_logged_with_the_clients_address() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let log = Captured::start();
    world
        .post_form(&site, Endpoint::Token, &[("grant_type", "refresh_token"), ("client_id", "nobody")])
        .await;
    let text = log.text();
    let line: Value =
        serde_json::from_str(text.lines().find(|line| line.contains("\"refused\"")).unwrap()).unwrap();
    assert_eq!(line["address"], "192.0.2.7", "{line}");
}
