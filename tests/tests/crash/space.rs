//! The disk is full and the store's file cannot grow. A limit on the file size of the process simulates the full disk.

use std::process::Command;

use e2e::browser::Person;
use e2e::flow::{Flow, REDIRECT};
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::wait;

use crate::kills::stack;
use crate::life::Grant;

/// Limits the length of the files that the process may write, in bytes.
fn limit(process: u32, bytes: &str) {
    let status =
        Command::new("prlimit").args(["--pid", &process.to_string(), &format!("--fsize={bytes}:")]).status();
    assert!(status.is_ok_and(|status| status.success()), "prlimit (util-linux) sets a limit");
}

#[test]
fn a_full_disk_gives_503_and_the_sidecar_recovers_without_a_restart() {
    run(async {
        let (stack, _server) = stack().await;
        let tenant = Flow::new(&stack.http, &stack.at("localhost"));
        let mut grant = Grant::new(tenant.tokens("before", Person::user(ALICE)).await);
        let readiness = format!("{}/readyz", stack.sidecar.ops_url());
        stack.http.get(&readiness).await.expect(200);

        let file = stack.sidecar.users_file().with_file_name("bouncer.db");
        let length = std::fs::metadata(&file).expect("the database").len();
        limit(stack.sidecar.id(), &length.to_string());
        let mut number = 0;
        let refused = wait::until("the disk is full", async || {
            number += 1;
            let metadata = serde_json::json!({
                "client_name": format!("client {number}"),
                "redirect_uris": [REDIRECT, format!("https://client.example/{}", "x".repeat(2_000))],
                "token_endpoint_auth_method": "none",
            });
            let answer = tenant.http.post_json(&tenant.endpoint("register"), &[], &metadata).await;
            (answer.status != 201).then_some(answer)
        })
        .await
        .expect(503);
        assert_eq!(refused.json()["error"], "temporarily_unavailable", "{refused:?}");
        assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
        assert!(stack.sidecar.log().contains("the database failed"), "{}", stack.sidecar.log());
        stack.http.get(&readiness).await.expect(503);
        // Requests that write nothing still succeed.
        tenant.call(&grant.tokens.access).await.expect(200);
        stack.http.get(&tenant.endpoint("jwks.json")).await.expect(200);

        limit(stack.sidecar.id(), "unlimited");
        stack.http.get(&readiness).await.expect(200);
        grant.still_works(&tenant).await;
        tenant.register("after").await;
    });
}
