//! The second factor on the account page: it is set up and turned off, and asked for when the password is changed.

use super::*;
use crate::account::NEW;

#[tokio::test]
async fn setting_it_up_needs_the_password_and_a_code_of_it() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    let mut other = Browser::new(&world, &site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    account::sign_in(&mut other, "alice", PASSWORD).await;
    let page = browser.get(Endpoint::Account, "set_up=second_factor").await;
    assert!(page.text.contains("<svg class=\"qr\" role=\"img\" aria-label=\"QR code"), "{page:?}");
    assert!(page.text.contains("href=\"otpauth://totp/mcp%2Eexample%2Ecom:alice?secret="), "{page:?}");
    let app = App::scan(&page);
    let code = app.code(&world);
    for (code, password, words) in
        [("000000", PASSWORD, "The code is wrong"), (&*code, "wrong", "The current password is wrong")]
    {
        let again = press(&mut browser, &page, "enrol", &[("code", code), ("password", password)]).await;
        assert_eq!(again.status, 403);
        assert!(again.words().contains(words), "{again:?}");
        assert_eq!(App::scan(&again).0, app.0, "the same key is offered again");
    }
    // The key that was offered to one session is of no use in another session.
    let theirs = other.get(Endpoint::Account, "set_up=second_factor").await;
    let fields = [("code", &*code), ("password", PASSWORD)];
    let foreign = press(&mut other, &theirs, "enrol", &fields).await;
    assert!(foreign.words().contains("The code is wrong"), "{foreign:?}");
    let log = Captured::start();
    // After a double click, the same recovery codes are shown again.
    let mut second = browser.at(&site);
    let done = press(&mut browser, &page, "enrol", &fields).await;
    let again = press(&mut second, &page, "enrol", &fields).await;
    assert_eq!(recovery_codes(&done), recovery_codes(&again));
    assert_eq!(log.with("action", "set_up_second_factor").len(), 1);
    assert_eq!(other.get(Endpoint::Account, "").await.status, 303, "other sessions end");
    let page = browser.get(Endpoint::Account, "").await;
    assert!(page.words().contains("10 codes left"), "{}", page.words());
    assert!(
        browser.get(Endpoint::Account, "set_up=second_factor").await.onward().ends_with("/oauth/account")
    );
}

/// A session that began before the second factor was set up ends when it is next used. Otherwise an attacker who signed
/// in with the password alone would stay signed in for hours. Sessions at a tenant without a client are not in the list
/// of sessions that end at once.
#[tokio::test]
async fn a_session_from_before_it_was_set_up_ends_at_a_tenant_without_a_client() {
    let (world, site) = here();
    let elsewhere = Site::local("https://other.example.com");
    let mut tablet = Browser::new(&world, &elsewhere);
    account::sign_in(&mut tablet, "alice", PASSWORD).await;
    world.advance(1);
    let mut phone = Browser::new(&world, &site);
    account::sign_in(&mut phone, "alice", PASSWORD).await;
    set_up_in(&mut phone).await;
    world.advance(10);
    let log = Captured::start();
    let asked = tablet.get(Endpoint::Account, "").await;
    assert!(asked.onward().contains("/oauth/login?"), "{asked:?}");
    let lines = log.with_reason("user_gone");
    assert_eq!(
        (lines.len(), &lines[0]["event"], &lines[0]["subject"]),
        (1, &json!("session_ended"), &json!("alice"))
    );
    assert_eq!(phone.get(Endpoint::Account, "").await.status, 200, "where it was set up");
}

/// A wrong code does not renew the ten minutes for which the form is valid.
#[tokio::test]
async fn what_is_offered_ends_ten_minutes_after_it_was_first_offered() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    let page = browser.get(Endpoint::Account, "set_up=second_factor").await;
    let app = App::scan(&page);
    world.advance(400);
    let wrong = [("code", "000000"), ("password", PASSWORD)];
    let again = press(&mut browser, &page, "enrol", &wrong).await;
    assert_eq!((again.status.as_u16(), App::scan(&again).0 == app.0), (403, true));
    world.advance(200);
    let code = app.code(&world);
    let late = press(&mut browser, &again, "enrol", &[("code", &code), ("password", PASSWORD)]).await;
    assert_eq!((late.status.as_u16(), App::scan(&late).0 == app.0), (403, false));
    assert!(late.words().contains("out of date"), "{late:?}");
}

#[tokio::test]
async fn it_is_turned_off_with_a_code() {
    let (world, site) = here();
    let (app, codes) = set_up(&world, &site).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, &app).await;
    let wrong = press(&mut browser, &page, "turn_off", &[("code", "000000")]).await;
    assert_eq!(wrong.status, 403);
    let used = press(&mut browser, &page, "turn_off", &[("code", &app.code(&world))]).await;
    assert_eq!(used.status, 403, "the code of the sign-in");
    let log = Captured::start();
    for _ in 0..2 {
        let done = press(&mut browser, &page, "turn_off", &[("code", &codes[0])]).await;
        assert!(done.onward().ends_with("?done=turned_off"), "{done:?}");
    }
    assert_eq!(log.with("action", "turn_off_second_factor").len(), 1);
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    assert!(!asks_code(&after_password(&mut browser, &client).await));
}

/// Sends the form that changes alice's password to [`NEW`].
async fn change_password(browser: &mut Browser<'_>, page: &Reply, code: &str) -> Reply {
    let fields = [("password", PASSWORD), ("new_password", NEW), ("repeated_password", NEW), ("code", code)];
    press(browser, page, "password", &fields).await
}

/// A change of the password requires a code. After the change, the session is as fresh as after a sign-in, and can make
/// a personal access token. So the password alone must not be enough.
#[tokio::test]
async fn another_password_needs_a_code_too() {
    let (world, site) = here();
    let (app, codes) = set_up(&world, &site).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, &app).await;
    assert!(page.text.contains("id=\"password-code\"") && page.text.contains("id=\"code\""), "{page:?}");
    let used = app.code(&world);
    for code in ["", "000000", &*used] {
        let refused = change_password(&mut browser, &page, code).await;
        assert_eq!(refused.status, 403, "{code}: {refused:?}");
        assert!(refused.words().contains("The code is wrong"), "{code}: {refused:?}");
    }
    let mut tried = 0;
    while change_password(&mut browser, &page, "000000").await.status != 429 {
        tried += 1;
        assert!(tried < 20, "guesses are limited");
    }
    assert_eq!(change_password(&mut browser, &page, &codes[0]).await.status, 429, "the right one waits, too");
    assert!(
        world.reasons().is_superset(&["second_factor", "second_factor_throttled"].map(str::to_owned).into())
    );
    world.advance(60);
    // A user who clicks twice is told that the password was changed.
    let mut second = browser.at(&site);
    for browser in [&mut browser, &mut second] {
        let done = change_password(browser, &page, &codes[0]).await;
        assert!(done.onward().ends_with("?done=password"), "{done:?}");
    }
    let mut other = Browser::new(&world, &site);
    let begun = other.get(Endpoint::Account, "").await;
    let form = other.follow(&begun).await;
    assert_eq!(other.log_in(&form, "alice", NEW).await.status, 303);
}

/// Both requests are under way at the same time, and have the same code.
#[tokio::test]
async fn who_clicks_twice_at_once_is_told_twice_that_the_password_was_changed() {
    let (world, site) = here();
    let (app, _) = set_up(&world, &site).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, &app).await;
    world.advance(30);
    let code = app.code(&world);
    let [mut first, mut second] = [browser.at(&site), browser.at(&site)];
    let (one, two) =
        tokio::join!(change_password(&mut first, &page, &code), change_password(&mut second, &page, &code),);
    for reply in [one, two] {
        assert!(reply.onward().ends_with("?done=password"), "{reply:?}");
    }
}

/// A browser drops the first request when its user clicks again. By then the code is used, but the password is not yet
/// changed.
#[tokio::test]
async fn a_change_is_made_to_its_end_even_if_the_browser_hangs_up() {
    let store = Arc::new(Store::oracle());
    let (world, site) = (World::on(Arc::clone(&store), &[]), Site::local(BASE));
    let (app, _) = set_up(&world, &site).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, &app).await;
    world.advance(30);
    let code = app.code(&world);
    let last_step = || {
        let found = store.read(FindSecondFactor { user: "alice".to_owned() }).unwrap();
        found.unwrap().last_step
    };
    let (before, mut first) = (last_step(), browser.at(&site));
    let code_used = async {
        while last_step() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = code_used => {}
        reply = change_password(&mut first, &page, &code) => panic!("{reply:?}"),
    }
    let done = change_password(&mut browser, &page, &code).await;
    assert!(done.onward().ends_with("?done=password"), "{done:?}");
}
