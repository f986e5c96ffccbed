//! Personal access tokens: users make them on the connections page, operators by a command; both can list and end them.

use protocol::context::Endpoint;
use protocol::jose::anchor::TrustAnchors;
use protocol::jose::key_certificate::{self, KeyPurpose};
use protocol::jose::token::UnverifiedToken;
use protocol::personal_token::DAY_SECS;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::administration::{ask, told};
use crate::connections::press;
use crate::grants::{post, userinfo};
use crate::logs::Captured;
use crate::support::federated::{claims_in, grant_of};
use crate::support::*;

mod limits;

pub(crate) const BASE: &str = "https://mcp.example.com/wiki";

/// A sidecar that writes the list of revoked grants, and a tenant that allows personal access tokens for 90 days.
pub(crate) struct Here {
    pub(crate) world: World,
    pub(crate) site: Site,
    folder: TempDir,
}

impl Here {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revoked");
        let list = [("BOUNCER_REVOCATION_FILE", path.to_str().unwrap())];
        let world = World::with(&[&list[..], settings].concat());
        let mut site = Site::local(BASE);
        site.settings.personal_days = 90;
        Self { world, site, folder }
    }

    /// Updates the list of revoked grants, and returns what the plugin reads.
    pub(crate) async fn list(&self) -> String {
        self.world.tell_revocations().await;
        std::fs::read_to_string(self.folder.path().join("revoked")).unwrap()
    }
}

/// Opens the form for a new token, and signs in if the page requires it.
pub(crate) async fn open_form(browser: &mut Browser<'_>) -> Reply {
    let opened = browser.get(Endpoint::Connections, "view=new-token").await;
    if !opened.status.is_redirection() {
        return opened;
    }
    let page = browser.follow(&opened).await;
    let done = browser.log_in(&page, "alice", PASSWORD).await;
    let target = format!("{}/oauth/connections?view=new-token", browser.site.base.as_str());
    assert_eq!(done.onward(), target, "{done:?}");
    browser.follow(&done).await
}

/// Sends the form for a new token, with these fields in addition to its hidden ones.
pub(crate) async fn submit(browser: &mut Browser<'_>, form: &Reply, fields: &[(&str, &str)]) -> Reply {
    let (csrf, once) = (form.input("csrf"), form.input("once"));
    let own = [("action", "create_token"), ("csrf", csrf.as_str()), ("once", once.as_str())];
    browser.post(Endpoint::Connections, &[&own[..], fields].concat()).await
}

/// Returns the token from the page that shows it.
pub(crate) fn token_on(page: &Reply) -> String {
    assert_eq!(page.status, 200, "{page:?}");
    let (_, rest) =
        page.text.split_once("id=\"token\" translate=\"no\">").unwrap_or_else(|| panic!("{page:?}"));
    rest.split_once('<').unwrap().0.to_owned()
}

pub(crate) const FIELDS: [(&str, &str); 3] = [("name", "Nightly build"), ("days", "30"), ("scope-0", "read")];

pub(crate) async fn made(here: &Here) -> String {
    let mut browser = Browser::new(&here.world, &here.site);
    let form = open_form(&mut browser).await;
    token_on(&submit(&mut browser, &form, &FIELDS).await)
}

async fn tokens_page(browser: &mut Browser<'_>) -> Reply {
    browser.get(Endpoint::Connections, "view=tokens").await
}

pub(crate) async fn active(here: &Here, token: &str) -> bool {
    let reply = post(&here.world, &here.site, Endpoint::Introspect, "personal", token).await;
    // As long as the tenant has no personal access token, their client does not exist.
    reply.status == 200 && reply.json()["active"] == true
}

#[tokio::test]
async fn a_token_is_made_on_the_page_and_shown_once() {
    let here = Here::new();
    let mut browser = Browser::new(&here.world, &here.site);
    let form = open_form(&mut browser).await;
    for part in
        ["max=\"90\"", "value=\"30\"", "name=\"scope-0\" value=\"read\"", "name=\"scope-1\" value=\"write\""]
    {
        assert!(form.text.contains(part), "{part}: {}", form.text);
    }
    let log = Captured::start();
    let page = submit(&mut browser, &form, &FIELDS).await;
    let token = token_on(&page);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.text.contains("curl -H") && !page.text.contains("<script"), "{}", page.text);
    let jwt = token.strip_prefix("mcpbp_").unwrap();
    let now = START.as_secs();
    let claims = claims_in(jwt);
    for (name, value) in [
        ("iss", json!(BASE)),
        ("aud", json!(BASE)),
        ("sub", json!("alice")),
        ("client_id", json!("personal")),
        ("scope", json!("read")),
        ("iat", json!(now)),
        ("exp", json!(now + 30 * DAY_SECS)),
        ("mcpb_tid", json!(here.site.settings.tid())),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    let parsed = UnverifiedToken::parse(jwt).unwrap();
    let anchors = TrustAnchors::new(vec![here.world.app.config.keys.anchor().trust_anchor()]);
    let certificate = key_certificate::verify(&anchors, parsed.key_certificate().unwrap()).unwrap();
    assert_eq!(certificate.purpose(), KeyPurpose::PersonalTokens);
    // The list shows the settings of the token, and never the token itself.
    let list = tokens_page(&mut browser).await;
    for part in [
        "Nightly build",
        "January 15, 2027, 08:00 UTC",
        "February 14, 2027, 08:00 UTC",
        "<code dir=\"ltr\">read</code>",
    ] {
        assert!(list.text.contains(part), "{part}: {}", list.text);
    }
    assert!(!list.text.contains(jwt.rsplit('.').next().unwrap()));
    let lines = log.with("event", "personal_token_made");
    assert_eq!(
        (lines.len(), &lines[0]["subject"], &lines[0]["detail"]),
        (1, &json!("alice"), &json!("Nightly build"))
    );
    assert!(!log.text().contains(jwt.rsplit('.').next().unwrap()), "nothing of the token is logged");
    let rows =
        told(&here.world, "/admin/audit", &json!({"event": "personal_token_made"})).await["rows"].clone();
    assert_eq!((&rows[0]["user"], &rows[0]["grant"]), (&json!("alice"), &json!(grant_of(jwt))));
    let file = browser.get(Endpoint::Connections, "download=json").await.json();
    assert_eq!(file["personal_access_tokens"][0]["name"], "Nightly build");
}

#[tokio::test]
async fn a_token_that_is_ended_is_in_the_plugins_list_until_it_would_have_expired() {
    let here = Here::new();
    let token = made(&here).await;
    let other = made(&here).await;
    let mut browser = Browser::new(&here.world, &here.site);
    crate::connections::sign_in(&mut browser, "alice").await;
    let page = tokens_page(&mut browser).await;
    let done = press(&mut browser, &page, "end_token", Some(&grant_of(&token))).await;
    assert!(done.onward().ends_with("?view=tokens&done=token"), "{done:?}");
    let after = browser.follow(&done).await;
    assert!(after.text.contains("id=\"done\"") && !after.text.contains(&grant_of(&token)), "{}", after.text);
    let again = press(&mut browser, &page, "end_token", Some(&grant_of(&token))).await;
    assert!(again.onward().ends_with("&done=none"), "{again:?}");
    assert!(!active(&here, &token).await && active(&here, &other).await);
    for days in [0, 29, 30] {
        here.world.clock.set(START.plus(days * DAY_SECS));
        let list = here.list().await;
        assert!(list.contains(&grant_of(&token)) && !list.contains(&grant_of(&other)), "{days}: {list}");
    }
    here.world.clock.set(START.plus(30 * DAY_SECS + 121));
    assert!(!here.list().await.contains(&grant_of(&token)));
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_token() {
    let here = Here::new();
    let mut browser = Browser::new(&here.world, &here.site);
    let form = open_form(&mut browser).await;
    let first = token_on(&submit(&mut browser, &form, &FIELDS).await);
    // If a form is sent twice, the browser shows only the second response.
    let second = token_on(&submit(&mut browser, &form, &[("name", "Other"), ("days", "90")]).await);
    assert_eq!(grant_of(&first), grant_of(&second));
    assert_eq!(claims_in(&first)["exp"], claims_in(&second)["exp"]);
    assert!(active(&here, &first).await && active(&here, &second).await);
    assert_eq!(tokens_page(&mut browser).await.text.matches("value=\"end_token\"").count(), 1);
    // A page that is loaded again later does not show the token again.
    here.world.advance(61);
    let later = submit(&mut browser, &form, &FIELDS).await;
    assert_eq!(later.status, 409);
    assert!(later.text.contains("already created") && !later.text.contains("mcpbp_"), "{}", later.text);
    assert!(here.world.reasons().contains("personal_token_repeated"));
    // Another form makes another token.
    let form = open_form(&mut browser).await;
    assert_ne!(grant_of(&token_on(&submit(&mut browser, &form, &FIELDS).await)), grant_of(&first));
}

/// A session alone may be a stolen cookie, so it cannot make a token that lives for months.
#[tokio::test]
async fn the_user_signs_in_again_for_a_token() {
    let here = Here::new();
    let mut browser = Browser::new(&here.world, &here.site);
    let list = crate::connections::sign_in(&mut browser, "alice").await;
    assert!(list.text.contains("?view=tokens"), "{}", list.text);
    assert_eq!(browser.get(Endpoint::Connections, "view=new-token").await.status, 200, "just signed in");
    here.world.advance(301);
    let opened = browser.get(Endpoint::Connections, "view=new-token").await;
    assert!(opened.onward().contains("/oauth/login?"), "{opened:?}");
    let form = open_form(&mut browser).await;
    // The form may be filled in for a quarter of an hour while the session is in use.
    for _ in 0..3 {
        here.world.advance(300);
        assert_eq!(tokens_page(&mut browser).await.status, 200);
    }
    assert_eq!(submit(&mut browser, &form, &FIELDS).await.status, 200);
    here.world.advance(1);
    let form = submit(&mut browser, &form, &FIELDS).await;
    assert!(form.onward().contains("/oauth/login?"), "{form:?}");
}

#[tokio::test]
async fn a_forged_form_makes_no_token() {
    let here = Here::new();
    let mut browser = Browser::new(&here.world, &here.site);
    let form = open_form(&mut browser).await;
    let other = {
        let mut other = Browser::new(&here.world, &here.site);
        open_form(&mut other).await
    };
    let (csrf, once) = (form.input("csrf"), form.input("once"));
    for (csrf, once) in [
        (other.input("csrf"), other.input("once")),
        (csrf.clone(), other.input("once")),
        (String::new(), once.clone()),
    ] {
        let own = [("action", "create_token"), ("csrf", csrf.as_str()), ("once", once.as_str())];
        let refused = browser.post(Endpoint::Connections, &[&own[..], &FIELDS].concat()).await;
        assert_eq!(refused.status, 400, "{refused:?}");
    }
    let own = [("action", "create_token"), ("csrf", csrf.as_str()), ("once", once.as_str())];
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let pairs = [&own[..], &FIELDS].concat();
    assert_eq!(browser.post_from(Endpoint::Connections, &pairs, &foreign).await.status, 403);
    let mut nobody = Browser::new(&here.world, &here.site);
    assert_eq!(nobody.post(Endpoint::Connections, &pairs).await.status, 403, "no session");
    assert!(tokens_page(&mut browser).await.text.contains("id=\"none\""));
}

/// Nobody can log in through the client to which all personal access tokens belong.
#[tokio::test]
async fn nobody_signs_in_for_the_client_of_personal_tokens() {
    let here = Here::new();
    let token = made(&here).await;
    let mut browser = Browser::new(&here.world, &here.site);
    for redirect in [CALLBACK, "https://mcp.example.com/wiki/oauth/connections"] {
        let pairs = changed(authorize_pairs("personal"), "redirect_uri", Some(redirect));
        let refused = browser.authorize(&pairs).await;
        assert_eq!(refused.reason(), "client_unknown", "{refused:?}");
    }
    // Whoever has the token may revoke it, as with any client (RFC 7009). No other client may.
    let client = here.world.register(&here.site, CALLBACK).await;
    assert_eq!(post(&here.world, &here.site, Endpoint::Revoke, &client, &token).await.status, 400);
    assert!(active(&here, &token).await);
    assert_eq!(post(&here.world, &here.site, Endpoint::Revoke, "personal", &token).await.status, 200);
    assert!(!active(&here, &token).await && here.list().await.contains(&grant_of(&token)));
}

#[tokio::test]
async fn introspection_and_userinfo_take_a_token_with_its_prefix_only() {
    let here = Here::new();
    let token = made(&here).await;
    let reply = post(&here.world, &here.site, Endpoint::Introspect, "personal", &token).await.json();
    assert_eq!(
        (&reply["active"], &reply["scope"], &reply["sub"]),
        (&json!(true), &json!("read"), &json!("alice"))
    );
    assert!(!active(&here, token.strip_prefix("mcpbp_").unwrap()).await);
    let asked = async |token: &str| userinfo(&here.world, &here.site, &[&format!("Bearer {token}")]).await;
    assert_eq!(asked(&token).await.json()["sub"], "alice");
    assert_eq!(asked(token.strip_prefix("mcpbp_").unwrap()).await.status, 401);
    here.world.advance(30 * DAY_SECS);
    assert_eq!(asked(&token).await.status, 401, "expired");
}

#[tokio::test]
async fn an_administrator_makes_lists_and_ends_tokens_of_local_users() {
    let here = Here::new();
    let ask_for = async |body: &Value| ask(&here.world, "/admin/tokens/create", body).await;
    let body = json!({"user": "alice", "tenant": BASE, "name": "ci", "scope": "read", "days": 7});
    let unknown = ask_for(&body).await;
    assert_eq!(unknown.status, 404, "no request of the tenant has come yet: {unknown:?}");
    here.world.get(&here.site, Endpoint::Connections).await;
    let made = told(&here.world, "/admin/tokens/create", &body).await;
    let token = made["token"].as_str().unwrap();
    assert_eq!(
        (&made["name"], &made["user"], &made["scope"]),
        (&json!("ci"), &json!("alice"), &json!("read"))
    );
    assert_eq!(claims_in(token)["exp"], START.as_secs() + 7 * DAY_SECS);
    assert!(active(&here, token).await);
    let rows =
        told(&here.world, "/admin/audit", &json!({"event": "personal_token_made"})).await["rows"].clone();
    assert_eq!((&rows[0]["actor"], &rows[0]["user"]), (&json!("ann@desk"), &json!("alice")));
    for (name, value, status) in [
        ("user", json!("bob"), 422),
        ("user", json!("nobody"), 422),
        ("scope", json!("admin"), 422),
        ("days", json!(91), 422),
        ("days", json!(0), 422),
        ("name", json!(""), 422),
        ("tenant", json!("https://else.example.com"), 404),
        ("tenant", json!("wiki"), 400),
    ] {
        let mut body = body.clone();
        body[name] = value;
        let refused = ask_for(&body).await;
        assert_eq!(refused.status.as_u16(), status, "{body}: {refused:?}");
    }
    // Without scope and days, the token gets all scopes of the user and the maximum lifetime.
    let all =
        told(&here.world, "/admin/tokens/create", &json!({"user": "alice", "tenant": BASE, "name": "all"}))
            .await;
    assert_eq!(
        (&all["scope"], &all["expires_at"]),
        (&json!("read write"), &json!(START.as_secs() + 90 * DAY_SECS))
    );
    let listed = told(&here.world, "/admin/tokens/list", &json!({"user": "alice"})).await;
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 2);
    assert_eq!(told(&here.world, "/admin/tokens/list", &json!({"user": "bob"})).await["tokens"], json!([]));
    // The commands for grants list and end the tokens too.
    let grants = told(&here.world, "/admin/grants/list", &json!({"filter": {"client": "personal"}})).await;
    assert_eq!(grants["grants"][0]["client_name"], "Personal access tokens");
    let end = json!({"filter": {"local_user": "alice"}});
    assert_eq!(told(&here.world, "/admin/grants/end", &end).await["grants"].as_array().unwrap().len(), 2);
    assert!(!active(&here, token).await && here.list().await.contains(&grant_of(token)));
}

#[tokio::test]
async fn tokens_outlive_the_rotation_of_keys() {
    let here = Here::new();
    let token = made(&here).await;
    for _ in 0..3 {
        told(&here.world, "/admin/keys/rotate", &json!(null)).await;
    }
    let keys = told(&here.world, "/admin/keys/list", &json!(null)).await;
    let purposes: Vec<&str> =
        keys["keys"].as_array().unwrap().iter().map(|key| key["purpose"].as_str().unwrap()).collect();
    assert_eq!(purposes.iter().filter(|purpose| **purpose == "personal_tokens").count(), 5, "{keys}");
    assert!(active(&here, &token).await);
    here.world.advance(29 * DAY_SECS);
    here.world.app.keys.tick(START.plus(29 * DAY_SECS)).unwrap();
    assert!(active(&here, &token).await, "its key is still published");
}

#[tokio::test]
async fn ending_everything_ends_tokens_too() {
    let here = Here::new();
    let (one, two) = (made(&here).await, made(&here).await);
    let mut browser = Browser::new(&here.world, &here.site);
    let page = crate::connections::sign_in(&mut browser, "alice").await;
    let question = press(&mut browser, &page, "end_all", None).await;
    assert!(question.words().contains("2 personal access tokens will end."), "{}", question.words());
    assert!(!question.text.contains("id=\"all-connections\""), "{}", question.text);
    press(&mut browser, &question, "end_all_confirmed", None).await;
    assert!(!active(&here, &one).await && !active(&here, &two).await);
}
