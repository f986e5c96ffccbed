//! Discovery as clients do it: every form of well-known URI, and every advertised endpoint.

use e2e::flow::Flow;
use e2e::runtime::run;
use reqwest::Method;

use crate::hosts::hosts;

/// Returns the tenant's origin and the path of its base.
fn parts(tenant: &Flow) -> (String, String) {
    let url: url::Url = tenant.base.parse().expect("a URL");
    (
        url[..url::Position::BeforePath].to_owned(),
        tenant.base[url[..url::Position::BeforePath].len()..].to_owned(),
    )
}

/// Returns the value of `resource_metadata` in a challenge.
fn metadata_url(challenge: &str) -> String {
    let (_, rest) = challenge.split_once("resource_metadata=\"").expect("resource_metadata");
    rest.split('"').next().expect("a URL").to_owned()
}

/// The metadata name exactly the requested resource, however it is written (RFC 9728 §3.3).
async fn the_challenge_leads_to_the_resource_asked_for(tenant: &Flow) {
    for rest in ["/mcp", "/mcp/", "/mcp/deeper", "/mcp?x=1&y=2", "/mcp/a%20b"] {
        let asked = format!("{}{rest}", tenant.base);
        for method in [Method::POST, Method::GET, Method::DELETE] {
            let answer = tenant.http.send(method, &asked, &[], "").await.expect(401);
            let challenge = answer.header("www-authenticate").to_owned();
            assert!(challenge.starts_with("Bearer ") && !challenge.contains("error"), "{challenge}");
            let document = tenant.http.get(&metadata_url(&challenge)).await.expect(200).json();
            assert_eq!(document["resource"], asked, "{challenge}");
            assert_eq!(document["authorization_servers"][0], tenant.base);
        }
    }
    let head = tenant.http.send(Method::HEAD, &tenant.mcp(), &[], "").await.expect(401);
    assert!(head.header("www-authenticate").contains("resource_metadata"), "{head:?}");
}

async fn every_form(tenant: &Flow, forms: &[&str], not: &[&str]) {
    let (origin, path) = parts(tenant);
    for name in ["oauth-authorization-server", "openid-configuration"] {
        for form in forms {
            let url = format!("{origin}{}", form.replace("NAME", name).replace("PATH", &path));
            let document = tenant.http.get(&url).await.expect(200).json();
            assert_eq!(document["issuer"], tenant.base, "{url}");
        }
    }
    for name in ["oauth-authorization-server", "openid-configuration", "oauth-protected-resource"] {
        for form in not {
            let url = format!("{origin}{}", form.replace("NAME", name).replace("PATH", &path));
            let answer = tenant.http.get(&url).await;
            assert_eq!(answer.status, 404, "{url}: {answer:?}");
        }
    }
}

#[test]
fn a_path_tenant_serves_the_inserted_and_suffix_forms_but_not_the_root_form() {
    run(async {
        let tenant = hosts().await.path("docs");
        let forms = ["/.well-known/NAMEPATH", "/.well-known/NAMEPATH/mcp", "PATH/.well-known/NAME"];
        let not = [
            "/.well-known/NAME",
            "/.well-known/NAME/docsx",
            "PATH/mcp/.well-known/NAME",
            "PATH/.well-known/NAME/mcp",
        ];
        every_form(&tenant, &forms, &not).await;
        the_challenge_leads_to_the_resource_asked_for(&tenant).await;
    });
}

#[test]
fn a_tenant_with_its_own_host_serves_the_root_forms() {
    run(async {
        let tenant = hosts().await.host("localhost");
        every_form(&tenant, &["/.well-known/NAME", "/.well-known/NAME/mcp"], &["/mcp/.well-known/NAME"])
            .await;
        the_challenge_leads_to_the_resource_asked_for(&tenant).await;
    });
}

#[test]
fn documents_requested_over_https_contain_https_urls() {
    run(async {
        let hosts = hosts().await;
        for base in ["https://h.test/wiki", "https://alone.test"] {
            let tenant = Flow::new(&hosts.stack.http, base);
            the_challenge_leads_to_the_resource_asked_for(&tenant).await;
        }
    });
}

#[test]
fn other_well_known_paths_require_a_token() {
    run(async {
        let tenant = hosts().await.host("localhost");
        tenant.http.get(&format!("{}/.well-known/something-else", tenant.base)).await.expect(401);
    });
}

#[test]
fn every_advertised_endpoint_responds() {
    run(async {
        for tenant in [hosts().await.path("docs"), hosts().await.host("localhost")] {
            let (origin, path) = parts(&tenant);
            let url = format!("{origin}/.well-known/openid-configuration{path}");
            let document = tenant.http.get(&url).await.expect(200).json();
            let fields = document.as_object().expect("an object");
            let endpoints: Vec<(&String, &str)> = fields
                .iter()
                .filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"))
                .map(|(name, value)| (name, value.as_str().expect("a URL")))
                .collect();
            assert!(endpoints.len() >= 4, "{document}");
            for (name, url) in endpoints {
                assert!(url.starts_with(&tenant.base), "{name}: {url}");
                match name.as_str() {
                    "jwks_uri" => {
                        let keys = tenant.http.get(url).await.expect(200).json();
                        assert!(!keys["keys"].as_array().expect("keys").is_empty());
                    }
                    // The response is an error page: the client is unknown, so there is no redirect.
                    "authorization_endpoint" => {
                        let page = tenant.http.get(url).await.expect(400);
                        assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
                        assert!(page.header("location").is_empty());
                    }
                    "token_endpoint" => {
                        let answer = tenant.http.post_form(url, &[], &[]).await.expect(401);
                        assert_eq!(answer.json()["error"], "invalid_client");
                        assert_eq!(answer.header("cache-control"), "no-store");
                    }
                    "registration_endpoint" => {
                        let answer =
                            tenant.http.post_json(url, &[], &serde_json::json!({})).await.expect(400);
                        assert_eq!(answer.json()["error"], "invalid_redirect_uri");
                    }
                    "revocation_endpoint" | "introspection_endpoint" => {
                        let answer = tenant.http.post_form(url, &[], &[("token", "x")]).await.expect(401);
                        assert_eq!(answer.json()["error"], "invalid_client");
                        let client = tenant.register("advertised").await;
                        let known = [("client_id", client.as_str()), ("token", "x")];
                        tenant.http.post_form(url, &[], &known).await.expect(200);
                    }
                    "userinfo_endpoint" => {
                        let answer = tenant.http.get(url).await.expect(401);
                        assert_eq!(answer.header("www-authenticate"), "Bearer");
                    }
                    other => panic!("{other} is advertised but not tested here"),
                }
            }
        }
    });
}
