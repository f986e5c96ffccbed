//! The vulnerabilities of the original MCPBouncer, in Go, by number. Each test names the defence in parentheses.
//!
//! Checked by removing the defences: 1 (`decide::code_use`, `decide::refresh_visible`), 2 (`TenantSettings::grant`), 4
//! (a token stored in clear), 7 (`Decision::WrongClient`, `Decision::Reuse`), the list of revoked grants, and the list
//! of redirect hosts.

use base64ct::Encoding as _;
use e2e::browser::Browser;
use e2e::flow::{REDIRECT, claims};
use e2e::runtime::run;
use reqwest::Method;
use std::time::Duration;
use tokio::task::JoinSet;

use crate::world::{alice, bob, error, token, tokens, world};

/// 1: codes and refresh tokens were accepted at other tenants. (`decide::code_use`, `decide::refresh_visible`)
#[test]
fn hole_01_codes_and_refresh_tokens_are_refused_at_another_tenant() {
    run(async {
        let (alpha, beta) = (world().await.path("alpha"), world().await.path("beta"));
        let (client, there) = (alpha.register("hole").await, beta.register("hole").await);
        let code = alpha.code(&client, alice()).await;
        error(&beta.redeem(&there, &code).await, 400, "invalid_grant");
        let held = tokens(&alpha, "hole").await;
        error(&beta.refresh(&there, &held.refresh).await, 400, "invalid_grant");
        // A client whose id is the URL of its document has the same id at both tenants, so only the tenant differs.
        let everywhere = world().await.documents.publish("/everywhere.json", |_| {});
        beta.code(&everywhere, alice()).await;
        let code = alpha.code(&everywhere, alice()).await;
        error(&beta.redeem_for(&everywhere, &code, &alpha.mcp()).await, 400, "invalid_grant");
        let answer = alpha.redeem(&everywhere, &code).await.expect(200).json();
        let refresh = answer["refresh_token"].as_str().expect("a refresh token");
        error(&beta.refresh(&everywhere, refresh).await, 400, "invalid_grant");
        alpha.refresh(&everywhere, refresh).await.expect(200);
        alpha.refresh(&held.client_id, &held.refresh).await.expect(200);
    });
}

/// 2: requested scopes were granted without a check. (`TenantSettings::grant`)
#[test]
fn hole_02_a_client_cannot_grant_itself_scopes() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("hole").await;
        let url = tenant.authorize_url(&client, &[("scope", "read admin openid made-up offline_access")]);
        let outcome = Browser::new(&tenant.http).log_in(&url, alice()).await;
        let code = outcome.parameter("code").expect("a code");
        let answer = tenant.redeem(&client, &code).await.expect(200).json();
        assert_eq!(answer["scope"], "read");
        assert_eq!(claims(answer["access_token"].as_str().expect("a token"))["scope"], "read");
        let refresh = answer["refresh_token"].as_str().expect("a token");
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", client.as_str()),
            ("refresh_token", refresh),
            ("scope", "read write admin"),
        ];
        assert_eq!(token(&tenant, &fields).await.expect(200).json()["scope"], "read");
    });
}

/// 4: keys and secrets were stored in clear in the database. (`Sealer`, hashes)
#[test]
fn hole_04_the_database_contains_no_secret_in_clear() {
    run(async {
        let world = world().await;
        let tenant = world.upstream();
        let held = tokens(&tenant, "hole").await;
        let metadata = serde_json::json!({"redirect_uris": ["https://c.example/cb"], "token_endpoint_auth_method": "client_secret_post"});
        let confidential =
            tenant.http.post_json(&tenant.endpoint("register"), &[], &metadata).await.expect(201).json();
        let file = std::fs::read(world.stack.sidecar.users_file().with_file_name("bouncer.db"))
            .expect("the database");
        let mut secrets = vec![held.refresh, held.access, world.stack.keys.encryption_key.clone()];
        secrets.extend(
            ["client_secret", "registration_access_token"]
                .map(|name| confidential[name].as_str().expect("a secret").to_owned()),
        );
        for secret in secrets {
            // Searches for the secret as returned, and for the bytes that it encodes.
            let bytes = base64ct::Base64UrlUnpadded::decode_vec(&secret)
                .or_else(|_| base64ct::Base64::decode_vec(&secret))
                .unwrap_or_else(|_| secret.clone().into_bytes());
            for form in [secret.as_bytes(), &bytes] {
                assert!(
                    form.len() >= 16 && !file.windows(form.len()).any(|window| window == form),
                    "{}… is in the database file",
                    &secret[..6]
                );
            }
        }
        let known = confidential["client_id"].as_str().expect("an id").as_bytes();
        assert!(file.windows(known.len()).any(|window| window == known), "the test reads the right file");
    });
}

/// 7: parallel redemptions of a code both succeeded. (`RedeemCode`, one transaction)
#[test]
fn hole_07_only_one_of_parallel_redemptions_succeeds() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("hole").await;
        let code = tenant.code(&client, alice()).await;
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let (tenant, client, code) = (tenant.clone(), client.clone(), code.clone());
            calls.spawn(async move { tenant.redeem(&client, &code).await.status.as_u16() });
        }
        let answers = calls.join_all().await;
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    });
}

/// 7: a hundred callers refresh with one token at once; all succeed and get the same successor. (`decide::rotation`)
#[test]
fn hole_07_parallel_refreshes_all_get_the_same_successor() {
    run(async {
        let tenant = world().await.path("alpha");
        let held = tokens(&tenant, "hole").await;
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let (tenant, held) = (tenant.clone(), held.clone());
            calls.spawn(async move {
                let answer = tenant.refresh(&held.client_id, &held.refresh).await.expect(200).json();
                let text = |name: &str| answer[name].as_str().expect("a token").to_owned();
                tenant.call(&text("access_token")).await.expect(200);
                (
                    text("refresh_token"),
                    claims(&text("access_token"))["jti"].as_str().expect("an id")[..22].to_owned(),
                )
            });
        }
        let answers = calls.join_all().await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "all get the same successor and grant");
        tenant.refresh(&held.client_id, &answers[0].0).await.expect(200);
        // The first token is no longer accepted, and using it again revokes the grant.
        error(&tenant.refresh(&held.client_id, &held.refresh).await, 400, "invalid_grant");
    });
}

/// 7: another client's attempt invalidated the victim's token. (`Decision::WrongClient`)
#[test]
fn hole_07_another_clients_attempt_does_not_invalidate_a_token() {
    run(async {
        let tenant = world().await.path("alpha");
        let held = tokens(&tenant, "hole").await;
        let attacker = tenant.register("attacker").await;
        for _ in 0..3 {
            error(&tenant.refresh(&attacker, &held.refresh).await, 400, "invalid_grant");
        }
        tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
    });
}

/// 7: reuse of a refresh token was not detected. (`Decision::Reuse`)
#[test]
fn hole_07_reuse_of_a_refresh_token_revokes_the_grant() {
    run(async {
        let tenant = world().await.path("alpha");
        let held = tokens(&tenant, "hole").await;
        let refresh = async |token: &str| {
            let answer = tenant.refresh(&held.client_id, token).await.expect(200).json();
            answer["refresh_token"].as_str().expect("a token").to_owned()
        };
        let second = refresh(&held.refresh).await;
        let third = refresh(&second).await;
        error(&tenant.refresh(&held.client_id, &held.refresh).await, 400, "invalid_grant");
        error(&tenant.refresh(&held.client_id, &third).await, 400, "invalid_grant");
    });
}

/// 9: empty `scopes` broke every endpoint. (`ScopeSet::parse`)
#[test]
fn hole_09_empty_scopes_work() {
    run(async {
        let tenant = world().await.host("bare");
        let held = tokens(&tenant, "hole").await;
        tenant.call(&held.access).await.expect(200);
        let url = format!("{}/.well-known/oauth-authorization-server", tenant.base);
        assert!(tenant.http.get(&url).await.expect(200).json().get("scopes_supported").is_none());
    });
}

/// 10: well-known URIs with an inserted path did not work. (`classify`)
#[test]
fn hole_10_every_form_of_well_known_uri_works() {
    run(async {
        let tenant = world().await.path("alpha");
        let origin = world().await.stack.at("shared.localhost");
        for url in [
            format!("{origin}/.well-known/oauth-authorization-server/alpha"),
            format!("{origin}/.well-known/openid-configuration/alpha"),
            format!("{}/.well-known/openid-configuration", tenant.base),
        ] {
            assert_eq!(tenant.http.get(&url).await.expect(200).json()["issuer"], tenant.base, "{url}");
        }
        let url = format!("{origin}/.well-known/oauth-protected-resource/alpha/mcp");
        assert_eq!(tenant.http.get(&url).await.expect(200).json()["resource"], tenant.mcp());
    });
}

/// 11: a missing scope got 401, CORS lacked MCP's headers, and the bearer token reached the MCP server.
/// (`gate/tenant.rs`)
#[test]
fn hole_11_statuses_cors_and_forwarded_headers_are_right() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        let access = tokens(&tenant, "hole").await.access;
        tenant.call_at(&format!("{}?hole-11-end", tenant.mcp()), &access, &[]).await.expect(200);
        let seen = world.backend.requests_marked("hole-11-end").pop().expect("the request");
        assert!(seen.values("authorization").is_empty());
        let answer = tenant
            .http
            .send(Method::OPTIONS, &tenant.mcp(), &[("origin", "https://app.example")], "")
            .await
            .expect(204);
        for name in ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Authorization"] {
            assert!(answer.header("access-control-allow-headers").contains(name), "{name}: {answer:?}");
        }
        let strict = world.host("strict");
        let access = tokens(&strict, "hole").await.access;
        strict.call(&access).await.expect(403);
    });
}

/// 14: the registration limit counted spoofed addresses; `activepieces_registration_flood` tests that. Here: hosted
/// clients that share an address can register. (`BOUNCER_REGISTER_RATE_LIMIT`)
#[test]
fn hole_14_a_hundred_clients_can_register_from_one_address() {
    run(async {
        let tenant = world().await.path("alpha");
        for number in 0..100 {
            tenant.register(&format!("hosted {number}")).await;
        }
    });
}

/// 15: every OAuth request wrote to the database. (read transactions)
#[test]
fn hole_15_reading_does_not_write_to_the_database() {
    run(async {
        let world = world().await;
        let lone = e2e::stack::Stack::start(e2e::stack::Plan {
            users: vec![e2e::sidecar::ALICE],
            files: vec![(
                "lone.yml",
                e2e::deployed::host_tenant(
                    "lone.localhost",
                    &e2e::deployed::Tenant::local("lone", &world.backend.url()),
                ),
            )],
            ..Default::default()
        })
        .await;
        let tenant = e2e::flow::Flow::new(&lone.http, &lone.at("lone.localhost"));
        lone.ready(&[tenant.mcp()]).await;
        let path = lone.sidecar.users_file().with_file_name("bouncer.db");
        // The row of the start is the last one that is written without a request.
        e2e::wait::until("the row of the start", async || {
            let rows = lone.sidecar.ask(&["audit", "--json", "--event", "started"]).await;
            (!rows.is_empty()).then_some(())
        })
        .await;
        let before = std::fs::read(&path).expect("the database");
        for _ in 0..10 {
            for url in [
                "/.well-known/oauth-authorization-server",
                "/.well-known/oauth-protected-resource/mcp",
                "/oauth/jwks.json",
            ] {
                tenant.http.get(&format!("{}{url}", tenant.base)).await.expect(200);
            }
        }
        assert!(std::fs::read(&path).expect("the database") == before, "the database changed");
        // A refused request may write its row of the audit, and nothing else.
        let entries = async || {
            let metrics = lone.http.get(&format!("{}/metrics", lone.sidecar.ops_url())).await.expect(200);
            let tables = metrics.body.lines().filter(|line| line.starts_with("bouncer_store_entries{"));
            tables.filter(|line| !line.contains("\"audit")).map(str::to_owned).collect::<Vec<_>>()
        };
        let before = entries().await;
        assert!(before.len() > 10, "{before:?}");
        for _ in 0..10 {
            tenant.http.get(&tenant.endpoint("authorize")).await.expect(400);
            error(&tenant.refresh("unknown", "mcpbr_unknown").await, 401, "invalid_client");
        }
        assert_eq!(entries().await, before);
    });
}

/// 16: advertised endpoints were unreachable, responses were cacheable, and loopback ports had to match. (route table,
/// `Kind::Loopback`)
#[test]
fn hole_16_advertised_endpoints_work() {
    run(async {
        let tenant = world().await.path("alpha");
        let held = tokens(&tenant, "hole").await;
        let fields = [("client_id", held.client_id.as_str()), ("token", held.access.as_str())];
        let answer = tenant.http.post_form(&tenant.endpoint("introspect"), &[], &fields).await.expect(200);
        assert_eq!(
            (answer.json()["active"].as_bool(), answer.header("cache-control")),
            (Some(true), "no-store")
        );
        let bearer = format!("Bearer {}", held.access);
        let headers = [("authorization", bearer.as_str())];
        let answer =
            tenant.http.send(Method::GET, &tenant.endpoint("userinfo"), &headers, "").await.expect(200);
        assert_eq!(answer.json()["sub"], "alice");
        let answer = tenant.http.post_form(&tenant.endpoint("revoke"), &[], &fields).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        error(&tenant.refresh(&held.client_id, &held.refresh).await, 400, "invalid_grant");
        let client = tenant.register("ports").await;
        let url = tenant.authorize_url(&client, &[("redirect_uri", &REDIRECT.replace(":1/", ":50123/"))]);
        assert!(Browser::new(&tenant.http).open(&url.parse().expect("a URL")).await.status.is_redirection());
        let private = serde_json::json!({"redirect_uris": ["http://[::1]:9/cb", "cursor://anysphere.cursor-mcp/oauth/callback"]});
        tenant.http.post_json(&tenant.endpoint("register"), &[], &private).await.expect(201);
    });
}

/// Not a vulnerability of the original: the plugin refuses a revoked grant's access token within seconds.
/// (`RevocationFile`)
#[test]
fn a_revoked_access_token_is_refused_by_the_plugin() {
    run(async {
        let tenant = world().await.host("lone");
        let held = tokens(&tenant, "revoked").await;
        tenant.call(&held.access).await.expect(200);
        let fields = [("client_id", held.client_id.as_str()), ("token", held.refresh.as_str())];
        tenant.http.post_form(&tenant.endpoint("revoke"), &[], &fields).await.expect(200);
        let refused = e2e::wait::until("the plugin refuses it", async || {
            (tenant.call(&held.access).await.status == 401).then_some(())
        });
        tokio::time::timeout(Duration::from_secs(5), refused).await.expect("within five seconds");
        let other = tenant.tokens("others", bob()).await;
        tenant.call(&other.access).await.expect(200);
    });
}

/// A token is validated when a request begins. A stream that was opened with a token stays open after the token is
/// revoked, until the client or the server closes the stream. A new stream with the token is refused.
#[test]
fn a_stream_outlives_the_token_it_was_opened_with() {
    run(async {
        let world = world().await;
        let tenant = world.host("lone");
        let held = tokens(&tenant, "streaming").await;
        let bearer = format!("Bearer {}", held.access);
        let headers = [("authorization", bearer.as_str()), ("accept", "text/event-stream")];
        let mut stream = tenant.http.open(Method::GET, &tenant.mcp(), &headers, "").await;
        let first = e2e::wait::within("the first event", stream.chunk()).await.expect("a stream");
        assert_eq!(first.expect("an event"), "event: message\ndata: {\"first\":true}\n\n");
        let fields = [("client_id", held.client_id.as_str()), ("token", held.refresh.as_str())];
        tenant.http.post_form(&tenant.endpoint("revoke"), &[], &fields).await.expect(200);
        e2e::wait::until("the plugin refuses it", async || {
            (tenant.call(&held.access).await.status == 401).then_some(())
        })
        .await;
        // Each instance of the plugin reads the list separately, within the same five seconds.
        e2e::wait::until("new streams are refused", async || {
            let another = tenant.http.open(Method::GET, &tenant.mcp(), &headers, "").await;
            (another.status() == 401).then_some(())
        })
        .await;
        world.backend.say("data: afterwards\n\n");
        let next = e2e::wait::within("another event", stream.chunk()).await.expect("a stream");
        assert_eq!(next.expect("an event"), "data: afterwards\n\n");
        // The MCP server can close the stream at any time.
        world.backend.end_streams();
        assert_eq!(e2e::wait::within("the end", stream.chunk()).await.expect("a clean end"), None);
    });
}

/// A tenant's list of redirect hosts excludes other clients. (`RedirectRules`)
#[test]
fn redirect_uris_outside_the_tenants_list_are_refused() {
    run(async {
        let tenant = world().await.host("hosted");
        for (uri, status) in [
            ("https://claude.ai/api/mcp/auth_callback", 201),
            ("https://evil.example/cb", 400),
            ("https://claude.ai.evil.example/cb", 400),
            ("http://localhost:1/cb", 400),
        ] {
            let metadata = serde_json::json!({ "redirect_uris": [uri] });
            let answer = tenant.http.post_json(&tenant.endpoint("register"), &[], &metadata).await;
            assert_eq!(answer.status.as_u16(), status, "{uri}");
        }
    });
}
