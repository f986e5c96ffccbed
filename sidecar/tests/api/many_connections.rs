//! The connections page of a user with many connections.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::context::Endpoint;
use serde_json::json;
use sidecar::locale::Locale;
use store::limits::GRANTS_PER_USER;

use crate::connections::{open, sign_in};
use crate::grants::granted;
use crate::support::{Browser, CALLBACK, Reply, Site, World, authorize_pairs, changed};

const BASE: &str = "https://mcp.example.com/wiki";
/// The maximum number of connections on one page.
const ON_PAGE: usize = 4;
/// The maximum length of a page, in bytes. The first packets of a connection can carry this much (RFC 6928).
const LARGEST: usize = 14 * 1_024;

/// Returns the ids of the grants that the page can end.
fn grants_on(page: &Reply) -> Vec<&str> {
    let inputs = page.text.split("name=\"grant\" value=\"").skip(1);
    inputs.map(|rest| rest.split_once('"').unwrap().0).collect()
}

/// Returns the query of the link with this id.
fn query_of<'a>(page: &'a Reply, id: &str) -> Option<&'a str> {
    let (_, rest) = page.text.split_once(&format!("id=\"{id}\" href=\"{BASE}/oauth/connections?"))?;
    Some(rest.split_once('"').unwrap().0)
}

/// Connects a client with a long name and many scopes this many times, in one browser. Returns the browser.
async fn connected<'a>(world: &'a World, site: &'a Site, count: usize) -> Browser<'a> {
    let metadata = json!({
        "client_name": "The desktop application of the Example Corporation for wikis",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
    });
    let client = world.post_json(site, Endpoint::Register, &metadata).await.json();
    let client = client["client_id"].as_str().unwrap();
    let pairs = changed(authorize_pairs(client), "scope", None);
    let mut browser = Browser::new(world, site);
    for _ in 0..count {
        // The clock advances, because all at once would exceed a rate limit.
        world.advance(60);
        let page = browser.reach_consent(&pairs).await;
        let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
        assert_eq!(world.token(site, client, &code).await.status, 200);
    }
    browser
}

#[tokio::test]
async fn the_pages_lead_through_all_connections_and_each_is_small() {
    let (mut world, mut site) = (World::new(), Site::local(BASE));
    for number in 0..8 {
        site.settings.scopes.insert(&format!("wiki:some_part_{number}:read"));
    }
    world.headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]);
    let mut browser = connected(&world, &site, GRANTS_PER_USER).await;
    let (mut seen, mut pages, mut query) = (BTreeSet::new(), 0, "from=0".to_owned());
    loop {
        let page = open(&mut browser, &query).await;
        assert!(page.text.contains("<h1>Your connections (128)</h1>"), "{}", page.text);
        let range = format!("This page shows {} to {} of 128", pages * ON_PAGE + 1, (pages + 1) * ON_PAGE);
        assert!(page.words().contains(&range), "{range}: {}", page.words());
        assert!(page.text.contains("wiki:some_part_7:read"), "{}", page.text);
        assert!(page.length <= LARGEST, "{query}: {} bytes", page.length);
        let grants = grants_on(&page);
        assert_eq!(grants.len(), ON_PAGE);
        seen.extend(grants.into_iter().map(str::to_owned));
        pages += 1;
        let Some(next) = query_of(&page, "older") else { break };
        query = next.to_owned();
    }
    assert_eq!((seen.len(), pages), (GRANTS_PER_USER, GRANTS_PER_USER / ON_PAGE));
    let beyond = open(&mut browser, "from=9999").await;
    assert_eq!((grants_on(&beyond).len(), query_of(&beyond, "newer")), (0, Some("from=124")));
}

#[tokio::test]
async fn a_full_page_is_small_in_every_language() {
    let (mut world, mut site) = (World::new(), Site::local(BASE));
    for number in 0..8 {
        site.settings.scopes.insert(&format!("wiki:some_part_{number}:read"));
    }
    let cookies = connected(&world, &site, ON_PAGE + 2).await.cookies;
    for locale in Locale::ALL {
        world.headers = HeaderMap::from_iter([
            (header::ACCEPT_LANGUAGE, HeaderValue::from_static(locale.tag())),
            (header::ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
        ]);
        let mut browser = Browser { world: &world, site: &site, cookies: cookies.clone() };
        let page = open(&mut browser, "from=1&done=all").await;
        assert_eq!((page.header("content-language"), grants_on(&page).len()), (locale.tag(), ON_PAGE));
        assert!(query_of(&page, "older").is_some() && query_of(&page, "newer").is_some(), "{}", page.text);
        assert!(page.length <= LARGEST, "{}: {} bytes", locale.tag(), page.length);
    }
}

#[tokio::test]
async fn many_connections_are_on_several_pages() {
    let (world, site) = (World::new(), Site::local(BASE));
    for _ in 0..=ON_PAGE {
        granted(&world, &site).await;
        world.advance(1);
    }
    let mut browser = Browser::new(&world, &site);
    let first = sign_in(&mut browser, "alice").await;
    assert_eq!((grants_on(&first).len(), query_of(&first, "older")), (ON_PAGE, Some("from=4")));
    assert_eq!(query_of(&first, "newer"), None);
    let second = open(&mut browser, "from=4").await;
    assert_eq!((grants_on(&second).len(), query_of(&second, "newer")), (1, Some("from=0")));
    assert_eq!(query_of(&second, "older"), None);
    assert!(second.words().contains("This page shows 5 to 5 of 5"), "{}", second.words());
    let file = open(&mut browser, "download=json").await.json();
    assert_eq!(file["connections"].as_array().unwrap().len(), ON_PAGE + 1);
}
