//! FastMCP trusted what a client document said about the client. Here a document must name its own URL as `client_id`,
//! only its redirect URIs are accepted, and the consent page says whether the response goes to the host that published
//! the document.
//!
//! Checked by removing the comparison of `client_id` in `ClientMetadata::from_document`, and by always showing the
//! client as verified in `sidecar/src/journey/approval/view.rs`.

use e2e::browser::Browser;
use e2e::runtime::run;
use serde_json::json;

use crate::world::{alice, consent_page, stays, world};

#[test]
fn a_document_with_another_documents_client_id_is_refused() {
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
fn a_client_with_a_redirect_uri_elsewhere_is_not_shown_as_verified() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        let id = world.documents.publish("/badge.json", |document| document["client_name"] = json!("Claude"));
        let (_, page, _) = consent_page(&tenant, &id, alice()).await;
        assert!(page.body.contains("nobody has checked") && page.body.contains("127.0.0.1"), "{page:?}");
    });
}

#[test]
fn only_the_documents_redirect_uris_are_accepted() {
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
