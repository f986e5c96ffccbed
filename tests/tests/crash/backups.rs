//! A backup of a running sidecar, and a sidecar restored from it.

use e2e::browser::Person;
use e2e::flow::Flow;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys};

use crate::kills::stack;
use crate::life::{Answers, Grant, register};

#[test]
fn tokens_issued_before_a_backup_work_after_it_is_restored() {
    run(async {
        let (mut stack, _server) = stack().await;
        let tenant = Flow::new(&stack.http, &stack.at("localhost"));
        let mut grant = Grant::new(tenant.tokens("before", Person::user(ALICE)).await);
        let answers = Answers::default();
        let load = tokio::spawn(register(tenant.clone(), 0, answers.clone()));
        answers.reach(20).await;

        let metrics = stack.http.get(&format!("{}/metrics", stack.sidecar.ops_url())).await.expect(200).body;
        let value = |name: &str| -> u64 {
            let line = metrics
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_else(|| panic!("{metrics}"));
            line.trim().parse().expect("a number")
        };
        assert!(value("bouncer_clients_in_db ") > 20);
        assert_eq!(value("bouncer_refresh_tokens_in_db "), 1);
        assert_eq!(value("bouncer_store_entries{table=\"signing_keys\"} "), 2);
        assert!(value("bouncer_store_bytes ") > 10_000);

        let file = stack.sidecar.users_file().with_file_name("backup");
        let name = file.display().to_string();
        let ops = stack.sidecar.ops_url();
        stack.sidecar.set("BOUNCER_METRICS_ADDR", ops.trim_start_matches("http://"));
        let said = stack.sidecar.command(&["backup", &name]).await;
        assert!(said.contains("from the running sidecar"), "{said}");
        // With another encryption key, no backup is made.
        let key = stack.keys.encryption_key.clone();
        stack.sidecar.set("BOUNCER_ENCRYPTION_KEY", &Keys::generate().await.encryption_key);
        let mut refused = stack.sidecar.begin(&["backup", &format!("{name}-2")]);
        assert_eq!(refused.ended().await.code(), Some(1));
        assert!(refused.stderr().contains("403"), "{}", refused.stderr());
        stack.sidecar.set("BOUNCER_ENCRYPTION_KEY", &key);
        assert!(!file.with_file_name("backup-2").exists() && !file.with_file_name("backup-2.part").exists());

        stack.sidecar.kill();
        let registered = load.await.expect("registrations");
        let database = file.with_file_name("bouncer.db");
        let again = stack.sidecar.begin(&["restore", &name]).ended().await;
        assert_eq!(again.code(), Some(1), "a store that is not empty is not overwritten");
        std::fs::remove_file(&database).expect("the database");
        assert!(stack.sidecar.command(&["restore", &name]).await.contains("entries restored"));
        stack.sidecar.unset("BOUNCER_METRICS_ADDR");
        stack.sidecar.resume().await;

        tenant.call(&grant.tokens.access).await.expect(200);
        grant.still_works(&tenant).await;
        let first = tenant.http.get(&tenant.authorize_url(&registered[0], &[])).await;
        assert!(first.status.is_redirection(), "{first:?}");
        // The backup is made from the database file itself, while no sidecar is running.
        stack.sidecar.stop().await;
        assert!(stack.sidecar.command(&["backup", &name]).await.contains("entries"));
    });
}
