//! A transport that clients of the TypeScript SDK shared sent one user's responses to another. Here many users send
//! requests at once, and each request reaches the MCP server with the subject of its sender.
//!
//! Not checked by removal here; `plugin-wasm/tests/abi` tests an instance that keeps data of a previous request.

use e2e::browser::Person;
use e2e::flow::claims;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB};
use tokio::task::JoinSet;

use crate::world::world;

#[test]
fn each_request_arrives_with_its_senders_subject() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        let mut people = Vec::new();
        for user in [ALICE, BOB] {
            people.push((user.name, tenant.tokens("crossing", Person::user(user)).await.access));
        }
        let mut calls = JoinSet::new();
        for number in 0..200_usize {
            let (name, access) = people[number % 2].clone();
            let tenant = tenant.clone();
            calls.spawn(async move {
                let marker = format!("crossing-{name}-{number}-end");
                tenant.call_at(&format!("{}?{marker}", tenant.mcp()), &access, &[]).await.expect(200);
                (marker, claims(&access)["sub"].as_str().expect("a subject").to_owned())
            });
        }
        for (marker, subject) in calls.join_all().await {
            let seen = world.backend.requests_marked(&marker);
            assert_eq!(seen.len(), 1, "{marker}");
            assert_eq!(seen[0].values("x-mcp-sub"), [subject], "{marker}");
        }
    });
}
