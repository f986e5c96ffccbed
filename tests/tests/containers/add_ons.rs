//! The Compose files that add to `compose.yml`.

use e2e::browser::Person;
use e2e::ports::Held;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::wait;

use crate::world::World;

#[test]
fn users_of_a_provider_log_in() {
    run(async {
        let idp = Held::any();
        let world = World::prepare().await.with("IDP_PORT", &idp.number().to_string());
        let settings = format!(
            "BOUNCER_PROVIDER_ISSUER=http://idp:{}\nBOUNCER_PROVIDER_CLIENT_ID=mcpbouncer\n\
             BOUNCER_PROVIDER_CLIENT_SECRET=secret-at-the-provider\n",
            idp.number()
        );
        let world = world.with_settings(&settings);
        let world = world.with_files(&["compose.yml", "compose.provider.yml", "…/original.yml"]);
        world.run("compose: add-ons").await;
        world.logs_in("localhost", Person::user(ALICE)).await;
    });
}

/// Some shells set `HOST` themselves, and variables of the shell take precedence over those in `.env`.
#[test]
fn the_host_is_demanded_and_not_taken_from_the_shells_own_variable() {
    run(async {
        let mut world = World::prepare().await.with("HOST", "x86_64-conda-linux-gnu");
        for (add_on, other) in [
            ("compose.acme.yml", "ACME_EMAIL=you@example.com"),
            ("compose.proxy.yml", "TRUSTED_PROXIES=10.0.0.7"),
        ] {
            world = world.with_settings(&format!("{other}\n"));
            let files = ["--file", "compose.yml", "--file", add_on, "config"];
            let (done, message) = world.compose(&files);
            let sentence = "MCP_HOST is missing a value: set it in .env to the host of your MCP server";
            assert!(!done && message.contains(sentence), "{message}");
            world = world.with_settings(&format!("{other}\nMCP_HOST=wiki.example.com\n"));
            let (done, file) = world.compose(&files);
            assert!(done && file.contains("Host(`wiki.example.com`)"), "{file}");
        }
    });
}

/// No CA issues certificates here, so Traefik serves its own.
#[test]
fn a_host_with_tls_is_protected_and_plain_http_is_redirected() {
    run(async {
        let tls = Held::any();
        let world = World::prepare().await.with("TLS_PORT", &tls.number().to_string());
        let world = world.with_files(&["compose.yml", "compose.acme.yml"]).with("MCP_HOST", "wiki.localhost");
        let world =
            world.with("ACME_EMAIL", "you@example.com").with("ACME_SERVER", "http://127.0.0.1:9/none");
        world.run("compose: add-ons").await;
        let plain = world.at("wiki.localhost/mcp");
        wait::until("plain HTTP is redirected", async || {
            (world.http.status(&plain).await? == 301).then_some(())
        })
        .await;
        let location = world.http.get(&plain).await.header("location").to_owned();
        assert_eq!(location, "https://wiki.localhost/mcp");
        let base = format!("https://wiki.localhost:{}", tls.number());
        wait::until("the server is protected", async || {
            let challenge = world.engine.fetched(&format!("{base}/mcp")).await;
            let metadata = format!("resource_metadata=\"{base}/.well-known/oauth-protected-resource/mcp\"");
            let keys = world.engine.fetched(&format!("{base}/oauth/jwks.json")).await;
            (challenge.contains(" 401") && challenge.contains(&metadata) && keys.contains("\"keys\""))
                .then_some(())
        })
        .await;
    });
}

/// PostgreSQL itself is not started here.
#[test]
fn the_database_and_its_secrets_are_demanded() {
    run(async {
        let world = World::prepare().await.with_settings("POSTGRES_PASSWORD=secret\n");
        let files = ["--file", "compose.yml", "--file", "compose.postgres.yml", "config"];
        let (done, message) = world.compose(&files);
        assert!(!done && message.contains("BOUNCER_ENCRYPTION_KEY"), "{message}");
        let world = world.with("BOUNCER_ENCRYPTION_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        let (done, file) = world.compose(&files);
        assert!(done, "{file}");
        for expected in
            ["replicas: 3", "postgres://mcpbouncer:secret@postgres/mcpbouncer", "condition: service_healthy"]
        {
            assert!(file.contains(expected), "{expected}: {file}");
        }
    });
}
