//! Polls over HTTP, with an API that answers well, badly or not at all.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use url::Url;

use super::{KEY, router};
use crate::config::Config;
use crate::journal::Journal;
use crate::listen::Peer;
use crate::traefik::{Api, Deps, Reports, routes};
use crate::upstream::http::HttpClient;

const ASKER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A server that answers as Traefik's API would, with these lists; the address of it.
async fn api(version: &'static str, routers: String) -> Url {
    let fixed = |text: String| get(move || async move { text });
    let app = Router::new()
        .route("/api/version", fixed(version.to_owned()))
        .route("/api/http/routers", fixed(routers))
        .route("/api/http/middlewares", fixed("[]".to_owned()))
        .route("/api/http/services", fixed("[]".to_owned()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn deps(api: Api, reports: &Arc<Reports>) -> Deps {
    let config = Config::from_pairs([("BOUNCER_ENCRYPTION_KEY", KEY)]).unwrap();
    Deps {
        journal: Journal::on(Arc::new(store::Store::oracle())),
        http: HttpClient::new(&std::collections::BTreeSet::new(), &[], None).unwrap(),
        api,
        plugin: "mcpbouncer".to_owned(),
        block: false,
        port: 8080,
        plugin_key: config.keys.anchor().plugin_key().to_text(),
        trust_anchor: config.keys.anchor().trust_anchor().to_text(),
        revocation_file: None,
        client_ip_depth: 0,
        reports: Arc::clone(reports),
    }
}

async fn poll(deps: Deps, host: &str) -> (StatusCode, String) {
    let mut request = Request::get("/traefik").header("host", host).body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer(ASKER));
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
    assert!(reports.counts().is_empty());
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
        // The first failure may be that of a Traefik that starts.
        assert_eq!(reports.counts().get("traefik_api").copied(), (polls > 0).then_some(1));
    }
    let url = api(VERSION, "[]".to_owned()).await;
    assert_eq!(poll(deps(Api::At(url), &reports), "b:9090").await.0, StatusCode::OK);
    assert!(reports.counts().is_empty());
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
    assert_eq!(reports.counts().keys().copied().collect::<Vec<_>>(), ["rule_hosts", "traefik_api"]);
}
