//! Users who lose access lose their personal access tokens, although these tokens are never refreshed.

use protocol::context::Endpoint;
use protocol::personal_token::DAY_SECS;
use protocol::settings::UserRule;
use serde_json::{Value, json};
use sidecar::clock::Clock as _;
use sidecar::edge::KnownTenants;
use sidecar::personal_tokens::recheck::Recheck;
use sidecar::sweep;
use sidecar::users::Users;

use crate::administration::told;
use crate::federated::to_provider;
use crate::personal::{FIELDS, Here, active, made, open_form, submit, token_on};
use crate::support::federated::claims_in;
use crate::support::machine::{JWT_BEARER, SECRET, clients_file, machine, with_basic};
use crate::support::provider::{Provider, Vice};
use crate::support::*;

impl Here {
    /// Does what the background task does once a minute.
    async fn recheck(&self) {
        let app = &self.world.app;
        sweep::recheck(&app.journal, &app.recheck, &*self.world.clock).await;
    }
}

#[tokio::test]
async fn a_local_user_who_is_disabled_in_the_file_loses_tokens() {
    let here = Here::new();
    let token = made(&here).await;
    here.recheck().await;
    assert!(active(&here, &token).await, "nothing has changed");
    here.world.spoil_users();
    here.recheck().await;
    assert!(active(&here, &token).await, "a file that cannot be read ends nothing");
    here.world.change_alice(|alice| alice["disabled"] = json!(true));
    here.recheck().await;
    assert!(!active(&here, &token).await);
    let rows = told(&here.world, "/admin/audit", &json!({"event": "grant_revoked"})).await["rows"].clone();
    assert_eq!((&rows[0]["reason"], &rows[0]["client"]), (&json!("user_refused"), &json!("personal")));
}

/// A sidecar that shares the store but has no users file yet does not know who the users are.
#[tokio::test]
async fn a_sidecar_without_a_users_file_ends_no_tokens() {
    let here = Here::new();
    let token = made(&here).await;
    let folder = tempfile::tempdir().unwrap();
    let (journal, clock) = (&here.world.app.journal, &here.world.app.clock);
    for path in [None, Some(folder.path().join("users.json"))] {
        let users = Users::open(path.as_deref(), clock).unwrap();
        let other = Recheck::new(journal.clone(), users, KnownTenants::default());
        sweep::recheck(journal, &other, &*here.world.clock).await;
        assert!(active(&here, &token).await, "{path:?}");
    }
    let path = folder.path().join("users.json");
    let users = Users::open(Some(&path), clock).unwrap();
    let other = Recheck::new(journal.clone(), users, KnownTenants::default());
    std::fs::write(&path, json!({"users": []}).to_string()).unwrap();
    sweep::recheck(journal, &other, &*here.world.clock).await;
    assert!(!active(&here, &token).await, "a file without the user says that there is no such user");
}

#[tokio::test]
async fn a_local_user_who_may_use_other_tenants_only_loses_tokens_here() {
    let here = Here::new();
    let token = made(&here).await;
    here.world.change_alice(|alice| alice["tenants"] = json!(["https://other.example.com"]));
    here.recheck().await;
    assert!(!active(&here, &token).await);
}

/// The rules of a tenant are known from the tenant's last request.
#[tokio::test]
async fn a_rule_that_no_longer_holds_ends_tokens_when_the_tenant_is_used() {
    let mut here = Here::new();
    let token = made(&here).await;
    here.site.settings.access.users = UserRule::Only(["somebody".to_owned()].into());
    here.recheck().await;
    assert!(active(&here, &token).await, "the new rule is not known yet");
    here.world.get(&here.site, Endpoint::Connections).await;
    here.recheck().await;
    assert!(!active(&here, &token).await);
}

#[tokio::test]
async fn a_scope_that_the_user_may_no_longer_have_ends_the_token() {
    let mut here = Here::new();
    here.site.settings.scope_map = [("read".to_owned(), ["team".to_owned()].into())].into();
    let token = made(&here).await;
    here.recheck().await;
    assert!(active(&here, &token).await);
    here.world.change_alice(|alice| alice["groups"] = json!(["other"]));
    here.recheck().await;
    assert!(!active(&here, &token).await);
}

/// If a refresh of any client finds that the user has lost access, the user's tokens end at once.
#[tokio::test]
async fn a_refused_refresh_ends_tokens() {
    let here = Here::new();
    let token = made(&here).await;
    let granted = crate::grants::granted(&here.world, &here.site).await;
    here.world.change_alice(|alice| alice["disabled"] = json!(true));
    assert_eq!(crate::grants::refreshes(&here.world, &here.site, &granted).await, 400);
    assert!(!active(&here, &token).await);
}

/// Makes a tenant with a provider.
async fn with_provider() -> (Provider, Here) {
    let provider = Provider::start().await;
    let mut here = Here::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    here.site = Site::oidc("https://wiki.example.com", &provider.issuer);
    here.site.settings.personal_days = 90;
    (provider, here)
}

/// Signs in at the provider for the form for a new token. Returns the URL at the provider, and the form.
async fn form_of_provider(provider: &Provider, browser: &mut Browser<'_>) -> (String, Reply) {
    let begun = browser.get(Endpoint::Connections, "view=new-token").await;
    let page = browser.follow(&begun).await;
    let url = browser.decide(&page, "approve").await.onward();
    let back = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    (url, browser.follow(&back).await)
}

#[tokio::test]
async fn users_of_a_provider_sign_in_there_again_and_get_thirty_days() {
    let (provider, here) = with_provider().await;
    let mut browser = Browser::new(&here.world, &here.site);
    let (url, form) = form_of_provider(&provider, &mut browser).await;
    assert_eq!(parameter(&url, "prompt").as_deref(), Some("login"), "the provider asks for the password");
    assert!(form.text.contains("max=\"30\""), "{}", form.text);
    assert_eq!(submit(&mut browser, &form, &[("name", "a"), ("days", "31")]).await.status, 400);
    let token = token_on(&submit(&mut browser, &form, &FIELDS).await);
    assert_eq!(claims_in(&token)["exp"], here.world.clock.now().as_secs() + 30 * DAY_SECS);
    let body = json!({"user": claims_in(&token)["sub"], "tenant": here.site.base.as_str(), "name": "ci"});
    let refused = crate::administration::ask(&here.world, "/admin/tokens/create", &body).await;
    assert_eq!(refused.status, 400, "their access cannot be checked without them: {refused:?}");
}

#[tokio::test]
async fn a_refused_login_at_the_provider_ends_tokens() {
    let (provider, mut here) = with_provider().await;
    here.site.settings.access.groups = ["staff".to_owned()].into();
    provider.misbehave(Vice::Claim("groups", json!(["staff"])));
    let mut browser = Browser::new(&here.world, &here.site);
    let (_, form) = form_of_provider(&provider, &mut browser).await;
    let token = token_on(&submit(&mut browser, &form, &FIELDS).await);
    assert!(active(&here, &token).await);
    provider.misbehave(Vice::Claim("groups", Value::Null));
    let client = here.world.register(&here.site, CALLBACK).await;
    let mut other = Browser::new(&here.world, &here.site);
    let url = to_provider(&mut other, &authorize_pairs(&client)).await;
    let refused = other.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    assert_eq!(refused.reason(), "not_admitted", "{refused:?}");
    assert!(!active(&here, &token).await);
}

/// The groups that the provider names at any login or refresh of the user take effect at once.
#[tokio::test]
async fn a_group_that_the_provider_no_longer_names_ends_the_tokens_that_need_it() {
    for by_refresh in [false, true] {
        let (provider, mut here) = with_provider().await;
        here.site.settings.scope_map = [("read".to_owned(), ["team".to_owned()].into())].into();
        let (client, answer) = crate::standing::log_in(&here.world, &here.site, &provider).await;
        let refresh = crate::standing::refresh_token(&answer);
        let mut browser = Browser::new(&here.world, &here.site);
        let (_, form) = form_of_provider(&provider, &mut browser).await;
        let token = token_on(&submit(&mut browser, &form, &FIELDS).await);
        let form = open_form(&mut browser).await;
        let fields = [("name", "Other"), ("days", "30"), ("scope-1", "write")];
        let other = token_on(&submit(&mut browser, &form, &fields).await);
        let learn = async || {
            if by_refresh {
                let pairs = [
                    ("grant_type", "refresh_token"),
                    ("client_id", client.as_str()),
                    ("refresh_token", refresh.as_str()),
                ];
                let reply = here.world.post_form(&here.site, Endpoint::Token, &pairs).await;
                assert_eq!(reply.status, 200, "{reply:?}");
            } else {
                form_of_provider(&provider, &mut Browser::new(&here.world, &here.site)).await;
            }
        };
        if !by_refresh {
            learn().await;
            assert!(active(&here, &token).await, "nothing has changed");
        }
        provider.claim("groups", json!(["others"]));
        learn().await;
        assert!(!active(&here, &token).await, "{by_refresh}");
        assert!(active(&here, &other).await, "{by_refresh}: no group is needed for it");
    }
}

/// An assertion of the provider (ID-JAG) about a user whom the rules refuse ends the user's tokens. An assertion that
/// lacks a claim shows nothing.
#[tokio::test]
async fn a_refused_assertion_ends_tokens() {
    const BASE: &str = "https://wiki.example.com";
    let provider = Provider::start().await;
    let file = clients_file(&[machine("agent", &json!({"grant_types": [JWT_BEARER], "bases": [BASE]}))]);
    let path = file.path().to_str().unwrap();
    let settings = [("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str()), ("BOUNCER_CLIENTS_FILE", path)];
    let mut here = Here::with(&settings);
    here.site = Site::oidc(BASE, &provider.issuer);
    here.site.settings.personal_days = 90;
    here.site.settings.enterprise_managed = true;
    here.site.settings.access.groups = ["team".to_owned()].into();
    let mut browser = Browser::new(&here.world, &here.site);
    let (_, form) = form_of_provider(&provider, &mut browser).await;
    let token = token_on(&submit(&mut browser, &form, &FIELDS).await);
    let now = here.world.clock.now().as_secs();
    for (jti, groups, status, stays) in [
        ("1", json!(["team"]), 200, true),
        ("2", Value::Null, 400, true),
        ("3", json!(["others"]), 400, false),
    ] {
        let claims = json!({
            "iss": provider.issuer, "sub": "upstream-alice", "aud": BASE, "client_id": "agent", "scope": "read",
            "resource": "https://wiki.example.com/mcp", "jti": jti, "iat": now, "exp": now + 300, "groups": groups,
        });
        let assertion = provider.assertion("oauth-id-jag+jwt", &claims);
        let pairs = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
        let reply = with_basic(&here.world, &here.site, ("agent", SECRET), &pairs).await;
        assert_eq!(reply.status.as_u16(), status, "{groups}: {reply:?}");
        assert_eq!(active(&here, &token).await, stays, "{groups}");
    }
}

#[tokio::test]
async fn disabling_a_user_by_command_ends_tokens() {
    let here = Here::new();
    let token = made(&here).await;
    // The command `users disable` sends this request.
    let end = json!({"filter": {"local_user": "alice"}});
    assert_eq!(told(&here.world, "/admin/grants/end", &end).await["grants"].as_array().unwrap().len(), 1);
    assert!(!active(&here, &token).await);
}
