//! The second factor of local users: setting it up, signing in with it, and losing it.

use std::sync::Arc;

use protocol::context::Endpoint;
use serde_json::json;
use store::Store;
use store::intent::second_factors::FindSecondFactor;
use totp_rs::{Algorithm, Builder};

use crate::account::{self, BASE, here};
use crate::administration::{ask, told};
use crate::logs::Captured;
use crate::support::{Browser, CALLBACK, PASSWORD, Reply, Site, World, authorize_pairs, changed};

mod changes;

/// An authenticator app.
struct App(Vec<u8>);

impl App {
    /// Reads the app's key from a page.
    fn scan(page: &Reply) -> Self {
        let (_, rest) = page.text.split_once("id=\"key\">").unwrap_or_else(|| panic!("{page:?}"));
        let key: String = rest.split('<').next().unwrap().split(' ').collect();
        assert!(page.text.contains(&format!("secret={key}")), "the link has the same key: {page:?}");
        let secret = totp_rs::Secret::try_from_base32(&key).unwrap();
        Self(secret.as_bytes().to_vec())
    }

    /// Returns the code that the app shows now.
    fn code(&self, world: &World) -> String {
        self.code_in(world, 0)
    }

    /// Returns the code that the app shows after this many steps.
    fn code_in(&self, world: &World, steps: i64) -> String {
        use sidecar::clock::Clock as _;
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(self.0.clone());
        let now = world.clock.now().as_secs().checked_add_signed(30 * steps).unwrap();
        builder.build().unwrap().generate(now).to_string()
    }
}

/// Returns the recovery codes on a page.
fn recovery_codes(page: &Reply) -> Vec<String> {
    let (_, rest) = page.text.split_once("id=\"codes\">").unwrap_or_else(|| panic!("{page:?}"));
    let list = rest.split_once("</ul>").unwrap().0;
    list.split("<code dir=\"ltr\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// Posts the form of the account page for `action` with these fields.
async fn press(browser: &mut Browser<'_>, page: &Reply, action: &str, fields: &[(&str, &str)]) -> Reply {
    let mut forms = page.text.split("<form ").skip(1);
    let form = forms.find(|form| form.contains(&format!("name=\"action\" value=\"{action}\"")));
    let form = page.part(form.unwrap_or_else(|| panic!("{page:?}")));
    let csrf = form.input("csrf");
    let enrolment = if action == "enrol" { form.input("enrolment") } else { String::new() };
    let mut pairs = vec![("action", action), ("csrf", &csrf), ("enrolment", &enrolment)];
    pairs.extend_from_slice(fields);
    browser.post(Endpoint::Account, &pairs).await
}

/// Sets up alice's second factor on the account page. Returns her app and her recovery codes.
async fn set_up(world: &World, site: &Site) -> (App, Vec<String>) {
    let mut browser = Browser::new(world, site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    set_up_in(&mut browser).await
}

/// Like [`set_up`], in a browser in which alice is signed in.
async fn set_up_in(browser: &mut Browser<'_>) -> (App, Vec<String>) {
    let world = browser.world;
    let page = browser.get(Endpoint::Account, "set_up=second_factor").await;
    let app = App::scan(&page);
    let code = app.code(world);
    let done = press(browser, &page, "enrol", &[("code", &code), ("password", PASSWORD)]).await;
    assert_eq!(done.status, 200, "{done:?}");
    let codes = recovery_codes(&done);
    assert_eq!(codes.len(), 10);
    // The code of this step is used up; the next sign-in needs the code of the next step.
    world.advance(30);
    (app, codes)
}

/// Signs alice in for the account page, with a code. Returns the page.
async fn sign_in(browser: &mut Browser<'_>, app: &App) -> Reply {
    let begun = browser.get(Endpoint::Account, "").await;
    let form = browser.follow(&begun).await;
    let done = browser.log_in(&form, "alice", PASSWORD).await;
    let asked = browser.follow(&done).await;
    let code = app.code(browser.world);
    let done = type_code(browser, &asked, &code).await;
    assert!(done.onward().ends_with("/oauth/account"), "{done:?}");
    browser.follow(&done).await
}

/// Goes from the authorization request to the page that follows the password.
async fn after_password(browser: &mut Browser<'_>, client: &str) -> Reply {
    let begun = browser.authorize(&authorize_pairs(client)).await;
    let page = browser.follow(&begun).await;
    let done = browser.log_in(&page, "alice", PASSWORD).await;
    assert_eq!(done.status, 303, "{done:?}");
    browser.follow(&done).await
}

/// Submits a code on the page that asks for one.
async fn type_code(browser: &mut Browser<'_>, page: &Reply, code: &str) -> Reply {
    let (flow, csrf) = (page.input("flow"), page.input("csrf"));
    let mut pairs = vec![("flow", flow.as_str()), ("csrf", &csrf), ("code", code)];
    let offered = page.text.contains("name=\"enrolment\"").then(|| page.input("enrolment"));
    pairs.extend(offered.as_deref().map(|offered| ("enrolment", offered)));
    pairs.extend(page.text.contains("value=\"account\"").then_some(("for", "account")));
    browser.post(Endpoint::SecondFactor, &pairs).await
}

/// Tries wrong codes from forty networks until each network has to wait. Returns how many codes were checked.
async fn guess_from_many_networks(world: &World, site: &Site, client: &str) -> usize {
    let mut tried = 0;
    for network in 0..40_u8 {
        let elsewhere = site.from([198, 51, network, 7]);
        let mut thief = Browser::new(world, &elsewhere);
        let page = after_password(&mut thief, client).await;
        loop {
            let reply = type_code(&mut thief, &page, "000000").await;
            if reply.status == 429 {
                assert!(!reply.header("retry-after").is_empty());
                break;
            }
            tried += 1;
            assert!(tried < 50, "{reply:?}");
        }
    }
    tried
}

fn asks_code(page: &Reply) -> bool {
    page.text.contains("autocomplete=\"one-time-code\"")
}

#[tokio::test]
async fn a_code_is_asked_for_after_the_password_and_leads_to_the_consent() {
    let (world, site) = here();
    let (app, _) = set_up(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = after_password(&mut browser, &client).await;
    assert!(asks_code(&page) && page.text.contains("inputmode=\"numeric\""), "{page:?}");
    // No session has begun, and the browser is not a known one yet.
    assert_eq!(browser.cookies.0.len(), 1, "{:?}", browser.cookies);
    let log = Captured::start();
    let done = type_code(&mut browser, &page, &app.code(&world)).await;
    let consent = browser.follow(&done).await;
    let code = browser.decide(&consent, "approve").await.onward_parameter("code").unwrap();
    assert_eq!(world.token(&site, &client, &code).await.status, 200);
    let lines = log.with("event", "sign_in");
    assert_eq!((lines.len(), &lines[0]["second_factor"]), (1, &json!("totp")));
    // The session proves both the password and the second factor.
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    assert!(begun.onward().contains("/oauth/consent?"), "{begun:?}");
}

/// The login asks for a code after the password. Somebody who has only the password gets no further.
#[tokio::test]
async fn the_password_alone_leads_nowhere() {
    let (world, site) = here();
    set_up(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = after_password(&mut browser, &client).await;
    let (flow, csrf) = (page.input("flow"), page.input("csrf"));
    for (endpoint, query) in [(Endpoint::Consent, true), (Endpoint::Login, true), (Endpoint::Account, false)]
    {
        let query = if query { format!("flow={flow}") } else { String::new() };
        let reply = browser.get(endpoint.clone(), &query).await;
        let onward = reply.onward();
        assert!(
            onward.contains("/oauth/second-factor?") || onward.contains("/oauth/login?"),
            "{endpoint:?}: {reply:?}"
        );
    }
    let pairs = [("flow", flow.as_str()), ("csrf", &csrf), ("decision", "approve")];
    let decided = browser.post(Endpoint::Consent, &pairs).await;
    assert!(decided.onward().contains("/oauth/second-factor?"), "{decided:?}");
    let wrong = type_code(&mut browser, &page, "000000").await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.words().contains("The code is wrong") && asks_code(&wrong), "{wrong:?}");
    assert!(world.reasons().contains("second_factor"));
}

#[tokio::test]
async fn a_code_works_once_and_one_step_early_or_late() {
    let (world, site) = here();
    let (app, _) = set_up(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    let code = app.code(&world);
    let signs_in = async |code: String| {
        let mut browser = Browser::new(&world, &site);
        let page = after_password(&mut browser, &client).await;
        type_code(&mut browser, &page, &code).await.status == 303
    };
    assert!(signs_in(code.clone()).await);
    assert!(!signs_in(code).await, "a second time");
    assert!(!signs_in(app.code_in(&world, -1)).await, "one from before it");
    assert!(signs_in(app.code_in(&world, 1)).await, "one step early");
    world.advance(600);
    assert!(!signs_in(app.code_in(&world, -2)).await && !signs_in(app.code_in(&world, 2)).await);
    assert!(signs_in(app.code_in(&world, -1)).await, "one step late");
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let (world, site) = here();
    let (_, codes) = set_up(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    let log = Captured::start();
    for (typed, right) in
        [(codes[3].clone(), true), (codes[3].clone(), false), (codes[4].replace('-', " "), true)]
    {
        let mut browser = Browser::new(&world, &site);
        let page = after_password(&mut browser, &client).await;
        let reply = type_code(&mut browser, &page, &typed).await;
        assert_eq!(reply.status == 303, right, "{typed}: {reply:?}");
    }
    let lines = log.with("second_factor", "recovery_code");
    assert_eq!(lines.iter().map(|line| &line["count"]).collect::<Vec<_>>(), [9, 8]);
    let text = log.text();
    assert!(codes.iter().all(|code| !text.contains(code.as_str())), "{text}");
}

/// The user clicks twice: both requests have the same cookie and the same code, and the browser shows the second
/// response.
#[tokio::test]
async fn who_clicks_twice_gets_in_once() {
    let (world, site) = here();
    let (app, codes) = set_up(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    for code in [app.code(&world), codes[0].clone()] {
        let mut browser = Browser::new(&world, &site);
        let page = after_password(&mut browser, &client).await;
        let mut second = browser.at(&site);
        type_code(&mut browser, &page, &code).await;
        let again = type_code(&mut second, &page, &code).await;
        let consent = second.follow(&again).await;
        assert!(consent.text.contains("value=\"approve\""), "{consent:?}");
        // In another browser, the code is of no use.
        let stranger = type_code(&mut Browser::new(&world, &site), &page, &code).await;
        assert_eq!(stranger.reason(), "cookie_missing");
    }
}

/// Guesses of codes have a limit of their own. Otherwise an attacker who knows the password could try all of the
/// million codes.
#[tokio::test]
async fn guesses_of_codes_are_limited_and_the_owner_is_not_locked_out() {
    let (world, site) = here();
    let (app, _) = set_up(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    // The owner's browser becomes a known browser.
    let mut owner = Browser::new(&world, &site);
    let page = after_password(&mut owner, &client).await;
    assert_eq!(type_code(&mut owner, &page, &app.code(&world)).await.status, 303);
    world.advance(3_600);
    let tried = guess_from_many_networks(&world, &site, &client).await;
    assert!(tried <= 14, "{tried}");
    assert!(world.reasons().contains("second_factor_throttled"));
    let begun = owner.authorize(&changed(authorize_pairs(&client), "prompt", Some("login"))).await;
    let page = owner.follow(&begun).await;
    let done = owner.log_in(&page, "alice", PASSWORD).await;
    let page = owner.follow(&done).await;
    assert_eq!(type_code(&mut owner, &page, &app.code(&world)).await.status, 303, "the owner gets in");
}

/// A browser that became known before the second factor was set up does not count as known. An attacker who knew the
/// password then may have signed in with many browsers, and could otherwise guess codes with each of them.
#[tokio::test]
async fn a_browser_known_from_before_it_was_set_up_guesses_codes_like_any_other() {
    let (world, site) = here();
    let mut owner = Browser::new(&world, &site);
    account::sign_in(&mut owner, "alice", PASSWORD).await;
    let mut thief = owner.at(&site);
    thief.cookies.0.retain(|(name, _)| name.ends_with("-known"));
    assert_eq!(thief.cookies.0.len(), 1, "{:?}", thief.cookies);
    world.advance(1);
    let (app, _) = set_up_in(&mut owner).await;
    let client = world.register(&site, CALLBACK).await;
    guess_from_many_networks(&world, &site, &client).await;
    let page = after_password(&mut thief, &client).await;
    let refused = type_code(&mut thief, &page, "000000").await;
    assert_eq!(refused.status, 429, "at a sign-in: {refused:?}");
    let page = owner.get(Endpoint::Account, "").await;
    let refused = press(&mut owner, &page, "turn_off", &[("code", &app.code(&world))]).await;
    assert_eq!(refused.status, 429, "on the account page: {refused:?}");
    // The reserve lets the owner in.
    world.advance(600);
    let page = owner.get(Endpoint::Account, "").await;
    let done = press(&mut owner, &page, "turn_off", &[("code", &app.code(&world))]).await;
    assert_eq!(done.status, 303, "{done:?}");
}

/// With `BOUNCER_SECOND_FACTOR=required`, a user without a second factor must set one up first.
#[tokio::test]
async fn where_it_is_demanded_it_is_set_up_while_signing_in() {
    let (world, site) = (World::with(&[("BOUNCER_SECOND_FACTOR", "required")]), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = after_password(&mut browser, &client).await;
    assert!(page.words().contains("Set it up now"), "{page:?}");
    let app = App::scan(&page);
    let wrong = type_code(&mut browser, &page, "000000").await;
    assert_eq!((wrong.status.as_u16(), App::scan(&wrong).0 == app.0), (403, true));
    let mut second = browser.at(&site);
    let code = app.code(&world);
    let done = type_code(&mut browser, &page, &code).await;
    let codes = recovery_codes(&done);
    assert_eq!((done.status.as_u16(), codes.len()), (200, 10));
    let again = type_code(&mut second, &page, &code).await;
    assert_eq!(recovery_codes(&again), codes, "a double click shows the same codes");
    let (_, link) = done.text.split_once("id=\"continue\" href=\"").unwrap();
    let flow = link.split_once("flow=").unwrap().1.split('"').next().unwrap();
    let consent = browser.get(Endpoint::Consent, &format!("flow={flow}")).await;
    assert!(browser.decide(&consent, "approve").await.onward_parameter("code").is_some());
    // The second factor cannot be turned off.
    let page = browser.get(Endpoint::Account, "").await;
    assert!(page.text.contains("id=\"demanded\"") && !page.text.contains("turn_off"), "{page:?}");
    // The next login asks for a code.
    world.advance(30);
    let mut browser = Browser::new(&world, &site);
    let page = after_password(&mut browser, &client).await;
    assert!(asks_code(&page) && !page.text.contains("id=\"key\""), "{page:?}");
}

#[tokio::test]
async fn the_operator_resets_it_and_somebody_of_the_same_name_does_not_inherit_it() {
    let (world, site) = here();
    set_up(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    let asks = async || {
        let mut browser = Browser::new(&world, &site);
        asks_code(&after_password(&mut browser, &client).await)
    };
    assert!(asks().await);
    let path = "/admin/users/reset-second-factor";
    told(&world, path, &json!({"user": "alice"})).await;
    assert!(!asks().await);
    assert_eq!(ask(&world, path, &json!({"user": "alice"})).await.status, 404);
    let rows = told(&world, "/admin/audit", &json!({"event": "administration"})).await["rows"].clone();
    assert!(rows.to_string().contains("reset_second_factor"), "{rows}");
    for change in ["removed", "added"] {
        set_up(&world, &site).await;
        assert!(asks().await);
        told(&world, "/admin/users/changed", &json!({"user": "alice", "change": change})).await;
        assert!(!asks().await, "{change}");
    }
}

/// The user goes back to another account, the password changes, or the user is disabled meanwhile.
#[tokio::test]
async fn a_login_that_waits_for_a_code_can_go_back_and_ends_with_the_password() {
    let (world, site) = here();
    let (app, _) = set_up(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = after_password(&mut browser, &client).await;
    let (flow, csrf) = (page.input("flow"), page.input("csrf"));
    let forged = [("flow", flow.as_str()), ("csrf", "x"), ("code", &app.code(&world))];
    let refused = browser.post(Endpoint::SecondFactor, &forged).await;
    assert_eq!((refused.status.as_u16(), asks_code(&refused)), (400, true));
    let pairs = [("flow", flow.as_str()), ("csrf", &csrf), ("decision", "another_account")];
    let back = browser.post(Endpoint::SecondFactor, &pairs).await;
    assert!(back.onward().contains("/oauth/login?"), "{back:?}");
    let form = browser.follow(&back).await;
    let done = browser.log_in(&form, "alice", PASSWORD).await;
    let page = browser.follow(&done).await;
    world.change_alice(|alice| alice["disabled"] = true.into());
    let late = type_code(&mut browser, &page, &app.code(&world)).await;
    assert_eq!(late.reason(), "login_unknown");
    world.change_alice(|_| {});
    let gone = type_code(&mut browser, &page, &app.code(&world)).await;
    assert_eq!(gone.reason(), "login_unknown", "the login has ended");
}

/// If the store is damaged, or the encryption key is wrong, nobody gets in.
#[tokio::test]
async fn a_second_factor_that_cannot_be_decrypted_lets_nobody_in() {
    let store = Arc::new(Store::oracle());
    let site = Site::local(BASE);
    let world = World::on(Arc::clone(&store), &[]);
    let (app, _) = set_up(&world, &site).await;
    let code = app.code(&world);
    let other = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let sealed_with_another_key = |_: &store::crypto::Place, _: &store::crypto::Sealed| {
        let key = protocol::secret::decode_key32(other).unwrap();
        let entropy = Arc::new(store::entropy::SeededEntropy::new(9));
        let sealer = store::crypto::Sealer::new(&key, &[], entropy);
        sealer.seal(&store::crypto::Place::second_factor("alice"), &[1; 20]).map(Some)
    };
    store.write(store::intent::keys::ResealAll { reseal: Arc::new(sealed_with_another_key) }).unwrap();
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = after_password(&mut browser, &client).await;
    let failed = type_code(&mut browser, &page, &code).await;
    assert_eq!((failed.status.as_u16(), failed.reason()), (503, "unseal"));
}
