//! FastMCP took a client document for a client's word. A document is what its own address says, its redirect URIs are
//! all there are, and the page says whether the answer goes to whoever published it.
//!
//! Checked by leaving out the comparison of `client_id` in `ClientMetadata::from_document`, and by always showing
//! the badge in `sidecar/src/consent/flow.rs`.

use e2e::browser::Browser;
use e2e::runtime::run;
use serde_json::json;

use crate::world::{alice, consent_page, stays, world};

#[test]
fn a_document_that_speaks_for_another_is_refused() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        for (path, id) in [
            ("/as-claude.json", json!("https://claude.ai/oauth/mcp-oauth-client-metadata")),
            ("/no-id.json", json!(null)),
        ] {
            let url = world.documents.publish(path, |document| document["client_id"] = id);
            let url = tenant.authorize_url(&url, &[]).parse().expect("a URL");
            stays(&Browser::new(&tenant.http).open(&url).await);
        }
    });
}

#[test]
fn it_is_not_called_verified_where_the_answer_goes_elsewhere() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        let id = world.documents.publish("/badge.json", |document| document["client_name"] = json!("Claude"));
        let (_, page, _) = consent_page(&tenant, &id, alice()).await;
        assert!(page.body.contains("Not verified") && page.body.contains("127.0.0.1"), "{page:?}");
    });
}

#[test]
fn only_its_own_redirect_uris_are_used() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        let id = world.documents.publish("/redirects.json", |_| {});
        for uri in ["https://evil.example/cb", "http://127.0.0.1:1/other"] {
            let url = tenant.authorize_url(&id, &[("redirect_uri", uri)]).parse().expect("a URL");
            stays(&Browser::new(&tenant.http).open(&url).await);
        }
        let code = tenant.code(&id, alice()).await;
        tenant.redeem(&id, &code).await.expect(200);
    });
}
