//! Personal access tokens: what is refused, and how many a user may have.

use protocol::context::Endpoint;
use protocol::scope::ScopeSet;
use serde_json::json;
use store::limits::PERSONAL_PER_USER;

use super::{BASE, FIELDS, Here, active, made, open_form, submit, token_on, tokens_page};
use crate::administration::{ask, told};
use crate::grants::post;
use crate::support::federated::{claims_in, grant_of};
use crate::support::*;

#[tokio::test]
async fn what_is_not_allowed_is_said_and_the_form_comes_again() {
    let here = Here::new();
    let mut browser = Browser::new(&here.world, &here.site);
    let form = open_form(&mut browser).await;
    for (name, days, words) in [
        ("", "30", "Write a short name"),
        ("\u{202e}\u{200b}", "30", "Write a short name"),
        ("a", "91", "1 to 90 days"),
        ("a", "0", "1 to 90 days"),
        ("a", "-1", "1 to 90 days"),
        ("a", "", "1 to 90 days"),
    ] {
        let again =
            submit(&mut browser, &form, &[("name", name), ("days", days), ("scope-1", "write")]).await;
        assert_eq!(again.status, 400, "{name:?} {days}");
        assert!(again.words().contains(words), "{words}: {}", again.words());
        assert!(again.text.contains("value=\"write\" checked"), "what was ticked stays: {}", again.text);
    }
    assert!(here.world.reasons().contains("personal_token_malformed"));
    // A hostile name is shown as text.
    let hostile = "<script>alert(1)</script>\u{202e}\"><b>";
    let page = submit(&mut browser, &form, &[("name", hostile), ("days", "1")]).await;
    token_on(&page);
    let list = tokens_page(&mut browser).await;
    for page in [&page, &list] {
        assert!(!page.text.contains("<script") && !page.text.contains('\u{202e}'), "{}", page.text);
        assert!(page.text.contains("&lt;script&gt;"));
    }
}

#[tokio::test]
async fn a_token_has_no_scope_that_its_user_does_not_have() {
    let mut here = Here::new();
    here.site.settings.scope_map = [("write".to_owned(), ["admins".to_owned()].into())].into();
    here.site.settings.required_scopes = ScopeSet::parse("read").unwrap();
    let mut browser = Browser::new(&here.world, &here.site);
    let form = open_form(&mut browser).await;
    assert!(!form.text.contains("value=\"write\""), "{}", form.text);
    let fields =
        [("name", "a"), ("days", "1"), ("scope-0", "write"), ("scope-1", "write"), ("scope", "write")];
    let token = token_on(&submit(&mut browser, &form, &fields).await);
    assert_eq!(claims_in(&token)["scope"], "read", "the required one, and no other");
}

#[tokio::test]
async fn a_user_has_a_limited_number_of_tokens() {
    let here = Here::new();
    let mut browser = Browser::new(&here.world, &here.site);
    for n in 0..PERSONAL_PER_USER {
        let form = open_form(&mut browser).await;
        let name = format!("token {n}");
        token_on(&submit(&mut browser, &form, &[("name", &name), ("days", "1")]).await);
        here.world.advance(1);
    }
    let form = open_form(&mut browser).await;
    let refused = submit(&mut browser, &form, &FIELDS).await;
    assert_eq!(refused.status, 403);
    assert!(refused.words().contains("You have 16 tokens"), "{}", refused.words());
    assert!(here.world.reasons().contains("personal_token_limit"));
    let page = tokens_page(&mut browser).await;
    assert_eq!(page.text.matches("value=\"end_token\"").count(), 4);
    let second = browser.get(Endpoint::Connections, "view=tokens&from=12").await;
    assert!(second.text.contains("token 0<") && !second.text.contains("token 15<"), "{}", second.text);
}

#[tokio::test]
async fn without_the_option_or_the_list_there_are_no_tokens() {
    let mut here = Here::new();
    here.site.settings.personal_days = 0;
    let mut browser = Browser::new(&here.world, &here.site);
    let list = crate::connections::sign_in(&mut browser, "alice").await;
    assert!(!list.text.contains("view=tokens"), "{}", list.text);
    let refused = browser.get(Endpoint::Connections, "view=new-token").await;
    assert_eq!(refused.status, 403);
    assert!(here.world.reasons().contains("personal_tokens_off"));
    // A sidecar that writes no list of revoked grants cannot revoke tokens.
    let (world, mut site) = (World::new(), Site::local(BASE));
    site.settings.personal_days = 90;
    let mut browser = Browser::new(&world, &site);
    crate::connections::sign_in(&mut browser, "alice").await;
    let refused = browser.get(Endpoint::Connections, "view=new-token").await;
    assert_eq!(refused.status, 503);
    assert!(world.reasons().contains("personal_tokens_without_list"));
    let body = json!({"user": "alice", "tenant": BASE, "name": "ci"});
    assert_eq!(ask(&world, "/admin/tokens/create", &body).await.status, 503);
}

#[tokio::test]
async fn a_token_that_would_be_too_long_is_not_stored() {
    let mut here = Here::new();
    let scopes: Vec<String> = (0..80).map(|n| format!("{n:03}{}", "s".repeat(97))).collect();
    here.site.settings.scopes = ScopeSet::parse(&scopes.join(" ")).unwrap();
    here.world.get(&here.site, Endpoint::Connections).await;
    let body = json!({"user": "alice", "tenant": BASE, "name": "ci"});
    let refused = ask(&here.world, "/admin/tokens/create", &body).await;
    assert_ne!(refused.status, 200);
    assert!(refused.text.contains("the access token would have"), "{refused:?}");
    let listed = told(&here.world, "/admin/tokens/list", &json!({"user": "alice"})).await;
    assert_eq!(listed["tokens"], json!([]));
}

#[tokio::test]
async fn an_unreadable_users_file_is_no_fault_of_the_request() {
    let here = Here::new();
    here.world.get(&here.site, Endpoint::Connections).await;
    here.world.spoil_users();
    let body = json!({"user": "alice", "tenant": BASE, "name": "ci"});
    let failed = ask(&here.world, "/admin/tokens/create", &body).await;
    assert_eq!((failed.status.as_u16(), &failed.json()["error"]), (503, &json!("unavailable")), "{failed:?}");
    assert!(failed.text.contains("the users file cannot be used"), "{failed:?}");
    assert!(here.world.reasons().contains("users_file"));
}

/// The option may later allow as many days again, and the token would then be valid again.
#[tokio::test]
async fn a_token_can_be_revoked_whatever_the_option_is_now() {
    for days in [29, 0] {
        let mut here = Here::new();
        let token = made(&here).await;
        here.site.settings.personal_days = days;
        assert!(!active(&here, &token).await, "{days}: such tokens are not accepted");
        assert_eq!(post(&here.world, &here.site, Endpoint::Revoke, "personal", &token).await.status, 200);
        assert!(here.list().await.contains(&grant_of(&token)), "{days}");
        here.site.settings.personal_days = 90;
        assert!(!active(&here, &token).await, "{days}");
    }
}
