//! The plugin removes from lists what the token may not use, in every form in which a server may send lists.

use e2e::runtime::run;
use serde_json::{Value, json};

use super::world::{access, code, message, post, tools, world};

/// Returns the names or URIs in a list.
fn entries(result: &Value, list: &str) -> Vec<String> {
    let text = |entry: &Value| {
        let name = ["uri", "uriTemplate", "name"].iter().find_map(|key| entry[*key].as_str());
        name.expect("a name").to_owned()
    };
    result[list].as_array().unwrap_or_else(|| panic!("no {list}: {result}")).iter().map(text).collect()
}

#[test]
fn every_list_is_cut_to_what_the_token_may_use() {
    run(async {
        let tenant = world().await.tenant("strict");
        let (few, all) = (access("read").await, access("read admin").await);
        for (method, list, left, whole) in [
            ("tools/list", "tools", vec!["get_page", "set_page"], 4),
            ("prompts/list", "prompts", vec!["open"], 2),
            ("resources/list", "resources", vec!["file:///open"], 2),
            ("resources/templates/list", "resourceTemplates", vec!["file:///{x}"], 2),
        ] {
            for path in ["/mcp", "/pretty", "/digest", "/longest"] {
                let answer = post(&tenant, path, &few, &[], message(method).to_string()).await.expect(200);
                assert_eq!(entries(&answer.json()["result"], list), left, "{path} {method}");
                assert_eq!(answer.json()["result"]["cacheScope"], "private", "{path}");
                assert_eq!(answer.header("content-length"), answer.body.len().to_string(), "{path}");
                assert_eq!((answer.header("content-digest"), answer.header("etag")), ("", ""), "{path}");
            }
            let answer = post(&tenant, "/digest", &all, &[], message(method).to_string()).await.expect(200);
            assert_eq!(entries(&answer.json()["result"], list).len(), whole, "{method}");
            assert_eq!(answer.json()["result"]["cacheScope"], "public");
            assert_eq!(answer.header("etag"), "\"1\"", "nothing is hidden, so nothing is changed");
        }
    });
}

/// The remaining entries have the bytes that the server sent.
#[test]
fn what_stays_is_not_changed() {
    run(async {
        let tenant = world().await.tenant("strict");
        let answer =
            post(&tenant, "/mcp", &access("read").await, &[], message("tools/list").to_string()).await;
        let expected = json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": [tools()[1], tools()[3]], "cacheScope": "private"}});
        assert_eq!(answer.body, expected.to_string());
        assert_eq!(answer.header("x-from-backend"), "1");
    });
}

#[test]
fn lists_in_a_batch_and_in_events_are_cut() {
    run(async {
        let tenant = world().await.tenant("strict");
        let token = access("read").await;
        let batch = json!([message("ping"), message("tools/list"), message("prompts/list")]);
        let answer = post(&tenant, "/mcp", &token, &[], batch.to_string()).await.expect(200);
        let results = answer.json();
        assert_eq!(results[0]["result"]["did"], "ping");
        assert_eq!(entries(&results[1]["result"], "tools"), ["get_page", "set_page"]);
        assert_eq!(entries(&results[2]["result"], "prompts"), ["open"]);

        let answer = post(&tenant, "/sse", &token, &[], message("tools/list").to_string()).await.expect(200);
        assert_eq!(answer.header("content-type"), "text/event-stream");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        assert!(!answer.body.contains("delete_page") && !answer.body.contains("délicat"), "{answer:?}");
        assert!(answer.body.contains("get_page") && answer.body.contains("elicitation/create"), "{answer:?}");
        let fields: Vec<&str> = answer.body.lines().filter_map(|line| line.split(':').next()).collect();
        assert!(!fields.contains(&"id") && !fields.contains(&"retry"), "{answer:?}");
        // A stream without a list keeps its event ids, so that it can be resumed.
        let answer = post(&tenant, "/sse", &token, &[], message("ping").to_string()).await.expect(200);
        assert!(answer.body.contains("id: 1\n"), "{answer:?}");
    });
}

#[test]
fn what_cannot_be_cut_is_not_delivered() {
    run(async {
        let tenant = world().await.tenant("strict");
        let few = access("read").await;
        let list = message("tools/list").to_string();
        for (path, reason) in [
            ("/large", "longer than 4194304 bytes"),
            ("/html", "Content-Type is neither"),
            ("/broken", "not a JSON-RPC message"),
            ("/brotli", "compressed although"),
            // Traefik itself requests gzip, and cannot read a body that falsely claims to be gzip.
            ("/encoded", "did not respond completely"),
        ] {
            let answer = post(&tenant, path, &few, &[], list.clone()).await.expect(502);
            assert_eq!(code(&answer), -32603, "{path}: {answer:?}");
            assert!(
                !answer.body.contains("delete_page") && answer.header("content-encoding").is_empty(),
                "{answer:?}"
            );
            let log = world().await.stack.traefik.log();
            assert!(log.contains(reason), "{path}: {log}");
        }
        for (path, status) in [("/error", 500), ("/moved", 307), ("/accepted", 202)] {
            let answer = post(&tenant, path, &few, &[], list.clone()).await.expect(status);
            assert_ne!(answer.header("content-type"), "application/json", "{path}");
        }
        assert_eq!(post(&tenant, "/error", &few, &[], list).await.body, "<p>no");
    });
}

/// The request for a list from which entries are removed does not ask for a compressed response.
#[test]
fn a_list_that_is_cut_is_not_asked_for_compressed() {
    run(async {
        let tenant = world().await.tenant("strict");
        for (scopes, expected) in [("read", vec![]), ("read admin", vec!["gzip, br".to_owned()])] {
            let headers = [("accept-encoding", "gzip, br"), ("x-marker", scopes)];
            post(&tenant, "/mcp", &access(scopes).await, &headers, message("tools/list").to_string())
                .await
                .expect(200);
            let seen = world().await.backend.take(scopes);
            // The HTTP client of Go adds the header if there is none.
            let asked: Vec<String> =
                seen[0].values("accept-encoding").into_iter().filter(|value| value != "gzip").collect();
            assert_eq!(asked, expected, "{scopes}");
        }
    });
}
