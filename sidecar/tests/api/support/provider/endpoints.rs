//! The endpoints of the provider.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use ed25519_dalek::{Signer as _, SigningKey};
use protocol::encoding::{b64url_encode, sha256};
use protocol::form::Form;
use serde_json::{Value, json};

use super::{Inner, Shared, Vice};
use crate::support::START;

pub(super) fn note(shared: &Shared, path: &str) -> Vec<Vice> {
    let mut inner = shared.inner();
    inner.requests.push(path.to_owned());
    inner.vices.clone()
}

pub(super) async fn discovery(State(shared): State<Arc<Shared>>) -> Response {
    let issuer = &shared.issuer;
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
    });
    if shared.inner().userinfo.is_some() {
        document["userinfo_endpoint"] = format!("{issuer}/userinfo").into();
    }
    if shared.inner().revocation.is_offered() {
        document["revocation_endpoint"] = format!("{issuer}/revoke").into();
    }
    for vice in note(&shared, "discovery") {
        if let Vice::Document(name, value) = vice {
            document[name] = value;
        }
    }
    answer(StatusCode::OK, &document)
}

/// The endpoint to which [`Vice::Redirect`] redirects.
pub(super) async fn elsewhere(State(shared): State<Arc<Shared>>) -> &'static str {
    note(&shared, "elsewhere");
    "stolen"
}

pub(super) async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    note(&shared, "userinfo");
    let answer = shared.inner().userinfo.clone();
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != "Bearer upstream-access") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (status, kind, body) = answer.unwrap();
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body).into_response()
}

pub(super) fn signing_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&sha256(&[number]))
}

pub(super) async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    note(&shared, "jwks");
    let (number, algorithm) = {
        let inner = shared.inner();
        (inner.key, inner.algorithm)
    };
    if let Some(algorithm) = algorithm {
        return answer(StatusCode::OK, &json!({ "keys": [crate::support::signing::public_jwk(algorithm)] }));
    }
    let x = b64url_encode(signing_key(number).verifying_key().as_bytes());
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": format!("k{number}"), "use": "sig", "alg": "EdDSA" });
    answer(StatusCode::OK, &json!({ "keys": [key] }))
}

pub(super) async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let vices = note(&shared, "token");
    let held = shared.inner().held.clone();
    if let Some(held) = held {
        held.acquire().await.unwrap().forget();
    }
    for vice in &vices {
        match vice {
            Vice::Redirect => {
                return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response();
            }
            Vice::Oversized => return "x".repeat(1024 * 1024).into_response(),
            Vice::Refusal(status, error) => {
                let body = json!({ "error": error, "error_description": "<b>upstream words</b>" });
                return answer(StatusCode::from_u16(*status).unwrap(), &body);
            }
            Vice::Raw(status, body) => {
                return (StatusCode::from_u16(*status).unwrap(), *body).into_response();
            }
            Vice::Claim(..)
            | Vice::Header(..)
            | Vice::Payload(_)
            | Vice::Token(_)
            | Vice::Algorithm(_)
            | Vice::ForeignKey
            | Vice::NoIdToken
            | Vice::NoRefreshToken
            | Vice::OnlyMethod(_)
            | Vice::Document(..)
            | Vice::Response(..) => {}
        }
    }
    let form = Form::parse(&body).unwrap();
    let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let used = match (&basic, form.get("client_secret")) {
        (Some(_), None) => "client_secret_basic",
        (None, Some(_)) => "client_secret_post",
        _ => "none",
    };
    if vices.iter().any(|vice| matches!(vice, Vice::OnlyMethod(only) if *only != used)) {
        return answer(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_client" }));
    }
    let mut inner = shared.inner();
    inner.basic.extend(basic);
    let asked = match form.get("grant_type") {
        Some("authorization_code") => {
            let asked = form.get("code").and_then(|code| inner.codes.remove(code));
            let verifier = form.get("code_verifier").unwrap_or_default();
            asked.filter(|asked| b64url_encode(&sha256(verifier.as_bytes())) == asked.challenge)
        }
        _ => inner.refresh(form.get("refresh_token").unwrap_or_default()),
    };
    let Some(asked) = asked else {
        return answer(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_grant" }));
    };
    let refresh_token = inner.refresh_token();
    let mut body =
        json!({ "access_token": "upstream-access", "token_type": "Bearer", "refresh_token": refresh_token });
    if let Some(secs) = inner.access_secs {
        inner.access_tokens += 1;
        body["access_token"] = format!("upstream-access-{}", inner.access_tokens).into();
        body["expires_in"] = secs.into();
    }
    if vices.contains(&Vice::NoRefreshToken) {
        body.as_object_mut().unwrap().remove("refresh_token");
    }
    if !vices.contains(&Vice::NoIdToken) {
        body["id_token"] = id_token(&shared.issuer, &asked.nonce, &inner, &vices).into();
    }
    for vice in vices {
        match vice {
            Vice::Response(name, Value::Null) => {
                body.as_object_mut().unwrap().remove(name);
            }
            Vice::Response(name, value) => body[name] = value,
            _ => {}
        }
    }
    answer(StatusCode::OK, &body)
}

fn id_token(issuer: &str, nonce: &str, inner: &Inner, vices: &[Vice]) -> String {
    let now = START.as_secs() + inner.later;
    let mut claims = json!({
        "iss": issuer, "aud": "sidecar", "sub": "upstream-alice", "nonce": nonce,
        "iat": now, "exp": now + 300, "email": "alice@example.com", "email_verified": true, "groups": ["team"],
    });
    let mut header = json!({ "alg": "EdDSA", "kid": format!("k{}", inner.key), "typ": "JWT" });
    let mut key = signing_key(inner.key);
    let mut payload = None;
    for (name, value) in &inner.extra {
        claims[name] = value.clone();
    }
    for vice in vices {
        match vice {
            Vice::Claim(name, Value::Null) => {
                claims.as_object_mut().unwrap().remove(*name);
            }
            Vice::Claim(name, value) => claims[*name] = value.clone(),
            Vice::Header(name, value) => header[*name] = value.clone(),
            Vice::Payload(text) => payload = Some(*text),
            Vice::Token(text) => return (*text).to_owned(),
            Vice::Algorithm(name) => header["alg"] = (*name).into(),
            Vice::ForeignKey => key = signing_key(99),
            Vice::NoIdToken
            | Vice::NoRefreshToken
            | Vice::Redirect
            | Vice::Oversized
            | Vice::Refusal(..)
            | Vice::Raw(..)
            | Vice::OnlyMethod(_)
            | Vice::Document(..)
            | Vice::Response(..) => {}
        }
    }
    if let Some(algorithm) = inner.algorithm {
        return crate::support::signing::assertion(algorithm, &json!({}), &claims);
    }
    let payload = payload.map_or_else(|| claims.to_string(), str::to_owned);
    let signed =
        format!("{}.{}", b64url_encode(header.to_string().as_bytes()), b64url_encode(payload.as_bytes()));
    if header["alg"] == "none" {
        return format!("{signed}.");
    }
    let signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", b64url_encode(&signature.to_bytes()))
}

pub(super) fn signed(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let parts = [header, claims].map(|part| b64url_encode(part.to_string().as_bytes()));
    let message = parts.join(".");
    let signature = key.sign(message.as_bytes());
    [message, b64url_encode(&signature.to_bytes())].join(".")
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
