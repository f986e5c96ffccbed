//! `doctor` finds nothing in a healthy installation, and does not take long.

use std::time::{Duration, Instant};

use e2e::backend::Backend;
use e2e::deployed::{self, Tenant};
use e2e::idp::Idp;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Form, Plan, Stack};

use crate::report::from_inside;
use crate::world::World;

/// Everything is checked at once: the public URL with TLS and a token, the sidecar, and Traefik.
#[test]
#[expect(clippy::disallowed_methods, reason = "the time is what is measured")]
fn a_healthy_installation_has_no_finding_in_less_than_five_seconds() {
    run(async {
        let mut world = World::start().await;
        world.until_healthy().await;
        let started = Instant::now();
        let report = world.look(&[]).await.expect(&[]);
        let took = started.elapsed();
        println!("{} checks fine after {took:?}", report.with("fine").len());
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(report.exit_code, 0);
        // The only checks left undone are those of parts that this installation does not have.
        let undone = ["provider-reachable", "provider-document", "provider-secret", "provider-rule"];
        assert_eq!(report.with("not_checked"), undone.into(), "{:#}", report.json);
        // The client that `doctor` registered is gone again.
        let metrics = world.stack.http.get(&format!("http://{}/metrics", world.operations)).await;
        assert!(metrics.body.contains("bouncer_clients_in_db 1\n"), "{}", metrics.body);
    });
}

/// The tenants are in the long form, with hosts and paths, and with users of a provider.
#[test]
fn tenants_of_the_long_form_have_no_finding() {
    run(async {
        let (server, idp) = (Backend::start().await, Idp::start(&["http://localhost/oauth/callback"]).await);
        let local = |name: &str| Tenant::local(name, &server.url());
        let host = deployed::host_tenant("localhost", &local("wiki").with_provider(idp.provider()));
        let mut stack = Stack::start(Plan {
            users: vec![ALICE],
            files: vec![
                ("host.yml", host),
                ("paths.yml", deployed::path_tenants("127.0.0.1", &local("docs"), &local("code"))),
            ],
            sidecar: vec![("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned())],
            form: Form::Long,
            ..Plan::default()
        })
        .await;
        let urls = [
            format!("{}/mcp", stack.at("localhost")),
            format!("{}/docs/mcp", stack.at("127.0.0.1")),
            format!("{}/code/mcp", stack.at("127.0.0.1")),
        ];
        stack.ready(&urls).await;
        let operations = stack.sidecar.ops_url().replace("http://", "");
        stack.sidecar.set("BOUNCER_METRICS_ADDR", &operations);
        let report = from_inside(&mut stack.sidecar, &urls.each_ref().map(String::as_str)).await.expect(&[]);
        assert_eq!(report.results("registration").len(), 3, "each URL is looked at: {report:?}");
        // Without Traefik's API, there is nothing to say about Traefik.
        let reason = report.results("bare-router")[0]["reason"].to_string();
        assert!(reason.contains("neither BOUNCER_TRAEFIK_API nor --traefik-api"), "{reason}");
    });
}

/// The sidecar writes the list of revoked grants to a folder that the plugin does not see. Only a check with a valid
/// token can show that.
#[test]
fn a_shared_folder_that_traefik_has_not_mounted_is_found() {
    run(async {
        let mut world = World::start_with(false).await;
        let report = world.until_found("token-accepted").await.expect(&["token-accepted"]);
        assert!(report.results("token-accepted")[0]["remedy"].to_string().contains("mounts"), "{report:?}");
    });
}
