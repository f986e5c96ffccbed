//! The operator's brand on every page, and how large pages are.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::encoding::sha256;
use protocol::settings::UserRule;
use sidecar::locale::Locale;
use tempfile::TempDir;

use crate::logs::Captured;
use crate::pages::of_a_login;
use crate::support::{Browser, CALLBACK, KEY, PASSWORD, Reply, Site, World, authorize_pairs, changed};

const BASE: &str = "https://wiki.example.com";
/// The maximum length of a page, in bytes. The first packets of a connection can carry this much (RFC 6928).
const LARGEST: usize = 14 * 1_024;

/// Returns a PNG file of this many bytes that cannot be compressed. No browser could show it.
fn image_of(bytes: usize) -> Vec<u8> {
    let blocks = (0_u32..).flat_map(|number| sha256(&number.to_be_bytes()));
    b"\x89PNG\r\n\x1a\n".iter().copied().chain(blocks).take(bytes).collect()
}

/// Starts a sidecar with every setting of the brand. Also returns the folder of its logo. `icon` is the icon of the
/// server, if it has one.
fn branded(logo: &[u8], icon: Option<&[u8]>) -> (World, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logo");
    std::fs::write(&path, logo).unwrap();
    let icons = folder.path().join("icons");
    std::fs::create_dir(&icons).unwrap();
    if let Some(icon) = icon {
        std::fs::write(icons.join("wiki.example.com.png"), icon).unwrap();
    }
    let world = World::with(&[
        ("BOUNCER_BRAND_ICONS", icons.to_str().unwrap()),
        ("BOUNCER_BRAND_NAME", "Example & Sons"),
        ("BOUNCER_BRAND_LOGO", path.to_str().unwrap()),
        ("BOUNCER_BRAND_COLOR", "#7a1fa2"),
        ("BOUNCER_SUPPORT_URL", "https://example.com/help?a&b"),
        ("BOUNCER_IMPRINT_URL", "https://example.com/imprint"),
        ("BOUNCER_PRIVACY_URL", "https://example.com/privacy"),
    ]);
    (world, folder)
}

/// Returns pages of every kind, with long names, scopes and addresses.
async fn pages(world: &World) -> Vec<(&'static str, Reply)> {
    let mut site = Site::local(BASE);
    for number in 0..8 {
        site.settings.scopes.insert(&format!("wiki:some_part_{number}:read"));
    }
    let local = "http://127.0.0.1:3334/callback/of/the/application";
    let client = world.register(&site, local).await;
    let pairs = changed(authorize_pairs(&client), "redirect_uri", Some(local));
    let pairs = changed(pairs, "scope", None);
    let mut browser = Browser::new(world, &site);
    let mut pages = of_a_login(&mut browser, &pairs).await;
    let unregistered = changed(pairs, "redirect_uri", Some(CALLBACK));
    let redirect = browser.authorize(&unregistered).await;
    let mut strict = site.clone();
    strict.settings.access.users = UserRule::Only(["bob".to_owned()].into());
    let mut refused = Browser::new(world, &strict);
    let pairs = changed(authorize_pairs(&client), "redirect_uri", Some(local));
    let begun = refused.authorize(&pairs).await;
    let page = refused.follow(&begun).await;
    let refused = refused.log_in(&page, "alice", PASSWORD).await;
    pages.extend([("redirect", redirect), ("refused", refused)]);
    pages
}

fn accepting(locale: Locale, encoding: &'static str) -> HeaderMap {
    HeaderMap::from_iter([
        (header::ACCEPT_LANGUAGE, HeaderValue::from_static(locale.tag())),
        (header::ACCEPT_ENCODING, HeaderValue::from_static(encoding)),
    ])
}

#[tokio::test]
async fn every_page_in_every_language_is_small() {
    let (mut branded, _folder) = branded(&image_of(8_192), Some(&image_of(1_536)));
    let mut plain = World::new();
    for locale in Locale::ALL {
        branded.headers = accepting(locale, "gzip");
        for (name, page) in pages(&branded).await {
            assert_eq!(page.header("content-language"), locale.tag(), "{name}");
            assert_eq!(page.header("content-encoding"), "gzip", "{name}");
            assert!(page.text.contains("<img src=\"data:image/png;base64,"), "{name}: {}", page.text);
            assert!(page.length <= LARGEST, "{name} in {}: {} bytes", locale.tag(), page.length);
        }
        plain.headers = accepting(locale, "identity");
        for (name, page) in pages(&plain).await {
            assert_eq!(page.header("content-encoding"), "", "{name}");
            assert!(page.length <= LARGEST, "{name} in {}: {} bytes", locale.tag(), page.length);
        }
    }
}

#[tokio::test]
async fn every_page_has_the_operators_name_logo_colour_and_links() {
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>"#;
    let (world, _folder) = branded(svg.as_bytes(), None);
    for (name, page) in pages(&world).await {
        assert!(page.text.contains("· Example &amp; Sons</title>"), "{name}: {}", page.text);
        assert!(page.words().contains("Example & Sons"), "{name}: {}", page.text);
        assert!(page.text.contains("<img src=\"data:image/svg+xml;base64,"), "{name}: {}", page.text);
        assert!(page.text.contains("--accent:#7a1fa2"), "{name}: {}", page.text);
        for link in ["help?a&amp;b", "imprint", "privacy"] {
            assert!(page.text.contains(&format!("<a href=\"https://example.com/{link}\"")), "{name}: {link}");
        }
        // The image is part of the page, and nothing is loaded from elsewhere.
        assert_eq!(page.text.matches(" src=").count(), 1, "{name}: {}", page.text);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("; img-src data:;"), "{policy}");
    }
}

#[tokio::test]
async fn a_logo_that_cannot_be_shown_is_logged_and_left_out() {
    let log = Captured::start();
    let (world, folder) = branded(b"GIF89a", None);
    let lines = log.with_reason("logo_unusable");
    assert_eq!(lines.len(), 1, "{}", log.text());
    let detail = lines[0]["detail"].as_str().unwrap();
    assert!(
        detail.contains(folder.path().to_str().unwrap()) && detail.contains("PNG, JPEG, WebP or SVG"),
        "{detail}"
    );
    for (name, page) in pages(&world).await {
        assert!(
            !page.text.contains("<img") && page.words().contains("Example & Sons"),
            "{name}: {}",
            page.text
        );
        assert!(!page.header("content-security-policy").contains("img-src"), "{name}");
    }
}

#[tokio::test]
async fn only_the_pages_of_a_server_have_its_icon() {
    let log = Captured::start();
    let folder = tempfile::tempdir().unwrap();
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>"#;
    std::fs::write(folder.path().join("wiki.example.com.svg"), svg).unwrap();
    std::fs::write(folder.path().join("docs.example.com.svg"), "text").unwrap();
    let world = World::with(&[("BOUNCER_BRAND_ICONS", folder.path().to_str().unwrap())]);
    let lines = log.with_reason("logo_unusable");
    assert_eq!(lines.len(), 1, "{}", log.text());
    assert!(lines[0]["detail"].as_str().unwrap().contains("docs.example.com.svg"), "{lines:?}");
    for (name, page) in pages(&world).await {
        assert_eq!(
            page.text.matches("<main><img class=\"icon\" src=\"data:image/svg+xml").count(),
            1,
            "{name}"
        );
        assert!(page.header("content-security-policy").contains("; img-src data:;"), "{name}");
    }
    let other = Site::local("https://docs.example.com");
    let client = world.register(&other, CALLBACK).await;
    let mut browser = Browser::new(&world, &other);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    assert!(!page.text.contains("<img"), "{}", page.text);
    assert!(!page.header("content-security-policy").contains("img-src"));
}

#[test]
fn settings_of_the_brand_that_cannot_be_used_are_refused() {
    for (name, value) in [
        ("BOUNCER_BRAND_NAME", "x".repeat(61)),
        ("BOUNCER_BRAND_NAME", "Example\u{202e}".to_owned()),
        ("BOUNCER_BRAND_COLOR", "blue".to_owned()),
        ("BOUNCER_BRAND_COLOR", "#12345".to_owned()),
        ("BOUNCER_SUPPORT_URL", "http://example.com/".to_owned()),
        ("BOUNCER_IMPRINT_URL", "javascript:alert(1)".to_owned()),
        ("BOUNCER_PRIVACY_URL", "https://user@example.com/".to_owned()),
    ] {
        let pairs = [("BOUNCER_ENCRYPTION_KEY", KEY), (name, &value)];
        let error = sidecar::config::Config::from_pairs(pairs).unwrap_err().to_string();
        assert!(error.contains(name), "{name}: {error}");
    }
}

#[test]
fn the_settings_in_the_guide_are_accepted() {
    let guide = include_str!("../../../docs/guides/pages.md");
    let block = guide.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    let settings = block.lines().map(|line| line.split_once('=').unwrap());
    let settings = settings.map(|(name, value)| (name, value.trim_matches('"')));
    let settings: Vec<(&str, &str)> = [("BOUNCER_ENCRYPTION_KEY", KEY)].into_iter().chain(settings).collect();
    assert_eq!(settings.len(), 8, "{settings:?}");
    let brand = sidecar::config::Config::from_pairs(settings).unwrap().brand;
    assert_eq!(brand.name.as_deref(), Some("Example Corporation"));
    assert!(brand.logo.is_some() && brand.color.is_some() && brand.links.privacy.is_some(), "{brand:?}");
}
