//! Secrets that this server issues: made from 256 random bits, stored as a hash.

use crate::entropy::{Entropy, EntropyError, random_bytes};
use crate::record::{GrantId, Hash};
use protocol::encoding::{b64url_encode, sha256};
use protocol::secret::Secret;

/// The prefix of refresh tokens, for secret scanners.
pub const REFRESH_PREFIX: &str = "mcpbr_";
/// The prefix of authorization codes, for secret scanners.
pub const CODE_PREFIX: &str = "mcpbc_";
/// The prefix of client secrets, for secret scanners.
pub const CLIENT_SECRET_PREFIX: &str = "mcpbs_";

/// A new secret: `prefix` and 43 base64url characters.
pub fn new_secret(entropy: &dyn Entropy, prefix: &str) -> Result<Secret<String>, EntropyError> {
    let bytes: [u8; 32] = random_bytes(entropy)?;
    Ok(Secret::new(format!("{prefix}{}", b64url_encode(&bytes))))
}

/// The hash by which a presented secret is stored and looked up.
pub fn hash_secret(presented: &str) -> Hash {
    sha256(presented.as_bytes())
}

/// A new grant id.
pub fn new_grant_id(entropy: &dyn Entropy) -> Result<GrantId, EntropyError> {
    random_bytes(entropy).map(GrantId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_secret_has_its_prefix_and_256_bits_and_does_not_print() {
        let entropy = SeededEntropy::new(1);
        let secret = new_secret(&entropy, REFRESH_PREFIX).unwrap();
        assert_eq!(secret.expose().len(), 6 + 43);
        assert!(secret.expose().starts_with("mcpbr_"));
        assert!(!format!("{secret:?}").contains("mcpbr_"));
        assert_ne!(secret.expose(), new_secret(&entropy, REFRESH_PREFIX).unwrap().expose());
        assert_ne!(hash_secret(secret.expose()), hash_secret("mcpbr_"));
    }
}
