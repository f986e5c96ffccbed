//! What people do besides filling in one form after the other. In every case, a page says how to go on.

use std::collections::BTreeMap;

use e2e::flow::claims;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use serde_json::{Value, json};

use crate::world::{CALLBACK, CAROL, World, in_chromium, register, world};

/// The result of one case.
struct Case(Value);

impl Case {
    /// Returns the URLs with which the browser came back to the client.
    fn arrived(&self) -> Vec<url::Url> {
        let arrived = self.0["arrived"].as_array().expect("a list");
        arrived.iter().map(|url| url.as_str().expect("text").parse().expect("a URL")).collect()
    }

    /// Returns the code with which the browser came back. Asserts that it came back exactly once.
    #[track_caller]
    fn code(&self) -> String {
        let arrived = self.arrived();
        assert_eq!(arrived.len(), 1, "{}", self.0);
        let code = arrived[0].query_pairs().find(|(name, _)| name == "code");
        code.unwrap_or_else(|| panic!("no code: {}", self.0)).1.into_owned()
    }

    /// Returns a value of one of the pages on the way.
    #[track_caller]
    fn page(&self, number: usize, name: &str) -> &str {
        self.0["pages"][number][name].as_str().unwrap_or_else(|| panic!("{name}: {}", self.0))
    }

    /// Asserts that a page says why the login cannot go on, and has a link to what the user can do.
    #[track_caller]
    fn explains(&self, number: usize, world: &World, reason: &str, words: &[&str]) {
        assert_eq!(self.page(number, "reason"), reason, "{}", self.0);
        let text = self.page(number, "text");
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        assert_eq!(self.0["pages"][number]["links"], json!([world.local.endpoint("connect")]), "{}", self.0);
    }
}

struct Cases {
    cases: BTreeMap<String, Case>,
    /// The ids of the clients of the two tenants.
    local: String,
    federated: String,
}

impl Cases {
    async fn run(world: &World) -> Self {
        let local = register(&world.local, "Claude", CALLBACK).await;
        let federated = register(&world.federated, "Claude", CALLBACK).await;
        let plan = Self::plan(world, &local, &federated);
        let lines = in_chromium("oddities", &[], &plan).await;
        let failed: Vec<&Value> = lines.iter().filter(|line| !line["error"].is_null()).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        let named = |line: Value| (line["name"].as_str().expect("a name").to_owned(), Case(line));
        Self { cases: lines.into_iter().map(named).collect(), local, federated }
    }

    fn plan(world: &World, local: &str, federated: &str) -> Value {
        let back = [("redirect_uri", CALLBACK)];
        json!({
            "name": ALICE.name, "password": ALICE.password,
            "other": { "name": CAROL.name, "password": CAROL.password },
            "callback": CALLBACK, "provider": world.idp.issuer(),
            "urls": {
                "local": world.local.authorize_url(local, &back),
                "federated": world.federated.authorize_url(federated, &back),
            },
        })
    }

    /// Removes and returns a case, so that each case is asserted once.
    #[track_caller]
    fn take(&mut self, name: &str) -> Case {
        self.cases.remove(name).unwrap_or_else(|| panic!("no case '{name}'"))
    }
}

/// Redeems the code. Returns who logged in.
async fn redeemed(tenant: &e2e::flow::Flow, client: &str, code: &str) -> String {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", e2e::flow::VERIFIER),
        ("resource", &tenant.mcp()),
    ];
    let answer = tenant.http.post_form(&tenant.endpoint("token"), &[], &fields).await.expect(200);
    let access = answer.json()["access_token"].as_str().expect("a token").to_owned();
    claims(&access)["sub"].as_str().expect("a subject").to_owned()
}

/// The script runs only once, because it takes long.
#[test]
fn every_way_leads_on() {
    run(async {
        let world = world().await;
        let mut cases = Cases::run(world).await;

        // These cases end at the client with one code, which can be redeemed.
        for name in [
            "back to the sign-in page",
            "a reload of the consent page",
            "a double click on Sign in",
            "a double click on Allow",
            "two clicks on Allow on a slow network",
            "two clicks on Sign in on a slow network",
            "a wrong password, back, the right one",
            "a browser inside an application",
        ] {
            let case = cases.take(name);
            assert_eq!(redeemed(&world.local, &cases.local, &case.code()).await, "alice", "{name}");
        }
        let case = cases.take("two clicks on Allow on a slow way to the provider");
        assert_eq!(redeemed(&world.federated, &cases.federated, &case.code()).await, "alice");

        let case = cases.take("another account");
        assert!(
            case.page(0, "text").contains("alice") && case.page(2, "text").contains("carol"),
            "{}",
            case.0
        );
        assert_eq!(case.page(1, "path"), "/oauth/login");
        assert_eq!(redeemed(&world.local, &cases.local, &case.code()).await, "carol");

        // These cases end on a page that says how to go on.
        let ended = ["This sign-in has ended", "Go back to the application"];
        let case = cases.take("a reload after Allow");
        assert_eq!(case.page(0, "title"), "Access allowed");
        case.explains(1, world, "cookie_missing", &ended);
        let case = cases.take("an old tab of a finished login");
        redeemed(&world.local, &cases.local, &case.code()).await;
        case.explains(0, world, "cookie_missing", &ended);
        case.explains(1, world, "cookie_missing", &ended);
        let case = cases.take("the consent page in another browser");
        case.explains(0, world, "cookie_missing", &["it was started in another browser"]);
        redeemed(&world.local, &cases.local, &case.code()).await;
        let case = cases.take("a browser without cookies");
        case.explains(0, world, "cookie_missing", &["your browser does not accept cookies"]);
        assert_eq!(case.arrived().len(), 0);
        let case = cases.take("Deny, back, Allow");
        case.explains(0, world, "login_unknown", &ended);
        let arrived = case.arrived();
        assert!(arrived.len() == 1 && arrived[0].as_str().contains("error=access_denied"), "{}", case.0);
        // After a denial, the browser is led back to the client, however often the form is sent.
        for name in ["two clicks on Deny on a slow network", "a reload after Deny"] {
            let case = cases.take(name);
            let arrived = case.arrived();
            assert!(!arrived.is_empty(), "{name}: {}", case.0);
            for url in arrived {
                assert!(url.as_str().contains("error=access_denied"), "{name}: {url}");
            }
            for page in case.0["pages"].as_array().expect("a list") {
                assert_eq!(page["title"], "You denied access", "{name}: {}", case.0);
            }
        }

        assert!(cases.cases.is_empty(), "not asserted: {:?}", cases.cases.keys());
    });
}
