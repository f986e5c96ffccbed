//! `compose.postgres.yml`: three sidecars with one PostgreSQL database.

use e2e::browser::{Browser, Person};
use e2e::flow::{Flow, REDIRECT, Tokens};
use e2e::paths;
use e2e::runtime::run;
use e2e::wait;

use crate::images::postgres;
use crate::world::{SIDECAR, World, person};

const SIDECARS: [&str; 3] = [SIDECAR, "mcpbouncer-mcpbouncer-2", "mcpbouncer-mcpbouncer-3"];

/// Returns the commands in the first lines of the file.
fn commands() -> String {
    let file = paths::repository().join("deploy/compose.postgres.yml");
    let text = std::fs::read_to_string(file).expect("the add-on");
    let commands: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    commands.join("\n")
}

/// Logs in. In the middle of the login, kills the sidecar `killed`, which may be the one that served the first page, or
/// another one.
async fn logs_in_while_one_is_killed(world: &World, flow: &Flow, killed: &str, alice: Person<'_>) -> Tokens {
    let client_id = flow.register("by hand").await;
    let mut browser = Browser::new(&world.http);
    let page = browser.open(&flow.authorize_url(&client_id, &[]).parse().expect("a URL")).await;
    world.engine.podman(&["kill", killed]).await;
    let outcome = browser.go_on(page, Some(REDIRECT), alice).await;
    let code = outcome.parameter("code").unwrap_or_else(|| panic!("no code: {outcome:?}"));
    Tokens::of(client_id.clone(), &flow.redeem(&client_id, &code).await.expect(200))
}

#[test]
fn a_login_and_refreshes_continue_at_any_sidecar_when_others_are_killed() {
    run(async {
        let world = World::prepare().await.with_settings("");
        postgres::build(&world.engine).await;
        world.run_commands(&commands()).await;
        let password = world.start_with_alice().await;
        let alice = person("alice", &password);
        let mut client = world.logs_in("localhost", alice).await;
        let flow = Flow::new(&world.http, &world.at("localhost"));

        let mut tokens = logs_in_while_one_is_killed(&world, &flow, SIDECARS[0], alice).await;
        client.expire().await;
        assert_eq!(client.call().await, 2, "a refresh while one is gone");

        // Each sidecar alone continues what others began.
        let mut issued = 2;
        for survivor in SIDECARS {
            for one in SIDECARS {
                world.engine.podman(&["start", one]).await;
            }
            for one in SIDECARS.iter().filter(|one| **one != survivor) {
                world.engine.podman(&["kill", one]).await;
            }
            wait::until(&format!("{survivor} serves"), async || {
                let keys = world.http.get(&flow.endpoint("jwks.json")).await;
                keys.body.contains("\"keys\"").then_some(())
            })
            .await;
            client.expire().await;
            issued += 1;
            assert_eq!(client.call().await, issued, "a refresh at {survivor}");
            let answer = flow.refresh(&tokens.client_id, &tokens.refresh).await.expect(200);
            tokens = Tokens::of(tokens.client_id, &answer);
            assert_ne!(flow.call(&tokens.access).await.status, 401);
            flow.tokens("another", alice).await;
        }
        assert_eq!(client.asked, 1, "the user logged in once");
    });
}
