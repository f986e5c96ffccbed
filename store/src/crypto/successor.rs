//! The successor of a rotated refresh token, sealed with the token that it replaces.
//!
//! The store contains only hashes of refresh tokens, but a client that repeats a refresh because the response was lost
//! must get the same successor again. The successor is therefore encrypted with a key derived from the presented token:
//! only the token can open it; the database together with the encryption key cannot.

use super::seal::SealError;
use crate::entropy::{Entropy, random_bytes};
use crate::sealed::Sealed;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use protocol::secret::{Secret, derive_key};
use protocol::tenant::Tenant;

const NONCE_LEN: usize = 12;

/// Encrypts `successor` so that only the holder of `presented` can open it, at this tenant.
pub fn seal_successor(
    presented: &Secret<String>,
    successor: &Secret<String>,
    tenant: &Tenant,
    entropy: &dyn Entropy,
) -> Result<Sealed, SealError> {
    let nonce: [u8; NONCE_LEN] = random_bytes(entropy)?;
    let aad = tenant.key();
    let payload = Payload { msg: successor.expose().as_bytes(), aad: aad.as_bytes() };
    let sealed =
        cipher(presented).encrypt(Nonce::from_slice(&nonce), payload).map_err(|_| SealError::TooLong)?;
    let mut out = nonce.to_vec();
    out.extend(sealed);
    Ok(Sealed::from_bytes(out))
}

/// Decrypts what [`seal_successor`] encrypted.
pub fn open_successor(
    presented: &Secret<String>,
    sealed: &Sealed,
    tenant: &Tenant,
) -> Result<Secret<String>, SealError> {
    let (nonce, ciphertext) =
        sealed.as_bytes().split_first_chunk::<NONCE_LEN>().ok_or(SealError::Malformed)?;
    let aad = tenant.key();
    let payload = Payload { msg: ciphertext, aad: aad.as_bytes() };
    let plain =
        cipher(presented).decrypt(Nonce::from_slice(nonce), payload).map_err(|_| SealError::DoesNotOpen)?;
    String::from_utf8(plain).map(Secret::new).map_err(|_| SealError::Contents)
}

fn cipher(presented: &Secret<String>) -> Aes256GcmSiv {
    let key = derive_key(presented.expose().as_bytes(), "mcpbouncer refresh successor v1");
    Aes256GcmSiv::new(key.expose().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use protocol::tenant::TenantId;
    use protocol::uri::Base;

    #[test]
    fn only_the_presented_token_at_its_tenant_opens_the_successor() {
        let text = |text: &str| Secret::new(text.to_owned());
        let (old, new) = (text("mcpbr_old"), text("mcpbr_new"));
        let tenant = |base: &str| Tenant {
            base: Base::parse(base).unwrap(),
            id: TenantId::derive("wiki", "local", "", &[]),
        };
        let (here, there) = (tenant("https://a.example"), tenant("https://b.example"));
        let sealed = seal_successor(&old, &new, &here, &SeededEntropy::new(1)).unwrap();
        assert_eq!(open_successor(&old, &sealed, &here).unwrap().expose(), "mcpbr_new");
        assert!(matches!(open_successor(&new, &sealed, &here), Err(SealError::DoesNotOpen)));
        assert!(matches!(open_successor(&old, &sealed, &there), Err(SealError::DoesNotOpen)));
        assert!(!format!("{sealed:?}").contains("mcpbr_"));
    }
}
