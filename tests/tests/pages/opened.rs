//! A browser that opens the URL of an MCP server is led to a page that says how to connect. Programs are not.

use e2e::http::Answer;
use e2e::runtime::run;
use reqwest::Method;

use crate::world::world;

async fn get(path: &str, accept: &str) -> Answer {
    let tenant = &world().await.local;
    tenant.http.send(Method::GET, &[&tenant.base, path].concat(), &[("accept", accept)], "").await
}

#[test]
fn a_browser_is_led_to_the_page_and_gets_the_challenge_too() {
    run(async {
        let tenant = &world().await.local;
        let answer = get("/mcp", "text/html,application/xhtml+xml,*/*;q=0.8").await.expect(401);
        assert!(answer.header("content-type").starts_with("text/html"), "{answer:?}");
        let challenge = format!(
            "Bearer resource_metadata=\"{}/.well-known/oauth-protected-resource/mcp\", scope=\"wiki:read\"",
            tenant.base
        );
        assert_eq!(answer.header("www-authenticate"), challenge);
        let (_, next) =
            answer.body.split_once("http-equiv=refresh content=\"0;url=").expect("a page that leads on");
        let (next, _) = next.split_once('"').expect("its end");
        assert_eq!(next, "/oauth/connect?path=/mcp");
        let page = get(next, "text/html").await.expect(200);
        assert!(page.body.contains(&format!("id=\"address\">{}</code>", tenant.mcp())), "{}", page.body);
        assert!(page.body.contains("Company wiki"), "{}", page.body);
    });
}

#[test]
fn a_program_gets_json_and_reaches_no_server() {
    run(async {
        for accept in
            ["application/json, text/event-stream", "text/event-stream", "*/*", "application/json, text/html"]
        {
            let answer = get("/mcp", accept).await.expect(401);
            assert_eq!(answer.header("content-type"), "application/json", "{accept}");
            assert_eq!(answer.json()["error"], "unauthorized", "{accept}: {}", answer.body);
            assert!(answer.header("www-authenticate").starts_with("Bearer resource_metadata="), "{accept}");
        }
        let tenant = &world().await.local;
        let html = [("accept", "text/html"), ("content-type", "application/json")];
        let posted = tenant.http.send(Method::POST, &tenant.mcp(), &html, "{}").await.expect(401);
        assert_eq!(posted.header("content-type"), "application/json");
        assert!(world().await.server.requests().is_empty(), "a request without a token reached the server");
    });
}

/// The page belongs to the authorization server. It cannot change anything, and pages of other origins cannot read it.
#[test]
fn the_page_changes_nothing_and_is_read_by_nobody_else() {
    run(async {
        let tenant = &world().await.local;
        let page = get("/oauth/connect", "text/html").await.expect(200);
        assert!(!page.body.contains("<form") && !page.body.contains("<script"), "{}", page.body);
        assert!(
            page.headers("access-control-allow-origin").is_empty() && page.headers("set-cookie").is_empty()
        );
        let own = [("origin", tenant.base.as_str())];
        assert_eq!(tenant.http.post_form(&tenant.endpoint("connect"), &own, &[]).await.status, 405);
    });
}
