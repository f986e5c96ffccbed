//! An OpenID provider on a separate thread that approves every login immediately. The nonce of a login is also its
//! code.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use ed25519_dalek::{Signer as _, SigningKey};
use protocol::encoding::b64url_encode;
use protocol::form::Form;
use serde_json::json;

use crate::oauth::{NAME, now};

/// The sidecar's client at the provider.
pub const CLIENT: &str = "sidecar";

static ISSUER: LazyLock<String> = LazyLock::new(|| {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("an option of sockets");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    let served = issuer.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let router = Router::new()
                .route("/.well-known/openid-configuration", get(discovery))
                .route("/jwks", get(jwks))
                .route("/token", post(token))
                .with_state(served);
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await.expect("a server");
        });
    });
    issuer
});

/// The provider's issuer URL; the first call starts the provider.
pub fn issuer() -> &'static str {
    &ISSUER
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

async fn discovery(State(issuer): State<String>) -> ([(&'static str, &'static str); 1], String) {
    answer(&json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
    }))
}

async fn jwks() -> ([(&'static str, &'static str); 1], String) {
    let x = b64url_encode(key().verifying_key().as_bytes());
    answer(
        &json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k", "use": "sig", "alg": "EdDSA" }] }),
    )
}

async fn token(State(issuer): State<String>, body: String) -> ([(&'static str, &'static str); 1], String) {
    let form = Form::parse(body.as_bytes()).expect("a form");
    let nonce = form.get("code").expect("a code");
    let now = now().as_secs();
    // Each login has its own user, because the number of grants of one user is limited.
    let user = format!("{NAME}-{nonce}");
    let claims = json!({
        "iss": issuer, "aud": CLIENT, "sub": user, "nonce": nonce, "iat": now, "exp": now + 300,
        "email": "alice@example.com", "email_verified": true,
    });
    let head = json!({ "alg": "EdDSA", "kid": "k", "typ": "JWT" });
    let signed = format!(
        "{}.{}",
        b64url_encode(head.to_string().as_bytes()),
        b64url_encode(claims.to_string().as_bytes())
    );
    let signature = b64url_encode(&key().sign(signed.as_bytes()).to_bytes());
    answer(&json!({
        "access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 300,
        "id_token": format!("{signed}.{signature}"),
    }))
}

fn answer(value: &serde_json::Value) -> ([(&'static str, &'static str); 1], String) {
    ([("content-type", "application/json")], value.to_string())
}
