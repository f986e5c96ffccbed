//! Password hashing with argon2id (RFC 9106).

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use protocol::encoding::sha256;
use protocol::limits::page::PASSWORD;
use protocol::secret::Secret;
use serde::{Deserialize, Serialize};
use store::entropy::{Entropy, EntropyError, random_bytes};

use super::types::Credential;

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// The maximum costs of a stored hash. Hashes that were made elsewhere may cost more than ours; above these limits, a
/// single login could stop the server.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 4;

/// The hash that is checked if the user is unknown, at the usual cost. No password is known to match it: its output
/// part consists of arbitrary bytes.
const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bWNwYm91bmNlci1kdW1teQ$Zm9yIG5vYm9keSwgb25seSBmb3IgdGhlIGNsb2NrLi4";

/// A password hash in PHC format, which has been checked to be argon2id within these limits. It cannot be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct StoredHash(String);

impl StoredHash {
    /// Returns the credential that identifies this hash.
    pub(super) fn credential(&self) -> Credential {
        sha256(self.0.as_bytes())
    }
}

impl std::fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[password hash]")
    }
}

impl TryFrom<String> for StoredHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hash = PasswordHash::new(&text).map_err(|_| "the password is not a PHC string")?;
        if hash.algorithm != ARGON2ID_IDENT || hash.salt.is_none() || hash.hash.is_none() {
            return Err("the password is not an argon2id hash");
        }
        let params = Params::try_from(&hash).map_err(|_| "the password's argon2id parameters are wrong")?;
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
            return Err("the password's argon2id parameters cost too much");
        }
        Ok(Self(text))
    }
}

/// Hashes a password for the users file.
pub fn hash_password(password: &Secret<String>, entropy: &dyn Entropy) -> Result<String, HashError> {
    if password.expose().is_empty() || password.expose().len() > PASSWORD.most {
        return Err(HashError::Length);
    }
    let salt = SaltString::encode_b64(&random_bytes::<16>(entropy)?).map_err(|_| HashError::Argon2)?;
    let hash = ours()?.hash_password(password.expose().as_bytes(), &salt).map_err(|_| HashError::Argon2)?;
    Ok(hash.to_string())
}

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The password is empty or too long.
    #[error("a password has 1 to {} bytes", PASSWORD.most)]
    Length,
    /// No randomness is available for the salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// argon2 failed; this is not expected.
    #[error("argon2 failed")]
    Argon2,
}

fn ours() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashError::Argon2)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether the password matches the hash. Does the same work if there is no hash, because the user is unknown. Blocking
/// and slow.
pub(super) fn matches(hash: Option<&StoredHash>, password: &Secret<String>) -> bool {
    let too_long = password.expose().len() > PASSWORD.most;
    let text = if too_long { DUMMY } else { hash.map_or(DUMMY, |hash| &hash.0) };
    let bytes = if too_long { &[] } else { password.expose().as_bytes() };
    let matched =
        PasswordHash::new(text).is_ok_and(|parsed| Argon2::default().verify_password(bytes, &parsed).is_ok());
    matched && hash.is_some() && !too_long
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::entropy::SeededEntropy;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn a_hash_matches_its_password_only() {
        let text = hash_password(&secret("correct horse"), &SeededEntropy::new(1)).unwrap();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        let hash = StoredHash::try_from(text).unwrap();
        assert!(matches(Some(&hash), &secret("correct horse")));
        assert!(!matches(Some(&hash), &secret("correct horse ")));
        assert!(!matches(Some(&hash), &secret(&"x".repeat(PASSWORD.most + 1))));
        assert!(!format!("{hash:?}").contains("argon2id"));
    }

    #[test]
    fn the_dummy_is_a_hash_of_the_usual_cost_that_nothing_matches() {
        let hash = PasswordHash::new(DUMMY).unwrap();
        let params = Params::try_from(&hash).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        // The hash must be valid to its end: if checking it failed early, timing would reveal unknown users.
        let error = Argon2::default().verify_password(b"x", &hash).unwrap_err();
        assert_eq!(error, argon2::password_hash::Error::Password);
        assert!(!matches(None, &secret("anything")));
    }

    #[test]
    fn foreign_and_ruinous_hashes_are_refused() {
        for text in [
            "",
            "plain",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2i$v=19$m=19456,t=2,p=1$bWNwYm91bmNlcg$Zm9yIG5vYm9keQ",
            "$argon2id$v=19$m=19456,t=2,p=1$bWNwYm91bmNlcg",
            "$argon2id$v=19$m=4000000,t=2,p=1$bWNwYm91bmNlcg$Zm9yIG5vYm9keSBhdCBhbGw",
            "$argon2id$v=19$m=19456,t=900,p=1$bWNwYm91bmNlcg$Zm9yIG5vYm9keSBhdCBhbGw",
        ] {
            assert!(StoredHash::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
