//! Obot's MCP tokens were accepted by its admin API, and those of everruns by its REST API. Our access tokens are
//! accepted only by the MCP server for which they were issued and by userinfo, and the MCP server accepts no other
//! token.
//!
//! Not checked by removal here; that a registration can be read only with its own token is checked in
//! `sidecar/tests/api/registered_client.rs`.

use e2e::runtime::run;
use reqwest::Method;

use crate::world::{alice, error, token, tokens, world};

#[test]
fn an_access_token_is_accepted_only_by_its_mcp_server_and_userinfo() {
    run(async {
        let tenant = world().await.path("alpha");
        let held = tokens(&tenant, "class").await;
        let bearer = format!("Bearer {}", held.access);
        let headers = [("authorization", bearer.as_str())];
        let managed = format!("{}/{}", tenant.endpoint("register"), held.client_id);
        for method in [Method::GET, Method::DELETE] {
            tenant.http.send(method, &managed, &headers, "").await.expect(401);
        }
        error(&tenant.refresh(&held.client_id, &held.access).await, 400, "invalid_grant");
        error(&tenant.redeem(&held.client_id, &held.access).await, 400, "invalid_grant");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", held.refresh.as_str())];
        let answer = tenant.http.post_form(&tenant.endpoint("token"), &headers, &fields).await;
        error(&answer, 401, "invalid_client");
        let beta = world().await.path("beta");
        tenant.http.send(Method::GET, &tenant.endpoint("userinfo"), &headers, "").await.expect(200);
        beta.http.send(Method::GET, &beta.endpoint("userinfo"), &headers, "").await.expect(401);
    });
}

#[test]
fn codes_and_other_secrets_are_not_accepted_as_access_tokens() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("class").await;
        let code = tenant.code(&client, alice()).await;
        tenant.call(&code).await.expect(401);
        let held = tokens(&tenant, "class").await;
        for secret in [&held.refresh, &held.client_id, "mcpbr_x", "eyJhbGciOiJub25lIn0.e30."] {
            tenant.call(secret).await.expect(401);
        }
    });
}

#[test]
fn grant_types_that_are_not_for_the_client_are_refused() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("grants").await;
        for grant in [
            "password",
            "implicit",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:device_code",
        ] {
            let fields = [
                ("grant_type", grant),
                ("client_id", client.as_str()),
                ("username", "alice"),
                ("password", e2e::sidecar::ALICE.password),
                ("assertion", "eyJhbGciOiJub25lIn0.e30.e30"),
            ];
            error(&token(&tenant, &fields).await, 400, "unsupported_grant_type");
        }
        // The metadata name this grant type, for the clients that the operator lists for it.
        let fields = [("grant_type", "client_credentials"), ("client_id", client.as_str())];
        error(&token(&tenant, &fields).await, 400, "unauthorized_client");
    });
}
