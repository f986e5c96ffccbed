//! Runs the commands of `docs/operations/backup.md` as they are written there.

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::guide::Page;
use e2e::paths;
use e2e::ports::Held;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use tempfile::TempDir;

#[test]
fn the_commands_of_the_page_take_try_and_restore_a_backup() {
    run(async {
        let server = Backend::start().await;
        let wiki = deployed::host_tenant("localhost", &Tenant::local("wiki", &server.url()));
        let plan = Plan { users: vec![ALICE], files: vec![("wiki.yml", wiki)], ..Plan::default() };
        let mut stack = Stack::start(plan).await;
        let flow = Flow::new(&stack.http, &stack.at("localhost"));
        stack.ready(&[flow.mcp()]).await;
        let tokens = flow.tokens("before", Person::user(ALICE)).await;

        let place = TempDir::new().expect("a temporary directory");
        let at = |name: &str| place.path().join(name).display().to_string();
        for folder in ["backups", "drill"] {
            std::fs::create_dir(at(folder)).expect("a folder");
        }
        std::fs::write(at("key"), &stack.keys.encryption_key).expect("the key");
        let users = stack.sidecar.users_file();
        let data = users.parent().expect("the store's folder").display().to_string();
        let (oauth, operations) = (Held::any(), Held::any());
        let page = Page::open("docs/operations/backup.md")
            .with("/secrets/encryption-key", &at("key"))
            .with("/backups/", &format!("{}/", at("backups")))
            .with("/drill/", &format!("{}/", at("drill")))
            .with("/data/", &format!("{data}/"))
            .with(":18080", &format!(":{}", oauth.number()))
            .with(":19090", &format!(":{}", operations.number()));
        let program = paths::mcpbouncer();
        let folder = program.parent().expect("the program's folder").display();
        let path = format!("{folder}:/usr/local/bin:/usr/bin:/bin");
        let (database, listens) = (format!("{data}/bouncer.db"), stack.sidecar.ops_url());
        let its_own = [
            ("PATH", path.as_str()),
            ("BOUNCER_ENCRYPTION_KEY", &stack.keys.encryption_key),
            ("BOUNCER_DB_PATH", &database),
            ("BOUNCER_METRICS_ADDR", listens.trim_start_matches("http://")),
        ];

        let said = page.run("backup: take", place.path(), &its_own).await;
        assert!(said.contains("from the running sidecar"), "{said}");
        let said = page.run("backup: drill", place.path(), &its_own[..1]).await;
        for line in ["bouncer_clients_in_db 1", "bouncer_grants_in_db 1", "bouncer_refresh_tokens_in_db 1"] {
            assert!(said.contains(line), "{said}");
        }
        stack.sidecar.stop().await;
        let said = page.run("backup: restore", place.path(), &its_own).await;
        assert!(said.contains("entries restored"), "{said}");
        stack.sidecar.resume().await;
        flow.refresh(&tokens.client_id, &tokens.refresh).await.expect(200);
    });
}
