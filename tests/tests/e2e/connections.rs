//! The connections page, as its user sees it through real Traefik. The plugin refuses the tokens of grants that the
//! user ends there within five seconds.

use std::time::Duration;

use e2e::backend::Backend;
use e2e::browser::{Browser, Decides, Person};
use e2e::deployed::{self, Tenant};
use e2e::flow::{Flow, claims};
use e2e::html;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Plan, Stack};
use e2e::wait;

/// The time within which the plugin refuses the tokens of a grant that has ended.
const SOON: Duration = Duration::from_secs(5);

/// Starts two tenants with local users, below paths of one host. Their plugins read the revocation list.
async fn stack() -> (Stack, Backend) {
    let server = Backend::start().await;
    let tenant = |name| Tenant::local(name, &server.url()).with("revocationFile: /mcpb/revoked");
    let plan = Plan {
        users: vec![ALICE, BOB],
        files: vec![("paths.yml", deployed::path_tenants("localhost", &tenant("docs"), &tenant("code")))],
        shares: true,
        ..Plan::default()
    };
    let stack = Stack::start(plan).await;
    let at = stack.at("localhost");
    stack.ready(&[format!("{at}/docs/mcp"), format!("{at}/code/mcp")]).await;
    (stack, server)
}

/// Waits until the plugin refuses this token.
async fn refused_soon(tenant: &Flow, access: &str) {
    wait::until_within(SOON, "the plugin refuses the token", async || {
        (tenant.call(access).await.status == 401).then_some(())
    })
    .await;
}

/// Returns the id of an access token's grant, as forms name it.
fn grant(access: &str) -> String {
    claims(access)["jti"].as_str().expect("a jti")[..22].to_owned()
}

/// A laptop is lost. Its owner opens the connections page on a phone and ends the laptop's connection. The client on
/// the laptop is then refused; other connections stay.
#[test]
fn what_a_user_ends_on_the_phone_is_refused_on_the_laptop() {
    run(async {
        let (stack, _server) = stack().await;
        let docs = Flow::new(&stack.http, &format!("{}/docs", stack.at("localhost")));
        let person = Person::user(ALICE);
        let (laptop, desk) =
            (docs.tokens("on the laptop", person).await, docs.tokens("at the desk", person).await);
        let bob = docs.tokens("of Bob", Person::user(BOB)).await;
        docs.call(&laptop.access).await.expect(200);

        let mut phone = Browser::new(&stack.http);
        let page = phone.connections(&docs.base, person).await.expect(200);
        assert!(page.body.contains("on the laptop") && page.body.contains("at the desk"), "{}", page.body);
        assert!(!page.body.contains("of Bob"), "{}", page.body);
        let after = phone.press(&page, "end", &grant(&laptop.access), person).await.expect(200);
        assert!(
            after.body.contains("id=\"done\"") && !after.body.contains("on the laptop"),
            "{}",
            after.body
        );
        refused_soon(&docs, &laptop.access).await;
        assert_eq!(docs.refresh(&laptop.client_id, &laptop.refresh).await.status, 400);
        docs.call(&desk.access).await.expect(200);

        // One connection of the user is left, and then none. Other users keep theirs.
        let more = docs.tokens("later", person).await;
        let page = phone.connections(&docs.base, person).await;
        let question = phone.press(&page, "end_all", "end_all", person).await.expect(200);
        let none = phone.press(&question, "end_all_confirmed", "", person).await.expect(200);
        assert!(none.body.contains("id=\"none\""), "{}", none.body);
        refused_soon(&docs, &desk.access).await;
        refused_soon(&docs, &more.access).await;
        docs.call(&bob.access).await.expect(200);
    });
}

#[test]
fn a_session_spares_the_password_at_its_own_tenant_only_and_never_the_consent() {
    run(async {
        let (stack, _server) = stack().await;
        let at = |path: &str| Flow::new(&stack.http, &format!("{}{path}", stack.at("localhost")));
        let (docs, code) = (at("/docs"), at("/code"));
        let mut browser = Browser::new(&stack.http);
        let person = Person::user(ALICE);
        let client = docs.register("first").await;
        browser.log_in(&docs.authorize_url(&client, &[]), person).await.parameter("code").expect("a code");

        // A user without a password to enter still reaches the consent page at this tenant, but no further without a
        // decision.
        let nobody = Person { name: "", password: "", decides: Decides::Nothing };
        let second = docs.register("second").await;
        let page = browser.log_in(&docs.authorize_url(&second, &[]), nobody).await.page().expect(200);
        let form = html::forms(&page.body).pop().expect("a form");
        assert!(form.has("decision") && page.body.contains("id=\"user\"><bdi>alice<"), "{}", page.body);
        let page = browser.connections(&docs.base, nobody).await.expect(200);
        assert!(page.body.contains("id=\"user\"><bdi>alice<"), "{}", page.body);

        // The browser sends no cookie that the other tenant of the same host would accept.
        let there = code.register("third").await;
        let page = browser.log_in(&code.authorize_url(&there, &[]), nobody).await.page();
        assert!(page.body.contains("name=\"password\""), "{}", page.body);
        let page = browser.connections(&code.base, nobody).await;
        assert!(page.body.contains("name=\"password\""), "{}", page.body);

        // The plugin removes the cookie from requests to the MCP server.
        let cookies = browser.cookies(&docs.mcp().parse().expect("a URL"));
        assert!(cookies.contains("-session-"), "{cookies}");
        let signed_out = browser.connections(&docs.base, nobody).await;
        browser.press(&signed_out, "sign_out", "", nobody).await;
        let page = browser.connections(&docs.base, nobody).await;
        assert!(page.body.contains("name=\"password\""), "{}", page.body);
    });
}

#[test]
fn a_disabled_user_is_signed_out() {
    run(async {
        let (mut stack, _server) = stack().await;
        let operations = stack.sidecar.ops_url();
        stack.sidecar.set("BOUNCER_METRICS_ADDR", operations.trim_start_matches("http://"));
        let docs = Flow::new(&stack.http, &format!("{}/docs", stack.at("localhost")));
        let mut browser = Browser::new(&stack.http);
        browser.connections(&docs.base, Person::user(ALICE)).await.expect(200);
        stack.sidecar.command(&["users", "disable", "alice"]).await;
        let nobody = Person { name: "", password: "", decides: Decides::Nothing };
        let page = browser.connections(&docs.base, nobody).await;
        assert!(page.body.contains("name=\"password\""), "{}", page.body);
        stack.sidecar.command(&["users", "enable", "alice"]).await;
        let page = browser.connections(&docs.base, nobody).await;
        assert!(page.body.contains("name=\"password\""), "the session has ended: {}", page.body);
    });
}
