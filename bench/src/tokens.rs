//! Keys and tokens, made without a sidecar, which would need an hour for so many.

use e2e::sidecar::Keys;
use ed25519_dalek::SigningKey;
use protocol::jose::anchor::AnchorSeed;
use protocol::jose::key_certificate::{KeyCertificate, issue};
use protocol::jose::token::{AccessTokenClaims, sign_access_token, sign_boxed_token};
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::Profile;
use protocol::tenant::TenantId;
use protocol::time::UnixTime;
use protocol::token_box::{BoxBinding, BoxContents, seal};

/// The seed of the trust anchor and the plugin key.
const SEED: [u8; 32] = [7; 32];

/// `count` pseudo-random numbers below `users`, the same in each run: the order in which users send requests.
pub fn crowd(users: usize, count: usize) -> impl Iterator<Item = usize> {
    let mut random = 1_u64;
    (0..count).map(move |_| {
        // A linear congruential generator.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).expect("31 bits") % users
    })
}

/// Signs tokens as the sidecar does.
pub struct Signer {
    /// The keys for Traefik.
    pub keys: Keys,
    key: SigningKey,
    kid: String,
    certificate: String,
    now: UnixTime,
}

impl Signer {
    /// Uses fixed keys, because nothing here is secret.
    pub fn new() -> Self {
        let seed = AnchorSeed::new(Secret::new(SEED));
        let key = SigningKey::from_bytes(&[8; 32]);
        let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = UnixTime::new(clock.expect("a clock").as_secs());
        let certificate = KeyCertificate::new(&key.verifying_key(), now.minus(60), now.plus(86_400), 3_600);
        Self {
            keys: Keys {
                encryption_key: String::new(),
                plugin_key: seed.plugin_key().to_text().expose().clone(),
                trust_anchor: seed.trust_anchor().to_text(),
            },
            kid: certificate.thumbprint(),
            certificate: issue(&seed.signing_key(), &certificate),
            key,
            now,
        }
    }

    /// When the tokens are issued, in seconds since 1970.
    pub const fn now(&self) -> u64 {
        self.now.as_secs()
    }

    /// `count` tokens that differ in `jti`, for the tenant `resource` with local users at `base`.
    pub fn tokens(&self, base: &str, resource: &str, count: usize) -> Vec<String> {
        let token = |number: usize| {
            let claims = self.claims(base, TenantId::derive(resource, "local", "", &[]), number);
            sign_access_token(&self.key, &self.kid, &self.certificate, &claims)
        };
        (0..count).map(token).collect()
    }

    /// `count` such tokens for the tenant with this id, each with a sealed box that has these contents.
    pub fn boxed_tokens(
        &self,
        base: &str,
        tid: TenantId,
        contents: &BoxContents,
        count: usize,
    ) -> Vec<String> {
        let key = AnchorSeed::new(Secret::new(SEED)).plugin_key();
        let token = |number: usize| {
            let claims = self.claims(base, tid, number);
            let sealed = seal(&key, &BoxBinding { issuer: base, tid, jti: &claims.jti }, contents);
            sign_boxed_token(&self.key, &self.kid, &self.certificate, &claims, &sealed)
        };
        (0..count).map(token).collect()
    }

    fn claims(&self, base: &str, tid: TenantId, number: usize) -> AccessTokenClaims {
        AccessTokenClaims {
            iss: base.to_owned(),
            aud: vec![format!("{base}/mcp")],
            sub: "alice".to_owned(),
            client_id: "BS8Rs75fUg1wohX4ca5Eog".to_owned(),
            scope: ScopeSet::parse("read").expect("scopes"),
            iat: self.now,
            nbf: self.now,
            exp: self.now.plus(3_600),
            jti: format!("{number:0>30}"),
            mcpb_tid: tid,
            profile: Profile::default(),
        }
    }
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}
