//! Administration commands against the running programs: the plugin refuses the tokens of grants that they end.

use std::time::Duration;

use e2e::backend::Backend;
use e2e::browser::{Outcome, Person};
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::guide::Page;
use e2e::paths;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB, Keys};
use e2e::stack::{Plan, Stack};
use e2e::wait;
use serde_json::Value;

/// The time within which the plugin refuses the tokens of a grant that has ended.
const SOON: Duration = Duration::from_secs(5);

/// Starts a stack whose plugin reads the revocation list, and whose commands can reach the sidecar.
async fn stack() -> (Stack, Backend) {
    let server = Backend::start().await;
    let tenant = Tenant::local("wiki", &server.url())
        .with("revocationFile: /mcpb/revoked")
        .with("personalTokens: 90")
        .with("offeredScopes: \"wiki:read\"");
    let plan = Plan {
        users: vec![ALICE, BOB],
        files: vec![("wiki.yml", deployed::host_tenant("localhost", &tenant))],
        shares: true,
        ..Plan::default()
    };
    let mut stack = Stack::start(plan).await;
    stack.ready(&[format!("{}/mcp", stack.at("localhost"))]).await;
    let operations = stack.sidecar.ops_url();
    stack.sidecar.set("BOUNCER_METRICS_ADDR", operations.trim_start_matches("http://"));
    (stack, server)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Waits until the plugin refuses this token.
async fn refused_soon(tenant: &Flow, access: &str) {
    wait::until_within(SOON, "the plugin refuses the token", async || {
        (tenant.call(access).await.status == 401).then_some(())
    })
    .await;
}

/// Runs a command that fails. Returns its exit code and its error output.
async fn failing(stack: &mut Stack, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = stack.sidecar.begin(arguments);
    let status = command.ended().await;
    (status.code(), command.stderr())
}

#[test]
fn ending_the_grants_of_a_user_makes_the_plugin_refuse_the_tokens() {
    run(async {
        let (mut stack, _server) = stack().await;
        let tenant = Flow::new(&stack.http, &stack.at("localhost"));
        let alice = tenant.tokens(&format!("\u{202e}alices{}", "日".repeat(60)), Person::user(ALICE)).await;
        let bob = tenant.tokens("bobs", Person::user(BOB)).await;

        let listed = stack.sidecar.command(&["grants", "list"]).await;
        assert!(listed.contains("\\u{202e}alices日日日日日日日日…") && listed.contains("bobs"), "{listed}");
        assert!(!listed.contains('\u{202e}'), "{listed:?}");
        let dry = stack.sidecar.command(&["grants", "end", "--user", "alice", "--dry-run"]).await;
        assert!(dry.ends_with("1 grant would end\n"), "{dry}");
        // There is no terminal, so the command cannot ask.
        let (code, said) = failing(&mut stack, &["grants", "end", "--user", "alice"]).await;
        assert!(code == Some(1) && said.contains("give --yes"), "{code:?} {said}");
        tenant.call(&alice.access).await.expect(200);

        let end = ["grants", "end", "--user", "alice", "--yes", "--as", "the night shift"];
        // The commands of one stack share a file for their output, so it is read at once.
        assert!(stack.sidecar.command(&end).await.ends_with("1 grant ended\n"));
        refused_soon(&tenant, &alice.access).await;
        assert_eq!(tenant.refresh(&alice.client_id, &alice.refresh).await.status, 400);
        tenant.call(&bob.access).await.expect(200);
        tenant.refresh(&bob.client_id, &bob.refresh).await.expect(200);
    });
}

#[test]
fn disabling_a_user_makes_the_plugin_refuse_the_tokens() {
    run(async {
        let (stack, _server) = stack().await;
        let tenant = Flow::new(&stack.http, &stack.at("localhost"));
        let alice = tenant.tokens("first", Person::user(ALICE)).await;
        let bob = tenant.tokens("second", Person::user(BOB)).await;
        let said = stack.sidecar.command(&["users", "disable", "alice"]).await;
        assert_eq!(said, "user alice is disabled; grants ended: 1\n");
        refused_soon(&tenant, &alice.access).await;
        assert_eq!(tenant.refresh(&alice.client_id, &alice.refresh).await.status, 400);
        tenant.call(&bob.access).await.expect(200);
        let client = tenant.register("third").await;
        assert!(matches!(tenant.log_in(&client, Person::user(ALICE)).await, Outcome::Page(_)));
        stack.sidecar.command(&["users", "enable", "alice"]).await;
        let again = tenant.tokens("fourth", Person::user(ALICE)).await;
        tenant.call(&again.access).await.expect(200);
    });
}

#[test]
fn a_command_that_fails_says_why_and_exits_with_its_code() {
    run(async {
        let (mut stack, _server) = stack().await;
        for (arguments, code, words) in [
            (["grants", "end", "--user", "nobody", "--yes"].as_slice(), 5, "no live grant was found"),
            (&["clients", "show", "nothing"], 5, "there is no client"),
            (&["users", "disable", "nobody"], 5, "there is no user nobody"),
            (&["grants", "end"], 2, "name what to end"),
            (&["grants", "list", "--tenant", "no-url"], 1, "is not an issuer"),
            (&["status", "--as", ""], 1, "--as"),
        ] {
            let (exit, said) = failing(&mut stack, arguments).await;
            assert!(exit == Some(code) && said.contains(words), "{arguments:?}: {exit:?} {said}");
        }
        let key = stack.keys.encryption_key.clone();
        stack.sidecar.set("BOUNCER_ENCRYPTION_KEY", &Keys::generate().await.encryption_key);
        let (exit, said) = failing(&mut stack, &["status"]).await;
        assert!(exit == Some(4) && said.contains("another encryption key"), "{exit:?} {said}");
        stack.sidecar.set("BOUNCER_ENCRYPTION_KEY", &key);
        stack.sidecar.stop().await;
        let (exit, said) = failing(&mut stack, &["users", "disable", "alice"]).await;
        assert!(exit == Some(3) && said.contains("no sidecar responds"), "{exit:?} {said}");
        let users = std::fs::read_to_string(stack.sidecar.users_file()).expect("the users file");
        assert!(users.contains("\"disabled\": true"), "the file says it all the same: {users}");
    });
}

/// The commands of the documentation page run as they are written there.
#[test]
fn the_commands_of_the_page_work() {
    run(async {
        let (stack, _server) = stack().await;
        let tenant = Flow::new(&stack.http, &stack.at("localhost"));
        let alice = tenant.tokens("claude", Person::user(ALICE)).await;
        let issuer = stack.at("localhost");
        let page = Page::open("docs/operations/administration.md").with("https://wiki.example.com", &issuer);
        let operations = stack.sidecar.ops_url();
        let folder = stack.sidecar.users_file().parent().expect("a folder").to_owned();
        let programs = paths::mcpbouncer().parent().expect("a folder").display().to_string();
        let path = format!("{programs}:/usr/local/bin:/usr/bin:/bin");
        let (users, database) = (folder.join("users.json"), folder.join("bouncer.db"));
        let environment = [
            ("PATH", path.as_str()),
            ("BOUNCER_ENCRYPTION_KEY", &stack.keys.encryption_key),
            ("BOUNCER_METRICS_ADDR", operations.trim_start_matches("http://")),
            ("BOUNCER_USERS_FILE", users.to_str().expect("UTF-8")),
            ("BOUNCER_DB_PATH", database.to_str().expect("UTF-8")),
        ];
        let looked = page.run("commands: look", &folder, &environment).await;
        assert!(
            looked.contains("ready") && looked.contains("alice") && looked.contains("claude"),
            "{looked}"
        );
        let rotated = page.run("commands: keys", &folder, &environment).await;
        assert!(rotated.contains("retiring"), "{rotated}");
        tenant.call(&alice.access).await.expect(200);
        let counted = page.run("commands: json", &folder, &environment).await;
        assert_eq!(json(&counted), 1, "{counted}");
        let tokens = page.run("commands: tokens", &folder, &environment).await;
        assert!(tokens.contains("mcpbp_ey") && tokens.contains("nightly build"), "{tokens}");
        assert!(tokens.ends_with("1 personal access token ended\n"), "{tokens}");
        let users = page.run("commands: users", &folder, &environment).await;
        assert!(users.contains("user bob is disabled") && users.contains("user bob is removed"), "{users}");
        page.run("commands: end", &folder, &environment).await;
        refused_soon(&tenant, &alice.access).await;
    });
}
