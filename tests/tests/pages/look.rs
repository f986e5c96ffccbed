//! Every page is shown in two languages, at four widths, in light and dark mode.

use std::collections::BTreeMap;

use e2e::browser::Person;
use e2e::paths;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB};
use serde_json::{Value, json};

use crate::world::{CALLBACK, DORA, ERIN, World, authorize, in_chromium, world};

/// The maximum length of a page, in bytes. The first packets of a connection can carry this much (RFC 6928).
const MOST_BYTES: u64 = 14 * 1_024;
const LANGUAGES: [(&str, &str); 2] = [("en-US", "en"), ("de-DE", "de")];
/// Every page that Chromium visits.
const PAGES: [&str; 43] = [
    "account",
    "account-passkey",
    "account-passkey-removed",
    "account-passwords-differ",
    "account-second-factor",
    "account-sign-in",
    "account-turned-off",
    "allowed",
    "allowed-application",
    "connect",
    "connections",
    "connections-end-all",
    "connections-ended",
    "connections-provider",
    "connections-sign-in",
    "consent",
    "consent-application",
    "consent-on-this-device",
    "consent-provider",
    "denied",
    "ended",
    "failure",
    "login-over",
    "no-access",
    "outdated",
    "passkey-add",
    "passkey-make",
    "passkey-not-made",
    "provider",
    "recovery-codes",
    "second-factor",
    "set-up",
    "sign-in",
    "sign-in-passkey-failed",
    "signed-out",
    "token-created",
    "token-new",
    "token-wrong",
    "tokens",
    "tokens-ended",
    "tokens-none",
    "wrong-code",
    "wrong-password",
];

async fn plan(world: &World) -> Value {
    let (local, federated) = (&world.local, &world.federated);
    let host = |base: &str| base.trim_start_matches("http://").to_owned();
    // In each language, one of the connections is ended. More remain than one page shows.
    for n in 0..LANGUAGES.len() + 4 {
        local.tokens(&format!("Application {n}"), Person::user(DORA)).await;
    }
    let app = "cursor://anysphere.cursor-mcp/oauth/callback";
    let urls = json!({
        "mcp": local.mcp(),
        "authorize": authorize(local, "Claude", CALLBACK).await,
        "loopback": authorize(local, "Claude Code (wiki)", "http://127.0.0.1/callback").await,
        "application": authorize(local, "Cursor", app).await,
        "wrong": authorize(local, "Claude", CALLBACK).await.replace("client.example", "other.example"),
        "ended": format!("{}/oauth/consent?flow={}", local.base, "A".repeat(43)),
        "connections": local.endpoint("connections"),
        "account": local.endpoint("account"),
        "federatedConnections": federated.endpoint("connections"),
        "federated": authorize(federated, "ChatGPT", CALLBACK).await,
    });
    json!({
        "languages": LANGUAGES.map(|(tag, _)| tag),
        "name": ALICE.name, "password": ALICE.password,
        "connected": { "name": DORA.name, "password": DORA.password },
        "account": { "name": ERIN.name, "password": ERIN.password },
        "refused": { "name": BOB.name, "password": BOB.password },
        "callback": CALLBACK, "provider": world.idp.issuer(),
        "hosts": [host(&local.base), host(&federated.base)],
        "urls": urls,
    })
}

/// The page that the script of the page before shows, without a request.
const SHOWN_BY_SCRIPT: &str = "passkey-not-made";

/// The script runs only once, because it takes long.
#[test]
fn every_page_is_right_for_everybody() {
    run(async {
        let folder = paths::screenshots();
        let kept = folder.as_ref().map_or("-".to_owned(), |folder| folder.display().to_string());
        let mut lines = in_chromium("look", &[&kept], &plan(world().await).await).await;
        let without_script = lines.pop().expect("a login without script");
        let by_keyboard = lines.pop().expect("a login by keyboard");

        let mut faults = Vec::new();
        let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for seen in &lines {
            let text = |name: &str| seen[name].as_str().unwrap_or_default().to_owned();
            let page = format!("{} ({})", text("page"), text("language"));
            let mut fault = |what: &str| faults.push(format!("{page}: {what}"));
            for list in ["faults", "elsewhere", "heard"] {
                for what in seen[list].as_array().expect("a list") {
                    fault(&format!("{list}: {}", what.as_str().expect("text")));
                }
            }
            let expected = LANGUAGES.iter().find(|(tag, _)| *tag == text("language")).map(|(_, lang)| *lang);
            if expected != Some(text("lang").as_str()) {
                fault(&format!("its language is {:?}", text("lang")));
            }
            let bytes = seen["bytes"].as_u64().expect("a number");
            let least = if text("page") == SHOWN_BY_SCRIPT { 0 } else { 1_000 };
            if !(least..=MOST_BYTES).contains(&bytes) {
                fault(&format!("{bytes} bytes"));
            }
            texts.entry(text("page")).or_default().extend([text("title"), text("text")]);
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert_eq!(texts.keys().collect::<Vec<_>>(), PAGES, "{lines:?}");
        for (page, texts) in &texts {
            assert!(texts.iter().all(|text| !text.is_empty()), "{page}: {texts:?}");
            let [_, text, other_title, other_text] = &texts[..] else { panic!("{page}: {texts:?}") };
            assert!(text != other_text && *other_title != texts[0], "{page} is in one language only: {text}");
        }
        said(&texts, "consent", &["Company wiki", "Read every page", "client.example", "alice"]);
        said(&texts, "no-access", &["bob"]);
        said(&texts, "connections", &["Application", "Read every page", "dora"]);
        said(&texts, "connections-end-all", &["Company wiki"]);
        said(&texts, "token-created", &["mcpbp_ey", "curl", "Change and delete pages"]);
        said(&texts, "tokens", &["Nightly build of the documentation", "Read every page", "dora"]);
        said(&texts, "account", &["erin"]);
        said(&texts, "account-passkey", &["Laptop", "localhost"]);

        let reached =
            ["input[name=username]", "input[name=password]", "button[value=deny]", "button[value=approve]"];
        let reached: Vec<&str> = reached.into_iter().chain(["#continue"]).collect();
        assert_eq!(by_keyboard["reached"], json!(reached));
        assert_eq!(without_script["offered"], json!(false), "the script shows what needs it");
        for (way, result) in [("keyboard", &by_keyboard), ("script", &without_script)] {
            let onward = result[way].as_str().unwrap_or_default();
            assert!(onward.starts_with(CALLBACK) && onward.contains("code=mcpbc_"), "{way}: {onward}");
        }
    });
}

/// Asserts that a page shows these texts, in both languages.
#[track_caller]
fn said(texts: &BTreeMap<String, Vec<String>>, page: &str, parts: &[&str]) {
    for text in texts[page].iter().skip(1).step_by(2) {
        assert!(parts.iter().all(|part| text.contains(part)), "{page}: {text}");
    }
}
