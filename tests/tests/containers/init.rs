//! The files that `mcpbouncer init` writes, started as the command says.

use e2e::browser::Person;
use e2e::ports::Held;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::wait;

use crate::world::{World, person};

#[test]
fn a_local_user_logs_in_and_a_second_run_changes_nothing() {
    run(async {
        let arguments = ["--yes"];
        let (world, printed) = World::prepare().await.with_init(&arguments, "").await;
        for command in world.guide.block("compose: start").lines() {
            assert!(printed.contains(&format!("    {command}")), "{command}\n{printed}");
        }
        assert!(printed.contains(&format!("    {}\n", world.at("localhost/mcp"))), "{printed}");
        let password = world.start_with_alice().await;
        world.logs_in("localhost", person("alice", &password)).await;
        let again = world.init(&arguments, "").await;
        assert_eq!(again.matches(": unchanged\n").count(), 2, "{again}");
    });
}

#[test]
fn a_user_of_the_provider_logs_in() {
    run(async {
        let idp = Held::any();
        let issuer = format!("http://idp:{}", idp.number());
        let world = World::prepare().await.with("IDP_PORT", &idp.number().to_string());
        let arguments = ["--domain", "localhost", "--provider", &issuer, "--internal-provider"];
        let client = ["--client-id", "mcpbouncer", "--client-secret-file", "-"];
        let arguments = [&arguments[..], &client].concat();
        let (world, _) = world.with_init(&arguments, "secret-at-the-provider\n").await;
        // The provider is a container, too.
        let world = world.with_files(&["compose.yml", "compose.provider.yml", "…/original.yml"]);
        world.run("compose: add-ons").await;
        world.logs_in("localhost", Person::user(ALICE)).await;
    });
}

/// The tests' client sends the headers of a proxy that terminates TLS, from this machine's address in the containers'
/// network.
#[test]
fn https_is_seen_from_a_trusted_proxy_only() {
    run(async {
        let external = |trusted| {
            [
                "--domain",
                "wiki.example.com",
                "--tls",
                "external",
                "--provider",
                "local",
                "--trusted-proxies",
                trusted,
            ]
        };
        let (world, printed) = World::prepare().await.with_init(&external("10.0.0.0/8"), "").await;
        assert!(printed.contains("    https://wiki.example.com/mcp\n"), "{printed}");
        let url = "https://wiki.example.com/mcp";
        let metadata =
            "resource_metadata=\"https://wiki.example.com/.well-known/oauth-protected-resource/mcp\"";
        world.run("compose: add-ons").await;
        wait::until("Traefik listens", async || world.http.status(&world.at("localhost")).await).await;
        wait::until("the server is protected", async || {
            let challenge = world.http.get(url).await;
            (challenge.status == 401 && challenge.header("www-authenticate").contains(metadata)).then_some(())
        })
        .await;
        wait::until("OAuth is served", async || {
            let server =
                world.http.get("https://wiki.example.com/.well-known/oauth-authorization-server").await;
            server.body.contains("\"issuer\":\"https://wiki.example.com\"").then_some(())
        })
        .await;

        let printed = world.init(&[&external("192.0.2.1")[..], &["--force"]].concat(), "").await;
        assert!(printed.contains(".env: replaced"), "{printed}");
        world.run("compose: add-ons").await;
        wait::until("https is not seen", async || {
            // There is no status as long as Traefik restarts.
            world.http.status(&world.at("wiki.example.com/mcp")).await?;
            (world.http.get(url).await.status == 503).then_some(())
        })
        .await;
    });
}
