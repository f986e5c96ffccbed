//! `/oauth/connect`: how to connect an MCP client to this server.

use protocol::context::Endpoint;

use crate::support::{Browser, Site, World};

#[tokio::test]
async fn the_page_shows_the_address_that_the_browser_opened() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    let mut browser = Browser::new(&world, &site);
    let page = browser.get(Endpoint::Connect, "path=%2Fwiki%2Fmcp").await;
    assert_eq!(page.status, 200);
    for part in [
        "https://mcp.example.com/wiki/mcp</code>",
        "claude mcp add --transport http wiki https://mcp.example.com/wiki/mcp<",
        "codex mcp login wiki<",
        "&quot;url&quot;:&quot;https://mcp.example.com/wiki/mcp&quot;",
        "href=\"https://mcp.example.com/wiki/oauth/connections\"",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
}

#[tokio::test]
async fn a_link_to_the_page_cannot_show_another_address() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    for path in [
        "",
        "%2Fother",
        "%40evil.example%2Fwiki",
        ".evil.example%2Fwiki",
        "%2Fwiki%2F..%2Fother",
        "%2Fwiki%3Cb%3E",
    ] {
        let page = Browser::new(&world, &site).get(Endpoint::Connect, &["path=", path].concat()).await;
        assert!(page.text.contains(">https://mcp.example.com/wiki</code>"), "{path}: {}", page.text);
        assert!(!page.text.contains("evil") && !page.text.contains("<b>"), "{path}");
    }
    let long = ["path=%2Fwiki%2F", &"x".repeat(1024)].concat();
    assert_eq!(Browser::new(&world, &site).get(Endpoint::Connect, &long).await.reason(), "too_long");
}
