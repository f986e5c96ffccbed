//! `mcpbouncer check-provider` with Dex: right and wrong settings, and a login.

use std::sync::atomic::{AtomicU32, Ordering};

use e2e::browser::{Browser, Outcome, Person};
use e2e::dex::{ALICE, BOB, CLIENT_SECRET, Dex};
use e2e::http::Http;
use e2e::paths;
use e2e::ports::Held;
use e2e::process::{Process, Program};
use e2e::runtime::run;
use serde_json::Value;
use tempfile::TempDir;

/// A Dex whose client has the redirect URI of a test login at `port`.
struct Case {
    dex: Dex,
    port: Held,
    directory: TempDir,
    runs: AtomicU32,
}

/// The result of a run of the command.
struct Ended {
    code: Option<i32>,
    report: Value,
    errors: String,
}

impl Ended {
    /// Returns the outcome of this check, and what it found.
    fn check(&self, name: &str) -> (&str, &str) {
        let checks = self.report["checks"].as_array().expect("checks");
        let found = checks.iter().find(|finding| finding["check"] == name);
        let found = found.unwrap_or_else(|| panic!("{name} is missing: {}", self.report));
        (found["outcome"].as_str().expect("text"), found["detail"].as_str().expect("text"))
    }
}

impl Case {
    async fn start() -> Self {
        let mut dex = Dex::reserve().await;
        let port = Held::any();
        let page = dex.page(&format!("http://localhost:{}", port.number()));
        let configuration = page.block("dex.yml").to_owned();
        dex.serve(&configuration).await;
        let directory = TempDir::new().expect("a temporary directory");
        std::fs::write(directory.path().join("secret"), CLIENT_SECRET).expect("the secret");
        std::fs::write(directory.path().join("wrong"), "another secret").expect("another secret");
        Self { dex, port, directory, runs: AtomicU32::new(0) }
    }

    fn begin(&self, issuer: &str, secret: &str, more: &[&str]) -> Process {
        // Each run has its own files for the output.
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        Program::new(&format!("check-{run}"), paths::mcpbouncer())
            .args([
                "check-provider",
                issuer,
                "--client-id",
                "mcpbouncer",
                "--client-secret-file",
                secret,
                "--json",
            ])
            .args(more)
            .env("BOUNCER_INTERNAL_ISSUERS", issuer)
            .directory(self.directory.path())
            .start(self.directory.path())
    }

    async fn ended(&self, mut process: Process) -> Ended {
        let status = process.ended().await;
        let (out, errors) = (process.stdout(), process.stderr());
        for secret in [CLIENT_SECRET, "another secret", "eyJ"] {
            assert!(!out.contains(secret) && !errors.contains(secret), "{secret}: {out}{errors}");
        }
        Ended { code: status.code(), report: serde_json::from_str(&out).unwrap_or_default(), errors }
    }

    async fn run(&self, issuer: &str, secret: &str, more: &[&str]) -> Ended {
        self.ended(self.begin(issuer, secret, more)).await
    }

    /// Logs in as `person`. `more` are options of the command.
    async fn log_in(&self, person: Person<'_>, more: &[&str]) -> Ended {
        let port = self.port.number().to_string();
        let options = ["--login", "--callback-port", &port];
        let mut process = self.begin(&self.dex.issuer(), "secret", &[&options, more].concat());
        let url = process
            .wait_for("prints the URL", |_, err| {
                err.lines().find(|line| line.starts_with("http")).map(str::to_owned)
            })
            .await;
        let http = Http::new(0);
        match Browser::new(&http).log_in(&url, person).await {
            Outcome::Callback(callback) => {
                http.get(callback.as_str()).await.expect(200);
            }
            Outcome::Page(page) => panic!("no callback: {page:?}"),
        }
        self.ended(process).await
    }
}

#[test]
fn right_settings_pass_every_check() {
    run(async {
        let case = Case::start().await;
        let ended = case.run(&case.dex.issuer(), "secret", &["--scopes", "openid,email,groups"]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.report);
        for name in
            ["discovery", "clock", "issuer", "endpoints", "pkce", "algorithms", "keys", "scopes", "client"]
        {
            assert_eq!(ended.check(name).0, "passed", "{}", ended.report);
        }
    });
}

#[test]
fn a_wrong_secret_an_unknown_scope_and_a_wrong_issuer_are_named() {
    run(async {
        let case = Case::start().await;
        let ended = case.run(&case.dex.issuer(), "wrong", &["--scopes", "openid,wiki:read"]).await;
        assert_eq!(ended.code, Some(1));
        let (outcome, detail) = ended.check("client");
        assert!(outcome == "failed" && detail.contains("invalid_client"), "{detail}");
        let (outcome, detail) = ended.check("scopes");
        assert!(outcome == "warning" && detail.contains("wiki:read"), "{detail}");

        let ended = case.run(&format!("{}/", case.dex.issuer()), "secret", &[]).await;
        assert_eq!(ended.code, Some(1));
        let (outcome, detail) = ended.check("issuer");
        assert!(outcome == "failed" && detail.contains("must be identical"), "{detail}");
    });
}

#[test]
fn a_dex_that_is_stopped_is_unreachable() {
    run(async {
        let mut case = Case::start().await;
        case.dex.stop();
        let ended = case.run(&case.dex.issuer(), "secret", &[]).await;
        assert_eq!((ended.code, ended.check("discovery").0), (Some(3), "unreachable"), "{}", ended.report);
    });
}

#[test]
fn a_login_shows_the_claims_and_what_each_rule_says() {
    run(async {
        let case = Case::start().await;
        let rules = [
            "--scopes",
            "openid,email,groups",
            "--allowed-groups",
            "staff",
            "--allowed-email-domains",
            "example.com",
        ];
        let ended = case.log_in(ALICE, &rules).await;
        assert_eq!(ended.code, Some(0), "{} {}", ended.report, ended.errors);
        let user = &ended.report["user"];
        assert_eq!(user["identity"]["claims"]["email"], "alice@example.com");
        assert_eq!(user["identity"]["claims"]["groups"][0], "staff");
        assert_eq!(user["admitted"], true);

        let ended = case.log_in(BOB, &rules).await;
        assert_eq!(ended.code, Some(4), "{} {}", ended.report, ended.errors);
        let rules = ended.report["user"]["rules"].as_array().expect("rules").clone();
        let of = |name: &str| {
            rules.iter().find(|rule| rule["check"] == name).expect("the rule")["outcome"].clone()
        };
        assert_eq!((of("allowedEmailDomains"), of("allowedGroups")), ("passed".into(), "failed".into()));
    });
}

/// Without the scope `groups`, Dex sends no groups. The rule then refuses everybody, and the text says why.
#[test]
fn a_missing_scope_is_visible_in_the_rules_verdict() {
    run(async {
        let case = Case::start().await;
        let ended = case.log_in(ALICE, &["--scopes", "openid", "--allowed-groups", "staff"]).await;
        assert_eq!(ended.code, Some(4), "{}", ended.report);
        let detail = ended.report["user"]["rules"][0]["detail"].as_str().expect("text");
        assert!(detail.contains("sent no groups"), "{detail}");
    });
}

#[test]
fn a_scope_that_dex_refuses_ends_the_login() {
    run(async {
        let case = Case::start().await;
        let ended = case.log_in(ALICE, &["--scopes", "openid,wiki:read"]).await;
        let (outcome, detail) = ended.check("login");
        assert_eq!((ended.code, outcome), (Some(1), "failed"), "{}", ended.report);
        assert!(detail.contains("invalid_scope") && detail.contains("offeredScopes"), "{detail}");
    });
}
