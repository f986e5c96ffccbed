//! One tenant (path `/wiki` on `h.test`), its keys and its tokens, for both test programs.

use ed25519_dalek::SigningKey;
use protocol::jose::anchor::AnchorSeed;
use protocol::jose::key::Ed25519PublicJwk;
use protocol::jose::key_certificate::{KeyCertificate, issue};
use protocol::jose::token::{AccessTokenClaims, sign_access_token};
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::Profile;
use protocol::tenant::TenantId;
use protocol::time::UnixTime;

/// The time of every test.
pub(crate) const NOW: UnixTime = UnixTime::new(1_800_000_000);
/// The tenant's base.
pub(crate) const BASE: &str = "https://h.test/wiki";
/// Options of the tenant role.
pub(crate) const TENANT: &str = r#"{"resource":"wiki","providerIssuer":"local","scopes":"read write"}"#;

fn seed() -> AnchorSeed {
    AnchorSeed::new(Secret::new([1; 32]))
}

/// The environment that Traefik passes.
pub(crate) fn environment() -> [(String, String); 2] {
    [
        ("BOUNCER_PLUGIN_KEY".to_owned(), seed().plugin_key().to_text().expose().clone()),
        ("BOUNCER_TRUST_ANCHOR".to_owned(), seed().trust_anchor().to_text()),
    ]
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

/// A token of the tenant whose claims `change` has changed. It is signed by `key`, for which the trust anchor vouches.
pub(crate) fn token_by(key: &SigningKey, change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    let mut claims = AccessTokenClaims {
        iss: BASE.into(),
        aud: vec![BASE.into()],
        sub: "alice".into(),
        client_id: "client".into(),
        scope: ScopeSet::parse("read write").unwrap(),
        iat: NOW,
        nbf: NOW,
        exp: NOW.plus(3_600),
        jti: "jti".into(),
        mcpb_tid: TenantId::derive("wiki", "local", "", &[]),
        profile: Profile::default(),
    };
    change(&mut claims);
    let certificate = KeyCertificate::new(&key.verifying_key(), NOW.minus(60), NOW.plus(86_400), 3_600);
    let kid = certificate.thumbprint();
    sign_access_token(key, &kid, &issue(&seed().signing_key(), &certificate), &claims)
}
