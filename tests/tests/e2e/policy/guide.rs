//! The example of docs/guides/tool-policy.md, with the labels of the page.

use e2e::deployed::{self, Tenant};
use e2e::flow::{Flow, claims};
use e2e::guide::Page;
use e2e::runtime::run;
use e2e::sidecar::{BOB, User};
use e2e::stack::{Plan, Stack};

use super::world::{Backend, call, message, post, tokens_of};

/// A member of the group that the guide names.
const ADMIN: User = User { name: "anna", password: "a password of its own", groups: &["admins"] };

/// Returns the scopes in the challenge of a response.
fn challenged(answer: &e2e::http::Answer) -> String {
    let challenge = answer.header("www-authenticate");
    challenge.split("scope=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

#[test]
fn the_example_of_the_guide() {
    run(async {
        let backend = Backend::start().await;
        let page = Page::guide("tool-policy");
        let mut wiki = Tenant::local("wiki", &backend.url());
        for label in page.labels("labels: tool-policy") {
            let (name, value) = label.split_once('=').expect("a label");
            let option = name.rsplit('.').next().expect("an option");
            wiki = wiki.with(&format!("{option}: '{value}'"));
        }
        let stack = Stack::start(Plan {
            users: vec![ADMIN, BOB],
            files: vec![("guided.yml", deployed::host_tenant("guided.localhost", &wiki))],
            ..Plan::default()
        })
        .await;
        let tenant = Flow::new(&stack.http, &stack.at("guided.localhost"));
        stack.ready(&[tenant.mcp()]).await;

        let token = tokens_of(&tenant, BOB, "").await.access;
        assert_eq!(claims(&token)["scope"], "wiki:read");
        let list = message("tools/list").to_string();
        let listed = post(&tenant, "/mcp", &token, &[], list.clone()).await.expect(200).body;
        assert!(listed.contains("get_page") && !listed.contains("delete_page"), "{listed}");
        post(&tenant, "/mcp", &token, &[], call("read_page").to_string()).await.expect(200);
        let refused = post(&tenant, "/mcp", &token, &[], call("write_page").to_string()).await.expect(403);
        assert_eq!(challenged(&refused), "wiki:read wiki:write");
        let more = tokens_of(&tenant, BOB, &challenged(&refused)).await.access;
        post(&tenant, "/mcp", &more, &[], call("write_page").to_string()).await.expect(200);
        // The administrators' scope is not granted to other users.
        let refused = post(&tenant, "/mcp", &more, &[], call("delete_page").to_string()).await.expect(403);
        let scopes = challenged(&refused);
        assert_eq!(scopes, "wiki:admin wiki:read");
        assert_eq!(claims(&tokens_of(&tenant, BOB, &scopes).await.access)["scope"], "wiki:read");
        let admin = tokens_of(&tenant, ADMIN, &scopes).await.access;
        for tool in ["delete_page", "write_page"] {
            post(&tenant, "/mcp", &admin, &[], call(tool).to_string()).await.expect(200);
        }
        let listed = post(&tenant, "/mcp", &admin, &[], list).await.expect(200).body;
        assert!(listed.contains("delete_page"), "{listed}");
        for (method, parameter) in
            [("prompts/get", "\"name\":\"report\""), ("resources/read", "\"uri\":\"file:///secret/a\"")]
        {
            let body = format!(r#"{{"id":1,"method":"{method}","params":{{{parameter}}}}}"#);
            post(&tenant, "/mcp", &token, &[], body.clone()).await.expect(403);
            post(&tenant, "/mcp", &admin, &[], body).await.expect(200);
        }
    });
}
