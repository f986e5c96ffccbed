//! Tests tokens of platforms for the programs that run on them. The claims are exactly those of Kubernetes and of
//! GitHub Actions, which name neither scopes nor a client.

use super::*;
use ed25519_dalek::Signer as _;

const CLUSTER: &str = "https://kubernetes.default.svc.cluster.local";
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// A projected token of a service account (`kubectl create token`), which has no `typ`.
fn service_account() -> Value {
    json!({
        "aud": [BASE], "exp": NOW.as_secs() + 3_600, "iat": NOW.as_secs(), "nbf": NOW.as_secs(), "iss": CLUSTER,
        "jti": "0b6e0e3c-6a0a-4a39-9b11-0c9f5b1f6a5e", "sub": "system:serviceaccount:ci:deployer",
        "kubernetes.io": {
            "namespace": "ci",
            "node": {"name": "node-1", "uid": "a8a3c2c5-6f25-4c5a-8a53-3d8e6a8f0d11"},
            "pod": {"name": "deployer-7d9", "uid": "5f0e8b3e-5b7c-4f0d-8c1a-2b9b6e6b7f10"},
            "serviceaccount": {"name": "deployer", "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798"},
            "warnafter": NOW.as_secs() + 3_607,
        },
    })
}

/// A token of a job (`core.getIDToken`).
fn job() -> Value {
    json!({
        "jti": "example-id", "sub": "repo:acme/app:ref:refs/heads/main", "aud": BASE, "iss": GITHUB,
        "iat": NOW.as_secs(), "nbf": NOW.as_secs() - 300, "exp": NOW.as_secs() + 600, "ref": "refs/heads/main",
        "sha": "example-sha", "repository": "acme/app", "repository_owner": "acme", "actor_id": "12",
        "repository_visibility": "private", "repository_id": "74", "repository_owner_id": "65", "run_id": "1",
        "run_number": "10", "run_attempt": "2", "runner_environment": "github-hosted", "actor": "octocat",
        "workflow": "deploy", "head_ref": "", "base_ref": "", "event_name": "workflow_dispatch",
        "ref_type": "branch", "job_workflow_ref": "acme/automation/.github/workflows/oidc.yml@refs/heads/main",
    })
}

fn signed(typ: Option<&str>, claims: &Value) -> String {
    let mut header = json!({"alg": "EdDSA", "kid": "k", "x5t": "thumbprint"});
    if let Some(typ) = typ {
        header["typ"] = json!(typ);
    }
    let part = |json: &Value| crate::encoding::b64url_encode(json.to_string().as_bytes());
    let message = [part(&header), part(claims)].join(".");
    let signature = SigningKey::from_bytes(&[2; 32]).sign(message.as_bytes());
    [message, crate::encoding::b64url_encode(&signature.to_bytes())].join(".")
}

/// The status, with the subject and scopes that are forwarded, or with the log line of a refusal.
fn asked(issuer: &str, options: &Value, token: &str) -> (u16, String) {
    let mut all = json!({"jwksFile": "/k", "jwksIssuer": issuer});
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    let x = Ed25519PublicJwk::from_key(&SigningKey::from_bytes(&[2; 32]).verifying_key()).x;
    let file = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k","x":"{x}"}}]}}"#);
    match gate(&all).decide(NOW, &mut request("POST", "/wiki/mcp").bearer(token).file(&file)) {
        Decision::Respond(response) => (response.status, logged(&response).to_owned()),
        Decision::ForwardMcp(forward) => {
            let sent = set(&forward);
            let value = |header: &str| {
                sent.iter()
                    .find(|(name, _)| *name == header)
                    .map_or("", |(_, value)| value.as_str())
                    .to_owned()
            };
            (200, [value("X-Mcp-Sub"), value("X-Mcp-Scopes")].join(" has "))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_listed_workload_gets_the_scopes_of_its_rule() {
    let rules =
        json!({"workloads": "system:serviceaccount:ci:*=read, system:serviceaccount:ci:deployer=read|write"});
    assert_eq!(
        asked(CLUSTER, &rules, &signed(None, &service_account())),
        (200, "system:serviceaccount:ci:deployer has read write".to_owned())
    );
    let rules = json!({"workloads": "repo:acme/app:ref:refs/heads/main=write", "requiredScopes": "write"});
    let expected = (200, "repo:acme/app:ref:refs/heads/main has write".to_owned());
    assert_eq!(asked(GITHUB, &rules, &signed(Some("JWT"), &job())), expected);
    // A required scope is required of a workload, as of every token.
    let rules = json!({"workloads": "repo:acme/app:*=read", "requiredScopes": "write"});
    assert_eq!(asked(GITHUB, &rules, &signed(Some("JWT"), &job())).0, 403);
    let audience = json!({"workloads": "repo:acme/app:*=read", "audience": "mcp"});
    let mut other = job();
    other["aud"] = json!("mcp");
    assert_eq!(asked(GITHUB, &audience, &signed(Some("JWT"), &other)).0, 200);
    assert_eq!(asked(GITHUB, &audience, &signed(Some("JWT"), &job())).0, 401);
}

#[test]
fn nobody_else_is_accepted_without_scopes() {
    let rules = json!({"workloads": "repo:acme/app:ref:refs/heads/main=write"});
    let with = |name: &str, value: Value| {
        let mut claims = job();
        claims[name] = value;
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        asked(GITHUB, &rules, &signed(Some("JWT"), &claims))
    };
    for (name, value, reason) in [
        ("sub", json!("repo:acme/app:pull_request"), "workloads does not list"),
        ("sub", json!("repo:evil/app:ref:refs/heads/main"), "workloads does not list"),
        // An id_token of a person who signed in at the same issuer.
        ("sub", json!("alice"), "workloads does not list"),
        ("sub", Value::Null, "sub is missing"),
        ("aud", json!("https://github.com/acme"), "aud"),
        ("aud", Value::Null, "aud"),
        ("iss", json!("https://token.actions.githubusercontent.com.evil.example"), "iss"),
        ("exp", json!(NOW.as_secs() - 60), "expired"),
        ("exp", Value::Null, "exp is missing"),
        ("nbf", json!(NOW.as_secs() + 61), "not valid yet"),
        // With a scope it is an ordinary token, which needs `jwksAllowTypJWT`.
        ("scope", json!("write"), "typ is not at+jwt"),
    ] {
        let (status, log) = with(name, value.clone());
        assert_eq!(status, 401, "{name} {value}");
        assert!(log.contains(reason), "{name} {value}: {log}");
    }
    let token = signed(Some("JWT"), &job());
    assert_eq!(asked(GITHUB, &json!({}), &token).0, 401, "without the option");
    // An access token of the issuer is not a workload's: it needs a client, and its own scopes count.
    assert_eq!(asked(GITHUB, &rules, &signed(Some("at+jwt"), &job())).0, 401);
    let lenient = json!({"workloads": "repo:acme/app:ref:refs/heads/main=write", "jwksAllowTypJWT": true});
    assert_eq!(asked(GITHUB, &lenient, &token).0, 200);
    let mut listed = job();
    listed["scope"] = json!("admin");
    listed["client_id"] = json!("c");
    let expected = (200, "repo:acme/app:ref:refs/heads/main has admin".to_owned());
    assert_eq!(asked(GITHUB, &lenient, &signed(Some("JWT"), &listed)), expected, "as the issuer wrote it");
    let forged = token.replace('.', ".e30.").split('.').take(3).collect::<Vec<_>>().join(".");
    assert_eq!(asked(GITHUB, &rules, &forged).0, 401);
}
