//! Tests polls over HTTP, with an API that answers well, badly or not at all.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, Uri};
use axum::response::Redirect;
use axum::routing::get;
use http_body_util::BodyExt as _;
use protocol::time::UnixTime;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;
use url::Url;

use super::{KEY, router};
use crate::clock::ManualClock;
use crate::config::Config;
use crate::journal::Journal;
use crate::listen::Peer;
use crate::traefik::{Api, Deps, Reports, routes};
use crate::upstream::http::HttpClient;

const ASKER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const NOW: UnixTime = UnixTime::new(1_800_000_000);

/// Starts a server that answers with these lists as Traefik's API would. Returns its address.
async fn api(version: &'static str, routers: String) -> Url {
    let fixed = |text: String| get(move || async move { text });
    let app = Router::new()
        .route("/api/version", fixed(version.to_owned()))
        .route("/api/http/routers", fixed(routers))
        .route("/api/http/middlewares", fixed("[]".to_owned()))
        .route("/api/http/services", fixed("[]".to_owned()));
    served(app).await
}

fn deps(api: Api, reports: &Arc<Reports>) -> Deps {
    let config = Config::from_pairs([("BOUNCER_ENCRYPTION_KEY", KEY)]).unwrap();
    Deps {
        journal: Journal::on(Arc::new(store::Store::oracle())),
        clock: Arc::new(ManualClock::at(NOW)),
        http: HttpClient::new(&std::collections::BTreeSet::new(), &[], None).unwrap(),
        api,
        plugin: "mcpbouncer".to_owned(),
        block: false,
        port: 8080,
        plugin_key: config.keys.anchor().plugin_key().to_text(),
        trust_anchor: config.keys.anchor().trust_anchor().to_text(),
        revocation_file: None,
        personal_days: None,
        client_ip_depth: 0,
        reports: Arc::clone(reports),
    }
}

async fn poll(deps: Deps, host: &str) -> (StatusCode, String) {
    poll_from(ASKER, deps, host).await
}

async fn poll_from(asker: IpAddr, deps: Deps, host: &str) -> (StatusCode, String) {
    let mut request = Request::get("/traefik").header("host", host).body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer(asker));
    let response = routes(deps).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

const VERSION: &str = r#"{"Version": "3.7.15"}"#;

#[tokio::test]
async fn the_configuration_follows_from_the_api() {
    let routers = json!([router("wiki@docker", "Host(`wiki.example.com`)", &["mcp-auth@http"])]);
    let reports = Arc::default();
    let url = api(VERSION, routers.to_string()).await;
    let (status, body) = poll(deps(Api::At(url), &reports), "bouncer.internal:9090").await;
    assert_eq!(status, StatusCode::OK);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert!(body["http"]["routers"]["mcpb-oauth-wiki-docker"].is_object());
    let server = &body["http"]["services"]["mcpbouncer"]["loadBalancer"]["servers"][0];
    assert_eq!(server["url"], "http://bouncer.internal:8080");
    assert!(reports.counts(NOW).is_empty());
    assert_eq!(reports.polls(NOW), [(ASKER, NOW)]);
}

#[tokio::test]
async fn an_api_that_cannot_be_read_is_503_and_counted_until_it_can() {
    let reports = Arc::default();
    let endless = format!("[{}]", " ".repeat(9 * 1024 * 1024));
    let apis = [
        api("nonsense", "[]".to_owned()).await,
        api(VERSION, r#"{"routers": 1}"#.to_owned()).await,
        api(VERSION, r#"[{"name": 7}]"#.to_owned()).await,
        api(VERSION, endless).await,
        Url::parse("http://127.0.0.1:1").unwrap(),
    ];
    for (polls, url) in apis.into_iter().enumerate() {
        let (status, body) = poll(deps(Api::At(url), &reports), "b:9090").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        // The first failure is no problem: Traefik may be starting.
        assert_eq!(reports.counts(NOW).get("traefik_api").copied(), (polls > 0).then_some(1));
    }
    let url = api(VERSION, "[]".to_owned()).await;
    assert_eq!(poll(deps(Api::At(url), &reports), "b:9090").await.0, StatusCode::OK);
    assert!(reports.counts(NOW).is_empty());
}

#[tokio::test]
async fn the_problems_of_each_asker_are_its_own() {
    let reports = Arc::default();
    let wrong = json!([router("wiki@docker", "HostRegexp(`.*`)", &["mcp-auth@http"])]).to_string();
    let other = "10.0.0.7".parse().unwrap();
    for (asker, routers, problems) in
        [(ASKER, &*wrong, 1), (other, "[]", 1), (other, &wrong, 2), (ASKER, "[]", 1), (other, "[]", 0)]
    {
        let url = api(VERSION, routers.to_owned()).await;
        poll_from(asker, deps(Api::At(url), &reports), "b:9090").await;
        let counted = reports.counts(NOW).get("rule_hosts").copied().unwrap_or_default();
        assert_eq!(counted, problems, "after {asker} polled with {routers}");
    }
}

/// Starts a server with these routes. Returns its address.
async fn served(app: Router) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// Starts an API whose list of routers has this many pages with one router each. Counts the pages that were requested.
async fn paged(pages: usize, asked: Arc<AtomicUsize>) -> Url {
    let page = move |uri: Uri| {
        asked.fetch_add(1, Ordering::SeqCst);
        let page = uri.query().unwrap().split('&').find_map(|pair| pair.strip_prefix("page=")).unwrap();
        let page: usize = page.parse().unwrap();
        let next = if page < pages { page + 1 } else { 1 };
        let host = format!("Host(`h{page}.example`)");
        let routers = json!([router(&format!("r{page}@docker"), &host, &["mcp-auth@http"])]);
        async move { ([("x-next-page", next.to_string())], routers.to_string()) }
    };
    let app = Router::new()
        .route("/api/version", get(|| async { VERSION }))
        .route("/api/http/routers", get(page))
        .route("/api/http/middlewares", get(|| async { "[]" }))
        .route("/api/http/services", get(|| async { "[]" }));
    served(app).await
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_no_further_than_twenty_pages() {
    for (pages, expected) in [(3, Some(3)), (20, Some(20)), (21, None), (usize::MAX, None)] {
        let asked = Arc::default();
        let url = paged(pages, Arc::clone(&asked)).await;
        let (status, body) = poll(deps(Api::At(url), &Arc::default()), "b:9090").await;
        let read = serde_json::from_str::<Value>(&body)
            .ok()
            .map(|body| body["http"]["routers"].as_object().unwrap().len());
        assert_eq!((status == StatusCode::OK, read), (expected.is_some(), expected), "{pages}: {body}");
        assert_eq!(asked.load(Ordering::SeqCst), expected.unwrap_or(20), "{pages}");
    }
}

#[tokio::test]
async fn a_redirect_of_the_api_is_not_followed() {
    let elsewhere = paged(1, Arc::default()).await;
    let version = elsewhere.join("/api/version").unwrap();
    let away = move || async move { Redirect::temporary(version.as_str()) };
    let url = served(Router::new().route("/api/version", get(away))).await;
    let (status, body) = poll(deps(Api::At(url), &Arc::default()), "b:9090").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
}

#[tokio::test]
async fn no_more_than_four_polls_wait_for_an_api() {
    let (waiting, answers) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let (counted, held) = (Arc::clone(&waiting), Arc::clone(&answers));
    let slow = move || async move {
        counted.fetch_add(1, Ordering::SeqCst);
        held.acquire().await.unwrap().forget();
        "no version"
    };
    let url = served(Router::new().route("/api/version", get(slow))).await;
    let app = routes(deps(Api::At(url), &Arc::default()));
    let request = || {
        let mut request = Request::get("/traefik").header("host", "b").body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer(ASKER));
        request
    };
    let polls: Vec<_> = (0..4).map(|_| tokio::spawn(app.clone().oneshot(request()))).collect();
    while waiting.load(Ordering::SeqCst) < 4 {
        tokio::task::yield_now().await;
    }
    let refused = app.clone().oneshot(request()).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = refused.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "too many polls at once\n");
    answers.add_permits(4);
    for poll in polls {
        assert_eq!(poll.await.unwrap().unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(waiting.load(Ordering::SeqCst), 4, "the fifth did not reach the API");
}

#[tokio::test]
async fn a_host_that_is_none_is_refused() {
    for host in ["a b", "a/b", "", "http://x", "a`)"] {
        let url = api(VERSION, "[]".to_owned()).await;
        assert_eq!(
            poll(deps(Api::At(url), &Arc::default()), host).await.0,
            StatusCode::BAD_REQUEST,
            "{host}"
        );
    }
}

#[test]
fn without_a_setting_the_api_is_the_askers_own() {
    let address = |api: Api, asker: &str| api.address(asker.parse().unwrap()).unwrap().to_string();
    assert_eq!(address(Api::default(), "127.0.0.1"), "http://127.0.0.1:8080/");
    assert_eq!(address(Api::default(), "fd00::1"), "http://[fd00::1]:8080/");
    assert_eq!(address(Api::OfTheAsker(9000), "10.0.0.7"), "http://10.0.0.7:9000/");
}

#[tokio::test]
async fn problems_stay_known_while_the_api_cannot_be_read() {
    let reports = Arc::default();
    let routers = json!([router("wiki@docker", "HostRegexp(`.*`)", &["mcp-auth@http"])]);
    let url = api(VERSION, routers.to_string()).await;
    poll(deps(Api::At(url), &reports), "b:9090").await;
    for _ in 0..2 {
        poll(deps(Api::At(Url::parse("http://127.0.0.1:1").unwrap()), &reports), "b:9090").await;
    }
    assert_eq!(reports.counts(NOW).keys().copied().collect::<Vec<_>>(), ["rule_hosts", "traefik_api"]);
}
