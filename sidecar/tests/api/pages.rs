//! Properties of all pages.

use axum::body::Body;
use axum::http::Request;
use base64ct::{Base64, Encoding as _};
use protocol::context::Endpoint;
use protocol::encoding::sha256;

use crate::support::{Browser, CALLBACK, PASSWORD, Reply, Site, World, authorize_pairs};

const BASE: &str = "https://wiki.example.com";

/// Returns one page of each kind.
async fn all(world: &World, site: &Site) -> Vec<(&'static str, Reply)> {
    let client = world.register(site, CALLBACK).await;
    of_a_login(&mut Browser::new(world, site), &authorize_pairs(&client)).await
}

/// Returns the pages of a login, from the form for the password to the page that redirects to the client, and an error
/// page.
pub(crate) async fn of_a_login(
    browser: &mut Browser<'_>,
    pairs: &[(String, String)],
) -> Vec<(&'static str, Reply)> {
    let begun = browser.authorize(pairs).await;
    let login = browser.follow(&begun).await;
    let wrong = browser.log_in(&login, "alice", "wrong").await;
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    let consent = browser.follow(&done).await;
    let onward = browser.decide(&consent, "approve").await;
    let failure = browser.get(Endpoint::Consent, "flow=x").await;
    vec![("login", login), ("wrong", wrong), ("consent", consent), ("onward", onward), ("failure", failure)]
}

#[tokio::test]
async fn every_page_forbids_framing_sniffing_caching_and_loading() {
    let (world, site) = (World::new(), Site::local(BASE));
    for (name, page) in all(&world, &site).await {
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{name}");
        assert_eq!(page.header("cache-control"), "no-store", "{name}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{name}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{name}");
        let policy = page.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'sha256-",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        assert!(!page.text.contains(" style=") && !page.text.contains("src="), "{name}: {}", page.text);
        let scripts: Vec<&str> = page.text.split("<script").skip(1).collect();
        if ["login", "wrong"].contains(&name) {
            let [script] = scripts[..] else { panic!("{name}: {}", page.text) };
            let script = script.strip_prefix('>').unwrap().split_once("</script>").unwrap().0;
            let hash = Base64::encode_string(&sha256(script.as_bytes()));
            assert!(policy.contains(&format!("; script-src 'sha256-{hash}';")), "{name}: {policy}");
        } else {
            assert!(scripts.is_empty() && !policy.contains("script-src"), "{name}: {}", page.text);
        }
        assert_eq!(page.header("access-control-allow-origin"), "", "{name}");
        assert_eq!(page.header("x-mcpb-sidecar"), "1", "{name}");
        assert_eq!(page.header("content-language"), "en", "{name}");
        assert_eq!(page.header("vary"), "accept-language, accept-encoding", "{name}");
        assert!(page.text.contains("<html lang=\"en\">"), "{name}: {}", page.text);
        assert_eq!(page.text.matches("<h1>").count(), 1, "{name}: {}", page.text);
    }
}

#[tokio::test]
async fn pages_are_in_the_language_that_the_browser_prefers() {
    let (world, site) = (World::new(), Site::local(BASE));
    for (accepted, tag, words) in [
        ("de-CH,de;q=0.9,en;q=0.8", "de", "wurde sie in einem anderen Browser begonnen"),
        ("fr", "fr", "Cela n’a pas fonctionné"),
        ("es", "es", "No ha funcionado"),
        ("it", "it", "Non ha funzionato"),
        ("pt", "pt-BR", "Não funcionou"),
        ("ja", "ja", "うまくいきませんでした"),
        ("zh-CN", "zh-Hans", "操作未成功"),
        ("nl,*;q=0.1", "en", "This did not work"),
    ] {
        let request = Request::get("/?flow=x").header("accept-language", accepted);
        let page = world.send(&site, Endpoint::Consent, request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.header("content-language"), tag);
        assert!(page.text.contains(&format!("<html lang=\"{tag}\">")), "{}", page.text);
        assert!(page.words().contains(words), "{tag}: {}", page.words());
    }
}

/// Errors of the layers around the endpoints are shown as pages too.
#[tokio::test]
async fn an_error_before_the_endpoint_is_in_the_readers_language() {
    let world = World::new();
    let request = Request::get("/oauth/consent").header("accept-language", "de");
    let page = world.raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!((page.status.as_u16(), page.reason()), (403, "context_missing"));
    assert!(page.words().contains("Das hat nicht funktioniert"), "{}", page.words());
}

#[tokio::test]
async fn the_policy_contains_the_hash_of_the_style() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (_, page) = all(&world, &site).await.remove(0);
    let style = page.text.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = <Base64 as base64ct::Encoding>::encode_string(&sha256(style.as_bytes()));
    assert!(page.header("content-security-policy").contains(&format!("'sha256-{hash}'")));
}
