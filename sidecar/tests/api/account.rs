//! The account page, on which local users change how they sign in.

use protocol::context::Endpoint;
use serde_json::json;
use sidecar::users::Users;

use crate::administration::told;
use crate::federated::setting;
use crate::grants::{granted, refreshes};
use crate::logs::Captured;
use crate::support::{Browser, CALLBACK, PASSWORD, Reply, Site, World, authorize_pairs};

pub(crate) const BASE: &str = "https://mcp.example.com/wiki";
/// A password that attackers do not try first.
pub(crate) const NEW: &str = "tin kettle over marsh";

pub(crate) fn here() -> (World, Site) {
    (World::new(), Site::local(BASE))
}

/// Signs in for the account page, and returns the page.
pub(crate) async fn sign_in(browser: &mut Browser<'_>, name: &str, password: &str) -> Reply {
    let begun = browser.get(Endpoint::Account, "").await;
    let form = browser.follow(&begun).await;
    let done = browser.log_in(&form, name, password).await;
    assert_eq!(done.onward(), format!("{}/oauth/account", browser.site.base.as_str()), "{done:?}");
    browser.follow(&done).await
}

/// Presses the button of the account page that changes the password.
async fn change(browser: &mut Browser<'_>, page: &Reply, present: &str, new: [&str; 2]) -> Reply {
    let csrf = page.input("csrf");
    let pairs = [
        ("action", "password"),
        ("csrf", csrf.as_str()),
        ("username", "alice"),
        ("password", present),
        ("new_password", new[0]),
        ("repeated_password", new[1]),
    ];
    browser.post(Endpoint::Account, &pairs).await
}

/// Whether alice can sign in with this password.
async fn signs_in(world: &World, site: &Site, password: &str) -> bool {
    let client = world.register(site, CALLBACK).await;
    let mut browser = Browser::new(world, site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    browser.log_in(&page, "alice", password).await.status == 303
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.get(Endpoint::Account, "").await.status == 200
}

#[tokio::test]
async fn a_password_is_changed_by_its_user() {
    let (world, site) = here();
    let tokens = granted(&world, &site).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice", PASSWORD).await;
    for part in [
        "id=\"user\"><bdi>alice<",
        "autocomplete=\"username\"",
        "autocomplete=\"current-password\"",
        "autocomplete=\"new-password\"",
        "minlength=\"12\"",
        "href=\"https://mcp.example.com/wiki/oauth/connections\"",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("one-time-code"), "no second factor is set up: {}", page.text);
    let log = Captured::start();
    let done = change(&mut browser, &page, PASSWORD, [NEW, NEW]).await;
    assert_eq!((done.status.as_u16(), done.onward()), (303, format!("{BASE}/oauth/account?done=password")));
    let after = browser.follow(&done).await;
    assert!(after.text.contains("id=\"done\"") && after.words().contains("keep their access"), "{after:?}");
    assert!(!signs_in(&world, &site, PASSWORD).await && signs_in(&world, &site, NEW).await);
    assert_eq!(refreshes(&world, &site, &tokens).await, 200, "what is connected stays");
    let lines = log.with("event", "account_changed");
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["action"], &lines[0]["subject"], &lines[0]["actor"]),
        (&json!("set_password"), &json!("alice"), &json!("alice"))
    );
    let rows = told(&world, "/admin/audit", &json!({"event": "account_changed"})).await["rows"].clone();
    assert_eq!(rows[0]["user"], json!("alice"));
    assert!(!log.text().contains(NEW) && !log.text().contains(PASSWORD), "{}", log.text());
}

/// The sessions of other browsers end, at this tenant and at others, and so do the logins that these sessions began.
#[tokio::test]
async fn another_password_ends_other_sessions_and_open_logins() {
    let (world, site) = here();
    let elsewhere = Site::local("https://other.example.com");
    let (client, other) = (world.register(&site, CALLBACK).await, world.register(&elsewhere, CALLBACK).await);
    let mut laptop = Browser::new(&world, &site);
    let waiting = laptop.reach_consent(&authorize_pairs(&client)).await;
    let mut tablet = Browser::new(&world, &elsewhere);
    let waiting_elsewhere = tablet.reach_consent(&authorize_pairs(&other)).await;
    let mut phone = Browser::new(&world, &site);
    let page = sign_in(&mut phone, "alice", PASSWORD).await;
    let before = phone.cookies.of_sessions();
    change(&mut phone, &page, PASSWORD, [NEW, NEW]).await;
    assert_ne!(phone.cookies.of_sessions(), before, "another secret");
    assert!(is_signed_in(&mut phone).await && !is_signed_in(&mut laptop).await);
    for (browser, page) in [(&mut laptop, waiting), (&mut tablet, waiting_elsewhere)] {
        let refused = browser.decide(&page, "approve").await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (400, "login_unknown"));
    }
}

#[tokio::test]
async fn a_new_password_that_is_easily_guessed_is_refused() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice", PASSWORD).await;
    for (new, repeated, words) in [
        ("k7#Vq2!mZx9", "k7#Vq2!mZx9", "fewer than 12 characters"),
        ("alice1234567", "alice1234567", "easy to guess"),
        ("mcp.example.com", "mcp.example.com", "easy to guess"),
        (NEW, "tin kettle over march", "not the same"),
        (NEW, "", "not the same"),
    ] {
        let again = change(&mut browser, &page, PASSWORD, [new, repeated]).await;
        assert_eq!(again.status, 403, "{again:?}");
        assert!(again.text.contains("id=\"problem\"") && again.words().contains(words), "{words}: {again:?}");
        assert!(!again.text.contains(NEW) && !again.text.contains(PASSWORD));
    }
    let same = change(&mut browser, &page, NEW, [NEW, NEW]).await;
    assert!(same.words().contains("is the present one"), "{same:?}");
    assert!(signs_in(&world, &site, PASSWORD).await);
    assert!(world.reasons().contains("new_password"));
}

/// Guesses on the account page are slowed down, too. Otherwise an attacker with a copy of the session's cookie could
/// try any number of passwords.
#[tokio::test]
async fn guesses_of_the_present_password_are_limited_like_those_at_a_sign_in() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice", PASSWORD).await;
    let wrong = change(&mut browser, &page, "wrong", [NEW, NEW]).await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.words().contains("The current password is wrong"), "{wrong:?}");
    let mut tried = 0;
    let refused = loop {
        let reply = change(&mut browser, &page, "wrong", [NEW, NEW]).await;
        if reply.status == 429 {
            break reply;
        }
        tried += 1;
        assert!(tried < 20, "{reply:?}");
    };
    assert!(!refused.header("retry-after").is_empty());
    let right = change(&mut browser, &page, PASSWORD, [NEW, NEW]).await;
    assert_eq!(right.status, 429, "the right password has to wait, too");
    world.advance(60);
    assert_eq!(change(&mut browser, &page, PASSWORD, [NEW, NEW]).await.status, 303);
    assert!(world.reasons().is_superset(&["credentials", "login_throttled"].map(str::to_owned).into()));
}

#[tokio::test]
async fn a_forged_form_and_one_of_a_session_that_is_over_change_nothing() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice", PASSWORD).await;
    let mut other = Browser::new(&world, &site);
    let foreign = sign_in(&mut other, "alice", PASSWORD).await;
    let forged = change(&mut browser, &foreign, PASSWORD, [NEW, NEW]).await;
    assert_eq!(forged.status, 400);
    assert!(forged.words().contains("out of date"), "{forged:?}");
    // A form of the connections page has a different token.
    let connections = browser.get(Endpoint::Connections, "").await;
    assert!(connections.text.contains("id=\"account\" href=\"https://mcp.example.com/wiki/oauth/account\""));
    assert_eq!(change(&mut browser, &connections, PASSWORD, [NEW, NEW]).await.status, 400);
    world.advance(16 * 60);
    let late = change(&mut browser, &page, PASSWORD, [NEW, NEW]).await;
    assert_eq!(late.status, 403);
    assert!(late.words().contains("Nothing was changed"), "{late:?}");
    assert!(signs_in(&world, &site, PASSWORD).await);
}

#[tokio::test]
async fn who_clicks_twice_is_told_that_the_password_was_changed() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice", PASSWORD).await;
    // Typing takes so long that the secret of the session is replaced meanwhile.
    for wait in [0, 40] {
        world.advance(wait);
        let [present, new] = if wait == 0 { [PASSWORD, NEW] } else { [NEW, "mumbling-otter-fence"] };
        let mut second = browser.at(&site);
        let mut replies = Vec::new();
        for browser in [&mut browser, &mut second] {
            replies.push(change(browser, &page, present, [new, new]).await);
        }
        for reply in replies {
            assert!(reply.onward().ends_with("/oauth/account?done=password"), "{wait}: {reply:?}");
        }
        assert!(is_signed_in(&mut browser).await);
    }
}

/// If two changes are sent at the same time, the second one must not undo the first.
#[tokio::test]
async fn a_change_of_an_outdated_password_is_refused() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice", PASSWORD).await;
    let [mut first, mut second] = [browser.at(&site), browser.at(&site)];
    let (a, b) = tokio::join!(
        change(&mut first, &page, PASSWORD, [NEW, NEW]),
        change(&mut second, &page, PASSWORD, ["mumbling-otter-fence", "mumbling-otter-fence"]),
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403], "{a:?} {b:?}");
    let now = if a.status == 303 { NEW } else { "mumbling-otter-fence" };
    assert!(signs_in(&world, &site, now).await);
}

#[tokio::test]
async fn users_of_a_provider_are_led_to_their_connections() {
    let setting = setting().await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let target = format!("{}/oauth/connections", setting.site.base.as_str());
    assert_eq!(browser.get(Endpoint::Account, "").await.onward(), target);
    assert_eq!(browser.post(Endpoint::Account, &[("action", "password")]).await.onward(), target);
}

#[tokio::test]
async fn a_users_file_that_cannot_be_written_is_not_changed() {
    let (mut world, site) = here();
    // The name has the maximum length, so the file to which a change is written first cannot have a longer one.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("u".repeat(255));
    std::fs::copy(world.users_path(), &path).unwrap();
    world.replace(|app| app.users = Users::open(Some(&path), &app.clock).unwrap());
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice", PASSWORD).await;
    let failed = change(&mut browser, &page, PASSWORD, [NEW, NEW]).await;
    assert_eq!(failed.status, 503);
    assert!(failed.words().contains("The password was not changed"), "{failed:?}");
    assert!(world.reasons().contains("users_not_written"));
    assert!(signs_in(&world, &site, PASSWORD).await);
}

/// A users file that is mounted separately, or is in a read-only folder, cannot be replaced.
#[tokio::test]
async fn where_the_file_cannot_be_replaced_the_page_does_not_offer_it() {
    let mut world = World::new();
    let elsewhere = tempfile::NamedTempFile::new_in("/dev/shm").unwrap();
    std::fs::copy(world.users_path(), elsewhere.path()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.json");
    std::os::unix::fs::symlink(elsewhere.path(), &path).unwrap();
    world.replace(|app| app.users = Users::open(Some(&path), &app.clock).unwrap());
    let site = Site::local(BASE);
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice", PASSWORD).await;
    assert!(page.text.contains("id=\"by-administrator\"") && !page.text.contains("new_password"), "{page:?}");
}
