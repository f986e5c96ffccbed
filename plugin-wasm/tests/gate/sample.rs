//! One tenant (path `/wiki` on `h.test`), its tokens, and requests to it.

use ed25519_dalek::SigningKey;
use plugin_wasm::handler::{Next, Plugin};
use protocol::jose::anchor::AnchorSeed;
use protocol::jose::key::Ed25519PublicJwk;
use protocol::jose::key_certificate::{KeyCertificate, issue};
use protocol::jose::token::{AccessTokenClaims, sign_access_token};
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::Profile;
use protocol::tenant::TenantId;

use crate::fake_host::FakeHost;

/// The tenant's base.
pub(crate) const BASE: &str = "https://h.test/wiki";
/// Options of the tenant role.
pub(crate) const TENANT: &str = r#"{"resource":"wiki","providerIssuer":"local","scopes":"read write"}"#;
/// Options of the route role.
pub(crate) const ROUTE: &str = r#"{"role":"route"}"#;

/// A host with these options and keys, and a request with what Traefik adds to every one.
pub(crate) fn host(options: &str, method: &str, uri: &str) -> FakeHost {
    let seed = AnchorSeed::new(Secret::new([1; 32]));
    let env = [
        ("BOUNCER_PLUGIN_KEY", seed.plugin_key().to_text().expose().clone()),
        ("BOUNCER_TRUST_ANCHOR", seed.trust_anchor().to_text()),
    ];
    FakeHost {
        config: options.into(),
        env: env.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        method: method.into(),
        uri: uri.into(),
        ..FakeHost::default()
    }
    .with("Host", "h.test")
    .with("X-Forwarded-Proto", "https")
}

/// The key that signs the tenant's tokens.
pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

/// A key set with one key.
pub(crate) fn key_set(key: &SigningKey) -> Vec<u8> {
    let x = Ed25519PublicJwk::from_key(&key.verifying_key()).x;
    format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}]}}"#).into_bytes()
}

/// A token of the tenant, signed by `key` and vouched for by the trust anchor.
pub(crate) fn token_by(key: &SigningKey, change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    let now = FakeHost::default().now;
    let mut claims = AccessTokenClaims {
        iss: BASE.into(),
        aud: vec![BASE.into()],
        sub: "alice".into(),
        client_id: "client".into(),
        scope: ScopeSet::parse("read write").unwrap(),
        iat: now,
        nbf: now,
        exp: now.plus(3_600),
        jti: "jti".into(),
        mcpb_tid: TenantId::derive("wiki", "local", "", &[]),
        profile: Profile::default(),
    };
    change(&mut claims);
    let anchor = AnchorSeed::new(Secret::new([1; 32])).signing_key();
    let certificate = KeyCertificate::new(&key.verifying_key(), now.minus(60), now.plus(86_400), 3_600);
    sign_access_token(key, &certificate.jwk.thumbprint(), &issue(&anchor, &certificate), &claims)
}

/// A token of the tenant, after `change`.
pub(crate) fn token(change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    token_by(&signing_key(), change)
}

/// A host whose request carries a token.
pub(crate) fn authorized(options: &str, uri: &str, token: &str) -> FakeHost {
    host(options, "POST", uri).with("Authorization", format!("Bearer {token}"))
}

/// An OAuth request as it comes from the route role to the tenant role.
pub(crate) fn routed(method: &str, uri: &str) -> FakeHost {
    let mut host = host(ROUTE, method, uri);
    assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(0), "{}", host.logged());
    FakeHost { config: TENANT.into(), calls: vec![], ..host }
}

/// Runs a request through a fresh instance; nothing may be forwarded.
pub(crate) fn refused(host: &mut FakeHost) -> u16 {
    assert_eq!(Plugin::new().handle_request(host), Next::Stop);
    assert!(!host.body.is_empty() || host.status == Some(204));
    host.status.unwrap()
}
