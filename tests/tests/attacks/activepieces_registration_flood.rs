//! activepieces had no limit at `/register`, and built its issuer from `X-Forwarded-Proto`. The limit of the original
//! MCPBouncer locked hosted clients out, and trusted the address that a client claimed to have.
//!
//! Checked by removing `Resource::Registration` in `sidecar/src/registration/register.rs`.

use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use serde_json::json;

use crate::world::{alice, world};

/// Starts a server that accepts few registrations from one address, behind a trusted proxy.
async fn limited(limit: &str) -> (Stack, Flow) {
    let tenant = Tenant::local("lone", &world().await.backend.url()).with("clientIPDepth: 1");
    let stack = Stack::start(Plan {
        users: vec![ALICE],
        files: vec![("lone.yml", deployed::host_tenant("lone.localhost", &tenant))],
        sidecar: vec![("BOUNCER_REGISTER_RATE_LIMIT", limit.to_owned())],
        trusts_peers: true,
        ..Plan::default()
    })
    .await;
    let flow = Flow::new(&stack.http, &stack.at("lone.localhost"));
    stack.ready(&[flow.mcp()]).await;
    (stack, flow)
}

#[test]
fn a_flood_is_stopped_and_other_addresses_still_register() {
    run(async {
        let (_stack, tenant) = limited("20").await;
        let register = |number: usize, address: &'static str| {
            let tenant = tenant.clone();
            async move {
                let metadata =
                    json!({"redirect_uris": ["https://c.example/cb"], "client_name": number.to_string()});
                let headers = [("x-forwarded-for", address)];
                tenant.http.post_json(&tenant.endpoint("register"), &headers, &metadata).await
            }
        };
        let mut taken = 0;
        for number in 0..40 {
            let answer = register(number, "192.0.2.1").await;
            taken += usize::from(answer.status == 201);
            if answer.status != 201 {
                assert_eq!(answer.status, 429, "{answer:?}");
                assert!(!answer.header("retry-after").is_empty());
            }
        }
        assert_eq!(taken, 20);
        register(99, "192.0.2.2").await.expect(201);
        // An address that the client itself claims stands further to the left, and is not trusted.
        register(100, "203.0.113.9, 192.0.2.1").await.expect(429);
        // A client that is already registered can still log in.
        let http = tenant.http.clone().always("x-forwarded-for", "192.0.2.1");
        let there = Flow::new(&http, &tenant.base);
        let known = register(0, "192.0.2.3").await.expect(201).json()["client_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let url =
            there.authorize_url(&known, &[("redirect_uri", "https://c.example/cb")]).parse().expect("a URL");
        assert!(e2e::browser::Browser::new(&http).open(&url).await.status.is_redirection());
    });
}

#[test]
fn registering_the_same_metadata_repeatedly_creates_one_client() {
    run(async {
        let tenant = world().await.path("beta");
        let first = tenant.register("idempotent").await;
        for _ in 0..200 {
            assert_eq!(tenant.register("idempotent").await, first);
        }
        tenant.code(&first, alice()).await;
    });
}
