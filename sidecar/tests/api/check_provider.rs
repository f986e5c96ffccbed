//! `check-provider` names what is wrong with a provider, and says for each access rule whether it admits the user.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{AccessRules, Provider as AtProvider, ProviderOptions};
use serde_json::{Value, json};
use sidecar::check_provider::{Checked, Outcome, Report, Waiting, add_login, check, exit, log_in};
use sidecar::clock::{Clock, ManualClock};
use sidecar::upstream::http::HttpClient;
use sidecar::upstream::oidc::Oidc;
use store::entropy::SeededEntropy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::support::START;
use crate::support::provider::{Provider, Vice};

const SECRET: &str = "s3cr&t";

struct Case {
    oidc: Oidc,
    clock: Arc<ManualClock>,
    checked: Checked,
}

fn rules(users: &[&str], domains: &[&str], groups: &[&str]) -> AccessRules {
    let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
    AccessRules::from_lists(list(users), list(domains), list(groups), Vec::new()).unwrap()
}

fn case(issuer: &str, access: AccessRules, is_listed: bool) -> Case {
    let provider = AtProvider::Oidc {
        issuer: issuer.to_owned(),
        client_id: "sidecar".to_owned(),
        client_secret: Some(Secret::new(SECRET.to_owned())),
        options: ProviderOptions::default(),
    };
    let listed = if is_listed { BTreeSet::from([issuer.to_owned()]) } else { BTreeSet::new() };
    let clock = Arc::new(ManualClock::at(START));
    let http = HttpClient::new(&listed, &[], None).unwrap();
    let checked = Checked::new(provider, access, ScopeSet::parse("openid").unwrap()).unwrap().unwrap();
    Case { oidc: Oidc::new(http, Arc::<ManualClock>::clone(&clock)), clock, checked }
}

async fn report(case: &Case) -> Report {
    check(&case.oidc, &*case.clock, &case.checked, "http://localhost/oauth/callback").await
}

fn outcome(report: &Report, check: &str) -> Option<Outcome> {
    report.finding(check).map(|finding| finding.outcome)
}

/// The provider's responses have the time of the machine, which is never the time of the tests' clock.
#[tokio::test]
async fn a_clock_that_is_off_is_named_and_everything_else_passes() {
    let provider = Provider::start().await;
    let report = report(&case(&provider.issuer, AccessRules::default(), true)).await;
    for finding in &report.checks {
        let fine = matches!(finding.outcome, Outcome::Passed | Outcome::Skipped | Outcome::Warning);
        assert_eq!(fine, finding.check != "clock", "{finding:?}");
    }
    let clock = report.finding("clock").unwrap();
    assert!(clock.detail.contains("seconds ahead of the provider's"), "{clock:?}");
    assert_eq!(outcome(&report, "client"), Some(Outcome::Passed));
    assert_eq!(report.exit_code(), exit::FAILED);
    assert!(!report.text().contains(SECRET) && !report.json().contains(SECRET));
}

#[tokio::test]
async fn what_the_document_lacks_is_named() {
    for (name, value, check, told) in [
        ("issuer", json!("https://other.example"), "issuer", "https://other.example"),
        ("issuer", Value::Null, "issuer", "has no issuer"),
        ("token_endpoint", json!("http://169.254.169.254/token"), "endpoints", "token_endpoint"),
        ("jwks_uri", Value::Null, "endpoints", "jwks_uri"),
        ("userinfo_endpoint", json!("http://10.0.0.1/me"), "endpoints", "userinfo_endpoint"),
        ("response_types_supported", json!(["id_token"]), "response-types", "code flow"),
        ("code_challenge_methods_supported", json!(["plain"]), "pkce", "S256"),
        ("id_token_signing_alg_values_supported", json!(["HS256"]), "algorithms", "HS256"),
        (
            "token_endpoint_auth_methods_supported",
            json!(["private_key_jwt"]),
            "client-auth",
            "client_secret_basic",
        ),
    ] {
        let provider = Provider::start().await;
        provider.misbehave(Vice::Document(name, value));
        let report = report(&case(&provider.issuer, AccessRules::default(), true)).await;
        let finding = report.finding(check).unwrap_or_else(|| panic!("{check}: {report:?}"));
        assert_eq!(finding.outcome, Outcome::Failed, "{finding:?}");
        assert!(finding.detail.contains(told), "{finding:?}");
    }
}

#[tokio::test]
async fn hostile_documents_are_printable() {
    let provider = Provider::start().await;
    for name in ["scopes_supported", "id_token_signing_alg_values_supported"] {
        provider.misbehave(Vice::Document(name, json!(["evil\u{202e}\u{1b}[2J"])));
    }
    let report = report(&case(&provider.issuer, AccessRules::default(), true)).await;
    let plain = |text: String| text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}'));
    assert!(plain(report.text()) && plain(report.json()), "{report:?}");
}

#[tokio::test]
async fn a_scope_that_the_provider_does_not_list_is_a_warning() {
    let provider = Provider::start().await;
    provider.misbehave(Vice::Document("scopes_supported", json!(["openid", "email"])));
    let mut case = case(&provider.issuer, AccessRules::default(), true);
    assert_eq!(outcome(&report(&case).await, "scopes"), Some(Outcome::Passed));
    case.checked.scopes.insert("wiki:read");
    let report = report(&case).await;
    let finding = report.finding("scopes").unwrap();
    assert!(finding.outcome == Outcome::Warning && finding.detail.contains("wiki:read"), "{finding:?}");
}

#[tokio::test]
async fn a_refused_client_is_told_from_a_refused_code() {
    for (vice, wanted) in [
        (None, Outcome::Passed),
        (Some(Vice::Refusal(400, "invalid_grant")), Outcome::Passed),
        (Some(Vice::Refusal(400, "invalid_request")), Outcome::Passed),
        (Some(Vice::Refusal(401, "invalid_client")), Outcome::Failed),
        (Some(Vice::Refusal(400, "unauthorized_client")), Outcome::Failed),
        (Some(Vice::OnlyMethod("client_secret_post")), Outcome::Passed),
        (Some(Vice::Raw(500, "oops")), Outcome::Warning),
        (Some(Vice::Raw(200, "{}")), Outcome::Warning),
    ] {
        let provider = Provider::start().await;
        if let Some(vice) = vice.clone() {
            provider.misbehave(vice);
        }
        let report = report(&case(&provider.issuer, AccessRules::default(), true)).await;
        assert_eq!(outcome(&report, "client"), Some(wanted), "{vice:?}: {report:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_logins_would_refuse_is_refused() {
    let provider = Provider::start().await;
    let report = report(&case(&provider.issuer, AccessRules::default(), false)).await;
    let finding = report.finding("discovery").unwrap();
    assert!(finding.detail.contains("BOUNCER_INTERNAL_ISSUERS"), "{finding:?}");
    assert_eq!((report.checks.len(), report.exit_code()), (1, exit::FAILED));
}

#[tokio::test]
async fn a_provider_that_is_down_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let report = report(&case(&issuer, AccessRules::default(), true)).await;
    assert_eq!(outcome(&report, "discovery"), Some(Outcome::Unreachable));
    assert_eq!(report.exit_code(), exit::UNREACHABLE);
}

/// Logs in. The browser brings the queries that `change` makes of the provider's response to the callback.
async fn logged_in(case: &Case, provider: &Provider, change: impl FnOnce(String) -> Vec<String>) -> Report {
    let waiting = Waiting::at(0).await.unwrap();
    let callback = waiting.redirect_uri().to_owned();
    let mut report = check(&case.oidc, &*case.clock, &case.checked, &callback).await;
    let (sender, shown) = oneshot::channel();
    let clock: &dyn Clock = &*case.clock;
    let entropy = SeededEntropy::new(7);
    let login =
        log_in(&case.oidc, (clock, &entropy), &case.checked, waiting, Duration::from_mins(1), |url| {
            sender.send(url.to_owned()).unwrap();
        });
    let browser = async {
        let url = shown.await.unwrap();
        assert!(url.contains("redirect_uri=http%3A%2F%2Flocalhost%3A"), "{url}");
        let place = callback.strip_prefix("http://localhost:").unwrap();
        let (port, path) = place.split_once('/').unwrap();
        let mut statuses = Vec::new();
        for query in change(provider.sign_in(&url)) {
            let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
            let request =
                format!("GET /{path}?{query} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            statuses.push(answer[9..12].to_owned());
        }
        statuses
    };
    let (result, statuses) = tokio::join!(login, browser);
    assert_eq!(statuses.last().map(String::as_str), Some("200"), "the browser gets a page");
    assert!(statuses[..statuses.len() - 1].iter().all(|status| status == "400"), "{statuses:?}");
    add_login(&mut report, &case.checked, result);
    report
}

#[tokio::test]
async fn the_claims_and_the_verdict_of_each_rule_are_shown() {
    let provider = Provider::start().await;
    provider.claim("email", json!("alice@example.com"));
    provider.claim("email_verified", json!(true));
    provider.claim("groups", json!(["staff", "wiki"]));
    for (access, wanted) in [
        (rules(&["alice@example.com"], &["example.com"], &["staff"]), [true, true, true]),
        (rules(&["bob@example.com"], &["example.com"], &["staff"]), [false, true, true]),
        (rules(&["alice@example.com"], &["example.org"], &["staff"]), [true, false, true]),
        (rules(&["alice@example.com"], &["example.com"], &["admins"]), [true, true, false]),
    ] {
        let case = case(&provider.issuer, access, true);
        let report = logged_in(&case, &provider, |query| vec![query]).await;
        let user = report.user.as_ref().unwrap_or_else(|| panic!("{report:?}"));
        let told: Vec<_> =
            user.rules.iter().map(|rule| (rule.check, rule.outcome == Outcome::Passed)).collect();
        let names = ["allowedUsers", "allowedEmailDomains", "allowedGroups"];
        assert_eq!(told, names.into_iter().zip(wanted).collect::<Vec<_>>());
        assert_eq!(user.admitted, wanted.iter().all(|admits| *admits));
        let text = report.text();
        for shown in ["alice@example.com", "staff, wiki", "email_verified"] {
            assert!(text.contains(shown), "{text}");
        }
        for secret in [SECRET, "upstream-access", "upstream-refresh", "eyJ"] {
            assert!(!text.contains(secret) && !report.json().contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test]
async fn the_exit_code_says_that_a_rule_refuses_the_user() {
    let provider = Provider::start().await;
    let case = case(&provider.issuer, rules(&[], &[], &["admins"]), true);
    let mut report = logged_in(&case, &provider, |query| vec![query]).await;
    // The tests' clock differs from the machine's.
    report.checks.retain(|finding| finding.check != "clock");
    assert_eq!(report.exit_code(), exit::NOT_ADMITTED);
    assert!(report.text().contains("may NOT log in"), "{}", report.text());
    let json: Value = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(json["exit_code"], exit::NOT_ADMITTED);
    assert_eq!(json["user"]["rules"][0]["outcome"], "failed");
}

#[tokio::test]
async fn a_response_with_another_state_or_a_refusal_is_no_login() {
    let provider = Provider::start().await;
    let case = case(&provider.issuer, AccessRules::default(), true);
    let forged = |query: String| vec!["code=forged&state=forged".to_owned(), "nonsense".to_owned(), query];
    assert!(logged_in(&case, &provider, forged).await.user.is_some());
    let refused = |query: String| {
        let state = query.split('&').find(|pair| pair.starts_with("state=")).unwrap();
        vec![format!("error=invalid_scope&error_description=no%20such&{state}")]
    };
    let report = logged_in(&case, &provider, refused).await;
    let finding = report.finding("login").unwrap();
    assert!(finding.outcome == Outcome::Failed && finding.detail.contains("invalid_scope"), "{finding:?}");
    assert!(report.user.is_none());
}
