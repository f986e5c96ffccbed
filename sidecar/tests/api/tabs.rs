//! Several logins in one browser: at one tenant, at path tenants of one host, at ports of one host, with passwords and
//! with a provider. In whatever order the tabs continue, each login ends at its own client with its own code.

use protocol::context::Endpoint;

use crate::support::provider::Provider;
use crate::support::{
    Browser, CALLBACK, Jar, PASSWORD, Reply, Site, World, authorize_pairs, changed, parameter,
};

/// The number of steps of a login: the first page, the user's actions, and the end.
const STEPS: usize = 3;

/// One tab with one login.
struct Tab<'a> {
    site: &'a Site,
    client: String,
    state: &'static str,
    page: Option<Reply>,
    step: usize,
}

impl<'a> Tab<'a> {
    async fn new(world: &World, site: &'a Site, state: &'static str) -> Self {
        Self { site, client: world.register(site, CALLBACK).await, state, page: None, step: 0 }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        changed(authorize_pairs(&self.client), "state", Some(self.state))
    }

    /// Performs the next step. The last step checks that the code belongs to this tab.
    async fn go_on(&mut self, browser: &mut Browser<'a>, provider: &Provider) {
        browser.site = self.site;
        let page = match (self.step, self.page.take()) {
            (0, _) => {
                let begun = browser.authorize(&self.pairs()).await;
                browser.follow(&begun).await
            }
            // A browser with a session is not asked for the password.
            (1, Some(page)) if page.text.contains("value=\"another_account\"") => page,
            (1, Some(page)) if page.text.contains("name=\"password\"") => {
                let done = browser.log_in(&page, "alice", PASSWORD).await;
                assert_eq!(done.status, 303, "{done:?}");
                browser.follow(&done).await
            }
            (1, Some(page)) => browser.decide(&page, "approve").await,
            (_, Some(page)) if page.text.contains("name=\"decision\"") => {
                browser.decide(&page, "approve").await
            }
            (_, Some(page)) => {
                let query = provider.sign_in(&page.onward());
                browser.get(Endpoint::Callback, &query).await
            }
            (_, None) => panic!("no page"),
        };
        assert_eq!(page.status, 200, "{page:?}");
        self.step += 1;
        if self.step == STEPS {
            assert_eq!(page.onward_parameter("state").as_deref(), Some(self.state));
            let code = page.onward_parameter("code").unwrap_or_else(|| panic!("no code: {page:?}"));
            let token = browser.world.token(self.site, &self.client, &code).await;
            assert_eq!(token.status, 200, "{token:?}");
        }
        self.page = Some(page);
    }
}

/// Returns every order of the steps of two tabs. Each entry says whether the first tab takes that step.
fn orders() -> impl Iterator<Item = Vec<bool>> {
    (0..1_u32 << (2 * STEPS))
        .map(|bits| (0..2 * STEPS).map(|place| bits >> place & 1 == 1).collect::<Vec<_>>())
        .filter(|order| order.iter().filter(|first| **first).count() == STEPS)
}

#[tokio::test]
async fn two_logins_in_one_browser_succeed_in_any_order_of_steps() {
    let provider = Provider::start().await;
    for bases in [
        ["https://wiki.example.com", "https://wiki.example.com"],
        ["https://mcp.example.com/wiki", "https://mcp.example.com/docs"],
        ["http://localhost:8001", "http://localhost:8002"],
        ["https://wiki.example.com", "https://wiki.example.com:8443/docs"],
    ] {
        for federated in [[false, false], [false, true], [true, false], [true, true]] {
            let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
            let site = |number: usize| {
                if federated[number] {
                    Site::oidc(bases[number], &provider.issuer)
                } else {
                    Site::local(bases[number])
                }
            };
            let (one, two) = (site(0), site(1));
            for order in orders() {
                let (mut first, mut second) =
                    (Tab::new(&world, &one, "one").await, Tab::new(&world, &two, "two").await);
                let mut browser = Browser::new(&world, &one);
                for is_first in order {
                    let tab = if is_first { &mut first } else { &mut second };
                    tab.go_on(&mut browser, &provider).await;
                }
                assert!(browser.cookies.of_logins().is_empty(), "a cookie of a finished login is left");
            }
        }
    }
}

/// Several clients open their tabs at the same time, before any response arrives, so no request has a cookie yet.
#[tokio::test]
async fn logins_that_start_simultaneously_do_not_affect_each_other() {
    let provider = Provider::start().await;
    let world = World::new();
    let site = Site::local("https://wiki.example.com");
    let mut tabs = Vec::new();
    let mut cookies = Jar::default();
    for state in ["one", "two", "three"] {
        let tab = Tab::new(&world, &site, state).await;
        let mut fresh = Browser::new(&world, &site);
        let begun = fresh.authorize(&tab.pairs()).await;
        cookies.0.extend(fresh.cookies.0);
        tabs.push((tab, begun));
    }
    let mut browser = Browser { world: &world, site: &site, cookies };
    for (tab, begun) in &mut tabs {
        tab.page = Some(browser.follow(begun).await);
        tab.step = 1;
    }
    for _ in 1..STEPS {
        for (tab, _) in &mut tabs {
            tab.go_on(&mut browser, &provider).await;
        }
    }
}

/// One login is open in two tabs. A form of a completed step leads to the login's current page.
#[tokio::test]
async fn a_form_of_a_completed_step_leads_to_the_current_page() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    for late in [browser.log_in(&login, "alice", "wrong").await, browser.follow(&begun).await] {
        assert_eq!((late.status.as_u16(), late.onward()), (303, done.onward()));
        assert_eq!(late.header("set-cookie"), "");
    }
    let consent = browser.follow(&done).await;
    assert!(browser.decide(&consent, "approve").await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn a_user_who_navigates_back_from_the_provider_can_approve_again() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let site = Site::oidc("https://wiki.example.com", &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let first = browser.decide(&page, "approve").await.onward();
    // The page in the browser's history has the form token of an older cookie, so the page is shown again.
    let shown = browser.decide(&page, "approve").await;
    assert_eq!(shown.status, 400);
    assert!(shown.text.contains("id=\"problem\""), "{}", shown.text);
    let again = browser.follow(&begun).await;
    assert_eq!((again.status.as_u16(), again.input("csrf")), (200, shown.input("csrf")));
    let second = browser.decide(&again, "approve").await.onward();
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&first, name), parameter(&second, name), "{name}");
    }
    let (stale, query) = (provider.sign_in(&first), provider.sign_in(&second));
    assert_eq!(browser.get(Endpoint::Callback, &stale).await.reason(), "login_unknown");
    assert!(browser.get(Endpoint::Callback, &query).await.onward_parameter("code").is_some());
    // After going back, the user can also deny.
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let url = browser.decide(&page, "approve").await.onward();
    let page = browser.follow(&begun).await;
    assert_eq!(
        browser.decide(&page, "deny").await.onward_parameter("error").as_deref(),
        Some("access_denied")
    );
    assert_eq!(browser.get(Endpoint::Callback, &provider.sign_in(&url)).await.reason(), "login_unknown");
}

#[tokio::test]
async fn a_browser_keeps_the_cookies_of_its_newest_logins() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let mut begun = Vec::new();
    for _ in 0..20 {
        begun.push(browser.authorize(&authorize_pairs(&client)).await);
        assert!(browser.cookies.0.len() <= 16 && browser.cookie().len() < 1_500, "{:?}", browser.cookies);
    }
    for (number, begun) in begun.iter().enumerate() {
        let page = browser.follow(begun).await;
        if number < 4 {
            assert_eq!(page.reason(), "cookie_missing", "{number}");
        } else {
            assert_eq!(page.status, 200, "{number}");
        }
    }
}

#[tokio::test]
async fn a_cookie_lasts_as_long_as_its_login() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    assert!(begun.header("set-cookie").contains("; Max-Age=600;"), "{begun:?}");
    let login = browser.follow(&begun).await;
    world.advance(100);
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    assert!(done.header("set-cookie").contains("; Max-Age=500;"), "{done:?}");
}
