//! `/oauth/consent` after a local login.

use protocol::context::Endpoint;
use protocol::scope::ScopeSet;
use protocol::settings::UserRule;
use serde_json::json;

use crate::support::{Browser, CALLBACK, PASSWORD, Site, World, authorize_pairs, changed, parameter};

const BASE: &str = "https://wiki.example.com";

#[tokio::test]
async fn the_page_names_client_scopes_redirect_host_and_user() {
    let (world, mut site) = (World::new(), Site::local(BASE));
    site.settings.required_scopes = ScopeSet::parse("mcp:use").unwrap();
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let pairs = changed(authorize_pairs(&client), "resource", Some("https://wiki.example.com/mcp"));
    let page = browser.reach_consent(&pairs).await;
    assert_eq!(page.status, 200);
    for part in [
        "Test Client",
        "<code dir=\"ltr\" id=\"redirect-host\">client.example</code>",
        "https://wiki.example.com/mcp",
        "alice",
        "read",
        "mcp:use",
        ", always required",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("write") && !page.text.contains("id=\"warning\""), "{}", page.text);
}

#[tokio::test]
async fn scopes_are_described_by_the_operator_or_by_their_names() {
    let (world, mut site) = (World::new(), Site::local(BASE));
    site.settings.scopes.insert("wiki:change_pages");
    site.settings.scope_descriptions = [("read".to_owned(), ["Read <every> page".to_owned()].into())].into();
    let client = world.register(&site, CALLBACK).await;
    let pairs = changed(authorize_pairs(&client), "scope", Some("read wiki:change_pages"));
    let page = Browser::new(&world, &site).reach_consent(&pairs).await;
    let words = page.words();
    assert!(words.contains("Read <every> page (read)"), "{words}");
    assert!(words.contains("wiki: change pages (wiki:change_pages)"), "{words}");
}

#[tokio::test]
async fn the_page_warns_about_loopback_redirect_uris() {
    let (world, site) = (World::new(), Site::local(BASE));
    let uri = "http://127.0.0.1:3334/cb";
    let client = world.register(&site, uri).await;
    let pairs = changed(authorize_pairs(&client), "redirect_uri", Some(uri));
    let page = Browser::new(&world, &site).reach_consent(&pairs).await;
    assert!(page.text.contains("id=\"warning\"") && page.text.contains("127.0.0.1:3334"), "{}", page.text);
    assert!(page.words().contains("runs on this device"), "{}", page.text);
}

#[tokio::test]
async fn the_page_says_who_may_allow_and_denying_is_as_easy_as_allowing() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let page = Browser::new(&world, &site).reach_consent(&authorize_pairs(&client)).await;
    assert!(page.words().contains("only if you have just started this connection"), "{}", page.text);
    let row = page.text.split_once("<div class=\"row\">").unwrap().1.split_once("</div>").unwrap().0;
    assert_eq!(row.matches("<button").count(), 2, "{row}");
    assert!(row.contains("value=\"deny\"") && row.contains("value=\"approve\""), "{row}");
}

#[tokio::test]
async fn approval_returns_a_code_and_removes_the_cookie() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&authorize_pairs(&client)).await;
    assert_eq!(browser.cookies.of_logins().len(), 1);
    let done = browser.decide(&page, "approve").await;
    assert_eq!(done.status, 200);
    assert!(browser.cookies.of_logins().is_empty());
    let target = done.onward();
    assert!(target.starts_with("https://client.example/cb?code=mcpbc_"), "{target}");
    assert_eq!(
        (parameter(&target, "state").as_deref(), parameter(&target, "iss").as_deref()),
        (Some("st&te"), Some(BASE))
    );
    let code = parameter(&target, "code").unwrap();
    let token = world.token(&site, &client, &code).await;
    assert_eq!(token.status, 200, "{token:?}");
    assert_eq!(token.json()["scope"], "read");
}

/// The rules may have become stricter since the password was checked.
#[tokio::test]
async fn a_user_who_is_refused_after_the_password_gets_no_code() {
    let (world, mut site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let lenient = site.clone();
    site.settings.access.users = UserRule::Only(["someone-else".to_owned()].into());
    let mut browser = Browser::new(&world, &lenient);
    let page = browser.reach_consent(&authorize_pairs(&client)).await;
    assert_eq!(page.status, 200);
    let done = browser.at(&site).decide(&page, "approve").await;
    assert_eq!(done.reason(), "not_admitted");
    assert_eq!(done.onward_parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(done.onward_parameter("code"), None);
}

#[tokio::test]
async fn denial_returns_access_denied_and_ends_the_login() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&authorize_pairs(&client)).await;
    let done = browser.decide(&page, "deny").await;
    let target = done.onward();
    assert_eq!(parameter(&target, "error").as_deref(), Some("access_denied"));
    assert_eq!(
        (parameter(&target, "state").as_deref(), parameter(&target, "iss").as_deref()),
        (Some("st&te"), Some(BASE))
    );
    assert_eq!(browser.decide(&page, "approve").await.reason(), "login_unknown");
}

#[tokio::test]
async fn a_question_that_has_expired_says_so_and_leads_on() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    let page = browser.follow(&done).await;
    world.advance(600);
    for late in [
        browser.follow(&done).await,
        browser.decide(&page, "approve").await,
        browser.decide(&page, "deny").await,
        browser.log_in(&login, "alice", PASSWORD).await,
    ] {
        assert_eq!((late.status.as_u16(), late.reason()), (400, "login_unknown"));
        assert!(
            late.words().contains("has ended") && late.words().contains("connect again"),
            "{}",
            late.words()
        );
        // The link leads to a page next to this one, below the same base.
        assert!(late.text.contains("id=\"connect\" href=\"connect\""), "{}", late.text);
    }
}

/// Polls all futures concurrently on one task.
pub(crate) async fn join_all<F: Future>(tries: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = tries.map(|each| (Box::pin(each), None)).collect();
    std::future::poll_fn(|cx| {
        let mut pending = false;
        for (each, done) in &mut running {
            if done.is_none() {
                match each.as_mut().poll(cx) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    running.into_iter().map(|(_, done)| done.unwrap()).collect()
}

#[tokio::test]
async fn approval_counts_only_for_what_the_page_showed() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&changed(authorize_pairs(&client), "scope", None)).await;
    let mut wider = site.clone();
    wider.settings.scopes.insert("delete");
    let mut later = browser.at(&wider);
    let again = later.decide(&page, "approve").await;
    assert_eq!(again.status, 400);
    assert!(again.text.contains("id=\"problem\"") && again.text.contains("delete"), "{}", again.text);
    assert!(later.decide(&again, "approve").await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn scopes_follow_the_groups() {
    let (world, mut site) = (World::new(), Site::local(BASE));
    let groups = |name: &str| [name.to_owned()].into();
    site.settings.scope_map =
        [("read".to_owned(), groups("team")), ("write".to_owned(), groups("admins"))].into();
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser
        .reach_consent(&changed(authorize_pairs(&client), "scope", Some("read write made_up openid")))
        .await;
    assert!(!page.text.contains("write") && !page.text.contains("made_up"), "{}", page.text);
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    assert_eq!(world.token(&site, &client, &code).await.json()["scope"], "read");
}

#[tokio::test]
async fn a_clients_name_is_escaped_or_refused() {
    let (world, site) = (World::new(), Site::local(BASE));
    let metadata = json!({
        "client_name": "<script>alert(1)</script>\u{202e}Evil \"x\"",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
    });
    let reply = world.post_json(&site, Endpoint::Register, &metadata).await;
    if reply.status != 201 {
        return assert_eq!(reply.status, 400, "the registration is refused");
    }
    let client = reply.json()["client_id"].as_str().unwrap().to_owned();
    let page = Browser::new(&world, &site).reach_consent(&authorize_pairs(&client)).await;
    assert!(!page.text.contains("<script>") && !page.text.contains('\u{202e}'), "{}", page.text);
    assert!(page.text.contains("&lt;script&gt;"));
}

/// Text that other people chose is shown as text, and cannot leave its place.
#[tokio::test]
async fn hostile_names_stay_in_their_place() {
    let (world, mut site) = (World::new(), Site::local(BASE));
    site.settings.resource = "wiki \u{202e}<b>\u{2066}".to_owned();
    for (name, shown) in [
        (
            "</bdi><h1>Allowed</h1>".to_owned(),
            "<bdi>&lt;/bdi&gt;&lt;h1&gt;Allowed&lt;/h1&gt;</bdi>".to_owned(),
        ),
        ("{ $server } { sign-in }".to_owned(), "<bdi>{ $server } { sign-in }</bdi>".to_owned()),
        // This Cyrillic letter looks like a Latin one. The page says that nobody has checked the name.
        ("\u{421}laude".to_owned(), "<bdi>\u{421}laude</bdi>".to_owned()),
        ("\u{5e7}\u{5dc}".to_owned(), "<bdi>\u{5e7}\u{5dc}</bdi>".to_owned()),
        ("🚀".repeat(50), format!("<bdi>{}</bdi>", "🚀".repeat(50))),
        ("\u{f0000}\u{f0001}x".to_owned(), "<bdi>x</bdi>".to_owned()),
    ] {
        let metadata = json!({
            "client_name": name, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
        });
        let reply = world.post_json(&site, Endpoint::Register, &metadata).await;
        assert_eq!(reply.status, 201, "{name}: {reply:?}");
        let client = reply.json()["client_id"].as_str().unwrap().to_owned();
        let page = Browser::new(&world, &site).reach_consent(&authorize_pairs(&client)).await;
        let heading = page.text.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0;
        assert!(heading.contains(&shown), "{heading}");
        assert!(heading.contains("&lt;b&gt;") && !heading.contains("<b>"), "{heading}");
        assert_eq!(page.text.matches("<h1>").count(), 1);
        assert!(
            page.text.contains("id=\"badge\"") && page.words().contains("nobody has checked it"),
            "{}",
            page.text
        );
    }
}

#[tokio::test]
async fn a_local_user_can_sign_in_with_another_account() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&authorize_pairs(&client)).await;
    let before = browser.cookies.clone();
    let back = browser.decide(&page, "another_account").await;
    assert!(back.status.is_redirection() && back.onward().contains("/oauth/login?"), "{back:?}");
    let login = browser.follow(&back).await;
    assert!(login.text.contains("name=\"password\""), "{}", login.text);
    // Nobody is signed in any more: the consent page leads to the login page, and the old cookie is not accepted.
    assert!(browser.decide(&page, "approve").await.onward().contains("/oauth/login?"));
    let mut old = Browser { world: &world, site: &site, cookies: before };
    assert_eq!(old.decide(&page, "approve").await.reason(), "login_unknown");
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    let page = browser.follow(&done).await;
    assert!(browser.decide(&page, "approve").await.onward_parameter("code").is_some());
}

/// A login stores only those of the requested scopes that were offered at that time.
#[tokio::test]
async fn scopes_that_were_not_offered_are_not_stored_with_the_login() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&changed(authorize_pairs(&client), "scope", Some("read delete"))).await;
    let cookies = browser.cookies;
    let mut more = site.clone();
    more.settings.scopes.insert("delete");
    let mut browser = Browser { world: &world, site: &more, cookies };
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    assert_eq!(world.token(&more, &client, &code).await.json()["scope"], "read");
}

#[tokio::test]
async fn a_form_without_a_decision_is_refused_and_the_login_goes_on() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&authorize_pairs(&client)).await;
    let refused = browser.decide(&page, "perhaps").await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (400, "decision"));
    assert!(browser.decide(&page, "approve").await.onward_parameter("code").is_some());
}
