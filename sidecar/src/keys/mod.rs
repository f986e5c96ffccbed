//! The signing keys of this server, together called the key ring. Each key is next, then active, then retiring, then
//! removed.
//!
//! The ring also has the keys for personal access tokens, which take these steps independently of the others. The first
//! of them are made when the first such token is needed. Their certificates allow a longer lifetime, and only personal
//! access tokens.
//!
//! The store holds the ring and its version. Every step is one compare-and-swap in the store, so replicas that share a
//! store do not conflict, and a crash never leaves the ring without an active key. Key certificates are not stored:
//! they are derived from the trust anchor and the stored key, so each replica issues the same ones.

mod plan;
#[cfg(test)]
mod tests;

use ed25519_dalek::SigningKey;
use protocol::encoding::b64url_encode;
use protocol::jose::key::{Ed25519PublicJwk, JwkSet, JwkSetError, PERSONAL};
use protocol::jose::key_certificate::{self, KeyCertificate, KeyPurpose};
use protocol::secret::Secret;
use protocol::time::{CLOCK_SKEW, UnixTime};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use store::crypto::{Place, SealError, Sealer};
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::intent::keys::{FindKeyRing, ReplaceKeyRing};
use store::record::{SigningKeyRecord, SigningKeyState};
use store::{KeyRingState, Store, StoreError};

pub use plan::KeyTimes;
use plan::Personal;

/// The maximum number of attempts at a step in one call. An attempt fails if another replica changed the ring first.
const STEP_ATTEMPTS: usize = 16;

/// The active signing key, with everything that the header of a token needs.
pub struct CurrentKey {
    /// The private key.
    pub signing_key: SigningKey,
    /// The RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// The key certificate issued by the trust anchor, for the header parameter `kcert`.
    pub kcert: String,
    /// When the key began to sign.
    pub since: UnixTime,
    /// The last second in which the key may sign.
    pub sign_until: UnixTime,
}

impl std::fmt::Debug for CurrentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CurrentKey")
            .field("kid", &self.kid)
            .field("sign_until", &self.sign_until)
            .finish_non_exhaustive()
    }
}

/// Why there is no usable signing key, or why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A seed cannot be encrypted, or a stored seed cannot be decrypted.
    #[error("signing key {kid}: {source}")]
    Seal {
        /// The key's id.
        kid: String,
        /// The cause.
        source: SealError,
    },
    /// A stored seed does not belong to the stored public key.
    #[error("signing key {0} does not match its seed")]
    Mismatch(String),
    /// The published key set cannot be parsed.
    #[error("the published key set: {0}")]
    Published(JwkSetError),
    /// There is no randomness for a new key.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The active key may no longer sign, and no other key has replaced it (the store was unreachable for longer than
    /// the overlap).
    #[error("the active signing key has expired")]
    Stale,
    /// Other replicas changed the ring at every attempt to take a step.
    #[error("other replicas changed the key ring at every attempt")]
    Contended,
}

struct View {
    version: u64,
    keys: usize,
    current: Arc<CurrentKey>,
    personal: Option<Arc<CurrentKey>>,
    jwks: Arc<str>,
    key_set: Arc<JwkSet>,
}

/// This replica's view of the ring, and the steps that rotate it. Cheap to clone.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    sealer: Sealer,
    entropy: Arc<dyn Entropy>,
    /// Always locked before `view`, so that the two locks cannot block each other.
    anchor: RwLock<SigningKey>,
    times: KeyTimes,
    view: RwLock<View>,
    taken: Mutex<Vec<&'static str>>,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").field("times", &self.0.times).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Loads the ring, or creates its first keys, and takes every step that is due. Blocking.
    ///
    /// `anchor` signs the key certificates (`protocol::jose::anchor`).
    pub fn open(
        store: Arc<Store>,
        sealer: Sealer,
        entropy: Arc<dyn Entropy>,
        anchor: SigningKey,
        times: KeyTimes,
        now: UnixTime,
    ) -> Result<Self, KeyError> {
        // If the encryption key is wrong, fail before anything is written.
        for record in &store.read(FindKeyRing)?.keys {
            open_seed(record, &sealer)?;
        }
        let mut taken = Vec::new();
        let ring = turn(&store, &sealer, &*entropy, (&times, Personal::AsBefore), now, &mut taken)?;
        let view = RwLock::new(view_of(&ring, &sealer, &anchor, &times)?);
        let (anchor, taken) = (RwLock::new(anchor), Mutex::new(taken));
        Ok(Self(Arc::new(Inner { store, sealer, entropy, anchor, times, view, taken })))
    }

    /// Returns the key that signs access tokens at `now`, from memory. Fails with [`KeyError::Stale`] if the key may no
    /// longer sign.
    pub fn current(&self, now: UnixTime) -> Result<Arc<CurrentKey>, KeyError> {
        let current = Arc::clone(&self.0.view.read().unwrap_or_else(PoisonError::into_inner).current);
        if now > current.sign_until { Err(KeyError::Stale) } else { Ok(current) }
    }

    /// Returns the key that signs personal access tokens at `now`. Makes the first such key if there is none. Fails
    /// with [`KeyError::Stale`] if the key may no longer sign. Blocking.
    pub fn personal(&self, now: UnixTime) -> Result<Arc<CurrentKey>, KeyError> {
        let known = || self.0.view.read().unwrap_or_else(PoisonError::into_inner).personal.clone();
        let mut key = known();
        if key.is_none() {
            self.advance(Personal::Wanted, now)?;
            key = known();
        }
        key.filter(|key| now <= key.sign_until).ok_or(KeyError::Stale)
    }

    /// Returns the public keys as a JWK set (RFC 7517 §5), from memory: next, active and retiring keys.
    pub fn jwks(&self) -> Arc<str> {
        Arc::clone(&self.0.view.read().unwrap_or_else(PoisonError::into_inner).jwks)
    }

    /// Returns the same public keys, parsed, to verify this server's own tokens.
    pub fn key_set(&self) -> Arc<JwkSet> {
        Arc::clone(&self.0.view.read().unwrap_or_else(PoisonError::into_inner).key_set)
    }

    /// Takes every step that is due, and adopts the steps that other replicas took. The background task calls this.
    /// Blocking. On an error, this replica's view of the ring stays unchanged.
    pub fn tick(&self, now: UnixTime) -> Result<(), KeyError> {
        self.advance(Personal::AsBefore, now)
    }

    fn advance(&self, personal: Personal, now: UnixTime) -> Result<(), KeyError> {
        let mut taken = Vec::new();
        let times = (&self.0.times, personal);
        let ring = turn(&self.0.store, &self.0.sealer, &*self.0.entropy, times, now, &mut taken);
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner).append(&mut taken);
        let ring = ring?;
        let anchor = self.0.anchor.read().unwrap_or_else(PoisonError::into_inner);
        if ring.version != self.0.view.read().unwrap_or_else(PoisonError::into_inner).version {
            let view = view_of(&ring, &self.0.sealer, &anchor, &self.0.times)?;
            *self.0.view.write().unwrap_or_else(PoisonError::into_inner) = view;
        }
        Ok(())
    }

    /// Makes the next key active now, before its time. Does the same for personal access tokens if they have keys, but
    /// not too many. The key that was active retires: tokens that it signed stay valid until they expire. Blocking. On
    /// an error, this replica's view of the ring stays unchanged.
    pub fn rotate(&self, now: UnixTime) -> Result<(), KeyError> {
        // First take the steps that are due: after them there is an active key and a next key.
        self.tick(now)?;
        let Inner { store, sealer, entropy, times, taken, .. } = &*self.0;
        let ring = store.read(FindKeyRing)?;
        let step = plan::Step::Rotate;
        let mut keys = ring.keys;
        for purpose in plan::rotating(&keys) {
            let fresh = vec![new_key(sealer, &**entropy, purpose, now)?];
            keys = step.apply(keys, fresh, (purpose, times), now);
        }
        if !store.write(ReplaceKeyRing { expected: ring.version, keys })? {
            return Err(KeyError::Contended);
        }
        taken.lock().unwrap_or_else(PoisonError::into_inner).push(step.name());
        self.tick(now)
    }

    /// Returns the keys as they are stored. Blocking.
    pub fn records(&self) -> Result<Vec<SigningKeyRecord>, KeyError> {
        Ok(self.0.store.read(FindKeyRing)?.keys)
    }

    /// Returns the names of the steps that this replica has taken since the last call, for the journal.
    pub fn steps_taken(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the number of keys whose tokens are accepted.
    pub fn count(&self) -> usize {
        self.0.view.read().unwrap_or_else(PoisonError::into_inner).keys
    }

    /// Returns how long the active key has been signing, in seconds.
    pub fn age(&self, now: UnixTime) -> u64 {
        now.since(self.0.view.read().unwrap_or_else(PoisonError::into_inner).current.since)
    }

    /// Returns the age at which the active key is replaced, in seconds.
    pub fn rotation_secs(&self) -> u64 {
        self.0.times.rotation_secs
    }

    /// Replaces the trust anchor, which certifies the keys. Blocking. On an error, the previous anchor stays in use.
    pub fn certify_by(&self, new: SigningKey) -> Result<(), KeyError> {
        let ring = self.0.store.read(FindKeyRing)?;
        let mut anchor = self.0.anchor.write().unwrap_or_else(PoisonError::into_inner);
        let view = view_of(&ring, &self.0.sealer, &new, &self.0.times)?;
        *self.0.view.write().unwrap_or_else(PoisonError::into_inner) = view;
        *anchor = new;
        Ok(())
    }
}

/// Takes the steps that are due at `now`, each with one compare-and-swap, and returns the stored ring.
fn turn(
    store: &Store,
    sealer: &Sealer,
    entropy: &dyn Entropy,
    (times, personal): (&KeyTimes, Personal),
    now: UnixTime,
    taken: &mut Vec<&'static str>,
) -> Result<KeyRingState, KeyError> {
    for _ in 0..STEP_ATTEMPTS {
        let ring = store.read(FindKeyRing)?;
        let Some((purpose, step)) = plan::due(&ring.keys, times, personal, now) else { return Ok(ring) };
        let mut fresh = Vec::new();
        for _ in 0..step.new_keys() {
            fresh.push(new_key(sealer, entropy, purpose, now)?);
        }
        let keys = step.apply(ring.keys, fresh, (purpose, times), now);
        if store.write(ReplaceKeyRing { expected: ring.version, keys })? {
            taken.push(step.name());
        }
    }
    Err(KeyError::Contended)
}

fn new_key(
    sealer: &Sealer,
    entropy: &dyn Entropy,
    purpose: KeyPurpose,
    now: UnixTime,
) -> Result<SigningKeyRecord, KeyError> {
    let seed = Secret::new(random_bytes::<32>(entropy)?);
    let public = SigningKey::from_bytes(seed.expose()).verifying_key();
    let kid = Ed25519PublicJwk::from_key(&public).thumbprint();
    let seed_at_rest = sealer
        .seal(&Place::signing_key(&kid), seed.expose())
        .map_err(|source| KeyError::Seal { kid: kid.clone(), source })?;
    Ok(SigningKeyRecord {
        kid,
        public_key: b64url_encode(public.as_bytes()),
        seed: seed_at_rest,
        purpose,
        created: now,
        state: SigningKeyState::Next,
    })
}

/// Makes the in-memory view of a stored ring.
fn view_of(
    ring: &KeyRingState,
    sealer: &Sealer,
    anchor: &SigningKey,
    times: &KeyTimes,
) -> Result<View, KeyError> {
    let (mut jwks, mut plain) = (Vec::new(), Vec::new());
    let (mut current, mut personal) = (None, None);
    for record in &ring.keys {
        let signing_key = open_seed(record, sealer)?;
        let jwk = Ed25519PublicJwk::from_key(&signing_key.verifying_key());
        if let SigningKeyState::Active { since, sign_until, .. } = record.state {
            let key = signing_key.verifying_key();
            // The clock of another replica may be slightly behind the clock of the replica that made this key active.
            let nbf = since.minus(CLOCK_SKEW);
            let longest = times.of(record.purpose).token_secs;
            let certificate = KeyCertificate::new(&key, nbf, sign_until, longest).for_purpose(record.purpose);
            let kcert = key_certificate::issue(anchor, &certificate);
            let kid = record.kid.clone();
            let active = Some(Arc::new(CurrentKey { signing_key, kid, kcert, since, sign_until }));
            match record.purpose {
                KeyPurpose::AccessTokens => current = active,
                KeyPurpose::PersonalTokens => personal = active,
            }
        }
        plain.push(published(record, &jwk));
        jwks.push(marked(record, &jwk));
    }
    let current = current.ok_or(KeyError::Stale)?;
    let set = |keys: Vec<serde_json::Value>| serde_json::json!({ "keys": keys }).to_string();
    let key_set = JwkSet::parse(set(plain).as_bytes()).map_err(KeyError::Published)?;
    Ok(View {
        version: ring.version,
        keys: ring.keys.len(),
        current,
        personal,
        jwks: set(jwks).into(),
        key_set: Arc::new(key_set),
    })
}

/// Returns the entry of this key in the JWK set (RFC 7517 §4, RFC 8037 §2).
fn published(record: &SigningKeyRecord, jwk: &Ed25519PublicJwk) -> serde_json::Value {
    serde_json::json!({
        "kty": "OKP", "crv": "Ed25519", "x": jwk.x, "kid": record.kid, "use": "sig", "alg": "EdDSA",
    })
}

/// Returns the same entry; for a key for personal access tokens, with a member that tells plugins to ignore the key if
/// they read the key set from a file. Plugins accept such tokens only with a certificate, which bounds what the key may
/// sign.
fn marked(record: &SigningKeyRecord, jwk: &Ed25519PublicJwk) -> serde_json::Value {
    let mut key = published(record, jwk);
    if record.purpose == KeyPurpose::PersonalTokens
        && let Some(members) = key.as_object_mut()
    {
        members.insert(PERSONAL.to_owned(), true.into());
    }
    key
}

fn open_seed(record: &SigningKeyRecord, sealer: &Sealer) -> Result<SigningKey, KeyError> {
    let kid = || record.kid.clone();
    let seed = sealer
        .open(&Place::signing_key(&record.kid), &record.seed)
        .map_err(|source| KeyError::Seal { kid: kid(), source })?;
    let seed: &[u8; 32] = seed.expose().as_slice().try_into().map_err(|_| KeyError::Mismatch(kid()))?;
    let key = SigningKey::from_bytes(seed);
    if b64url_encode(key.verifying_key().as_bytes()) == record.public_key {
        Ok(key)
    } else {
        Err(KeyError::Mismatch(kid()))
    }
}
