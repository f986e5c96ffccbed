//! One tenant refuses everything that another issued: on one host, on two hosts, and if the labels of another container
//! claim the first tenant's base with another provider.
//!
//! The original MCPBouncer accepted a code or a refresh token of one tenant at another.

use e2e::browser::{Browser, Decides, Outcome, Person};
use e2e::flow::{Flow, Tokens, claims};
use e2e::html;
use e2e::http::Answer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;

use crate::hosts::hosts;

#[track_caller]
fn error(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (status, Some(code)), "{answer:?}");
}

/// Asserts that everything that `own` issues is refused at `other`, and still valid at `own`.
async fn refused_elsewhere(own: &Flow, other: &Flow) {
    let person = Person::user(ALICE);
    let name = "tenants";
    let client = own.register(name).await;
    let client_there = other.register(name).await;
    assert_ne!(client, client_there, "the same metadata registers different clients at different tenants");

    // The client is unknown at the other tenant.
    let page = other.log_in(&client, person).await.page();
    assert!(page.status.is_client_error(), "{page:?}");

    // The code is refused.
    let code = own.code(&client, person).await;
    error(&other.redeem(&client_there, &code).await, 400, "invalid_grant");
    error(&other.redeem_for(&client_there, &code, &own.mcp()).await, 400, "invalid_grant");
    error(&other.redeem(&client, &code).await, 401, "invalid_client");
    let tokens = Tokens::of(client.clone(), &own.redeem(&client, &code).await.expect(200));

    // The refresh token is refused.
    error(&other.refresh(&client_there, &tokens.refresh).await, 400, "invalid_grant");
    error(&other.refresh(&client, &tokens.refresh).await, 401, "invalid_client");
    let tokens = Tokens::of(client, &own.refresh(&tokens.client_id, &tokens.refresh).await.expect(200));

    // The access token is refused.
    own.call(&tokens.access).await.expect(200);
    let answer = other.call(&tokens.access).await.expect(401);
    assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{answer:?}");

    consent_elsewhere(own, other).await;
}

/// Asserts that a consent form of `own` has no effect at `other`, and that an approval at `own` is no approval at
/// `other`.
async fn consent_elsewhere(own: &Flow, other: &Flow) {
    let person = Person::user(ALICE);
    let client = own.register("consent").await;
    let mut browser = Browser::new(&own.http);
    let waiting = person.deciding(Decides::Nothing);
    let page = browser.log_in(&own.authorize_url(&client, &[]), waiting).await.page().expect(200);
    let form = html::forms(&page.body).pop().expect("a form");
    assert!(form.has("decision"), "the consent page: {page:?}");
    let mut fields = form.fields;
    fields.retain(|(name, _)| name != "decision");
    fields.push(("decision".to_owned(), "approve".to_owned()));

    let mut elsewhere = browser.at(&other.http);
    let there = format!("{}/oauth/consent", other.base).parse().expect("a URL");
    let answer = elsewhere.submit(&there, "", &fields).await;
    assert!(answer.status.is_client_error(), "{answer:?}");
    assert!(answer.header("location").is_empty() && html::meta_refresh(&answer.body).is_none(), "{answer:?}");

    // After the approval at its own tenant, the other tenant asks again.
    let page = browser.submit(&page.url, &form.action, &fields).await;
    let back = browser.go_on(page, Some(e2e::flow::REDIRECT), person).await;
    assert!(back.parameter("code").is_some(), "{back:?}");
    let client = other.register("consent").await;
    let mut browser = browser.at(&other.http);
    let outcome = browser.log_in(&other.authorize_url(&client, &[]), waiting).await;
    let Outcome::Page(page) = outcome else { panic!("approved without being asked: {outcome:?}") };
    assert!(html::forms(&page.body).iter().any(|form| form.has("decision")), "{page:?}");
}

#[test]
fn two_tenants_on_one_host_refuse_each_others_credentials() {
    run(async {
        let hosts = hosts().await;
        refused_elsewhere(&hosts.path("docs"), &hosts.path("code")).await;
    });
}

#[test]
fn two_tenants_on_two_hosts_refuse_each_others_credentials() {
    run(async {
        let hosts = hosts().await;
        refused_elsewhere(&hosts.host("localhost"), &hosts.host("127.0.0.1")).await;
    });
}

#[test]
fn credentials_of_a_claimant_of_the_base_are_refused_by_the_first_tenant() {
    run(async {
        let hosts = hosts().await;
        refused_elsewhere(&hosts.claimant(), &hosts.host("localhost")).await;
    });
}

#[test]
fn credentials_of_the_first_tenant_are_refused_by_a_claimant_of_its_base() {
    run(async {
        let hosts = hosts().await;
        refused_elsewhere(&hosts.host("localhost"), &hosts.claimant()).await;
    });
}

#[test]
fn tokens_name_their_issuer_audience_and_tenant() {
    run(async {
        let hosts = hosts().await;
        let (docs, code) = (hosts.path("docs"), hosts.path("code"));
        let first = claims(&docs.tokens("claims", Person::user(ALICE)).await.access);
        let second = claims(&code.tokens("claims", Person::user(ALICE)).await.access);
        assert_eq!(first["iss"], docs.base);
        assert_eq!(first["aud"], docs.mcp());
        assert_eq!(second["iss"], code.base);
        assert_ne!(first["mcpb_tid"], second["mcpb_tid"]);
    });
}

/// In the original MCPBouncer, a client got the required scope just by requesting it.
#[test]
fn a_scope_is_granted_only_to_those_entitled_to_it() {
    run(async {
        let tenant = hosts().await.host("scoped.localhost");
        let client = tenant.register("scopes").await;
        let url = tenant.authorize_url(&client, &[("scope", "read admin openid offline_access unheard-of")]);
        let outcome = Browser::new(&tenant.http).log_in(&url, Person::user(ALICE)).await;
        let code = outcome.parameter("code").expect("a code");
        let answer = tenant.redeem(&client, &code).await.expect(200);
        assert_eq!(answer.json()["scope"], "read");
        let access = answer.json()["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(claims(&access)["scope"], "read");
        tenant.call(&access).await.expect(200);
    });
}
