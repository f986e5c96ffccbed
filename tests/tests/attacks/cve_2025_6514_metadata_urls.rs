//! mcp-remote executed the `authorization_endpoint` that a server sent. Our endpoints come only from the settings, are
//! https or loopback URLs, and nothing that a client sends changes them.
//!
//! Not checked by removal: no code reads those headers; the tests would fail if some code did.

use e2e::runtime::run;
use reqwest::Method;

use crate::world::world;

const DOCUMENTS: [&str; 3] =
    ["oauth-protected-resource", "oauth-authorization-server", "openid-configuration"];

#[test]
fn every_url_in_the_metadata_is_below_the_base() {
    run(async {
        for tenant in [world().await.path("alpha"), world().await.host("lone")] {
            let base: url::Url = tenant.base.parse().expect("a URL");
            let path = base.path().trim_end_matches('/');
            for name in DOCUMENTS {
                let url = format!("{}/.well-known/{name}{path}", base.origin().ascii_serialization());
                let answer = tenant
                    .http
                    .get(&format!("{url}{}", if name.contains("protected") { "/mcp" } else { "" }))
                    .await;
                for value in answer.expect(200).json().as_object().expect("an object").values() {
                    let Some(text) = value.as_str().filter(|text| text.contains(':')) else { continue };
                    assert!(text.starts_with(&tenant.base), "{name}: {text}");
                    assert!(
                        text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/".contains(&b)),
                        "{text}"
                    );
                }
            }
        }
    });
}

#[test]
fn forged_headers_do_not_change_the_metadata() {
    run(async {
        let tenant = world().await.host("lone");
        let url = format!("{}/.well-known/oauth-authorization-server", tenant.base);
        let honest = tenant.http.get(&url).await.expect(200).json();
        for headers in [
            [("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")],
            [("x-forwarded-prefix", "/evil"), ("x-original-url", "/evil")],
            [("x-forwarded-server", "evil.example"), ("x-rewrite-url", "/evil")],
            [("x-forwarded-port", "666"), ("x-mcpb-context", "v1.AAAA")],
        ] {
            let answer = tenant.http.send(Method::GET, &url, &headers, "").await.expect(200);
            assert_eq!(answer.json(), honest, "{headers:?}");
        }
    });
}
